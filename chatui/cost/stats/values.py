"""The figures of the ledger, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from chatui.cost.stats.brevity import Brevity
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage

Grouping = Literal["day", "model", "conversation", "profile"]
GROUPINGS: Final[tuple[Grouping, ...]] = ("day", "model", "conversation", "profile")
Unit = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds that half of the replies, and 95 of 100, took at most."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsRow:
    """One day, model, conversation or profile. `key` is the day in ISO 8601 (the first one of
    a week or month), the model's name, the conversation's id or the profile's name ("" for
    none); None where that is not known. `title` is a conversation's.

    Usage and costs are those of all calls. The others are of replies alone: `cache_hit_rate`
    is the share of their prompts that came from a cache, over those whose usage the provider
    reported; `speed` is the median of their tokens/s, `gap_p95` that of the time which 95 of 100
    of their pieces took at most to follow, and `longest_stall` the longest that one took, in
    seconds. None is not known.
    """

    key: str | None
    title: str = ""
    calls: int = 0
    replies: int = 0
    usage: Usage = Usage()
    priced: tuple[Cost, ...] = ()
    unpriced: int = 0
    """Calls whose price is not known."""
    reported_prompt: int = 0
    reported_cached: int = 0
    first_token: Spread | None = None
    speed: float | None = None
    gap_p95: float | None = None
    longest_stall: float | None = None

    @property
    def between_tokens(self) -> float | None:
        """Seconds from one token to the next, in the middle one of the replies."""
        return 1 / self.speed if self.speed else None

    @property
    def reasoning_share(self) -> float | None:
        """Of the output; None where nothing came."""
        return self.usage.reasoning / self.usage.output if self.usage.output else None

    @property
    def reasoning_multiple(self) -> float | None:
        """How many times the answers' tokens the whole output is, by which reasoning makes them
        dearer; None where there is no answer."""
        said = self.usage.output - self.usage.reasoning
        return self.usage.output / said if said > 0 else None

    @property
    def costs(self) -> tuple[Cost, ...]:
        """One sum per currency. Calls of unknown price make the others an estimate."""
        if not self.unpriced:
            return self.priced
        return tuple(cost.as_estimate() for cost in self.priced) or (UNKNOWN_COST,)

    @property
    def cache_hit_rate(self) -> float | None:
        return self.reported_cached / self.reported_prompt if self.reported_prompt else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The figures from `since` to `until`, both days included, in local time; `days` is as it
    was asked for, 0 for all there are. Rows by day are in their order, without the days on
    which nothing was called, others by falling tokens. `periods` are the same by `unit`, in
    their order, for plots by day; empty when the rows are not by day."""

    by: Grouping
    days: int
    since: date
    until: date
    total: StatsRow
    rows: tuple[StatsRow, ...] = ()
    unit: Unit = "day"
    periods: tuple[StatsRow, ...] = ()
    brevity: tuple[Brevity, ...] = ()
