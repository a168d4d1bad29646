"""The index of messages over all conversations: what was said, by its words and its meaning.

It joins what chats.db holds (words, vectors), the embedding model, and the recall process,
which does what takes numpy and a tokenizer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.memory.message_vectors import Piece, Unembedded
from chatui.retrieval.fusion import Ranking, convex, ranked, trust
from chatui.retrieval.query import Query, mixed_vectors, mixed_words
from chatui.workers.host import Worker, WorkerSpec

if TYPE_CHECKING:
    from chatui.memory.records import MessageHit
    from chatui.memory.store import ChatStore
    from chatui.retrieval.embedder import Embedder

CANDIDATES = 50
DENSE_WEIGHT = 0.4
"""How much the meaning counts beside the words (0..1), as for documents."""

MESSAGES_AT_ONCE = 16
"""A question waits for at most so many messages while others are being embedded."""


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """`number` names the message in chats.db. `score` is the fused one (0..1, the best of a
    question is near 1); `similarity` the cosine of its nearest piece, `text[start:end]`, or
    None when it has no vector yet; `bm25` the score of its words, 0 for none."""

    number: int
    score: float
    similarity: float | None
    bm25: float
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class IndexingProgress:
    """Messages that are done, of all that there were to do."""

    done: int
    total: int


class MessageIndex:
    """Raises StoreError, EmbedderFailed, WorkerError, and BudgetExceeded where embedding is
    paid for. The process starts with the first call that needs it."""

    def __init__(self, store: ChatStore, embedder: Embedder, log: Path | None = None) -> None:
        self._store = store
        self._embedder = embedder
        self._worker = Worker(
            WorkerSpec(
                "chatui.recall_service:RecallService",
                "the recall process",
                args=(str(store.path),),
                log=log,
            )
        )

    async def close(self) -> None:
        await self._worker.stop()

    async def catch_up(
        self, turns: Collection[str] | None = None
    ) -> AsyncIterator[IndexingProgress]:
        """Embeds the messages that have no vectors yet, of all conversations or of these
        turns. What is embedded stays, wherever it is broken off."""
        fingerprint = await self._embedder.fingerprint()
        total = 0 if turns is not None else await self._store.vectors.count_unembedded(fingerprint)
        done = after = 0
        while batch := await self._store.vectors.unembedded(
            fingerprint, MESSAGES_AT_ONCE, after=after, turns=turns
        ):
            await self._embed(fingerprint, batch)
            done, after = done + len(batch), batch[-1].number
            yield IndexingProgress(done, max(total, done))

    async def _embed(self, fingerprint: str, batch: Sequence[Unembedded]) -> None:
        tokenizer, max_tokens = await self._embedder.tokenizer_file()
        spans: list[list[tuple[int, int]]] = await self._worker.call(
            "pieces", str(tokenizer), max_tokens, [message.text for message in batch]
        )
        texts = [
            spoken(message.name, message.text[start:end])
            for message, cut in zip(batch, spans, strict=True)
            for start, end in cut
        ]
        vectors = iter(await self._embedder.embed_documents(texts))
        items = [
            (message, [Piece(start, end, next(vectors)) for start, end in cut])
            for message, cut in zip(batch, spans, strict=True)
        ]
        await self._store.vectors.save(fingerprint, items)

    async def search(
        self,
        query: str,
        k: int,
        conversation: str | None = None,
    ) -> list[MessageHit]:
        """The k messages that fit the query best, of one conversation or of all. A question
        that was only asked again counts once."""
        found = await self.find(Query(query), max(CANDIDATES, 2 * k + 20), conversation)
        return await self._store.vectors.hits([(one.number, one.score) for one in found], k)

    async def find(
        self,
        query: Query,
        candidates: int = CANDIDATES,
        conversation: str | None = None,
        turns: Sequence[str] | None = None,
    ) -> list[FoundMessage]:
        """What either leg proposes, the best first; of one conversation when it is given,
        and of certain turns when these are."""
        if not query.whole.strip():
            return []
        fingerprint = await self._embedder.fingerprint()
        vector, words = await asyncio.gather(
            self._vector(query), self._words(query, candidates, conversation, turns)
        )
        near = await self._worker.call(
            "nearest",
            fingerprint,
            vector,
            candidates,
            (conversation, turns),
            [int(number) for number, _ in words],
        )
        similarity = {str(number): cosine for number, cosine, _, _ in near}
        places = {number: (start, end) for number, _, start, end in near}
        dense = ranked(similarity)[:candidates]
        bm25 = dict(words)
        return [
            FoundMessage(
                int(key),
                score,
                similarity.get(key),
                bm25.get(key, 0.0),
                *places.get(int(key), (0, 0)),
            )
            for key, score in convex(similarity, bm25, DENSE_WEIGHT * trust(dense))
        ]

    async def _vector(self, query: Query) -> bytes:
        vector = await self._embedder.embed_query(query.text)
        if not query.context:
            return vector
        return mixed_vectors(vector, await self._embedder.embed_query(query.context))

    async def _words(
        self,
        query: Query,
        count: int,
        conversation: str | None,
        turns: Sequence[str] | None,
    ) -> Ranking:
        own = await self._store.vectors.words(query.text, count, conversation, turns)
        words = [(str(number), score) for number, score in own]
        if not query.context:
            return words
        also = await self._store.vectors.words(query.context, count, conversation, turns)
        context = [(str(number), score) for number, score in also]
        return mixed_words(words, context, query.lexical_share)[:count]


def spoken(name: str, text: str) -> str:
    """What is embedded of a message: who said it is a part of what was said."""
    return f"{name}: {text}" if name else text
