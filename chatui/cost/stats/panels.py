"""What is drawn of the figures: a plot for tokens, each currency, waits, speed, cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chatui.cost.stats.calendar import periods_between
from chatui.cost.stats.plots import (
    CLIPPED,
    INKS,
    Datum,
    InkSpan,
    Line,
    Write,
    bars,
    clip_at,
    columns,
    line_width,
)
from chatui.cost.stats.values import Stats, StatsRow, Unit
from chatui.domain.usage import Cost
from chatui.text.figures import CONVERTED, money, seconds, short_tokens, speed

BARS_SHOWN = 8
GAP = 3
TWO_COLUMNS_FROM = 72
"""Cells; narrower than that the plots stand below each other."""

_NAMES = {"day": "%d %b", "week": "%d %b", "month": "%b %y"}


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot before it is drawn. `read` gives the parts of a row's column, () for none."""

    title: str
    read: Callable[[StatsRow], tuple[float, ...]]
    write: Write
    legend: tuple[str, ...] = ()
    money: bool = False


def panels(stats: Stats) -> list[Panel]:
    """Those that there is something to draw for."""
    money_panels = [
        Panel(
            f"Cost in {cost.currency}{' ' + CONVERTED.strip() if cost.converted else ''}",
            _spent(cost.currency),
            _money(cost.currency),
            money=True,
        )
        for cost in stats.total.priced
    ]
    if not money_panels and stats.total.unpriced:
        money_panels = [Panel("Cost", lambda row: (), _money("USD"), money=True)]
    wanted = [
        Panel(
            "Tokens",
            lambda row: (
                row.usage.input + row.usage.cache_write,
                row.usage.cache_read,
                row.usage.output,
            ),
            lambda value: short_tokens(round(value)),
            ("input", "cached", "output"),
        ),
        *money_panels,
        Panel("First token", _waits, _short_seconds, ("p50", "p95")),
        Panel("Tokens/s", lambda row: (row.speed,) if row.speed else (), _short_speed),
        Panel("Cache hits", _hits, lambda value: f"{value:.0%}"),
    ]
    return [
        panel for panel in wanted if panel.money or any(panel.read(row) for row in drawn(stats))
    ]


def drawn(stats: Stats) -> Sequence[StatsRow]:
    return stats.periods if stats.by == "day" else stats.rows[:BARS_SHOWN]


def plots(stats: Stats, width: int, height: int, *, plain: bool = False) -> list[Line]:
    """All panels within so many cells, `height` for the columns of each. `plain`: there are
    no colours to tell the parts of a column by."""
    across = 2 if width >= TWO_COLUMNS_FROM else 1
    each = (width - GAP * (across - 1)) // across
    made = [_draw(panel, stats, each, height, plain) for panel in panels(stats)]
    lines: list[Line] = []
    for at in range(0, len(made), across):
        lines += [*side_by_side(made[at : at + across], each), ()]
    return lines


def _draw(panel: Panel, stats: Stats, width: int, height: int, plain: bool) -> list[Line]:
    data = []
    rows = _with_gaps(stats) if stats.by == "day" else drawn(stats)
    for row in rows:
        parts = panel.read(row)
        unknown = panel.money and row.unpriced > 0 and not row.priced
        if stats.by != "day" and not parts and not unknown:
            continue
        summed = (sum(parts),) if plain and parts else parts
        data.append(Datum(_name(row, stats), summed, unknown))
    legend = () if plain else panel.legend
    title = [InkSpan(panel.title, "title")]
    if plain and panel.legend:
        title.append(
            InkSpan(f" ({' + '.join(panel.legend)})" if panel.title == "Tokens" else " p95")
        )
    if stats.by == "day" and clip_at(data) is not None:
        highest = panel.write(max(datum.total for datum in data))
        title.append(InkSpan(f" {CLIPPED} up to {highest}", "muted"))
    words = sum(len(f"■ {name}") for name in legend)
    apart = "  " if line_width(tuple(title)) + words + 2 * len(legend) <= width else " "
    for name, ink in zip(legend, INKS, strict=False):
        title += [InkSpan(apart), InkSpan("■", ink), InkSpan(f" {name}", "muted")]
    if stats.by == "day":
        return [tuple(title), *columns(data, width, height, panel.write)]
    return [tuple(title), *bars(data, width, panel.write, keep_end=stats.by == "model")]


def _with_gaps(stats: Stats) -> list[StatsRow]:
    """The periods with those between them in which nothing was called."""
    known = {row.key: row for row in stats.periods}
    days = periods_between(stats.since, stats.until, stats.unit)
    return [known.get(day, StatsRow(key=day)) for day in days]


def _name(row: StatsRow, stats: Stats) -> str:
    if stats.by == "day":
        return period_name(row.key or "", stats.unit)
    return row_name(row, stats)


def period_name(key: str, unit: Unit) -> str:
    return date.fromisoformat(key).strftime(_NAMES[unit])


def row_name(row: StatsRow, stats: Stats) -> str:
    """What the row is called where people read it."""
    if stats.by == "conversation":
        if row.key is None:
            return "(none, or removed)"
        return row.title or row.key
    if stats.by == "profile":
        return "(not known)" if row.key is None else row.key or "(no profile)"
    return row.key or ""


def side_by_side(blocks: Iterable[Sequence[Line]], width: int) -> list[Line]:
    """The blocks in columns of that many cells, with a gap between them."""
    kept = list(blocks)
    lines = []
    for row in range(max(map(len, kept))):
        spans: list[InkSpan] = []
        for number, block in enumerate(kept):
            line = block[row] if row < len(block) else ()
            spans += line
            if number < len(kept) - 1:
                spans.append(InkSpan(" " * (width + GAP - line_width(line))))
        lines.append(tuple(spans))
    return lines


def _spent(currency: str) -> Callable[[StatsRow], tuple[float, ...]]:
    def read(row: StatsRow) -> tuple[float, ...]:
        # A float is good enough for the height of a column.
        return tuple(
            float(cost.amount)
            for cost in row.priced
            if cost.currency == currency and cost.amount is not None
        )

    return read


def _money(currency: str) -> Write:
    def write(value: float) -> str:
        """In two places, and in more where a mark of an axis has them."""
        text = money(Cost(Decimal(f"{value:.4g}"), currency)) if value else "0"
        whole, point, places = text.partition(".")
        return f"{whole}{point}{places.rstrip('0').ljust(2, '0')}" if point else text

    return write


def _waits(row: StatsRow) -> tuple[float, ...]:
    """p50, and what p95 is more."""
    waits = row.first_token
    return (waits.p50, waits.p95 - waits.p50) if waits else ()


def _hits(row: StatsRow) -> tuple[float, ...]:
    return () if row.cache_hit_rate is None else (row.cache_hit_rate,)


def _short_seconds(value: float) -> str:
    return seconds(value).replace(" s", "s") if value else "0"


def _short_speed(value: float) -> str:
    return speed(value).removesuffix(" tok/s") if value else "0"
