"""When a call that failed before it answered is tried again, as a pure rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.domain.errors import ContentRefused, QuotaUsedUp
from chatui.models.hosted.refusals import refusal_kind
from chatui.models.hosted.too_long import is_too_long
from chatui.system.http_retry import delay, may_pass, retry_after
from chatui.text.error_words import error_words, read_error

if TYPE_CHECKING:
    import openai

FIRST_DELAY = 0.5

LONGEST_WAIT = 30.0
"""Seconds. A server that asks for more is not waited for: whoever asked is told instead."""


def retry_delay(error: openai.APIError, attempt: int, retries: int) -> float | None:
    """Seconds to wait before the next attempt, None to give up.

    `attempt` counts from 0. Overload, rate limits and lost connections pass; a refused
    connection, a used-up quota or a wrong request don't.
    """
    import httpx2
    import openai

    if attempt >= retries:
        return None
    if isinstance(error, openai.APIStatusError):
        if not _passes(error):
            return None
        asked = retry_after(error.response.headers)
        asked = read_error(error.body).wait if asked is None else asked
        return delay(attempt, asked, first=FIRST_DELAY, longest=LONGEST_WAIT)
    if isinstance(error, openai.APIConnectionError) and not was_refused(error):
        # Mostly a kept connection that the server closed meanwhile: a new one does.
        if attempt == 0 and not isinstance(error.__cause__, httpx2.ConnectError):
            return 0.0
        return delay(attempt, first=FIRST_DELAY, longest=LONGEST_WAIT)
    return None


def why(error: openai.APIError, who: str, key: str = "") -> str:
    """What the provider `who` did, as the clause of `Retrying`."""
    import openai

    if not isinstance(error, openai.APIStatusError):
        return f"{who} closed the connection without an answer"
    told = error_words(error.body, key)
    what = f"failed with HTTP {error.status_code}"
    if error.status_code == 429:
        what = "limits how often it is asked"
    return f"{who} {what} ({told})" if told else f"{who} {what}"


def _passes(error: openai.APIStatusError) -> bool:
    """Whether the same request may succeed later. A prompt that is too long, a field that the
    server does not know or a quota that is used up won't, whatever status it found for that."""
    if is_too_long(error.message, error.status_code) or "validation error" in error.message:
        return False
    kind = refusal_kind(error.status_code, error.body)
    return may_pass(error.status_code) and not issubclass(kind, QuotaUsedUp | ContentRefused)


def was_refused(error: BaseException | None) -> bool:
    """Whether nothing listens at the address: asking again at once is no use."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError):
            return True
        error = error.__cause__ or error.__context__
    return False
