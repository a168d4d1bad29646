"""Where the day and the month of a budget begin."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from chatui.cost.spans import day_start, month_start


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_day_begins_at_the_users_own_midnight() -> None:
    assert day_start(datetime(2026, 11, 21, 9, 30)).isoformat() == "2026-11-21T00:00:00+01:00"


def test_a_month_begins_at_its_first_midnight_though_the_clock_was_changed_since() -> None:
    assert month_start(datetime(2026, 3, 31, 9, 30)).isoformat() == "2026-03-01T00:00:00+01:00"
    assert day_start(datetime(2026, 3, 31, 9, 30)).isoformat() == "2026-03-31T00:00:00+02:00"
