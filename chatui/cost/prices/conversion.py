"""Other currencies at the user's own rates; without a rate nothing is converted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from chatui.domain.usage import Cost, total_cost

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Conversion:
    """`rates` say what one unit of another currency is worth in `currency`. Without a
    `currency` totals stay apart."""

    currency: str = ""
    rates: Mapping[str, Decimal] = field(default_factory=dict)

    def factor(self, given: str, wanted: str) -> Decimal | None:
        """What one unit of `given` is worth in `wanted`, None when the rates don't tell."""
        if given == wanted:
            return ONE
        worth, unit = self._worth(given), self._worth(wanted)
        return worth / unit if worth is not None and unit else None

    def amount(self, cost: Cost, currency: str) -> Decimal | None:
        """The money in that currency; None when the amount is unknown or no rate leads there."""
        factor = self.factor(cost.currency, currency)
        return cost.amount * factor if cost.amount is not None and factor is not None else None

    def total(self, costs: Iterable[Cost]) -> tuple[Cost, ...]:
        """Sums per currency. Those with a rate become one in the user's currency, marked as
        converted; the others stay apart. Nothing is nothing in any currency: what a local
        model cost is not a sum of its own beside others."""
        sums = total_cost(list(costs))
        if self.currency:
            sums = total_cost([self._converted(each) for each in sums])
        return tuple(each for each in sums if each.amount != 0) or sums[:1]

    def _converted(self, cost: Cost) -> Cost:
        amount = self.amount(cost, self.currency)
        if amount is None or cost.currency == self.currency:
            return cost
        return replace(cost, amount=amount, currency=self.currency, converted=amount != 0)

    def _worth(self, currency: str) -> Decimal | None:
        return ONE if currency == self.currency else self.rates.get(currency)


NO_CONVERSION = Conversion()
