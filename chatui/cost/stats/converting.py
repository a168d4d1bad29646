"""Statistics in the user's own currency, at the user's own rates: for reading, where files
keep the currencies that were paid in."""

from __future__ import annotations

from dataclasses import replace

from chatui.cost.prices.conversion import Conversion
from chatui.cost.stats.values import Stats, StatsRow


def converted(stats: Stats, conversion: Conversion) -> Stats:
    """The same with one sum for what has a rate, marked as converted."""

    def row(one: StatsRow) -> StatsRow:
        return replace(one, priced=conversion.total(one.priced))

    if not conversion.currency:
        return stats
    return replace(
        stats,
        total=row(stats.total),
        rows=tuple(map(row, stats.rows)),
        periods=tuple(map(row, stats.periods)),
    )
