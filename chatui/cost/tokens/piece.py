"""A token as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenPiece:
    """One token. `text` is `bytes` decoded; where a character is spread over several
    tokens, its parts show as U+FFFD."""

    id: int
    text: str
    bytes: bytes
