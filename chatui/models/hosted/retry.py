"""When a call that failed before it answered is tried again, as a pure rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chatui.models.hosted.refusals import is_too_long

if TYPE_CHECKING:
    import openai


FIRST_DELAY = 0.5

LONGEST_BACKOFF = 8.0

LONGEST_WAIT = 30.0
"""Seconds. A server that asks for more is not waited for: whoever asked is told instead."""


def retry_delay(error: openai.APIError, attempt: int, retries: int) -> float | None:
    """Seconds to wait before the next attempt, None to give up.

    `attempt` counts from 0. Overload, rate limits and lost connections pass; a refused
    connection, a used-up quota or a wrong request don't.
    """
    import httpx2
    import openai

    backoff = min(FIRST_DELAY * 2.0**attempt, LONGEST_BACKOFF)
    if attempt >= retries:
        return None
    if isinstance(error, openai.APIStatusError):
        if not _passes(error):
            return None
        wait = retry_after(error.response.headers)
        delay = backoff if wait is None else wait
        return delay if delay <= LONGEST_WAIT else None
    if isinstance(error, openai.APIConnectionError) and not was_refused(error):
        # Mostly a kept connection that the server closed meanwhile: a new one does.
        return backoff if isinstance(error.__cause__, httpx2.ConnectError) or attempt else 0.0
    return None


def _passes(error: openai.APIStatusError) -> bool:
    """Whether the same request may succeed later. A prompt that is too long or a field that
    the server does not know won't, whatever status it found for that."""
    if error.code == "insufficient_quota":
        return False
    if is_too_long(error.message) or "validation error" in error.message:
        return False
    return error.status_code in (408, 409, 425, 429) or error.status_code >= 500


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait, None when it does not say (or says a date)."""
    for header, per_second in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(header, "")) / per_second)
        except ValueError:
            continue
    return None


def was_refused(error: BaseException | None) -> bool:
    """Whether nothing listens at the address: asking again at once is no use."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError):
            return True
        error = error.__cause__ or error.__context__
    return False
