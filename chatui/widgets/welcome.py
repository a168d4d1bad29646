"""What an empty chat shows: what answers and what that costs, what was found on this machine, and
three things to try. Nothing moves but the manual's progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from chatui.text.safety import one_line

NAMES = 9
"""Cells of a line's first word with the gap behind it."""
WIDEST = 76
MARGIN = 2
NARROWEST = 10


@dataclass(frozen=True, slots=True)
class WelcomeFacts:
    """`answers` is the model with its price, `found` what could answer and what there is to answer
    from; "" is not known yet."""

    answers: str = ""
    found: str = ""
    has_documents: bool = False


class Welcome(Static):
    DEFAULT_CSS = """
    Welcome { width: 1fr; height: 1fr; content-align: center middle; color: $text-muted; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self.facts = WelcomeFacts()
        self._offered = self._megabytes = self._reading = ""

    def show(self, facts: WelcomeFacts) -> None:
        if facts != self.facts:
            self.facts = facts
            self.refresh()

    def offer(self, command: str, size: str = "") -> None:
        """Tells of the command that fetches a model of that size; "" tells no more of it."""
        self._offered, self._megabytes = command, size
        self.refresh()

    def tell_reading(self, what: str) -> None:
        """What is being read, and how far it is; "" when it has ended."""
        self._reading = what
        self.refresh()

    def on_resize(self, event: Resize) -> None:
        self.refresh()

    def hints(self) -> list[tuple[str, str]]:
        """Three things to try."""
        read = "/ingest FOLDER, and answers quote your documents"
        if self.facts.has_documents:
            read = "@FILE takes a file along, /ingest FOLDER reads more in"
        choose = ("Choose", "Ctrl+L for another model, /help for everything else")
        if self._offered:
            choose = ("Fetch", f"{self._offered} for a small model of your own ({self._megabytes})")
        return [("Ask", "a question below; F1 has every key and command"), ("Read", read), choose]

    def render(self) -> Content:
        facts = [("Now", self.facts.answers), ("Reading", self._reading)]
        found = [("Found", self.facts.found)]
        room = min(WIDEST, self.content_size.width - MARGIN)
        title = [Content.styled("chatui", "bold $primary"), Content("")]
        hints = self._lines(self.hints(), room)
        # What to try stays to the last on a low screen.
        wordings = [
            [*title, *parted(self._lines([*facts[:1], *found, *facts[1:]], room), hints)],
            parted(self._lines([*facts[:1], *found, *facts[1:]], room), hints),
            parted(self._lines(facts, room), hints),
            hints,
        ]
        high = self.content_size.height
        lines = next((lines for lines in wordings if len(lines) <= high), hints)
        width = max(line.cell_length for line in lines)
        return Content("\n").join(line.pad_right(width - line.cell_length) for line in lines)

    @staticmethod
    def _lines(rows: Sequence[tuple[str, str]], room: int) -> list[Content]:
        """Rows that have a text, wrapped beside their names."""
        lines = []
        for name, text in rows:
            pieces = Content(one_line(text)).wrap(max(NARROWEST, room - NAMES)) if text else []
            for at, piece in enumerate(pieces):
                head = Content.styled(f"{'' if at else name:<{NAMES}}", "bold $foreground")
                lines.append(head + piece)
        return lines


def parted(above: list[Content], below: list[Content]) -> list[Content]:
    return [*above, Content(""), *below] if above else below
