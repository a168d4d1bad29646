"""Which addresses of a reply may be handed to the system, at the user's click."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatui.text.safety import one_line

if TYPE_CHECKING:
    from textual.widget import Widget

LONGEST_SHOWN = 300
OPENABLE = frozenset({"http", "https", "mailto", "file"})


def may_open(href: str) -> bool:
    """Whether a click may hand the address to the system: the schemes in OPENABLE only."""
    try:
        return urlsplit(href).scheme.lower() in OPENABLE
    except ValueError:
        return False


def open_link(widget: Widget, href: str) -> None:
    """Hands the address to the system, or says in a toast why not."""
    if may_open(href):
        widget.run_worker(lambda: widget.app.open_url(href), thread=True)
    else:
        widget.notify(
            f"Not opened, for it is no web, mail or file address: {one_line(href, LONGEST_SHOWN)}",
            severity="warning",
            markup=False,
        )
