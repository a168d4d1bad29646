"""What an empty chat shows: three things to do, and nothing that moves."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

HINTS = (
    ("Ask", "type a question below and press Enter"),
    ("Read", "/ingest FOLDER, and answers quote your documents"),
    ("Choose", "Ctrl+L for the model, F1 for every key and command"),
)
LATER = ("", "until it is here, answers are quotes from your documents")


class Welcome(Static):
    DEFAULT_CSS = """
    Welcome { width: 1fr; height: 1fr; content-align: center middle; color: $text-muted; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._hints: tuple[tuple[str, str], ...] = HINTS

    def offer(self, command: str, size: str = "") -> None:
        """Tells of the command that fetches a model of that size; "" tells no more of it."""
        fetch = f"{command} for a small model of your own ({size})"
        self._hints = (*HINTS, ("Fetch", fetch), LATER) if command else HINTS
        self.refresh()

    def render(self) -> Content:
        width = max(len(what) for _, what in self._hints) + 10
        lines = [Content.styled("chatui".ljust(width), "bold $primary"), Content(" " * width)]
        for name, what in self._hints:
            line = Content.assemble((f"{name:<8}", "bold $foreground"), what)
            lines.append(line.pad_right(width - line.cell_length))
        return Content("\n").join(lines)
