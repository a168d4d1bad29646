"""What an empty chat shows: three things to do, whose keys are there, and nothing that moves."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

HINTS = (
    ("Ask", "type a question below and press Enter"),
    ("Read", "/ingest FOLDER, and answers quote your documents"),
    ("Choose", "Ctrl+L for the model, F1 for every key and command"),
)
MOST_NAMED = 4
"""Providers that are named one by one."""
LATER = ("", "until it is here, answers are quotes from your documents")


class Welcome(Static):
    DEFAULT_CSS = """
    Welcome { width: 1fr; height: 1fr; content-align: center middle; color: $text-muted; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._keys: tuple[tuple[str, str], ...] = ()
        self._fetch: tuple[tuple[str, str], ...] = ()

    def found(self, providers: Sequence[str]) -> None:
        """Tells whose keys are at hand."""
        more = len(providers) - MOST_NAMED
        named = ", ".join(providers[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        self._keys = (("Keys", f"found for {named}"),) if providers else ()
        self.refresh()

    def offer(self, command: str, size: str = "") -> None:
        """Tells of the command that fetches a model of that size; "" tells no more of it."""
        fetch = f"{command} for a small model of your own ({size})"
        self._fetch = (("Fetch", fetch), LATER) if command else ()
        self.refresh()

    def render(self) -> Content:
        hints = (*HINTS, *self._keys, *self._fetch)
        width = max(len(what) for _, what in hints) + 10
        lines = [Content.styled("chatui".ljust(width), "bold $primary"), Content(" " * width)]
        for name, what in hints:
            line = Content.assemble((f"{name:<8}", "bold $foreground"), what)
            lines.append(line.pad_right(width - line.cell_length))
        return Content("\n").join(lines)
