"""Cuts a document into chunks along its structure, by the embedding model's own tokens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.retrieval.document import HEADING_SEPARATOR, Chunk, Document, Section
from chatui.retrieval.packing import pack
from chatui.retrieval.structure import Unit, find_units

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHARACTERS_PER_TOKEN = 6
"""Tokenizers turn a word that is too long for them into one token: such text is measured by
its length. European languages have four to five characters to a token."""

SPECIAL_TOKENS = 8
"""Kept free below the model's limit: the marks at both ends, and tokens that come out
otherwise when pieces are joined."""


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

    def measure(self, texts: Sequence[str]) -> list[int]:
        """The size of each text in tokens."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [
            max(len(encoding), len(text) // CHARACTERS_PER_TOKEN)
            for encoding, text in zip(encodings, texts, strict=True)
        ]

    def chunks(self, document: Document) -> list[Chunk]:
        """The chunks in reading order; together they hold every character but blank ones."""
        prefixes = [self.prefix(document.title, section.path) for section in document.sections]
        rooms = [self._limit - size for size in self.measure(prefixes)]
        units = find_units(document, self.measure, rooms.__getitem__)
        cuts = pack(units, [rooms[unit.section] for unit in units])
        line_ends = [at for at, letter in enumerate(document.text) if letter == "\n"]
        return [self._chunk(document, units[first:last], line_ends) for first, last in cuts]

    def prefix(self, title: str, path: Sequence[str]) -> str:
        """ "title › heading", shortened from the middle to a quarter of the limit."""
        names = [title, *path] if list(path[:1]) != [title] else list(path)
        whole = HEADING_SEPARATOR.join(names)
        candidates = [whole, HEADING_SEPARATOR.join([names[0], names[-1]]), names[-1]]
        cap = self._limit // 4
        for candidate, size in zip(candidates, self.measure(candidates), strict=True):
            if size <= cap:
                return candidate
        return names[-1][:cap]

    def _chunk(self, document: Document, units: Sequence[Unit], line_ends: list[int]) -> Chunk:
        raw = document.text[units[0].start : units[-1].end]
        start = units[0].start + len(raw) - len(raw.lstrip())
        end = start + len(raw.strip())
        path = _common_path(document.sections, units)
        return Chunk(
            text=document.text[start:end],
            prefix=self.prefix(document.title, path),
            heading=HEADING_SEPARATOR.join(path),
            page=document.sections[units[0].section].page,
            char_start=start,
            char_end=end,
            line_start=bisect_right(line_ends, start - 1) + 1,
            line_end=bisect_right(line_ends, end - 2) + 1,
        )


def _common_path(sections: Sequence[Section], units: Sequence[Unit]) -> tuple[str, ...]:
    """The headings that all text of the chunk lies under; those of bare headings if it has
    no other text."""
    numbers = {unit.section for unit in units if not unit.is_heading}
    numbers = numbers or {unit.section for unit in units}
    paths = [sections[number].path for number in numbers]
    levels = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return tuple(names[0] for names in levels)
