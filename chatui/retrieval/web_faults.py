"""What a server's refusal says, as values and pure rules."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from chatui.domain.errors import RetrievalError
from chatui.text.safety import strip_controls

QUOTED_LIMIT = 200
"""Characters of a server's own words that a message carries."""

LASTING = r"(?i)insufficient[_ ](quota|balance|credit|funds)|billing"

TOO_LONG = (
    r"(?i)context[_ ](length|window|size)|maximum context|too (long|large|many)"
    r"|exceeds? (the |context |max)|maximum (input|sequence|batch|number|tokens)"
    r"|(input|batch|physical batch) size|max_tokens"
)


class ServiceRefused(RetrievalError):
    """A server answered with an error: HTTP `status`, its own `words`, and the seconds that
    it asks to `wait` (None when it does not say)."""

    def __init__(
        self, sentence: str, status: int, words: str = "", wait: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.words = words
        self.wait = wait

    @property
    def lasting(self) -> bool:
        """Whether asking again is of no use, whatever the status says."""
        return re.search(LASTING, self.words) is not None or self.too_long

    @property
    def too_long(self) -> bool:
        """Whether the server wants less in one request, or shorter texts."""
        if self.status == 413:
            return True
        return self.status in (400, 422, 500) and re.search(TOO_LONG, self.words) is not None


def error_words(body: Any) -> str:
    """The message of an error body on one line, "" when there is none."""
    words = body
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        # Chroma puts the kind into `error` and the words beside it.
        words = body.get("message") or inner
        if isinstance(inner, Mapping):
            words = inner.get("message") or inner.get("detail") or inner
    if words is None:
        return ""
    text = words if isinstance(words, str) else json.dumps(words, default=str)
    line = " ".join(strip_controls(text).split()).rstrip(".")
    return line if len(line) <= QUOTED_LIMIT else line[: QUOTED_LIMIT - 1] + "…"
