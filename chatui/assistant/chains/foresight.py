"""What a run would ask and cost, as far as that is known before: answers that are not there yet
stand as ⟨step⟩ in the prompts, and count with the length that they may have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatui.assistant.chains.chain import STEPS, Chain, Step
from chatui.assistant.chains.events import CallPlace
from chatui.assistant.chains.filling import Known, filled, holds, items_of
from chatui.domain.usage import Cost, Usage
from chatui.jobs.profiles import ReplySettings
from chatui.jobs.templates import Placeholder

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.cost.prices.prices import PriceBook

ASSUMED_OUTPUT = 500
"""Tokens of an answer whose length nothing bounds: about 375 words."""
PlanOf = Callable[[str | None, str, ReplySettings], Awaitable["Plan"]]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A call that would be made. `usage` is an estimate; `output` says what the answer's length
    is taken from. `unsure`: whether it is made depends on an answer. `open_list`: it is made for
    each thing of a list that is not there yet, and counted once."""

    place: CallPlace
    plan: Plan
    usage: Usage
    cost: Cost
    bounded: bool
    unsure: bool
    open_list: bool


async def foresee(
    chain: Chain,
    models: Mapping[str, str],
    plan: PlanOf,
    prices: PriceBook,
) -> AsyncGenerator[Foreseen, None]:
    """The calls in their order. Raises what laying a call out raises."""
    known, lengths = Known(chain.variables), dict[str, int]()
    for step in chain.in_order():
        known.answers[step.name] = Placeholder(step.name)
        lengths[step.name] = 0
        items = await asyncio.to_thread(items_of, step, known) if step.items else [None]
        open_list = any(isinstance(item, Placeholder) for item in items)
        for at, item in enumerate(items, 1):
            place = CallPlace(step.name, at, len(items)) if step.items else CallPlace(step.name)
            values = known.values(item, place.index)
            unsure = depends(step)
            if not unsure and not await asyncio.to_thread(holds, step, values):
                continue
            call = await _call(step, place, values, models[step.name], plan)
            waited = await asyncio.to_thread(_open_tokens, call, lengths)
            most = call.request.options.max_output_tokens
            output = most or ASSUMED_OUTPUT
            lengths[step.name] += output
            usage = Usage(input=call.prompt.tokens + waited, output=output, estimated=True)
            cost = await asyncio.to_thread(prices.cost, call.info.name, usage)
            cost = replace(cost, estimated=True)
            yield Foreseen(place, call, usage, cost, most is not None, unsure, open_list)
        if not lengths[step.name]:
            known.answers[step.name] = ""


async def _call(
    step: Step, place: CallPlace, values: Mapping[str, Any], model: str, plan: PlanOf
) -> Plan:
    def asked() -> tuple[str, ReplySettings]:
        query = filled(step.query, values, model) if step.query else ""
        settings = replace(step.settings, model=model, query=query, remember=False)
        return filled(step.prompt, values, model), settings

    prompt, settings = await asyncio.to_thread(asked)
    return await plan(None, prompt, settings)


def depends(step: Step) -> bool:
    """Whether it takes an answer to tell if the step is asked."""
    parts = (part for part in step.parts() if part.key == "if")
    return any(one.root == STEPS for part in parts for one in part.references())


def _open_tokens(call: Plan, lengths: Mapping[str, int]) -> int:
    """The tokens that answers will bring into a prompt in the place of their names."""
    text = call.request.messages[-1].content
    return sum(length * text.count(Placeholder(name)) for name, length in lengths.items())
