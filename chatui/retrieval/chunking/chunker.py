"""Cuts a document into chunks along its structure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Protocol, Self

from chatui.retrieval.chunking.document import (
    HEADING_SEPARATOR,
    Chunk,
    Document,
    Section,
    TextLines,
)
from chatui.retrieval.chunking.packing import SMALL_SECTION, rows
from chatui.retrieval.chunking.sizes import CHARACTERS_PER_TOKEN, TokenSizes
from chatui.retrieval.chunking.structure import Unit, batches, find_units, halve

SPECIAL_TOKENS = 8
"""Kept free below the model's limit for the marks that it wants at both ends."""

LONGEST_GAP = 200
"""Blank characters that may lie between two chunks which belong together."""

LONGEST_HEADER = 1_000
"""Characters of the names of columns: a sheet may have thousands of them."""
MOST_HEADINGS = 200
"""Of a prefix, whatever a chunk may have: it is in front of every window of a chunk, which has
about 750 letters."""
SMALL_LETTERS = 80
"""Sections of less than that may share a passage, which then has no heading of its own."""
CHUNKS_AT_ONCE = 100
PREFIXES_KEPT = 10_000


class TextMeasure(Protocol):
    def measure(self, texts: Sequence[str]) -> list[int]:
        """The size of each text; what is over the limit may be measured roughly."""
        ...


class SourceLines(Protocol):
    def line(self, at: int) -> int:
        """The source's line that the character comes from."""
        ...


class CharacterSizes:
    """The size is the same whatever model reads a text. By its tokens a text in a script that the
    model does not know would be cut into sentences, because every letter is a token there.

    Measured by words alone with up to 800, 1,000, 1,200 and 1,500 characters, right passage among
    the first five and answer within the first 3,000 characters: English (`spans`) .897/.873,
    .917/.877, .937/.867, .927/.793; German .940/.943, .967/.953, .967/.953, .977/.957; Hindi
    .967/.963, .973/.973, .980/.977, .980/.973. Chinese and Japanese do best with all of 1,200.
    """

    def measure(self, texts: Sequence[str]) -> list[int]:
        return list(map(len, texts))


class Chunker:
    """`limit` is the most characters that a chunk together with its prefix may have."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sizes: TextMeasure = CharacterSizes()
        self._small = min(SMALL_SECTION, SMALL_LETTERS / limit)
        self._prefixes: dict[tuple[tuple[str, ...], str], tuple[str, int]] = {}

    @classmethod
    def by_tokens(cls, tokenizer_file: Path, max_tokens: int, limit: int) -> Self:
        """By the tokens of a model, at most as many as it takes: the rest would be cut off."""
        made = cls(min(limit, max_tokens - SPECIAL_TOKENS))
        made._sizes, made._small = TokenSizes(tokenizer_file, made._limit), SMALL_SECTION
        return made

    def measure(self, texts: Sequence[str]) -> list[int]:
        """The size of each text; what is over the limit may be measured roughly."""
        return self._sizes.measure(texts)

    def chunks(self, document: Document) -> list[Chunk]:
        """The chunks in reading order; together they hold every character but blank ones."""
        return list(self.each_chunk(document))

    def each_chunk(self, document: Document) -> Iterator[Chunk]:
        """The same, one by one: a long document takes the memory of its text."""
        return _with_gaps(document.text, document.sections, self._cut_up(document))

    def _cut_up(self, document: Document) -> Iterator[Chunk]:
        self._prefixes.clear()
        title, sections = document.title, document.sections

        def room(number: int, columns: str = "") -> int:
            return self._limit - self.measure_prefix(title, sections[number].path, columns)

        units = find_units(document, self.measure, room)
        lines = document.source_lines or TextLines(document.text)
        found = rows(units, lambda unit: room(unit.section, unit.columns), self._small)
        for group in batches(found, CHUNKS_AT_ONCE):
            made = [self._chunk(document, row, lines) for row in group]
            sizes = self.measure([chunk.indexed_text for chunk in made])
            for row, chunk, size in zip(group, made, sizes, strict=True):
                if size <= self._limit:
                    yield chunk
                else:
                    yield from self._halves(document, row, lines)

    def _halves(self, document: Document, units: Sequence[Unit], lines: SourceLines) -> list[Chunk]:
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
            if len(self._prefixes) >= PREFIXES_KEPT:
                self._prefixes.clear()
            names = [title, *path] if list(path[:1]) != [title] else list(path)
            whole = HEADING_SEPARATOR.join(names)
            candidates = [whole, HEADING_SEPARATOR.join([names[0], names[-1]]), names[-1]]
            made = self._first_that_fits(candidates, min(MOST_HEADINGS, self._limit // 4))
            if columns:
                names_of = self._cut(columns, self._limit // 3)
                made = f"{made}\n{names_of}" if made else names_of
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

    def _chunk(self, document: Document, units: Sequence[Unit], lines: SourceLines) -> Chunk:
        raw = document.text[units[0].start : units[-1].end]
        end = units[0].start + len(raw.rstrip())
        # The first line keeps its indentation, which says how deep its list or code is.
        start = units[0].start + len(raw) - len(raw.lstrip())
        margin = document.text.rfind("\n", units[0].start, start) + 1 or units[0].start
        at_line = margin == 0 or document.text[margin - 1] in "\r\n"
        if at_line and not document.text[margin:start].strip(" \t"):
            start = margin
        path = _common_path(document.sections, units)
        section = document.sections[units[0].section]
        return Chunk(
            text=document.text[start:end],
            prefix=self.prefix(document.title, path, units[0].columns),
            heading=HEADING_SEPARATOR.join(path),
            page=section.page,
            char_start=start,
            char_end=end,
            line_start=lines.line(start),
            line_end=lines.line(max(start, end - 1)),
            header=_shortened(units[0].columns),
            running_head=section.running_head,
            ocr=section.ocr,
        )


def _shortened(columns: str) -> str:
    """The header of a chunk goes into every prompt that its text goes into."""
    return columns if len(columns) <= LONGEST_HEADER else f"{columns[: LONGEST_HEADER - 1]}…"


def _with_gaps(text: str, sections: Sequence[Section], chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    before: Chunk | None = None
    at = 0
    for chunk in chunks:
        if before is not None:
            has_heading = False
            while at < len(sections) and sections[at].start <= chunk.char_start:
                begins = sections[at].start >= before.char_end
                has_heading |= begins and sections[at].body > sections[at].start
                at += 1
            long = chunk.char_start - before.char_end > LONGEST_GAP
            gap = "" if long else text[before.char_end : chunk.char_start]
            yield before if long or gap.strip() or has_heading else replace(before, gap=gap)
        before = chunk
    if before is not None:
        yield before


def _common_path(sections: Sequence[Section], units: Sequence[Unit]) -> tuple[str, ...]:
    """The headings that all text of the chunk lies under; those of bare headings if it has
    no other text."""
    numbers = {unit.section for unit in units if not unit.is_heading}
    numbers = numbers or {unit.section for unit in units}
    paths = [sections[number].path for number in numbers]
    levels = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return tuple(names[0] for names in levels)
