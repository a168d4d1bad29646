"""What a server says of an error, as a sentence may quote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chatui.text.safety import one_line

QUOTED_LIMIT = 200
"""Characters of a server's own words that a message carries."""
LOOKED_AT = 10_000
"""Characters of a body's words: it may have millions."""

USED_UP = r"(?i)insufficient[_ ](quota|balance|credit|funds)|billing"
"""How servers say that there is nothing left to pay with: asking again is of no use."""


def error_words(body: Any, key: str = "", limit: int = QUOTED_LIMIT) -> str:
    """The message of an error body, JSON as it was decoded: one line without its full stop, at
    most `limit` characters, and no HTML. "" when it says nothing. Some servers repeat the
    `key` that they refuse: it is cut out."""
    words = body
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        # Chroma puts the kind into `error` and the words beside it.
        words = body.get("message") or inner
        if isinstance(inner, Mapping):
            words = inner.get("message") or inner.get("detail") or inner
    if not words or (isinstance(words, str) and words.lstrip().startswith("<")):
        return ""
    text = words if isinstance(words, str) else json.dumps(words, default=str)
    line = one_line(text[:LOOKED_AT])
    # Before it is cut: half a key is a secret too.
    line = line.replace(key, "…") if key else line
    return one_line(line, limit).rstrip(".")
