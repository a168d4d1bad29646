"""What a server's refusal says, as values and pure rules."""

from __future__ import annotations

import re

from chatui.domain.errors import RetrievalError
from chatui.text.error_words import used_up

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
        return used_up(self.words) or self.too_long

    @property
    def too_long(self) -> bool:
        """Whether the server wants less in one request, or shorter texts."""
        if self.status == 413:
            return True
        return self.status in (400, 422, 500) and re.search(TOO_LONG, self.words) is not None
