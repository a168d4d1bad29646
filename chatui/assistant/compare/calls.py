"""The calls of a comparison: looked up once, laid out once, bounded by one budget."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.compare.shared_budget import Bounded, bounded_together
from chatui.assistant.reply import Call
from chatui.cost.charges import Charge, charging
from chatui.domain.errors import BudgetExceeded, ChatuiError, ContextTooLong
from chatui.models.base import ChatModel

if TYPE_CHECKING:
    from chatui.assistant.compare.same_prompt import SamePrompt
    from chatui.assistant.lookup import AskBuilder
    from chatui.assistant.plan import Plan, Planner
    from chatui.cost.prices.prices import PriceBook
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A question for several models, by their full names. What looking it up costs is
    charged to `charge`."""

    names: Sequence[str]
    question: str
    past: Sequence[StoredTurn]
    settings: ReplySettings
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

    async def of(self, asked: Compared) -> list[Call | ChatuiError]:
        """For each model its call, or why it can't be made. All calls have the same
        messages, passages and options, but for the bound on the reply's length. Raises what
        looking up raises."""
        # What counts tokens, or writes wordings in a model's name, goes by the first one.
        settings = replace(asked.settings, model=asked.names[0])
        with charging(asked.charge):
            opened, ask = await asyncio.gather(
                asyncio.gather(*(self._open(name) for name in asked.names)),
                self.asks.build(
                    asked.conversation_id, asked.question, asked.past, settings, settings.model
                ),
            )
        models = [model for model in opened if not isinstance(model, ChatuiError)]
        if not models:
            return [model for model in opened if isinstance(model, ChatuiError)]
        plans = await self.same_prompt.plans(ask, [model.info for model in models])
        bounded = iter(await asyncio.to_thread(self._bounded, plans))
        return [
            model
            if isinstance(model, ChatuiError)
            else _call(model, next(bounded), asked, ask.query, first=at == 0)
            for at, model in enumerate(opened)
        ]

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
    model: ChatModel, bounded: Bounded | ChatuiError, asked: Compared, query: str, *, first: bool
) -> Call | ChatuiError:
    if isinstance(bounded, ChatuiError):
        return bounded
    return Call(model, bounded.plan, asked.past, query, bounded.limits, chosen=first)
