"""Which addresses of a reply may be handed to the system, at the user's click."""

from __future__ import annotations

from urllib.parse import urlsplit

OPENABLE = frozenset({"http", "https", "mailto", "file"})


def may_open(href: str) -> bool:
    """Whether a click may hand the address to the system: the schemes in OPENABLE only."""
    try:
        return urlsplit(href).scheme.lower() in OPENABLE
    except ValueError:
        return False
