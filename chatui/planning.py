"""What one call will be: the turns that fit, the prompt, its tokens and its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.conversation import Message, Turn
from chatui.cost.budget import bound_output, limits
from chatui.cost.meter import Spent
from chatui.cost.reading import MemoryState
from chatui.cost.tokens import REPLY_TOKENS, TokenCount
from chatui.memory.records import StoredTurn, WindowMark
from chatui.memory.window import ContextWindow, fit
from chatui.models.base import ModelInfo, ModelRequest
from chatui.passage import Passage
from chatui.prompt import compose, without_attachments

if TYPE_CHECKING:
    from chatui.config import Budget
    from chatui.cost.prices import PriceBook
    from chatui.cost.tokens import TokenCounter
    from chatui.memory.store import ChatStore
    from chatui.profiles.profile import ReplySettings

ASSUMED_CONTEXT = 8192
"""Tokens, for a model of which neither its server nor the price list tells the size."""

NEW = "new"
"""Stands for the turn that is being planned, where a window mark would name it."""


@dataclass(frozen=True, slots=True)
class MemoryPolicy:
    """`cap` is tokens, 0 for the model's own context; `reserve` is kept for the reply."""

    cap: int = 0
    reserve: int = 1024
    low_water: float = 0.7

    def prompt_cap(self, info: ModelInfo) -> int | None:
        """The most tokens that a prompt may hold; None for a model that reads no prompt."""
        if info.context_size is None and info.provider == "builtin":
            return None
        size = info.context_size or ASSUMED_CONTEXT
        room = size - min(self.reserve, size // 2)
        return min(self.cap, room) if self.cap else room


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question on its way: who is asked, after which turns, with what at hand. The turns
    count only where the settings say so."""

    info: ModelInfo
    past: Sequence[StoredTurn]
    question: str
    settings: ReplySettings
    conversation_id: str | None = None
    passages: tuple[Passage, ...] | None = ()
    """None when there are no documents at all."""

    def messages(self, history: Sequence[Turn] = ()) -> tuple[Message, ...]:
        """The prompt with these turns before the question."""
        return compose(
            system=self.settings.system,
            history=history,
            question=self.question,
            passages=self.passages or (),
            cite=self.settings.rag,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is known of a call before it is made."""

    info: ModelInfo
    request: ModelRequest
    prompt: TokenCount
    memory: MemoryState
    spent: Spent
    window_start: str
    cap: int | None

    def mark(self, turn_id: str) -> WindowMark | None:
        """Where the window began, for the next turn to go on from."""
        if self.cap is None:
            return None
        return WindowMark(turn_id if self.window_start == NEW else self.window_start, self.cap)


class Planner:
    """Lays out calls. Counting runs in threads; counts of settled turns are kept."""

    def __init__(
        self,
        store: ChatStore,
        tokens: TokenCounter,
        prices: PriceBook,
        policy: MemoryPolicy,
        budget: Budget,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._prices = prices
        self._policy = policy
        self._budget = budget
        self._counts: dict[tuple[str, str], int] = {}

    async def plan(self, ask: Ask) -> Plan:
        """Raises ContextTooLong when the question alone is beyond the cap. Passages beyond
        it are left out, the last ones first; turns without an answer are, too."""
        spent = await self.spent(ask.conversation_id, ask.settings.max_cost)
        return await asyncio.to_thread(self._lay_out, ask, spent)

    def bounded(self, plan: Plan) -> Plan:
        """The plan with its reply's length held to the budget. Raises BudgetExceeded."""
        info = plan.info
        most = bound_output(
            plan.spent.limits,
            self._prices.price(info.name),
            plan.prompt,
            model=info.name,
            wanted=plan.request.options.max_output_tokens,
            max_output=info.max_output,
        )
        options = replace(plan.request.options, max_output_tokens=most)
        return replace(plan, request=replace(plan.request, options=options))

    async def spent(self, conversation_id: str | None, max_cost: Decimal | None) -> Spent:
        """What this conversation and this day have cost, and the limits on more."""
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        conversation = await self._store.costs(conversation_id) if conversation_id else ()
        today = await self._store.costs_since(midnight)
        bounds = limits(self._budget, max_cost=max_cost, conversation=conversation, today=today)
        return Spent(conversation, today, bounds)

    def _lay_out(self, ask: Ask, spent: Spent) -> Plan:
        cap = self._policy.prompt_cap(ask.info)
        past = ask.past if ask.settings.remember else ()
        history = [stored for stored in past if stored.turn.reply.text]
        *head, _ = ask.messages()
        fixed = self._size(head, ask.info)
        ask, newest = self._fitted(ask, None if cap is None else cap - fixed - REPLY_TOKENS)
        sizes = [self._turn_size(stored, ask.info) for stored in history]
        window = self._window(history, [*sizes, newest], fixed, cap)
        kept = [history[place].turn for place in window.kept[:-1]]
        return Plan(
            info=ask.info,
            request=ModelRequest(
                messages=ask.messages(kept),
                question=without_attachments(ask.question),
                passages=ask.passages or (),
                library_empty=ask.passages is None,
                options=ask.settings.options,
            ),
            prompt=TokenCount(window.tokens, exact=False),
            memory=MemoryState(cap=cap, dropped_turns=window.dropped),
            spent=spent,
            window_start=history[window.start].id if window.start < len(history) else NEW,
            cap=cap,
        )

    def _fitted(self, ask: Ask, room: int | None) -> tuple[Ask, int]:
        """The ask with as many of its best passages as there is room for, in tokens, and
        the size of its last message."""
        while True:
            size = self._size(ask.messages()[-1:], ask.info)
            if room is None or size <= room or not ask.passages:
                return ask, size
            ask = replace(ask, passages=ask.passages[:-1])

    def _window(
        self, history: list[StoredTurn], sizes: list[int], fixed: int, cap: int | None
    ) -> ContextWindow:
        fixed += REPLY_TOKENS
        if cap is None:
            return ContextWindow(0, tuple(range(len(sizes))), 0, fixed + sum(sizes))
        mark = next((stored.window for stored in reversed(history) if stored.window), None)
        places = {stored.id: place for place, stored in enumerate(history)}
        return fit(
            sizes,
            fixed,
            cap,
            self._policy.low_water,
            places.get(mark.start, 0) if mark else 0,
            previous_cap=mark.cap if mark else None,
            pinned=[place for place, stored in enumerate(history) if stored.turn.pinned],
        )

    def _turn_size(self, stored: StoredTurn, info: ModelInfo) -> int:
        key = (stored.id, self._tokens.encoding_name(info.name)[0])
        if key not in self._counts:
            self._counts[key] = self._size(stored.turn.messages(), info)
        return self._counts[key]

    def _size(self, messages: Sequence[Message], info: ModelInfo) -> int:
        return self._tokens.count_messages(messages, info.name).tokens - REPLY_TOKENS
