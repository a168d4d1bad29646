"""What a note may be, and when two of them say the same. Pure functions."""

from __future__ import annotations

import hashlib
import unicodedata

from chatui.domain.errors import UsageError
from chatui.text.safety import one_line

MOST_CHARACTERS = 1000
"""A note is a fact. It must fit into a prompt with others; longer texts are documents."""


def note_text(given: str) -> str:
    """The note on one line, without anything that a terminal would obey. Raises UsageError
    when nothing is left, or too much."""
    text = one_line(given)
    if not text:
        raise UsageError("The note is empty; say what to remember.")
    if len(text) > MOST_CHARACTERS:
        raise UsageError(
            f"A note holds at most {MOST_CHARACTERS:,} characters, and this has {len(text):,}; "
            "shorten it, or put it in a file and ingest that."
        )
    return text


def sense(text: str) -> str:
    """The same for notes that differ in case, spaces and closing marks alone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).rstrip(" .!。！")


def digest(text: str) -> str:
    """Tells a forgotten note again without keeping it."""
    return hashlib.sha256(sense(text).encode()).hexdigest()
