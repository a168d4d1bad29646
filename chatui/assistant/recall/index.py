"""The index of messages over all conversations: what was said, by its words and its meaning.

It joins what chats.db holds (words, vectors), the embedding model, and the recall process,
which does what takes numpy and a tokenizer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.memory.store.message_vectors import PieceVector, Unembedded
from chatui.retrieval.search.fusion import trust
from chatui.retrieval.search.query import Query, embedded
from chatui.workers.environment import COMPUTING
from chatui.workers.host import Worker, WorkerSpec

if TYPE_CHECKING:
    from chatui.memory.records import MessageHit
    from chatui.memory.store.store import ChatStore
    from chatui.memory.store.vector_scan import Near
    from chatui.retrieval.embedding.embedder import Embedder

CANDIDATES = 50

WORDS_WEIGHT = 0.5
"""What finding all of a question's words adds to a likeness, which is 1 at most."""
WORDS_POWER = 3
"""Some of a question's words are found in any conversation, by chance: half of them count an
eighth."""
QUESTION_WEIGHT = 0.7
"""A message that asks counts less than one that tells: it is as near to a question about the
same thing as the answer is. Of 100 facts asked for in other words, 500 turns later
(`benchmarks/recall.py`), the first five held 90; without this 86, with BM25 weighed against
its best as for documents 41 to 78."""

NEAR_ENOUGH = 0.1
"""Less is chance: questions about nothing that was said came to 0.02 at most, loose other words
to 0.11 and near ones to 0.16 and more. A person chooses from what is found, so that it may be
less than what a prompt gets unasked."""

MESSAGES_AT_ONCE = 16
"""A question waits for at most so many messages while others are being embedded."""


@dataclass(frozen=True, slots=True)
class NearMessage:
    """`number` names the message in chats.db. `score` is how much it is about the question,
    0..1, to be compared with any other question's. `text[start:end]` is the piece of it that
    is nearest; (0, 0) when it has no vector yet."""

    number: int
    score: float
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
                "chatui.assistant.recall.service:RecallService",
                "the recall process",
                args=(str(store.path),),
                needs=COMPUTING,
                # One product of a matrix and a vector: threads take longer to wake.
                env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                log=log,
            )
        )

    async def close(self) -> None:
        await self._worker.stop()

    async def catch_up(
        self, turns: Collection[str] | None = None, *, at_once: int = MESSAGES_AT_ONCE
    ) -> AsyncGenerator[IndexingProgress, None]:
        """Embeds the messages that have no vectors yet, of all conversations or of these
        turns, so many at a time. What is embedded stays, wherever it is broken off."""
        fingerprint = await self._embedder.fingerprint()
        total = 0 if turns is not None else await self._store.vectors.count_unembedded(fingerprint)
        done = after = 0
        while batch := await self._store.vectors.unembedded(
            fingerprint, at_once, after=after, turns=turns
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
            (message, [PieceVector(start, end, next(vectors)) for start, end in cut])
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

    async def about(self, query: str, k: int) -> list[MessageHit]:
        """The k messages of all conversations that fit best, without those that fit by chance."""
        return [hit for hit in await self.search(query, k) if hit.score >= NEAR_ENOUGH]

    async def find(
        self,
        query: Query,
        candidates: int = CANDIDATES,
        conversation: str | None = None,
        turns: Sequence[str] | None = None,
    ) -> list[NearMessage]:
        """What either leg proposes, the best first; of one conversation when it is given,
        and of certain turns when these are."""
        if not query.whole.strip():
            return []
        fingerprint = await self._embedder.fingerprint()
        vector, coverage = await asyncio.gather(
            embedded(query, self._embedder), self._coverage(query, candidates, conversation, turns)
        )
        near, mean = await self._worker.call(
            "nearest", fingerprint, vector, candidates, (conversation, turns), list(coverage)
        )
        numbers = coverage.keys() | {number for number, _, _, _ in near}
        asking = await self._store.vectors.questions(list(numbers))
        return scored(near, mean, coverage, asking)

    async def _coverage(
        self,
        query: Query,
        count: int,
        conversation: str | None,
        turns: Sequence[str] | None,
    ) -> dict[int, float]:
        """Which share of the question's words the messages hold, weighed by their rarity."""
        own, ideal = await self._store.vectors.words(query.text, count, conversation, turns)
        found = {number: min(1.0, score / ideal) for number, score in own if ideal}
        if not query.context:
            return found
        also, ideal = await self._store.vectors.words(query.context, count, conversation, turns)
        for number, score in also:
            share = query.lexical_share * min(1.0, score / ideal) if ideal else 0.0
            found[number] = min(1.0, found.get(number, 0.0) + share)
        return found


def scored(
    near: Sequence[Near], mean: float, coverage: Mapping[int, float], asking: Collection[int]
) -> list[NearMessage]:
    """The messages by both legs, the best first.

    A cosine is taken from the mean of all: models differ in how alike they find any two
    texts. It counts less where the model hardly tells the messages apart, as those of a
    language that it does not know (`fusion.trust`).
    """
    known = trust([(str(number), cosine) for number, cosine, _, _ in near])
    floor = max(0.0, min(mean, 0.99))
    places = {number: (start, end) for number, _, start, end in near}
    likeness = {number: known * (cosine - floor) / (1 - floor) for number, cosine, _, _ in near}
    found = []
    for number in likeness.keys() | coverage.keys():
        words = WORDS_WEIGHT * coverage.get(number, 0.0) ** WORDS_POWER
        weight = QUESTION_WEIGHT if number in asking else 1.0
        score = weight * (max(0.0, likeness.get(number, 0.0)) + words) / (1 + WORDS_WEIGHT)
        found.append(NearMessage(number, score, *places.get(number, (0, 0))))
    return sorted(found, key=lambda one: (-one.score, one.number))


def spoken(name: str, text: str) -> str:
    """What is embedded of a message: who said it is a part of what was said."""
    return f"{name}: {text}" if name else text
