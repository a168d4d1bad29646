"""How tokens, money, time and sizes of files are written, in one place, for the window and the
commands.
An estimate carries `≈`, money converted at the user's rates `⇄`, and an unknown figure is
`—`; a figure that is unknown is never written as 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from chatui.domain.usage import Cost


def size_text(count: int) -> str:
    """As file managers and the hub write it, in powers of ten: "386 MB", "2.5 GB"."""
    if count < 999_500:
        return f"{count / 1e3:.0f} kB"
    if count < 999_500_000:
        return f"{count / 1e6:.0f} MB"
    return f"{count / 1e9:.1f} GB"


UNKNOWN = "—"

APPROXIMATELY = "≈ "

CONVERTED = "⇄ "

_SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "CNY": "¥",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
}

_SMALLEST_IN_FOUR_PLACES = Decimal("0.00005")


def approximate(text: str, estimated: bool) -> str:
    """The figure, marked when it is an estimate. An unknown figure takes no mark."""
    return APPROXIMATELY + text if estimated and text != UNKNOWN else text


def counted(number: int, one: str, more: str = "") -> str:
    """So many things: `1 file`, `1,234 files`. `more` is a plural that is not made by an s."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def tokens(count: int | None) -> str:
    """Every digit: `1,234`."""
    return UNKNOWN if count is None else f"{count:,}"


def short_tokens(count: int | None) -> str:
    """Three digits or so, for tight places: `980`, `12.3k`, `128k`, `1.05M`."""
    if count is None:
        return UNKNOWN
    if count < 1_000:
        return str(count)
    if count < 99_950:
        return f"{_without_zeros(count / 1_000, 1)}k"
    if count < 999_500:
        return f"{count / 1_000:.0f}k"
    return f"{_without_zeros(count / 1_000_000, 2)}M"


def money(cost: Cost | None) -> str:
    """`$0.0042`, `¥12.30`, `CHF 0.0100`, `≈ $0.0012`, or a dash when the price is unknown.

    Below 1 there are four places, so that a growing cost does not change its width; below
    what four places can show, two significant digits; from 1 on, two places.
    """
    if cost is None or cost.amount is None:
        return UNKNOWN
    symbol = _SYMBOLS.get(cost.currency, cost.currency + " ")
    sign = "-" if cost.amount < 0 else ""
    mark = CONVERTED if cost.converted else ""
    return approximate(f"{mark}{sign}{symbol}{_amount(abs(cost.amount))}", cost.estimated)


def price_paid(cost: Cost | None) -> str:
    """What something took: `free` for what runs on this machine, else as `money` has it."""
    return "free" if cost is not None and cost.is_free else money(cost)


def rounded(cost: Cost | None) -> str:
    """As `money` has it, but from a cent on in two places: for sums that are looked over."""
    if cost is None or cost.amount is None or abs(cost.amount) < Decimal("0.01"):
        return money(cost)
    amount = cost.amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = money(replace(cost, amount=amount))
    return text if abs(amount) >= 1 else text[:-2]


def rounded_moneys(costs: Sequence[Cost]) -> str:
    return " + ".join(rounded(cost) for cost in costs) or UNKNOWN


def moneys(costs: Sequence[Cost]) -> str:
    """Sums in several currencies, joined by `+`; a dash when there is none."""
    return " + ".join(money(cost) for cost in costs) or UNKNOWN


def seconds(value: float | None) -> str:
    """A wait: `0.42 s`, `12 s`, `2 min 05 s`."""
    if value is None:
        return UNKNOWN
    if value < 9.995:
        return f"{value:.2f} s"
    if value < 90:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def time_left(value: float) -> str:
    """What something still takes, or took, to the second: `22 s`, `9 min 05 s`."""
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def pause(value: float | None) -> str:
    """A time between two tokens: `18 ms`, `1.20 s`."""
    if value is None or value >= 0.9995:
        return seconds(value)
    return f"{value * 1000:.{1 if value < 0.00995 else 0}f} ms"


def speed(tokens_per_second: float | None) -> str:
    """`9.4 tok/s`, `51 tok/s`."""
    if tokens_per_second is None:
        return UNKNOWN
    places = 1 if tokens_per_second < 9.95 else 0
    return f"{tokens_per_second:,.{places}f} tok/s"


def _amount(amount: Decimal) -> str:
    if amount == 0:
        return "0"
    if amount >= Decimal("0.99995"):
        return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    if amount >= _SMALLEST_IN_FOUR_PLACES:
        return str(amount.quantize(Decimal("0.0001"), ROUND_HALF_UP))
    two_digits = Decimal(1).scaleb(amount.adjusted() - 1)
    return f"{amount.quantize(two_digits, ROUND_HALF_UP):f}"


def _without_zeros(value: float, places: int) -> str:
    return f"{value:.{places}f}".rstrip("0").rstrip(".")
