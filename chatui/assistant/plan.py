"""What one call will be: the turns that fit, the prompt, its tokens and its limits."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.assistant.ask import Amounts, Ask
from chatui.assistant.fit import fit_parts
from chatui.assistant.marking import Marking
from chatui.assistant.measure import PromptMeasure
from chatui.assistant.prompt import without_attachments
from chatui.assistant.sight import EarlierMedia, refuse_unseen
from chatui.cost.budget import bound_output
from chatui.cost.meter import Spent
from chatui.cost.reading import MemoryState
from chatui.cost.tokens.calibration import Calibration, calibrated
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.errors import ContextTooLong
from chatui.memory.policy import NO_CHOICE, MemoryPolicy
from chatui.memory.records import Recalled, StoredTurn, Summary, WindowMark
from chatui.memory.spending import Spending
from chatui.memory.store.lazy import LazyValues
from chatui.memory.window.candidates import Candidate
from chatui.memory.window.layout import Layout, all_leaving, fingerprint, held_by, leaving
from chatui.memory.window.window import Bounds
from chatui.models.base import ModelInfo, ModelRequest

if TYPE_CHECKING:
    from chatui.config.schema import Budget
    from chatui.cost.prices.prices import PriceBook
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.domain.passage import Passage
    from chatui.memory.store.store import ChatStore

ASSUMED_CONTEXT = 8192
"""Tokens, for a model of which neither its server nor the price list tells the size."""

NO_MEMORY = "off"
"""The strategy of a prompt without earlier turns."""

CAP_WASTE = 0.1
"""The share of a cap that may stay unused for a window that holds still."""


def cache_key(conversation_id: str | None) -> str:
    """What stands for a conversation at a provider that keeps its prompts: the same as long as it
    lasts, of which nothing can be read."""
    return hashlib.sha256(conversation_id.encode()).hexdigest()[:32] if conversation_id else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is known of a call before it is made. `cap` is the most tokens that
    the prompt may hold, and `layout.bounds.cap` the most as we count them. `policy` is
    the one in force: the config's, with the profile's and the conversation's on top.
    `prompt` and `calibration` are what the model's own reports made of the layout's count."""

    info: ModelInfo
    request: ModelRequest
    prompt: TokenCount
    memory: MemoryState
    spent: Spent
    layout: Layout
    cap: int | None
    policy: MemoryPolicy
    calibration: Calibration
    recalled: tuple[Recalled, ...] = ()
    over: int = 0
    """Tokens that are too many for the prompt to be sent."""

    def mark(self, turn_id: str) -> WindowMark:
        """Where the window began and what it kept to, for the next turn to go on from; nowhere,
        for a prompt that was to hold no earlier turns."""
        layout = self.layout
        start = layout.window.start
        first = layout.past[start].id if start < len(layout.past) else turn_id
        return WindowMark(
            "" if self.memory.strategy == NO_MEMORY else first,
            layout.bounds.cap or 0,
            turns=layout.bounds.turns,
            model=layout.model,
            system=layout.fingerprint,
            pinned=layout.ids(layout.pinned),
            summary=layout.summary.id if layout.summary else "",
            cut=layout.cut,
            refilled=layout.ids(layout.refilled),
        )


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
        self._measure = PromptMeasure(tokens)
        self._marking = Marking()
        self._earlier = EarlierMedia()
        self._tokens = tokens
        self._prices = prices
        self._policy = policy
        self._spending = Spending(store, prices, budget)

    async def foreseen(self, ask: Ask, info: ModelInfo) -> Plan:
        """The plan of a question that is still being written. One that can't be sent is laid out
        beyond its cap: the question alone, which no turn has room beside, or all that may not
        be left out."""
        try:
            return await self.plan(ask, info)
        except ContextTooLong:
            return await self.plan(ask, info, beyond=True)

    async def plan(
        self, ask: Ask, info: ModelInfo, *, most: int | None = None, beyond: bool = False
    ) -> Plan:
        """A prompt of at most `most` tokens, if that is less than the policy allows; `beyond` the
        cap where the question alone is.

        Raises UsageError for a picture that the model doesn't see, and
        ContextTooLong when the question alone is beyond the cap, or the whole chat
        where nothing may be left out. Passages beyond the cap are left out, the last ones
        first; turns without an answer are, too."""
        refuse_unseen(ask.settings.media, info)
        spent = await self.spent(ask.conversation_id, ask.settings.max_cost)
        choice = NO_CHOICE
        summaries: Sequence[Summary] = ()
        if ask.conversation_id is not None:
            choice = await self._store.memory_choice(ask.conversation_id)
            summaries = await self._store.summaries.of(ask.conversation_id)
        policy = choice.on(ask.settings.memory).over(self._policy)
        mark = await self._last_mark(ask)
        known = await self._store.observations.of(info.name)

        def laid_out() -> Plan:
            learnt = calibrated(known, self._tokens, info.name)
            learnt = learnt.for_text(info.name, ask.sample)
            return self._lay_out(
                ask,
                info,
                policy,
                mark,
                summaries,
                most=most,
                beyond=beyond,
                spent=spent,
                learnt=learnt,
            )

        return await asyncio.to_thread(laid_out)

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
        return await self._spending.spent(conversation_id, max_cost)

    async def _last_mark(self, ask: Ask) -> WindowMark | None:
        """The mark of the newest turn before the question that a prompt was sent for."""
        last = next((stored for stored in reversed(ask.past) if stored.window), None)
        if last is None:
            return None
        return await self._store.window_mark(last.id) or last.window

    def sizes(self, past: Sequence[StoredTurn], model: str) -> Sequence[Candidate]:
        """What each turn takes in a prompt of that model. It counts, so call it in a thread."""
        return self._measure.turns(past, model)

    def _lay_out(
        self,
        ask: Ask,
        info: ModelInfo,
        policy: MemoryPolicy,
        mark: WindowMark | None,
        summaries: Sequence[Summary],
        *,
        most: int | None,
        beyond: bool,
        spent: Spent,
        learnt: Calibration,
    ) -> Plan:
        ask = replace(ask, past=self._earlier.shown(ask.past, info))
        ask = self._marking.marked(ask, summaries)
        cap = prompt_cap(policy, info, ask.settings.options.max_output_tokens)
        if most is not None:
            cap = most if cap is None else min(cap, most)
        counted = None if cap is None else counted_cap(cap, learnt, mark, info.name)
        bounds = Bounds(counted, policy.turns, policy.low_water, policy.full)
        if beyond:
            bounds = replace(bounds, cap=None)
        parts = self._measure.parts(ask, info, summaries, policy, counted)
        last = held_by(mark, parts.past)
        remembered = parts.remember
        if beyond and not policy.full:
            parts = replace(parts, remember=False, offers={})
        fit = fit_parts(parts, bounds, last, policy)
        held, cut = fit.held, fit.cut.lost if fit.cut else 0
        sent = replace(ask, question=fit.cut.text) if fit.cut else ask
        layout = Layout(
            model=info.name,
            fingerprint=fingerprint(sent.head(fit.standing)),
            bounds=bounds,
            past=parts.past,
            sizes=[turn.tokens for turn in parts.turns],
            window=fit.window,
            system=fit.system,
            passages=fit.passages,
            question=fit.question,
            cut=cut,
            notes=fit.notes,
            called_notes=fit.called_notes,
            recalled=fit.recalled,
            summary=fit.summary,
        )
        gone = leaving(parts.turns, last, fit.coming)
        if remembered and not parts.remember:
            gone = all_leaving(parts.turns, last)
        recalled = ask.remembered.recalled[: held.recalled]
        over = 0
        if beyond and counted is not None:
            over = max(0, learnt.prompt(fit.window.tokens) - learnt.prompt(counted))
        return Plan(
            info=info,
            request=ModelRequest(
                # Most plans are made for the meter, which sends none of it.
                messages=LazyValues(
                    lambda: sent.messages(
                        fit.standing,
                        held,
                        [parts.past[place].turn for place in layout.history],
                        [parts.past[place].turn for place in layout.pinned],
                        parts.offers[fit.summary.id].text if fit.summary else "",
                    )
                ),
                question=without_attachments(ask.question),
                query=ask.query,
                passages=citable(ask, held, info),
                whole=ask.whole,
                library_empty=ask.passages is None and not ask.attached,
                library_reading=ask.reading,
                options=ask.settings.options,
                mark_prefix=ask.form.prefix if ask.form else "",
                cache_key=cache_key(ask.conversation_id),
            ),
            prompt=TokenCount(learnt.prompt(fit.window.tokens), exact=False),
            calibration=learnt,
            memory=MemoryState(
                strategy=policy.strategy if ask.settings.remember else NO_MEMORY,
                cap=cap,
                dropped_turns=fit.coming.left_out.dropped,
                cut_tokens=cut,
                summary_tokens=fit.summary.tokens if fit.summary else 0,
                recalled=held.recalled,
                notes=fit.standing + held.called,
                leaving_turns=gone.turns,
                leaving_tokens=gone.tokens,
            ),
            spent=spent,
            layout=layout,
            cap=cap,
            policy=policy,
            recalled=recalled,
            over=over,
        )


def citable(ask: Ask, held: Amounts, info: ModelInfo) -> tuple[Passage, ...]:
    """The passages that the prompt holds, and those of the files that the question has with it:
    first where it is the passages alone that are read. The others keep the numbers that the prompt
    gives them."""
    found = (ask.passages or ())[: held.passages]
    if not ask.attached:
        return found
    both = (ask.attached, found) if info.provider == "builtin" else (found, ask.attached)
    taken = max((passage.rank for passage in both[0]), default=0)
    behind = (replace(one, rank=rank) for rank, one in enumerate(both[1], taken + 1))
    return (*both[0], *behind)


def counted_cap(cap: int, learnt: Calibration, mark: WindowMark | None, model: str) -> int:
    """The most tokens of a prompt as we count them. The last prompt's stays while it is safe
    and wastes little: what is learnt moves with every reply, and a window that moved with it
    would give the provider's cache a new beginning each time."""
    most = learnt.largest_count(cap)
    held = mark.cap if mark is not None and mark.model == model and learnt.learnt else 0
    return held if (1 - CAP_WASTE) * most <= held <= most else most


def prompt_cap(policy: MemoryPolicy, info: ModelInfo, output: int | None) -> int | None:
    """The most tokens that the prompt may hold beside a reply of so many. None for the built-in
    model, which reads no prompt, unless a cap was set."""
    size = info.context_size
    if size is None and info.provider != "builtin":
        size = ASSUMED_CONTEXT
    room = policy.prompt_cap(size, output or 0)
    if room is None or info.max_input is None:
        return room
    return min(room, info.max_input)
