"""Days, weeks and months, as the rows of statistics are named by them."""

from __future__ import annotations

from datetime import date, timedelta

from chatui.cost.stats.values import Unit

COLUMNS_OF_A_PLOT = 31
"""More days than that are drawn as weeks, more weeks as months."""


def unit_of(days: int) -> Unit:
    if days <= COLUMNS_OF_A_PLOT:
        return "day"
    return "week" if days <= 7 * COLUMNS_OF_A_PLOT else "month"


def first_of(day: date, unit: Unit) -> date:
    """The Monday of its week, or the first of its month."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def periods_between(since: date, until: date, unit: Unit) -> list[str]:
    """The first days of all periods, in ISO 8601."""
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    return list(dict.fromkeys(first_of(day, unit).isoformat() for day in days))
