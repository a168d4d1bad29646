"""The meter of one turn: estimates while the reply streams, the provider's word at the end."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from chatui.cost.budget import Limit, left
from chatui.cost.near import near_limits
from chatui.cost.prices.conversion import NO_CONVERSION, Conversion
from chatui.cost.reading import MemoryState, MeterReading
from chatui.cost.timings import Timings, gaps_of
from chatui.cost.tokens.live_count import LiveCount
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.usage import Cost, Gaps, LimitLeft, Timing, Usage, total_cost

HIDDEN = 2
HIDDEN_TOKENS = 20
"""An output of more than so many times what was seen of it, and of so many tokens more, has a
part that was not shown."""

MOST_MOMENTS = 100_000
"""Pieces of a reply whose times are kept: more tell nothing new."""


class CostOfUsage(Protocol):
    """`functools.partial(prices.cost, model)` is one. `reported` is the provider's figure,
    `seconds` what the call has taken, `tier` the class of service that it says it was."""

    def __call__(
        self,
        usage: Usage,
        *,
        reported: Decimal | None = None,
        seconds: float | None = None,
        tier: str = "",
    ) -> Cost: ...


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent before this turn, one Cost per currency, and the limits in force.
    Totals are shown by `conversion`."""

    conversation: Sequence[Cost] = ()
    today: Sequence[Cost] = ()
    limits: Sequence[Limit] = ()
    conversion: Conversion = NO_CONVERSION


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The provider's latest report, and what streamed since."""

    reported: Usage
    text: LiveCount
    reasoning: LiveCount


class Meter:
    """Starts with the call. `text`, `reasoning` and `report` take what the stream brings and
    return at once; `usage`, `cost` and `reading` count tokens, which may load a vocabulary
    the first time, and may run in another thread meanwhile.

    `prompt` is the count of what is sent, `count` counts tokens of the model, each of which
    stands for `per_counted` true ones; `clock` gives seconds. `context_size` is tokens.
    `aside` is what the turn has cost before its call; `spent` has that already.
    """

    def __init__(
        self,
        model: str,
        *,
        prompt: TokenCount,
        count: Callable[[str], int],
        cost: CostOfUsage,
        per_counted: float = 1.0,
        context_size: int | None = None,
        spent: Spent | None = None,
        memory: MemoryState | None = None,
        aside: Sequence[Cost] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._count = count
        self._cost_of = cost
        self._per_counted = per_counted
        self._context_size = context_size
        self._spent = spent or Spent()
        self._memory = memory or MemoryState()
        self._aside = tuple(aside)
        self._clock = clock
        self._made = self._sent = clock()
        self._said: list[str] = []
        self._thought: list[str] = []
        self._streamed: int | None = None
        self._limits: tuple[LimitLeft, ...] = ()
        self._first: float | None = None
        self._moments = array("d")
        self._ended: float | None = None
        self._timings = Timings()
        self._stretch = _Stretch(Usage(), LiveCount(count), LiveCount(count))
        self._booked: tuple[Usage, Cost] | None = None

    def sent(self, moment: float) -> None:
        """The first byte of the request went out at that moment of the clock: what lies before it
        is none of the server's time. That of the last attempt counts."""
        self._sent = moment

    def limits(self, left: tuple[LimitLeft, ...]) -> None:
        """What the provider says is left of its limits."""
        self._limits = left

    def text(self, delta: str) -> None:
        self._stretch.text.add(delta)
        self._said.append(delta)
        self._mark(delta)

    def reasoning(self, delta: str) -> None:
        self._stretch.reasoning.add(delta)
        self._thought.append(delta)
        self._mark(delta)

    def take_back(self) -> None:
        """All text so far was reasoning, of which none had come by itself."""
        stretch = self._stretch
        self._stretch = replace(stretch, text=stretch.reasoning, reasoning=stretch.text)
        self._said, self._thought = self._thought, self._said

    def report(self, usage: Usage) -> None:
        """Usage that came while the reply streams; it covers everything up to now."""
        if usage.output:
            self._stretch = _Stretch(usage, LiveCount(self._count), LiveCount(self._count))
        else:
            self._stretch = replace(self._stretch, reported=usage)

    def finish(
        self,
        usage: Usage | None,
        reported_cost: Decimal | None = None,
        tier: str = "",
        *,
        timings: Timings | None = None,
    ) -> tuple[Usage, Cost]:
        """Ends the turn, however it ended. Returns what to book: the provider's `usage`, or
        without it the estimate; with a cost that is final for that usage and `tier` of
        service. `timings` are the model's own. The first end counts: ending a turn again
        changes nothing."""
        if self._booked is not None:
            return self._booked
        self._ended = self._clock()
        self._timings = timings or self._timings
        counted = self.usage()
        final = _completed(usage, counted) if usage is not None else counted
        self._streamed = self._in_sight(final)
        seconds = self.timing().seconds
        cost = self._cost_of(final, reported=reported_cost, seconds=seconds, tier=tier)
        self._booked = (final, cost)
        return self._booked

    def void(self) -> None:
        """Ends the turn as a call that no model was at work on: it took nothing."""
        if self._booked is None:
            self._ended = self._clock()
            self._booked = (Usage(), self.nothing())

    def nothing(self) -> Cost:
        """No money, in the currency that the model is paid in."""
        priced = self._cost_of(Usage())
        return Cost(Decimal(0), priced.currency, priced.source)

    def usage(self) -> Usage:
        """The turn so far."""
        if self._booked is not None:
            return self._booked[0]
        stretch = self._stretch
        reasoning = round(stretch.reasoning.tokens() * self._per_counted)
        output = round(stretch.text.tokens() * self._per_counted) + reasoning
        reported = stretch.reported
        return Usage(
            input=reported.input if reported.prompt else self._prompt.tokens,
            cache_read=reported.cache_read,
            cache_write=reported.cache_write,
            output=reported.output + output,
            reasoning=reported.reasoning + reasoning,
            estimated=reported.estimated or output > 0 or not reported.prompt,
            parts=reported.parts,
        )

    def cost(self, usage: Usage | None = None) -> Cost:
        """What the turn costs so far; `usage` is what `usage()` has just said."""
        if self._booked is not None:
            return self._booked[1]
        usage = self.usage() if usage is None else usage
        return self._cost_of(usage, seconds=self.timing().seconds)

    @property
    def age(self) -> float:
        """Seconds since the call was made, also when it has ended."""
        return self._clock() - self._made

    def timing(self) -> Timing:
        end = self._clock() if self._ended is None else self._ended
        first = None if self._first is None else self._first - self._sent
        return Timing(end - self._sent, first, self._streamed, self.gaps())

    def _in_sight(self, final: Usage) -> int:
        """How many of the output's tokens came piece by piece. Reasoning that was kept out of
        sight, or told in short, took its tokens before the first of them."""
        said, thought = (
            round(self._count("".join(texts)) * self._per_counted)
            for texts in (self._said, self._thought)
        )
        if not final.reasoning:
            # Some servers count what was reasoned as output and say no more of it.
            told = final.output <= HIDDEN * (said + thought) + HIDDEN_TOKENS
            return final.output if told else said + thought
        # Our count of a text may be off by half; a summary of the reasoning is further off.
        seen = final.reasoning if HIDDEN * thought >= final.reasoning else thought
        return final.output - final.reasoning + seen

    def reading(self) -> MeterReading:
        usage = self.usage()
        cost = self.cost(usage)
        timing = self.timing()
        return MeterReading(
            model=self._model,
            context_used=usage.prompt + usage.output,
            context_size=self._context_size,
            context_estimated=usage.estimated,
            turn=usage,
            turn_cost=self._with_aside(cost),
            free=cost.is_free,
            conversation=self._spent.conversion.total([*self._spent.conversation, cost]),
            today=self._spent.conversion.total([*self._spent.today, cost]),
            budget_left=left(self._spent.limits, cost),
            near=near_limits(self._spent.limits, cost),
            first_token=timing.first_token,
            tokens_per_second=self._timings.writing or self._speed(timing, usage),
            gaps=timing.gaps,
            between_tokens=timing.between_tokens(usage),
            read_per_second=self._timings.reading,
            memory=self._memory,
            limits=self._limits,
        )

    def _speed(self, timing: Timing, usage: Usage) -> float | None:
        if timing.streamed is None:
            hidden = 0 if self._thought else usage.reasoning
            timing = replace(timing, streamed=usage.output - hidden)
        return timing.tokens_per_second(usage)

    def _with_aside(self, cost: Cost) -> Cost:
        if not self._aside:
            return cost
        sums = total_cost([cost, *self._aside])
        # Two currencies can't be added, and what is unknown stays so.
        return sums[0] if len(sums) == 1 and cost.amount is not None else cost

    def gaps(self) -> Gaps | None:
        """Between the pieces of the reply; None before the second."""
        return gaps_of(self._moments)

    def _mark(self, delta: str) -> None:
        if not delta:
            return
        now = self._clock()
        if self._first is None:
            self._first = now
        if len(self._moments) < MOST_MOMENTS:
            self._moments.append(now)


def _completed(reported: Usage, counted: Usage) -> Usage:
    """A report with the side that it leaves at 0 filled in from our own count: some servers
    count the prompt only, or the reply only, and neither side was free."""
    usage = reported
    if usage.prompt == 0 and counted.prompt > 0:
        usage = replace(usage, input=counted.prompt, estimated=True)
    if usage.output == 0 and counted.output > 0:
        usage = replace(usage, output=counted.output, reasoning=counted.reasoning, estimated=True)
    return usage
