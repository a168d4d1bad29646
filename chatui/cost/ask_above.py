"""When the user is asked before money is spent: `budget.ask_above`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from chatui.cost.prices.conversion import NO_CONVERSION, Conversion
from chatui.domain.usage import Cost


@dataclass(frozen=True, slots=True)
class AskAbove:
    """More than `sum` in `currency` is asked about; 0 never asks."""

    sum: Decimal = Decimal(0)
    currency: str = "USD"
    conversion: Conversion = NO_CONVERSION

    def asks(self, cost: Cost) -> bool:
        """Money in a currency that no rate leads from is held to no sum, and so asked about. A
        price that is unknown is for the budget to refuse."""
        if not self.sum or not cost.amount:
            return False
        amount = self.conversion.amount(cost, self.currency)
        return amount is None or amount > self.sum
