"""What a switch of the model costs in mid-conversation, and when it pays: pure functions.

A model that has not seen the conversation reads all of it at the uncached rate once. From
then on a typical turn reads what the last prompt began with at the cache's rate, and only
the last exchange and the new question anew. So a switch is a price paid once against a
difference with every turn; trims and the growth of later prompts are not foretold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from math import ceil

from chatui.cost.prices.conversion import NO_CONVERSION, Conversion
from chatui.domain.cache_rule import CacheRule
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One model's share of the turns to come, in its own tokens. `prefix` is what comes
    before the question, `cached` as much of that as its cache still holds; `tail` is the
    question with its passages, now and typically. `exchange` is what a turn leaves in the
    next prompt, `answer` what of that is its answer. `output` and `reasoning`, a part of it,
    are those of a typical reply. `cap` is the most that a prompt may hold, as we count. `rule`
    is what the provider keeps, None for nothing: one that keeps what is marked asks its price
    for writing that."""

    prefix: int
    tail: int
    typical_tail: int
    exchange: int
    output: int
    answer: int = 0
    reasoning: int = 0
    cached: int = 0
    cap: int | None = None
    rule: CacheRule | None = CacheRule(least=0)

    @property
    def reread(self) -> int:
        """Tokens from before the question that the next turn reads on a cold cache."""
        return self.prefix - self.cached

    def next_turn(self) -> Usage:
        return self._usage(self.cached, self.reread, self.tail)

    def typical_turn(self) -> Usage:
        """A turn after the next: its prompt begins as the one before, and where the cap
        leaves less room, the beginning is what gives way."""
        anew = self.exchange + self.typical_tail
        prefix = self.prefix if self.cap is None else min(self.prefix, max(0, self.cap - anew))
        # What the last prompt was marked behind.
        kept = prefix - self._unmarked(prefix)
        if self.rule is None or kept < self.rule.least:
            return self._usage(0, prefix + self.exchange, self.typical_tail)
        return self._usage(kept, prefix - kept + self.exchange, self.typical_tail)

    def _unmarked(self, tokens: int) -> int:
        """What of so many tokens before a question no mark can stand behind: the last answer."""
        return min(tokens, self.answer) if self.rule is not None and self.rule.asked else 0

    def _usage(self, cached: int, anew: int, behind: int) -> Usage:
        """`anew` is read before the question, `behind` with it."""
        rule = self.rule
        unmarked = self._unmarked(anew)
        anew, behind = anew - unmarked, behind + unmarked
        writes = rule is not None and rule.marked and cached + anew >= rule.least
        base = rule.written(anew, estimated=True) if rule is not None and writes else Usage()
        return replace(
            base,
            input=behind if writes else anew + behind,
            cache_read=cached,
            output=self.output,
            reasoning=self.reasoning,
            estimated=True,
        )


class Verdict(StrEnum):
    PAYS = "pays after so many turns"
    CHEAPER = "cheaper from the first turn on"
    AT_FIRST = "cheaper for so many turns, dearer after that"
    NEVER = "never pays"
    EQUAL = "costs the same"
    UNKNOWN = "a price is not known"
    APART = "the currencies can't be compared"


@dataclass(frozen=True, slots=True)
class Payoff:
    """`turns`, the next one counted: with PAYS after how many the new model has cost no more
    than the old one would have; with AT_FIRST for how many it has cost no more. 0 otherwise.
    """

    verdict: Verdict
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """The next turn, and a typical one after it."""

    next_turn: Cost = UNKNOWN_COST
    typical: Cost = UNKNOWN_COST


def payoff(old: Costs, new: Costs, conversion: Conversion = NO_CONVERSION) -> Payoff:
    """When the new model has cost no more than the old one: the first turn costs what the
    next does, every later one what a typical one does. Nothing is rounded on the way."""
    every = (old.next_turn, old.typical, new.next_turn, new.typical)
    if any(cost.amount is None for cost in every):
        return Payoff(Verdict.UNKNOWN)
    amounts = in_one_currency(every, conversion)
    if amounts is None:
        return Payoff(Verdict.APART)
    extra, saving = amounts[2] - amounts[0], amounts[1] - amounts[3]
    return _compared(extra, saving)


def in_one_currency(costs: Sequence[Cost], conversion: Conversion) -> list[Fraction] | None:
    """The amounts, to be compared with each other; None where one is unknown, or there is no rate
    between their currencies. What is free is free in every currency."""
    paid = [cost for cost in costs if cost.amount]
    currency = paid[0].currency if paid else ""
    found = []
    for cost in costs:
        amount = conversion.amount(cost, currency) if cost.amount else cost.amount
        if amount is None:
            return None
        found.append(Fraction(amount))
    return found


def cheaper(old: Cost, new: Cost, conversion: Conversion = NO_CONVERSION) -> Cost | None:
    """The one that costs less; None where they cost the same, or can't be compared."""
    amounts = in_one_currency((old, new), conversion)
    if amounts is None or amounts[0] == amounts[1]:
        return None
    return old if amounts[0] < amounts[1] else new


def _compared(extra: Fraction, saving: Fraction) -> Payoff:
    """`extra` is what the first turn costs more on the new model, `saving` what each later
    one costs less."""
    if extra > 0:
        if saving <= 0:
            return Payoff(Verdict.NEVER)
        return Payoff(Verdict.PAYS, 1 + ceil(extra / saving))
    if saving < 0:
        return Payoff(Verdict.AT_FIRST, 1 + int(extra / saving)) if extra else Payoff(Verdict.NEVER)
    return Payoff(Verdict.CHEAPER if extra or saving else Verdict.EQUAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A model in the quote. `used` are the tokens of the coming prompt, `kept` the turns in
    it, of `turns` that were answered; `summarised`: a summary stands for earlier ones.
    `reread` are the tokens from before the question that no cache holds. `fault` says why
    the next prompt could not be sent; the figures are missing then. `doubt` says why there may
    be no such model."""

    model: str
    context_size: int | None = None
    used: int | None = None
    kept: int = 0
    turns: int = 0
    summarised: bool = False
    reread: int | None = None
    costs: Costs = Costs()
    fault: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class SwitchQuote:
    """`conversion` is what the costs were compared by."""

    old: Side
    new: Side
    conversion: Conversion = NO_CONVERSION

    @property
    def payoff(self) -> Payoff:
        return payoff(self.old.costs, self.new.costs, self.conversion)

    @property
    def is_free(self) -> bool:
        """Whether neither model costs anything."""
        sides = (self.old.costs, self.new.costs)
        return not any(cost.amount != 0 for one in sides for cost in (one.next_turn, one.typical))

    @property
    def loses_nothing(self) -> bool:
        """Whether the new model reads at least as many turns as the old one."""
        return not self.new.fault and self.new.kept >= self.old.kept
