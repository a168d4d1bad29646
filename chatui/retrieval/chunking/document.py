"""What a reader makes of a file, and what the chunker makes of that."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

HEADING_SEPARATOR = " › "


class SectionLayout(Enum):
    """How a section's text hangs together, which decides where it may be cut."""

    PROSE = "prose"
    """Paragraphs parted by blank lines, with lists, tables and code blocks between them."""
    RECORDS = "records"
    """Every unit stands for itself: the lines of a log, the rows of a table."""
    CODE = "code"
    """Lines that belong together the closer, the deeper they are indented."""
    PACKED = "packed"
    """Many short sections in a row, of which none stands by itself: a unit, if it fits."""


@dataclass(frozen=True, slots=True)
class Section:
    """A run of the document's text, `text[start:end]`, under one heading path.

    `body` is where the text behind the heading's own line begins (`start` when the section
    has no heading line). `path` goes from the outermost heading to the section's own.
    `page` is 1-based for PDFs; a chunk never reaches over the end of a page. `columns` are
    the names of the columns of its rows, which every chunk has in its prefix. `running_head`
    is what stands at the page's edges on page after page and was taken out of the text; `ocr`
    tells that the text was recognised in a picture. One that `goes_on` follows on the section
    before as a paragraph does, and may share a chunk with it; the first row of a `headless` one
    is no head but stands below `columns` as well. `delimiter` parts the fields of its rows where
    that is known, and `names` are those of their columns, one by one.
    """

    start: int
    end: int
    body: int
    path: tuple[str, ...] = ()
    page: int | None = None
    layout: SectionLayout = SectionLayout.PROSE
    columns: str = ""
    running_head: str = ""
    ocr: bool = False
    goes_on: bool = False
    headless: bool = False
    names: tuple[str, ...] = ()
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class LineMap:
    """Which line of the source a character comes from: from `offsets[i]` on, `lines[i]`.

    Both rise. Lines are 1-based and counted by line feeds alone, as editors are told them.
    """

    offsets: Sequence[int]
    lines: Sequence[int]

    def line(self, at: int) -> int:
        found = bisect_right(self.offsets, at) - 1
        return self.lines[max(0, found)] if self.lines else 1


class TextLines:
    """The lines of a text, counted as LineMap has them from where it was asked last: whoever goes
    through a text asks nearby, and a map of 20 million lines takes 160 MB."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at, self._line = 0, 1

    def line(self, at: int) -> int:
        if at >= self._at:
            self._line += self._text.count("\n", self._at, at)
        else:
            self._line -= self._text.count("\n", at, self._at)
        self._at = at
        return self._line


@dataclass(frozen=True, slots=True)
class Lack:
    """A part of a file that is missing in its text, and why.

    `reason` is a clause without a full stop ("the page is a picture without text"); `pages`
    are 1-based and rise, none where the part is no page.
    """

    reason: str
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A source's text, decoded, with its line ends as they are in the file.

    Text outside all sections (front matter) is not indexed. `source_lines` lead from text
    that was taken out of markup back to the file; without them the text's own lines count.
    A document with `lacks` was read in part only; it is `blind` where a picture in it would be
    read if there were anybody to look at it.
    """

    title: str
    text: str
    sections: tuple[Section, ...]
    source_lines: LineMap | None = None
    lacks: tuple[Lack, ...] = ()
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stored slice: `text` is the document's `[char_start:char_end]`, to the character.

    Lines are 1-based, both ends included. `prefix` ("title › heading") is embedded and
    indexed together with the text, but is no part of it. `gap` are the blank characters up
    to the next chunk; None where that begins a section with a heading of its own, where more
    than a little blank lies between, and behind the last. `header` holds the names of the
    columns where the text is rows of a table that stand below them, else "". `running_head`
    and `ocr` are those of its section.
    """

    text: str
    prefix: str
    heading: str
    page: int | None
    char_start: int
    char_end: int
    line_start: int
    line_end: int
    gap: str | None = None
    header: str = ""
    running_head: str = ""
    ocr: bool = False

    @property
    def indexed_text(self) -> str:
        """What is embedded."""
        return f"{self.prefix}\n{self.text}" if self.prefix else self.text


class Unreadable(Exception):
    """A file that is no document for chatui: its reason, as a clause without a full stop.

    `empty` tells a file without any text from one of a kind that is not read, `blind` one that
    may hold text in pictures, and nobody looked at them. It stays inside the reading process; a
    file that is damaged or protected is a ReadFailed.
    """

    def __init__(self, reason: str, *, empty: bool = False, blind: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.empty = empty
        self.blind = blind
