"""JSON that others wrote: servers, files, models. Whatever stands in it, what comes out is bounded,
and what can't be read is a ValueError."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

DEEPEST = 100
"""Objects and lists inside each other; recursion over what was read must end well."""
LARGEST = 2**63 - 1
"""Of integers: as much as SQLite takes, and no count is larger."""
DIGITS = len(str(LARGEST))
TOO_DEEP = "its values are nested too deep"
LONGEST_ITEM = 32 << 20
"""Characters of one value of a list that is read value by value."""
MOST_PARTS = 1_000_000
"""Objects and lists in one such value: empty ones take thirty times the memory of their text."""

_BLANK = re.compile(r"[ \t\n\r]*+")
_BEHIND = re.compile(r"[ \t\n\r]*+[,\]]")


def read_json(text: str | bytes | bytearray) -> Any:
    """The value. Numbers beyond 64 bits come out as the largest of 64, NaN and the infinities as
    None. Raises ValueError for what is no JSON or nested deeper than `DEEPEST`; of a string it is
    always a json.JSONDecodeError."""
    try:
        value = json.loads(text, parse_int=_integer, parse_float=_real, parse_constant=_none)
    except RecursionError as error:
        raise json.JSONDecodeError(TOO_DEEP, "", 0) from error
    if _may_be_deep(text) and _too_deep(value):
        raise json.JSONDecodeError(TOO_DEEP, "", 0)
    return value


def read_each(pieces: Iterable[str]) -> Iterator[Any]:
    """The values of a list, one after the other and in the memory of one, out of the pieces of its
    text; a text that is no list is one value. Bounded like those of `read_json`. Raises ValueError,
    in the middle too."""
    text = _TextAhead(iter(pieces))
    if text.next_sign() != "[":
        yield text.rest()
        return
    text.at += 1
    if text.next_sign() != "]":
        yield text.value()
        while text.next_sign() == ",":
            text.at += 1
            text.next_sign()
            yield text.value()
    if text.next_sign() != "]":
        raise json.JSONDecodeError("there is no comma between two values", "", 0)
    text.at += 1
    if text.next_sign(last=True):
        raise json.JSONDecodeError("something stands behind its end", "", 0)


class _TextAhead:
    """As much of a text as is looked at, from `at` on."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._held = ""
        self.at = 0

    def next_sign(self, *, last: bool = False) -> str:
        """The next one that is not blank. Raises ValueError where there is none, or returns ""
        where it may be the `last`."""
        while True:
            self.at = _BLANK.match(self._held, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self._held):
                return self._held[self.at]
            if not self._more():
                if last:
                    return ""
                raise json.JSONDecodeError("it ends too early", "", 0)

    def value(self) -> Any:
        """The value that begins here."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self.at)
            except RecursionError as error:
                raise json.JSONDecodeError(TOO_DEEP, "", 0) from error
            except json.JSONDecodeError:
                if not self._more():
                    raise
                continue
            # A number may go on in the next piece.
            if not _BEHIND.match(self._held, end) and self._more():
                continue
            if _may_be_deep(self._held[self.at : end]) and _too_deep(value):
                raise json.JSONDecodeError(TOO_DEEP, "", 0)
            self.at = end
            return value

    def rest(self) -> Any:
        while self._more():
            pass
        return read_json(self._held[self.at :])

    def _more(self) -> bool:
        """Takes twice as much again as is held, so that a long value is not tried too often.
        False, and nothing is changed, at the end."""
        rest = self._held[self.at :]
        if len(rest) > LONGEST_ITEM:
            millions = LONGEST_ITEM >> 20
            raise json.JSONDecodeError(f"a part has more than {millions} million characters", "", 0)
        if rest.count("{") + rest.count("[") > MOST_PARTS:
            raise json.JSONDecodeError(f"a part has more than {MOST_PARTS:,} values", "", 0)
        held = [rest]
        size = len(rest)
        wanted = 2 * size
        while size <= wanted and (piece := next(self._pieces, None)) is not None:
            held.append(piece)
            size += len(piece)
        if len(held) == 1:
            return False
        self._held, self.at = "".join(held), 0
        return True


def _may_be_deep(text: str | bytes | bytearray) -> bool:
    """Counting brackets is quick, and in most texts there are too few for a closer look."""
    if isinstance(text, str):
        return text.count("[") + text.count("{") > DEEPEST
    return text.count(b"[") + text.count(b"{") > DEEPEST


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


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_real, parse_constant=_none)
