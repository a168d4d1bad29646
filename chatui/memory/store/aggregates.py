"""Values of a group that SQLite hands over in one piece, where its own sums won't do. A function
of ours for each row, which SQLite would call, takes three times as long."""

from __future__ import annotations

import json
import math
from array import array
from decimal import Decimal, InvalidOperation

from chatui.memory.store.codec import amount_of, real_of
from chatui.memory.store.database import forgiving_text

_BETWEEN = "\x1f"


def amounts(column: str) -> str:
    """SQL for the texts of a column of a group, for `decimal_sum`. As bytes, because a text that
    is no UTF-8 would end the whole query."""
    return f"CAST(group_concat(CAST({column} AS BLOB), char({ord(_BETWEEN)})) AS BLOB)"


def decimal_sum(handed_over: bytes | None) -> Decimal:
    """Exact, where SQL's sum would add floats. What is no amount is left out."""
    if handed_over is None:
        return Decimal(0)
    texts = forgiving_text(handed_over).split(_BETWEEN)
    try:
        total = sum(map(Decimal, texts), Decimal(0))
    except InvalidOperation:
        total = Decimal("NaN")
    # One that is none makes the sum none.
    return total if total.is_finite() else sum(filter(None, map(amount_of, texts)), Decimal(0))


def numbers(expression: str) -> str:
    """SQL for all numbers of a group, for `packed`."""
    return f"json_group_array({expression})"


def packed(handed_over: str | None) -> array[float]:
    """All of a group's numbers in order, of which the middle is then taken: three times as fast as
    ranking them in SQL, and groups can be joined. What can't be reckoned with is left out."""
    text = handed_over or "[]"
    if "Inf" in text:
        # SQLite's word for infinity is none of JSON's; newer versions write a number beyond all.
        text = text.replace("-Inf", "null").replace("Inf", "null")
    values = json.loads(text)
    try:
        known = math.isfinite(sum(values))
    except TypeError:
        known = False
    if not known:
        values = [one for value in values if (one := real_of(value)) is not None]
    # Sorted here: several such rows behind each other are sorted in half the time.
    values.sort()
    return array("d", values)
