"""The calls of a comparison: looked up once, laid out once, bounded by one budget."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.reply import Call
from chatui.assistant.shared_budget import Bounded, bounded_together
from chatui.assistant.sight import refuse_unseen
from chatui.cost.charges import Charge, charging
from chatui.domain.errors import BudgetExceeded, ChatuiError, ContextTooLong, UsageError
from chatui.models.base import ChatModel, ModelInfo
from chatui.system.tasks import all_of, both

if TYPE_CHECKING:
    from chatui.assistant.ask import Ask
    from chatui.assistant.compare.same_prompt import SamePrompt
    from chatui.assistant.lookup import AskBuilder
    from chatui.assistant.plan import Plan, Planner
    from chatui.assistant.retrim import Retrimmer
    from chatui.cost.prices.prices import PriceBook
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A question for several models: `lanes` are the settings of each call, for its model, by
    the full name. What looking it up costs is charged to `charge`."""

    lanes: Sequence[ReplySettings]
    question: str
    past: Sequence[StoredTurn]
    conversation_id: str | None
    charge: Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCalls:
    """`open_model` gives the model of a full name, `warm` loads what its first reply would
    wait for: the time to the first token is compared, and the first would pay for all."""

    warm: Callable[[str], Awaitable[None]]
    open_model: Callable[[str], Awaitable[ChatModel]]
    asks: AskBuilder
    same_prompt: SamePrompt
    planner: Planner
    prices: PriceBook
    retrimmer: Retrimmer

    async def of(self, asked: Compared) -> list[Call | ChatuiError]:
        """For each lane its call, or why it can't be made. Calls of the same settings have the
        same messages, passages and options, but for the bound on the reply's length. Raises
        what looking up raises."""
        with charging(asked.charge):
            opening, asks = await both(
                all_of(self._open(lane.model) for lane in asked.lanes),
                self._asks(asked),
            )
        opened = [seeing(model, lane) for model, lane in zip(opening, asked.lanes, strict=True)]
        plans: dict[int, Plan | ContextTooLong] = {}
        for ask, places in asks:
            infos = {
                at: model.info for at in places if not isinstance(model := opened[at], ChatuiError)
            }
            laid = await self.same_prompt.plans(ask, seeing_alike(list(infos.values())))
            plans |= dict(zip(infos, [held_whole(ask, one) for one in laid], strict=True))
        ordered = [plans[at] for at in sorted(plans)]
        bounded = iter(await asyncio.to_thread(self._bounded, ordered))
        of_lane = {at: ask for ask, places in asks for at in places}
        return [
            model
            if isinstance(model, ChatuiError)
            else self._call(model, next(bounded), asked, of_lane[at], first=at == 0)
            for at, model in enumerate(opened)
        ]

    async def _asks(self, asked: Compared) -> list[tuple[Ask, list[int]]]:
        """What is asked, with the places of the lanes that ask it: lanes that differ in their
        model alone share one."""
        groups: list[tuple[ReplySettings, list[int]]] = []
        for at, lane in enumerate(asked.lanes):
            # What counts tokens, or writes wordings in a model's name, goes by the first one.
            for first, places in groups:
                if replace(lane, model=first.model) == first:
                    places.append(at)
                    break
            else:
                groups.append((lane, [at]))
        asks = await all_of(
            self.asks.build(asked.conversation_id, asked.question, asked.past, lane, lane.model)
            for lane, _ in groups
        )
        return [(ask, places) for ask, (_, places) in zip(asks, groups, strict=True)]

    async def _open(self, name: str) -> ChatModel | ChatuiError:
        try:
            await self.warm(name)
            return await self.open_model(name)
        except ChatuiError as error:
            return error

    def _bounded(
        self, plans: Sequence[Plan | ContextTooLong]
    ) -> list[Bounded | BudgetExceeded | ContextTooLong]:
        planned = [plan for plan in plans if not isinstance(plan, ContextTooLong)]
        bounded = iter(bounded_together(planned, self.planner.bounded, self.prices.price))
        return [plan if isinstance(plan, ContextTooLong) else next(bounded) for plan in plans]

    def _call(
        self,
        model: ChatModel,
        bounded: Bounded | ChatuiError,
        asked: Compared,
        ask: Ask,
        *,
        first: bool,
    ) -> Call | ChatuiError:
        if isinstance(bounded, ChatuiError):
            return bounded
        # The answer of one model, in what its own server takes: the others have theirs already.
        retrimmed = self.retrimmer.of(
            bounded.plan,
            bounded.limits,
            lambda most: self.planner.plan(ask, model.info, most=most),
        )
        return Call(
            model,
            bounded.plan,
            asked.past,
            ask.query,
            bounded.limits,
            retrimmed,
            chosen=first,
            together=True,
            limited=ask.limited,
        )


def held_whole(ask: Ask, plan: Plan | ContextTooLong) -> Plan | ContextTooLong:
    """The plan; or why it can't be asked, where documents are wanted from beginning to end and the
    prompt holds only some of them: one model alone sums them up in sections."""
    if isinstance(plan, ContextTooLong) or not ask.whole:
        return plan
    passages = ask.passages or ()
    if len(plan.request.passages) == len(passages):
        return plan
    names = ", ".join(dict.fromkeys(passage.source for passage in passages))
    return ContextTooLong(
        f"{names} is too long for {plan.info.name} in a comparison; ask one model alone, which "
        "sums it up section by section."
    )


def seeing(model: ChatModel | ChatuiError, lane: ReplySettings) -> ChatModel | ChatuiError:
    """The model, or why it can't be asked: it would have to see what it can't."""
    if isinstance(model, ChatuiError):
        return model
    try:
        refuse_unseen(lane.media, model.info)
    except UsageError as error:
        return error
    return model


def seeing_alike(infos: Sequence[ModelInfo]) -> list[ModelInfo]:
    """The models of one prompt: of earlier pictures it holds what each of them sees."""
    if not infos:
        return []
    common = frozenset.intersection(*(info.takes or frozenset() for info in infos))
    return [replace(info, takes=common) for info in infos]
