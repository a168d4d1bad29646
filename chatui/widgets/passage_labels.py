"""How a passage is named on screen: `guide.md:12`, `report.pdf p. 3`, `talk.pptx slide 3`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.text.safety import one_line

if TYPE_CHECKING:
    from chatui.domain.passage import Passage

LONGEST_PATH = 40


def tail(path: str, longest: int) -> str:
    """The end of a path, from a slash on where that is in so many characters."""
    end = path[-longest:]
    at = end.find("/")
    return end[at:] if 0 <= at < len(end) - 1 else end


def place_label(passage: Passage, longest: int = LONGEST_PATH, line: int | None = None) -> str:
    """The file with its page or line, the first one if none is given; a path above `longest`
    characters loses its head."""
    source = one_line(passage.source)
    if len(source) > longest:
        source = "…" + tail(source, longest - 1)
    return source + place_suffix(passage, line)


def place_suffix(passage: Passage, line: int | None = None) -> str:
    """What stands behind the file's name: its page, slide or line."""
    if passage.page is not None:
        return f" {page_label(passage, 0)}"
    return f":{passage.line_start if line is None else line}"


def page_label(passage: Passage, line: int) -> str:
    """Where it is in its file, whose name stands above."""
    if passage.page is not None:
        return f"{'slide' if passage.is_slide else 'p.'} {passage.page}"
    return f"line {line}"
