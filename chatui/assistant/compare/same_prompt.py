"""One prompt for several models: the one that fits all of them, and what it is to each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.ask import Ask
from chatui.cost.tokens.tokens import REPLY_TOKENS, TokenCount
from chatui.domain.errors import ContextTooLong
from chatui.models.base import ModelInfo
from chatui.system.tasks import all_of

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan, Planner
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.domain.conversation import Message

SPARE = 0.97
"""The share of the room that a tighter layout is given, because turns leave whole."""


@dataclass(frozen=True, slots=True)
class SamePrompt:
    """Lays out a question for several models with byte-identical messages."""

    planner: Planner
    tokens: TokenCounter

    async def plans(
        self, ask: Ask, infos: Sequence[ModelInfo]
    ) -> tuple[Plan | ContextTooLong, ...]:
        """A plan for each model, all with the same request; the error for one that the
        question alone is too long for. The turns and the passages are those that the model
        with the least room has room for."""
        own = await all_of(self._own(ask, info) for info in infos)
        planned = [plan for plan in own if not isinstance(plan, ContextTooLong)]
        if not planned:
            return tuple(own)
        try:
            common = await self._common(ask, planned)
        except ContextTooLong as error:
            return tuple(error for _ in own)
        return tuple(
            [
                plan if isinstance(plan, ContextTooLong)
                else await asyncio.to_thread(self._as_sent, common, plan)
                for plan in own
            ]
        )  # fmt: skip

    async def _own(self, ask: Ask, info: ModelInfo) -> Plan | ContextTooLong:
        try:
            return await self.planner.plan(ask, info)
        except ContextTooLong as error:
            return error

    async def _common(self, ask: Ask, planned: Sequence[Plan]) -> Plan:
        """The plan whose messages fit all models, the first by the room that they have."""
        by_room = sorted(planned, key=lambda plan: (_room(plan) is None, _room(plan) or 0))
        for plan in by_room:
            if await asyncio.to_thread(self._excess, plan, planned) <= 1:
                return plan
        # Vocabularies can disagree about which is the tightest: less room, until all agree.
        info, plan = by_room[0].info, by_room[0]
        while (excess := await asyncio.to_thread(self._excess, plan, planned)) > 1:
            size = int((info.context_size or plan.cap or 0) / excess * SPARE)
            info = replace(info, context_size=size)
            plan = await self.planner.plan(ask, info)
        return plan

    def _excess(self, plan: Plan, planned: Sequence[Plan]) -> float:
        """How far the plan's messages go beyond the room of the model that has too little
        for them: at most 1 when they fit all."""
        rooms = [(_room(other), other.info.name) for other in planned if other is not plan]
        messages = plan.request.messages
        shares = (self._count(messages, name) / room for room, name in rooms if room)
        return max(shares, default=0.0)

    def _count(self, messages: Sequence[Message], model: str) -> int:
        return self.tokens.count_messages(messages, model).tokens

    def _as_sent(self, common: Plan, own: Plan) -> Plan:
        """What the common messages are to a model. The bounds of the layout are the common
        ones: a later prompt with more room lets turns come back."""
        name = own.info.name
        counted = self._count(common.request.messages, name)
        layout = replace(
            common.layout,
            model=name,
            sizes=[size.tokens for size in self.planner.sizes(common.layout.past, name)],
            window=replace(common.layout.window, tokens=counted),
            system=self._count(_head(common), name) - REPLY_TOKENS,
        )
        return replace(
            own,
            request=common.request,
            prompt=TokenCount(own.calibration.prompt(counted), exact=False),
            memory=replace(common.memory, cap=own.cap),
            layout=layout,
            recalled=common.recalled,
        )


def _room(plan: Plan) -> int | None:
    return plan.layout.bounds.cap


def _head(plan: Plan) -> Sequence[Message]:
    """The system prompt, where there is one."""
    return [message for message in plan.request.messages[:1] if message.role == "system"]
