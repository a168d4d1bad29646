"""When an HTTP request that failed is sent again: pure rules, whoever the server is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_BACKOFF = 8.0

LONGEST_ASKED = 365 * 86_400.0
"""Seconds. A server that asks for more is taken to ask for this: it stays a number to show."""


def may_pass(status: int) -> bool:
    """Whether the same request may succeed later: overload, rate limits and conflicts pass, but
    not what a server can't do (501) or a version of HTTP that it does not speak (505)."""
    return status in (408, 409, 425, 429) or (status >= 500 and status not in (501, 505))


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds that a server asks to wait, given as a number or as a date: from 0 to
    LONGEST_ASKED. None when it does not say, or says nothing that can be read.

    `headers` are asked for names in small letters; `now` is with a time zone.
    """
    # OpenAI and Azure put the exact time beside the whole seconds.
    wait = _number(headers.get("retry-after-ms", ""))
    if wait is not None:
        wait /= 1000.0
    else:
        given = headers.get("retry-after", "")
        wait = _number(given)
        if wait is None:
            wait = _until(given, now or datetime.now(UTC))
    return None if wait is None else min(max(0.0, wait), LONGEST_ASKED)


def delay(
    attempt: int, asked: float | None = None, *, first: float, longest: float
) -> float | None:
    """Seconds from a failed attempt (counted from 0) to the next one; None when the server has
    `asked` for more than `longest`. Without its word they double from `first` on."""
    if asked is None:
        return min(first * 2.0**attempt, LONGEST_BACKOFF)
    return asked if asked <= longest else None


def _number(given: str) -> float | None:
    try:
        number = float(given)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _until(given: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(given)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - now).total_seconds()
    except (ValueError, OverflowError):
        return None
