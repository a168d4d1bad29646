"""Builds the text of a document that is taken out of markup, with the way back to its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chatui.retrieval.chunking.document import Document, LineMap, Section
from chatui.retrieval.chunking.short_sections import packed

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
"""Soft hyphens, zero-width spaces and word joiners: they say where a line may end, and part words
for whoever searches for them."""


def without_unseen(text: str) -> str:
    return text if text.isascii() else text.translate(_UNSEEN)


Run = tuple[str, int]
"""A piece of text and the source's line that it stands on."""


@dataclass(slots=True)
class Flow:
    """Inline text on its way to become a block: white space collapses as in a browser."""

    runs: list[Run] = field(default_factory=list)
    _space: bool = False

    def add(self, text: str, line: int) -> None:
        text = without_unseen(text)
        for at, piece in enumerate(text.split("\n")):
            words = " ".join(piece.split())
            if not words:
                self._space |= at > 0 or bool(piece)
                continue
            gap = " " if self.runs and (self._space or at or piece[0].isspace()) else ""
            self.runs.append((gap + words, line + at))
            self._space = piece[-1].isspace()

    def close(self, mark: str, line: int) -> None:
        """Adds a mark right behind the text so far."""
        if self.runs:
            self.runs.append((mark, line))

    def space(self) -> None:
        self._space = True

    def take(self) -> list[Run]:
        runs, self.runs, self._space = self.runs, [], False
        return runs


class Blocks(Protocol):
    """Where a reader writes the blocks of a text."""

    @property
    def written(self) -> bool: ...

    def block(self, runs: Sequence[Run], *, tight: bool = False) -> None: ...

    def heading(self, level: int, runs: Sequence[Run]) -> None: ...


@dataclass(slots=True)
class BlocksAtLine:
    """Blocks of a text whose own lines are in no file, below a line of one that is."""

    below: Blocks
    line: int
    written: bool = False

    def block(self, runs: Sequence[Run], *, tight: bool = False) -> None:
        self.written = True
        self.below.block([(text, self.line) for text, _ in runs], tight=tight)

    def heading(self, level: int, runs: Sequence[Run]) -> None:
        self.written = True
        self.below.heading(level, [(text, self.line) for text, _ in runs])


@dataclass(slots=True)
class DocumentBuilder:
    """Collects blocks in reading order; headings open sections."""

    _pieces: list[str] = field(default_factory=list)
    _length: int = 0
    _offsets: list[int] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)
    _starts: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    _path: list[tuple[int, str]] = field(default_factory=list)

    def block(self, runs: Sequence[Run], *, tight: bool = False) -> None:
        """Appends a block; a tight one follows on the next line, without a blank one."""
        if self._length:
            self._write("\n" if tight else "\n\n")
        for text, at in runs:
            # Markup that is shuffled by its parser may go back; a map of lines must not.
            line = max(at, self._lines[-1] if self._lines else 1)
            if not self._lines or self._lines[-1] != line:
                self._offsets.append(self._length)
                self._lines.append(line)
            self._write(text)

    def heading(self, level: int, runs: Sequence[Run]) -> None:
        title = "".join(text for text, _ in runs)
        self._path = [(above, name) for above, name in self._path if above < level]
        self._path.append((level, title))
        start = self._length + 2 if self._length else 0
        self.block(runs)
        self._starts.append((start, self._length, tuple(name for _, name in self._path)))

    @property
    def written(self) -> bool:
        return self._length > 0

    @property
    def first_heading(self) -> str:
        return self._starts[0][2][-1] if self._starts else ""

    def document(self, title: str, *, with_lines: bool = True) -> Document:
        text = "".join(self._pieces)
        ends = [start for start, _, _ in self._starts[1:]] + [len(text)]
        sections = packed(
            Section(start, end, min(body + 1, end), path)
            for (start, body, path), end in zip(self._starts, ends, strict=False)
        )
        before = self._starts[0][0] if self._starts else len(text)
        first = (Section(0, before, 0),) if before else ()
        lines = LineMap(self._offsets, self._lines) if with_lines else None
        return Document(title, text, (*first, *sections), lines)

    def _write(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
