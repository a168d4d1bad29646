"""When the spans of a budget begin, in the user's own time."""

from __future__ import annotations

from datetime import datetime


def day_start(now: datetime) -> datetime:
    """Midnight of the day of `now`, which is local time without a zone; with its zone. The
    clock may have been changed since."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0).astimezone()


def month_start(now: datetime) -> datetime:
    """The first midnight of the month, likewise."""
    return day_start(now.replace(day=1))
