"""The plots of the statistics keep to their width."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chatui.cost.stats.panels import plots
from chatui.cost.stats.plots import line_width
from chatui.cost.stats.sheet import sheet
from chatui.cost.stats.values import Spread, Stats, StatsRow
from chatui.domain.usage import Cost, Usage


def row(key: str) -> StatsRow:
    return StatsRow(
        key=key,
        calls=3,
        replies=3,
        usage=Usage(input=900, cache_read=3_000, output=600),
        priced=(Cost(Decimal("0.0171")),),
        first_token=Spread(0.42, 0.9),
        speed=67.0,
    )


def stats(*days: str) -> Stats:
    rows = tuple(map(row, days))
    return Stats(
        by="day",
        days=30,
        since=date(2026, 9, 1),
        until=date(2026, 9, 30),
        total=row("all"),
        rows=rows,
        periods=rows,
    )


def text(found: Stats, width: int) -> str:
    return "\n".join("".join(span.text for span in line) for line in sheet(found, width, 6))


@pytest.mark.parametrize("width", [113, 73, 53, 33])
def test_no_line_of_a_plot_is_longer_than_there_is_room(width: int) -> None:
    found = stats("2026-09-01", "2026-09-02")
    assert max(line_width(line) for line in plots(found, width, 6)) <= width


def test_a_single_day_is_told_in_figures_and_two_are_drawn() -> None:
    assert "■ output" not in text(stats("2026-09-01"), 73)
    assert "■ output" in text(stats("2026-09-01", "2026-09-02"), 73)


def test_sums_from_a_cent_on_are_in_cents() -> None:
    told = text(stats("2026-09-01"), 73)
    assert "$0.02" in told
    assert "$0.0171" not in told
