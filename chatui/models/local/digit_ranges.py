"""Whole numbers between two bounds, as an expression of a grammar over their digits. Pure."""

from __future__ import annotations

from collections.abc import Iterator

MOST_DIGITS = 16
"""Of a number without a bound: what JSON readers keep exactly ends there."""


def integers(low: int | None, high: int | None) -> str:
    """The numbers from `low` to `high` as GBNF alternatives, "" when there are none."""
    largest: int = 10**MOST_DIGITS - 1
    least = -largest if low is None else max(low, -largest)
    most = largest if high is None else min(high, largest)
    found = []
    if least < 0:
        below = " | ".join(_between(max(1, -most), -least))
        found += [f'"-" ({below})'] if below else []
    if most >= 0:
        found += _between(max(0, least), most)
    return " | ".join(found)


def _between(low: int, high: int) -> Iterator[str]:
    """From `low` to `high`, neither negative: one alternative for each count of digits."""
    for length in range(len(str(low)), len(str(high)) + 1):
        first = max(low, 10 ** (length - 1) if length > 1 else 0)
        last = min(high, 10**length - 1)
        if first <= last:
            yield _digits(str(first), str(last))


def _digits(low: str, high: str) -> str:
    """The texts from `low` to `high`, which have as many digits as each other."""
    if low == high:
        return f'"{low}"'
    places = len(low) - 1
    if places == 0:
        return f"[{low}-{high}]"
    any_rest = f"[0-9]{{{places}}}"
    from_zeros, to_nines = low[1:] == "0" * places, high[1:] == "9" * places
    if low[0] == high[0]:
        return f'"{low[0]}" ({_digits(low[1:], high[1:])})'
    first = int(low[0]) + (not from_zeros)
    last = int(high[0]) - (not to_nines)
    parts = [] if from_zeros else [f'"{low[0]}" ({_digits(low[1:], "9" * places)})']
    parts += [f"[{first}-{last}] {any_rest}"] if first <= last else []
    parts += [] if to_nines else [f'"{high[0]}" ({_digits("0" * places, high[1:])})']
    return f"({' | '.join(parts)})"
