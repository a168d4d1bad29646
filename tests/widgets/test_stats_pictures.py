"""The statistics as they look. `pytest --snapshot-update` takes new pictures; look at them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from textual.app import App
from textual.pilot import Pilot

from chatui.app.themes import THEMES
from chatui.cost.stats.brevity import Brevity, OutputRate, Sample
from chatui.cost.stats.values import Grouping, Spread, Stats, StatsRow
from chatui.domain.usage import Cost, Usage
from chatui.widgets.stats import StatsScreen, next_span

FIRST = date(2026, 3, 1)
BREVITY = Brevity("m/x", Sample(40, 100, 900), Sample(60, 310, 2_500), (
    OutputRate(40, Decimal("0.00001")),
))  # fmt: skip


def row(key: str, n: int) -> StatsRow:
    """A row whose figures follow from `n`; every fifth has no known price."""
    unpriced = n % 5 == 4
    return StatsRow(
        key=key,
        title="[b]算法[/b] and parsers" if n == 0 else f"Conversation {n}",
        calls=10 + n,
        replies=10 + n,
        usage=Usage(900 * (n % 7 + 1), 400 * (n % 3), 0, 300 * (n % 4 + 1)),
        priced=() if unpriced else (Cost(Decimal(n % 6 + 1) / 100, "USD", "config"),),
        unpriced=10 + n if unpriced else 0,
        reported_prompt=1_000,
        reported_cached=100 * (n % 9),
        first_token=Spread(0.3 + n % 4 / 10, 1.0 + n % 5 / 5),
        speed=40 + 3.0 * (n % 6),
    )


def made(by: Grouping) -> Stats:
    if by == "day":
        keys = [(FIRST + timedelta(days=n)).isoformat() for n in range(30) if n not in {8, 9}]
    else:
        keys = [f"provider/model-{n}" for n in range(6)]
    rows = tuple(row(key, n) for n, key in enumerate(keys))
    total = StatsRow(
        key=None,
        calls=700,
        replies=640,
        usage=Usage(120_000, 30_000, 0, 20_000),
        priced=(Cost(Decimal("1.07"), "USD", "config"),),
        unpriced=60,
        reported_prompt=1_000,
        reported_cached=400,
        first_token=Spread(0.45, 1.6),
        speed=47.0,
    )
    return Stats(
        by=by,
        days=30,
        since=FIRST,
        until=FIRST + timedelta(days=29),
        total=total,
        rows=rows,
        periods=rows if by == "day" else (),
        brevity=(BREVITY,),
    )


class StatsApp(App[None]):
    def __init__(self, by: Grouping, theme: str = "chatui-dark") -> None:
        super().__init__()
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme
        self._by = by

    def on_mount(self) -> None:
        self.push_screen(StatsScreen(made(self._by)))


async def at_the_end(pilot: Pilot[None]) -> None:
    await pilot.press("end")
    await pilot.pause()


def test_a_month_in_plots(snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(StatsApp("day"), terminal_size=(120, 40))


def test_conversations_on_a_small_light_screen(snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(StatsApp("conversation", "chatui-light"), terminal_size=(80, 24))


def test_the_table_and_what_brevity_saved(snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(StatsApp("model"), terminal_size=(80, 24), run_before=at_the_end)


@pytest.mark.parametrize(
    ("days", "step", "then"),
    [(30, 1, 90), (30, -1, 7), (365, 1, 0), (0, 1, 0), (0, -1, 365), (7, -1, 7), (10, 1, 30)],
)
def test_the_keys_go_through_spans_of_days(days: int, step: int, then: int) -> None:
    assert next_span(days, step) == then
