"""What a model costs, as a value: enough to compute a bill, show it and keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from chatui.domain.usage import UNKNOWN_COST, Cost, Usage

PER = Decimal(1_000_000)
HOUR = Decimal(3600)
TWELVE_PLACES = Decimal("1e-12")
BUCKETS = ("input", "output", "cache_read", "cache_write", "reasoning")
PARTS = ("cache_write_1h", "audio_input", "audio_read", "audio_output", "citations")
RATES = (*BUCKETS, *PARTS)
"""The names of a price's rates, which are those of what `Usage` and `UsageParts` count."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Money for a million tokens. `steps` are (tokens, money) in rising order: a prompt
    longer than `tokens` costs that much, all of it, not only what lies above."""

    base: Decimal
    steps: tuple[tuple[int, Decimal], ...] = ()

    def at(self, prompt_tokens: int) -> Decimal:
        reached = [money for start, money in self.steps if prompt_tokens > start]
        return reached[-1] if reached else self.base

    def halved(self) -> Rate:
        return Rate(self.base / 2, tuple((start, money / 2) for start, money in self.steps))

    def row(self) -> str | dict[str, str]:
        if not self.steps:
            return str(self.base)
        return {"0": str(self.base)} | {str(start): str(money) for start, money in self.steps}

    @classmethod
    def of_row(cls, row: Any) -> Rate:
        """What `row` made. Raises ArithmeticError or ValueError for anything else."""
        if not isinstance(row, dict):
            return cls(Decimal(str(row)))
        steps = sorted((int(start), Decimal(str(money))) for start, money in row.items())
        return cls(steps[0][1], tuple(steps[1:]))


@dataclass(frozen=True, slots=True)
class Price:
    """The rates of one model on one day. An absent `input` or `output` is unknown; an absent
    cache rate is the input rate, an absent reasoning rate the output rate, and an absent rate for
    a part that of its bucket.

    `source` is "config", "genai-prices" or "local"; `model` is the row's own name there;
    `edition` says which state of the list it is, and `day` is the day for which the rates
    were looked up. `tier` is the class of service that the rates are for, "" for the usual
    one. `request` is money per call, `search` for each search that the provider makes for it,
    `hour` money for an hour of answering.
    """

    model: str
    source: str
    day: date
    currency: str = "USD"
    input: Rate | None = None
    output: Rate | None = None
    cache_read: Rate | None = None
    cache_write: Rate | None = None
    reasoning: Rate | None = None
    cache_write_1h: Rate | None = None
    audio_input: Rate | None = None
    audio_read: Rate | None = None
    audio_output: Rate | None = None
    citations: Rate | None = None
    request: Decimal = Decimal(0)
    search: Decimal = Decimal(0)
    hour: Decimal = Decimal(0)
    edition: str = ""
    tier: str = ""

    def cost(self, usage: Usage, seconds: float | None = None) -> Cost:
        """The exact cost of one call that took so long; unknown when a bucket that was used
        has no rate. What the time costs is an estimate, and unknown without the time."""
        amount = self.request + self.search * usage.parts.searches
        for tokens, rate in self._priced(usage):
            if not tokens:
                continue
            if rate is None:
                return UNKNOWN_COST
            amount += rate.at(usage.prompt) * tokens / PER
        if self.hour:
            if seconds is None:
                return UNKNOWN_COST
            amount += (self.hour * Decimal(str(seconds)) / HOUR).quantize(TWELVE_PLACES)
        # Nothing times an estimate is still nothing: a free model's cost is never a guess.
        guessed = amount > 0 and (usage.estimated or self.hour > 0)
        return Cost(amount, self.currency, self.source, guessed)

    def _priced(self, usage: Usage) -> Iterator[tuple[int, Rate | None]]:
        """Tokens and the rate that each of them costs; every token once."""
        read = self.cache_read or self.input
        write = self.cache_write or self.input
        parts = usage.parts
        plain_output = usage.output - usage.reasoning
        cited = min(parts.citations, plain_output)
        split = (
            (usage.input, self.input, parts.audio_input, self.audio_input),
            (usage.cache_read, read, parts.audio_read, self.audio_read),
            (usage.cache_write, write, parts.cache_write_1h, self.cache_write_1h),
            (plain_output - cited, self.output, parts.audio_output, self.audio_output),
        )
        for tokens, usual, part, own in split:
            apart = min(part, tokens)
            yield tokens - apart, usual
            yield apart, own or usual
        yield cited, self.citations or self.output
        yield usage.reasoning, self.reasoning or self.output

    def _rates(self) -> dict[str, Rate]:
        found = ((name, getattr(self, name)) for name in RATES)
        return {name: rate for name, rate in found if rate is not None}

    def halved(self, tier: str) -> Price:
        """All of its tokens at half the money, as the price of that tier."""
        values: dict[str, Any] = {name: rate.halved() for name, rate in self._rates().items()}
        return replace(self, **values, request=self.request / 2, hour=self.hour / 2, tier=tier)

    def row(self) -> dict[str, object]:
        """The price as JSON values, for the ledger; money as decimal strings."""
        row: dict[str, object] = {
            "model": self.model,
            "source": self.source,
            "day": self.day.isoformat(),
            "currency": self.currency,
            "per": int(PER),
        }
        row |= {name: rate.row() for name, rate in self._rates().items()}
        rest = {
            "request": self.request,
            "search": self.search,
            "hour": self.hour,
            "edition": self.edition,
            "tier": self.tier,
        }
        return row | {name: str(value) for name, value in rest.items() if value}

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Price | None:
        """The price that the ledger kept; None for a cost that the provider reported, which has
        no rates, and for a row that can't be read."""
        known = [name for name in RATES if name in row]
        if not known and "request" not in row and "hour" not in row:
            return None
        try:
            return cls(
                str(row["model"]),
                str(row["source"]),
                date.fromisoformat(row["day"]),
                str(row["currency"]),
                **{name: Rate.of_row(row[name]) for name in known},
                request=Decimal(row.get("request", 0)),
                search=Decimal(row.get("search", 0)),
                hour=Decimal(row.get("hour", 0)),
                edition=str(row.get("edition", "")),
                tier=str(row.get("tier", "")),
            )
        except (KeyError, ValueError, TypeError, ArithmeticError, IndexError):
            return None
