"""JSON that others wrote: servers, files, models. Whatever stands in it, what comes out is bounded,
and what can't be read is a ValueError."""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 100
"""Objects and lists inside each other; recursion over what was read must end well."""
LARGEST = 2**63 - 1
"""Of integers: as much as SQLite takes, and no count is larger."""
DIGITS = len(str(LARGEST))
TOO_DEEP = "its values are nested too deep"


def read_json(text: str | bytes | bytearray) -> Any:
    """The value. Numbers beyond 64 bits come out as the largest of 64, NaN and the infinities as
    None. Raises ValueError for what is no JSON or nested deeper than `DEEPEST`; of a string it is
    always a json.JSONDecodeError."""
    try:
        value = json.loads(text, parse_int=_integer, parse_float=_real, parse_constant=_none)
    except RecursionError as error:
        raise json.JSONDecodeError(TOO_DEEP, "", 0) from error
    # Counting brackets is quick, and in most texts there are too few for a closer look.
    if isinstance(text, str):
        brackets = text.count("[") + text.count("{")
    else:
        brackets = text.count(b"[") + text.count(b"{")
    if brackets > DEEPEST and _too_deep(value):
        raise json.JSONDecodeError(TOO_DEEP, "", 0)
    return value


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) <= DIGITS + 1 else LARGEST
    if len(digits) > DIGITS + 1 and digits.startswith("-"):
        number = -LARGEST
    return max(-LARGEST, min(number, LARGEST))


def _real(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _none(_: str) -> None:
    return None


def _too_deep(value: Any) -> bool:
    layer = [value]
    for _ in range(DEEPEST + 1):
        layer = [
            inner
            for each in layer
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True
