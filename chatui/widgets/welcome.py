"""What an empty chat shows: three things to do, and nothing that moves."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

HINTS = (
    ("Ask", "type a question below and press Enter"),
    ("Read", "/ingest FOLDER, and answers quote your documents"),
    ("Choose", "Ctrl+L for the model, F1 for every key and command"),
)


class Welcome(Static):
    DEFAULT_CSS = """
    Welcome { width: 1fr; height: 1fr; content-align: center middle; color: $text-muted; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def render(self) -> Content:
        width = max(len(what) for _, what in HINTS) + 10
        lines = [Content.styled("chatui".ljust(width), "bold $primary"), Content(" " * width)]
        for name, what in HINTS:
            line = Content.assemble((f"{name:<8}", "bold $foreground"), what)
            lines.append(line.pad_right(width - line.cell_length))
        return Content("\n").join(lines)
