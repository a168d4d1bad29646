"""Cuts a document into chunks along its structure, by the embedding model's own tokens."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.retrieval.chunking.document import HEADING_SEPARATOR, Chunk, Document, LineMap, Section
from chatui.retrieval.chunking.packing import pack
from chatui.retrieval.chunking.structure import Unit, find_units, halve

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHARACTERS_PER_TOKEN = 6
"""Tokenizers turn a word that is too long for them into one token: such text is measured by
its length. European languages have four to five characters to a token."""

SPECIAL_TOKENS = 8
"""Kept free below the model's limit for the marks that it wants at both ends."""

LONGEST_GAP = 200
"""Blank characters that may lie between two chunks which belong together."""


class Chunker:
    """`limit` is the most tokens of a chunk together with its prefix.

    It is lowered to what the model takes (`max_tokens`), for which the rest would be cut off.
    """

    def __init__(self, tokenizer_file: Path, max_tokens: int, limit: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._limit = min(limit, max_tokens - SPECIAL_TOKENS)
        self._prefixes: dict[tuple[tuple[str, ...], str], tuple[str, int]] = {}

    def measure(self, texts: Sequence[str]) -> list[int]:
        """The size of each text in tokens."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [
            max(len(encoding), len(text) // CHARACTERS_PER_TOKEN)
            for encoding, text in zip(encodings, texts, strict=True)
        ]

    def chunks(self, document: Document) -> list[Chunk]:
        """The chunks in reading order; together they hold every character but blank ones."""
        self._prefixes.clear()
        title, sections = document.title, document.sections
        rooms = [self._limit - self.measure_prefix(title, part.path) for part in sections]
        units = find_units(document, self.measure, rooms.__getitem__)
        wanted = [
            self._limit - self.measure_prefix(title, sections[unit.section].path, unit.columns)
            if unit.columns
            else rooms[unit.section]
            for unit in units
        ]
        lines = document.source_lines or LineMap.of(document.text)
        rows = [units[first:last] for first, last in pack(units, wanted)]
        made = [self._chunk(document, row, lines) for row in rows]
        sizes = self.measure([chunk.indexed_text for chunk in made])
        whole: list[Chunk] = []
        for row, chunk, size in zip(rows, made, sizes, strict=True):
            whole += [chunk] if size <= self._limit else self._halves(document, row, lines)
        return _with_gaps(document, whole)

    def _halves(self, document: Document, units: Sequence[Unit], lines: LineMap) -> list[Chunk]:
        """Joined text can have more tokens than its parts: such a chunk is cut in two."""
        if len(units) == 1:
            units = halve(document.text, units[0])
        if len(units) == 1:
            return [self._chunk(document, units, lines)]
        middle = max(
            range(1, len(units)), key=lambda at: (units[at].gap, -abs(2 * at - len(units)))
        )
        found: list[Chunk] = []
        for half in (units[:middle], units[middle:]):
            chunk = self._chunk(document, half, lines)
            fits = self.measure([chunk.indexed_text])[0] <= self._limit
            found += [chunk] if fits else self._halves(document, half, lines)
        return found

    def measure_prefix(self, title: str, path: Sequence[str], columns: str = "") -> int:
        """The size of a prefix with the line's end behind it, and what joining may add."""
        return self._prefix(title, tuple(path), columns)[1]

    def prefix(self, title: str, path: Sequence[str], columns: str = "") -> str:
        """ "title › heading", shortened from the middle to a quarter of the limit, and the
        names of a table's columns, as many as a third of the limit has room for."""
        return self._prefix(title, tuple(path), columns)[0]

    def _prefix(self, title: str, path: tuple[str, ...], columns: str) -> tuple[str, int]:
        key = (path, columns)
        if key not in self._prefixes:
            names = [title, *path] if list(path[:1]) != [title] else list(path)
            whole = HEADING_SEPARATOR.join(names)
            candidates = [whole, HEADING_SEPARATOR.join([names[0], names[-1]]), names[-1]]
            made = self._first_that_fits(candidates, self._limit // 4)
            if columns:
                made = f"{made}\n{self._cut(columns, self._limit // 3)}" if made else columns
            self._prefixes[key] = (made, self.measure([made])[0] if made else 0)
        return self._prefixes[key]

    def _first_that_fits(self, candidates: Sequence[str], cap: int) -> str:
        for candidate, size in zip(candidates, self.measure(candidates), strict=True):
            if size <= cap:
                return candidate
        return self._cut(candidates[-1], cap)

    def _cut(self, text: str, cap: int) -> str:
        """As much of the text's beginning as has no more tokens than that."""
        text = text[: cap * CHARACTERS_PER_TOKEN]
        while text and self.measure([text])[0] > cap:
            text = text[: len(text) * 4 // 5].rstrip()
        return text

    def _chunk(self, document: Document, units: Sequence[Unit], lines: LineMap) -> Chunk:
        raw = document.text[units[0].start : units[-1].end]
        end = units[0].start + len(raw.rstrip())
        # The first line keeps its indentation, which says how deep its list or code is.
        start = units[0].start + len(raw) - len(raw.lstrip())
        margin = document.text.rfind("\n", units[0].start, start) + 1 or units[0].start
        at_line = margin == 0 or document.text[margin - 1] in "\r\n"
        if at_line and not document.text[margin:start].strip(" \t"):
            start = margin
        path = _common_path(document.sections, units)
        return Chunk(
            text=document.text[start:end],
            prefix=self.prefix(document.title, path, units[0].columns),
            heading=HEADING_SEPARATOR.join(path),
            page=document.sections[units[0].section].page,
            char_start=start,
            char_end=end,
            line_start=lines.line(start),
            line_end=lines.line(max(start, end - 1)),
        )


def _with_gaps(document: Document, chunks: Sequence[Chunk]) -> list[Chunk]:
    headings = [part.start for part in document.sections if part.body > part.start]
    found = list(chunks)
    for at, (chunk, behind) in enumerate(pairwise(chunks)):
        gap = document.text[chunk.char_end : behind.char_start]
        first = bisect_left(headings, chunk.char_end)
        has_heading = first < len(headings) and headings[first] <= behind.char_start
        if len(gap) <= LONGEST_GAP and not gap.strip() and not has_heading:
            found[at] = replace(chunk, gap=gap)
    return found


def _common_path(sections: Sequence[Section], units: Sequence[Unit]) -> tuple[str, ...]:
    """The headings that all text of the chunk lies under; those of bare headings if it has
    no other text."""
    numbers = {unit.section for unit in units if not unit.is_heading}
    numbers = numbers or {unit.section for unit in units}
    paths = [sections[number].path for number in numbers]
    levels = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return tuple(names[0] for names in levels)
