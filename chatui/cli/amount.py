"""Money as an option's value."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import click


class Amount(click.ParamType[Decimal]):
    name = "amount"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value} is not an amount; write it like 0.05.", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value} is not an amount of 0 or more.", param, ctx)
        return amount


AMOUNT = Amount()
