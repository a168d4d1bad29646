"""The recall process: cuts messages into pieces that can be embedded, and finds the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.assistant.recall.ranking import RECALLED, SEARCHED, Near, Sought, leaning, ranked
from chatui.memory.store.message_scan import MessageScan

if TYPE_CHECKING:
    from chatui.retrieval.chunking.chunker import Chunker

PIECE_TOKENS = 48
"""A quarter of a chunk of a document: what is told in passing drowns in a longer piece. A sentence
and a question about it in other words: cosine .55 alone, .41 between two others, .30 between
eight, .19 between sixteen."""

Span = tuple[int, int]
Among = tuple[str | None, Sequence[str] | None]
"""A conversation and some of its turns, each by id; None for all of them."""
Meaning = tuple[str, bytes, int]
"""The model's fingerprint, a vector, and how many of its numbers are the first model's, where it is
that of two."""
Words = tuple[str, str, float]
"""A question, what it leans on, and how much the words of that count."""


class RecallService:
    """`chats` is the path of chats.db."""

    def __init__(self, chats: str) -> None:
        # Here and not later: it takes most of the time that this process needs to start.
        import numpy  # noqa: F401

        self._scan = MessageScan(Path(chats))
        self._chunkers: dict[tuple[str, int], Chunker] = {}

    def find(
        self,
        meaning: Meaning,
        words: Words,
        periods: Sequence[tuple[int, int]],
        k: int,
        among: Among,
    ) -> list[Near]:
        """The k messages that the question is about. `periods` are days that are named, as
        ordinals."""
        import numpy

        conversation, turns = among
        text, context, share = words
        fingerprint, vector, leading = meaning
        rows = self._scan.load(fingerprint, conversation)
        sought = Sought(
            text,
            leaning(numpy.frombuffer(vector, dtype="<f4"), leading),
            self._scan.held_words(rows, text, conversation),
            self._scan.held_words(rows, context, conversation) if context else (),
            share,
            periods,
        )
        return ranked(rows, sought, k, turns, SEARCHED if turns is None else RECALLED)

    def pieces(
        self, tokenizer_file: str, max_tokens: int, texts: Sequence[str]
    ) -> list[list[Span]]:
        """For each text the slices that the model reads whole; at least one, and together
        all but blank characters."""
        return [self._cut(tokenizer_file, max_tokens, text) for text in texts]

    def _cut(self, tokenizer_file: str, max_tokens: int, text: str) -> list[Span]:
        from chatui.retrieval.chunking.document import Document, Section

        # No token is shorter than a byte.
        if len(text.encode("utf-8", "replace")) <= min(PIECE_TOKENS, max_tokens) - 8:
            return [(0, len(text))]
        whole = Document(title="", text=text, sections=(Section(0, len(text), 0),))
        chunks = self._chunker(tokenizer_file, max_tokens).chunks(whole)
        return [(chunk.char_start, chunk.char_end) for chunk in chunks] or [(0, len(text))]

    def _chunker(self, tokenizer_file: str, max_tokens: int) -> Chunker:
        from chatui.retrieval.chunking.chunker import Chunker

        key = (tokenizer_file, max_tokens)
        if key not in self._chunkers:
            made = Chunker.by_tokens(Path(tokenizer_file), max_tokens, PIECE_TOKENS)
            self._chunkers[key] = made
        return self._chunkers[key]
