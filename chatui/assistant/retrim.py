"""A prompt that a server found too long, planned again in less room."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.domain.errors import ContextTooLong
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.cost.budget import Limit

BELIEVED = 0.9
"""A limit that leaves the prompt more than this of its size explains nothing: our count is off."""
SHRUNK = 0.75
"""What then may be kept of the prompt."""


@dataclass(frozen=True, slots=True)
class Retrimmed:
    """A plan for the same question in less room, and what is said of that: a clause without its
    full stop."""

    plan: Plan
    reason: str


Retrim = Callable[[ContextTooLong], Awaitable[Retrimmed]]
"""Gives the plan to ask with once more. Raises ContextTooLong where nothing more can leave, and
BudgetExceeded."""
LayOut = Callable[[int], Awaitable["Plan"]]
"""Lays a question out once more, in a prompt of at most so many tokens."""


@dataclass(frozen=True, slots=True)
class Retrimmer:
    """Replies, those that are gone on with and the answers of a comparison are trimmed here.
    `bounded` holds a plan to its budget, and `hold_to` remembers what the server of a model
    told of its context."""

    bounded: Callable[[Plan], Plan]
    hold_to: Callable[[str, int], None]

    def of(self, plan: Plan, limits: Sequence[Limit], lay_out: LayOut) -> Retrim:
        """The second try of a call with that plan. `limits` are the part of a budget that the
        call has already: the second try gets no other."""
        return functools.partial(self._again, plan, limits, lay_out)

    async def _again(
        self, plan: Plan, limits: Sequence[Limit], lay_out: LayOut, refusal: ContextTooLong
    ) -> Retrimmed:
        if refusal.limit is not None:
            self.hold_to(plan.info.name, refusal.limit)
        again = await lay_out(smaller_cap(plan, refusal))
        again = replace(again, spent=replace(again.spent, limits=limits))
        again = await asyncio.to_thread(self.bounded, again)
        return Retrimmed(again, told(plan, again, refusal))


def smaller_cap(plan: Plan, refusal: ContextTooLong) -> int:
    """The most tokens of the prompt to ask with again, by our estimate.

    The server's limit holds, less the room for the reply. Where it told how many tokens it had
    counted, our estimate is measured by that. Where it told nothing, or nothing that would have
    been passed, a part of what was refused is left.
    """
    estimated = plan.prompt.tokens
    if refusal.limit is not None:
        output = plan.request.options.max_output_tokens
        room = plan.policy.prompt_cap(refusal.limit, output or 0) or refusal.limit
        if refusal.prompt is not None and refusal.prompt > estimated:
            room = room * estimated // refusal.prompt
        if room <= BELIEVED * estimated:
            return room
    return int(SHRUNK * estimated)


def told(plan: Plan, again: Plan, refusal: ContextTooLong) -> str:
    """What is said of it, as the clause of `Retrying`."""
    fits = f" (it takes {refusal.limit:,} tokens)" if refusal.limit else ""
    gone = again.memory.dropped_turns - plan.memory.dropped_turns
    passages = len(plan.request.passages) - len(again.request.passages)
    less = []
    if gone > 0:
        less.append(counted(gone, "more turn"))
    if passages > 0:
        less.append(counted(passages, "passage"))
    left_out = f": {' and '.join(less)} left out" if less else ""
    return f"The prompt was too long for {plan.info.name}{fits}{left_out}"
