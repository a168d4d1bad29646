"""What a call consumed and what that costs: plain values, shared by every room."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class UsageParts:
    """What of the buckets some providers bill at another rate, as far as they report it: of
    `cache_write` what is kept for an hour, the audio of `input`, `cache_read` and `output`, and
    what was cited, a part of `output`. `searches` is how many were made, no tokens."""

    cache_write_1h: int = 0
    audio_input: int = 0
    audio_read: int = 0
    audio_output: int = 0
    citations: int = 0
    searches: int = 0

    def __add__(self, other: UsageParts) -> UsageParts:
        return UsageParts(
            self.cache_write_1h + other.cache_write_1h,
            self.audio_input + other.audio_input,
            self.audio_read + other.audio_read,
            self.audio_output + other.audio_output,
            self.citations + other.citations,
            self.searches + other.searches,
        )


NO_PARTS = UsageParts()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more calls, in four buckets that never overlap.

    `input` counts uncached input only; the prompt is input + cache_read + cache_write.
    `reasoning` is a part of `output`, not a fifth bucket. `estimated` is true when any
    figure was counted here and not reported by the provider. `parts` matter for what a call
    costs; the ledger keeps that, and not them.
    """

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    estimated: bool = False
    parts: UsageParts = field(default=NO_PARTS, compare=False)

    def figures(self) -> dict[str, int | bool]:
        """The buckets by their names, as they are told to others."""
        return {
            "input": self.input,
            "cache_read": self.cache_read,
            "cache_write": self.cache_write,
            "output": self.output,
            "reasoning": self.reasoning,
            "estimated": self.estimated,
        }

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        return self.prompt + self.output

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input=self.input + other.input,
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
            output=self.output + other.output,
            reasoning=self.reasoning + other.reasoning,
            estimated=self.estimated or other.estimated,
            parts=self.parts + other.parts,
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """Money. `amount` is None when the price is unknown, which is not the same as 0.

    `source` names where the price came from: "config", "provider", "genai-prices",
    "local" (a model on this machine, 0) or "unknown". `converted` is true when any of it was
    in another currency before.
    """

    amount: Decimal | None
    currency: str = "USD"
    source: str = "unknown"
    estimated: bool = False
    converted: bool = False

    @property
    def is_free(self) -> bool:
        """Whether nothing is ever asked for it: 0 of a paid model is not free."""
        return self.amount == 0 and self.source == "local"

    def as_estimate(self) -> Cost:
        return replace(self, estimated=True)


UNKNOWN_COST = Cost(amount=None)


def total_cost(costs: list[Cost]) -> tuple[Cost, ...]:
    """Sums per currency, in order of first appearance. Unknown amounts are left out of a
    sum but make it an estimate; only-unknown input gives one unknown Cost."""
    if len(costs) == 1 and costs[0].amount is not None:
        return (costs[0],)
    sums: dict[str, Cost] = {}
    unknown = False
    for cost in costs:
        if cost.amount is None:
            unknown = True
            continue
        before = sums.get(cost.currency)
        amount = cost.amount + (before.amount or Decimal(0) if before else Decimal(0))
        estimated = cost.estimated or (before.estimated if before else False)
        converted = cost.converted or (before.converted if before else False)
        source = cost.source if before is None or before.source == cost.source else "mixed"
        sums[cost.currency] = Cost(amount, cost.currency, source, estimated, converted)
    if not sums:
        return (UNKNOWN_COST,) if unknown else ()
    if unknown:
        return tuple(cost.as_estimate() for cost in sums.values())
    return tuple(sums.values())


@dataclass(frozen=True, slots=True)
class LimitLeft:
    """What a provider says is left of one of its limits: of so many "requests" or "tokens", `most`
    in all, None where it does not say; whole again in `resets` seconds, None where it does not
    say."""

    what: str
    left: int
    most: int | None = None
    resets: float | None = None

    @property
    def share(self) -> float | None:
        return min(1.0, self.left / self.most) if self.most else None

    def after(self, seconds: float) -> LimitLeft | None:
        """What still holds of it so many seconds after it was told; None once it is whole again."""
        if self.resets is None:
            return self
        left = self.resets - seconds
        return replace(self, resets=left) if left > 0 else None


@dataclass(frozen=True, slots=True)
class Gaps:
    """Seconds between one piece of a reply and the next, as they came here; a piece may hold
    several tokens. `longest` is the longest stall."""

    mean: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall time of one reply, in seconds, from the first byte of its request on; `first_token` is
    None when no token came. `streamed` are the tokens that came piece by piece: what was reasoned
    out of sight is none of them. None where that was not told apart."""

    seconds: float
    first_token: float | None = None
    streamed: int | None = None
    gaps: Gaps | None = None

    def tokens_per_second(self, usage: Usage | None) -> float | None:
        """How fast the reply came after its first token, tokens/s; None when it can't be told."""
        between = self.between_tokens(usage)
        return 1 / between if between else None

    def between_tokens(self, usage: Usage | None) -> float | None:
        """The mean time between two tokens, in seconds; None when it can't be told."""
        streamed = self.streamed
        if streamed is None and usage is not None and not usage.reasoning:
            streamed = usage.output
        if self.first_token is None or streamed is None or streamed < 2:
            return None
        span = self.seconds - self.first_token
        return span / (streamed - 1) if span > 0 else None
