"""The recall process: cuts messages into pieces that can be embedded, and finds the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.assistant.recall.ranking import (
    RECALLED,
    SEARCHED,
    TELLS_WHEN,
    Near,
    Sought,
    ranked,
    said_in,
    without_speakers,
)
from chatui.memory.store.message_scan import MessageScan
from chatui.text.time_expressions import MOST_CHARACTERS, asks_when, tells_when

if TYPE_CHECKING:
    from chatui.retrieval.chunking.chunker import Chunker

PIECE_TOKENS = 48
"""A quarter of a chunk of a document: what is told in passing drowns in a longer piece. A sentence
and a question about it in other words: cosine .55 alone, .41 between two others, .30 between
eight, .19 between sixteen."""

Span = tuple[int, int]
Among = tuple[str | None, Sequence[str] | None]
"""A conversation and some of its turns, each by id; None for all of them."""
Meaning = tuple[str, Sequence[bytes], int]
"""The model's fingerprint, vectors whose mean is looked for, and how many of their numbers are the
first model's, where they are those of two."""
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
        fingerprint, vectors, leading = meaning
        rows = self._scan.load(fingerprint, conversation)
        mean = numpy.mean([numpy.frombuffer(one, dtype="<f4") for one in vectors], 0)
        sought = Sought(
            text,
            mean,
            leading,
            self._scan.held_words(rows, text, conversation),
            self._scan.held_words(rows, context, conversation) if context else (),
            share,
            periods,
        )
        found = ranked(rows, sought, k, turns, SEARCHED if turns is None else RECALLED)
        return self._telling_when(found) if asks_when(text) else found

    def _telling_when(self, found: Sequence[Near]) -> list[Near]:
        """What was found for a question that asks when, with those that tell a time further up."""
        texts = self._scan.texts([one[0] for one in found], MOST_CHARACTERS)
        lifted: list[Near] = []
        for number, rank, score, start, end, window in found:
            share = TELLS_WHEN if tells_when(texts.get(number, "")) else 1.0
            lifted.append((number, rank * share, score, start, end, window))
        return sorted(lifted, key=lambda one: -one[1])

    def said_in(
        self,
        where: tuple[str, str | None],
        text: str,
        periods: Sequence[tuple[int, int]],
        k: int,
    ) -> list[Near]:
        """The k messages that somebody looks for who names nothing but a time. `where`: the model's
        fingerprint and the conversation, None for all."""
        fingerprint, conversation = where
        rows = self._scan.load(fingerprint, conversation)
        words = self._scan.held_words(rows, text, conversation)
        # "12 July" may be what was spoken of; of "yesterday" a message says little.
        is_day = any(map(str.isdigit, text))
        return said_in(rows, periods, words if is_day else (), k)

    def subject(self, fingerprint: str, conversation: str | None, question: str) -> str:
        """The question without the names of those who speak in the conversation."""
        return without_speakers(self._scan.load(fingerprint, conversation), question)

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
