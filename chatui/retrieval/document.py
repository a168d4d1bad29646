"""What a reader makes of a file, and what the chunker makes of that."""

from __future__ import annotations

from dataclasses import dataclass

HEADING_SEPARATOR = " › "


@dataclass(frozen=True, slots=True)
class Section:
    """A run of the document's text, `text[start:end]`, under one heading path.

    `body` is where the text behind the heading's own line begins (`start` when the section
    has no heading line). `path` goes from the outermost heading to the section's own.
    `page` is 1-based for PDFs; a chunk never reaches over the end of a page.
    """

    start: int
    end: int
    body: int
    path: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A source's text, decoded, with its line ends as they are in the file.

    Text outside all sections (front matter) is not indexed.
    """

    title: str
    text: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stored slice: `text` is the document's `[char_start:char_end]`, to the character.

    Lines are 1-based, both ends included. `prefix` ("title › heading") is embedded and
    indexed together with the text, but is no part of it.
    """

    text: str
    prefix: str
    heading: str
    page: int | None
    char_start: int
    char_end: int
    line_start: int
    line_end: int

    @property
    def indexed_text(self) -> str:
        """What is embedded."""
        return f"{self.prefix}\n{self.text}" if self.prefix else self.text


class Unreadable(Exception):
    """A file that is no document for chatui: its reason, as a clause without a full stop.

    `empty` tells a file without any text from one of a kind that is not read. It stays
    inside the reading process; a file that is damaged or protected is a ReadFailed.
    """

    def __init__(self, reason: str, *, empty: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.empty = empty
