"""How a passage is named on screen: `guide.md:12`, `report.pdf p. 3`, `talk.pptx slide 3`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.text.safety import one_line

if TYPE_CHECKING:
    from chatui.domain.passage import Passage

LONGEST_PATH = 40


def place_label(passage: Passage, longest: int = LONGEST_PATH, line: int | None = None) -> str:
    """The file with its page or line, the first one if none is given; a path above `longest`
    characters loses its head."""
    source = one_line(passage.source)
    if len(source) > longest:
        source = "…" + source[-(longest - 1) :]
    if passage.page is not None:
        return f"{source} {'slide' if passage.is_slide else 'p.'} {passage.page}"
    return f"{source}:{passage.line_start if line is None else line}"
