"""The index of messages over all conversations: what was said, by its words and its meaning.

It joins what chats.db holds (words, vectors), the embedding model, and the recall process,
which does what takes numpy and a tokenizer.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.memory.store.message_vectors import PieceVector, Unembedded
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.search.query import Query, embedded
from chatui.text.time_alone import is_time_alone
from chatui.text.time_expressions import times
from chatui.workers.environment import COMPUTING
from chatui.workers.host import Worker, WorkerSpec

if TYPE_CHECKING:
    from chatui.assistant.recall.ranking import Near
    from chatui.memory.records import MessageHit
    from chatui.memory.store.store import ChatStore
    from chatui.retrieval.embedding.embedder import Embedder

CANDIDATES = 50

NEAR_ENOUGH = 0.1
"""Less is chance: questions about nothing that was said came to 0.02 at most, loose other words
to 0.11 and near ones to 0.16 and more. A person chooses from what is found, so that it may be
less than what a prompt gets unasked."""

MESSAGES_AT_ONCE = 16
"""A question waits for at most so many messages while others are being embedded."""


@dataclass(frozen=True, slots=True)
class NearMessage:
    """`number` names the message in chats.db. `rank` orders the messages of one question, and
    takes in what was said around them; `score` is how much the message itself is about the
    question, 0..1, to be compared with any other question's. `text[start:end]` is the piece of it
    that is nearest; (0, 0) when it has no vector yet."""

    number: int
    score: float
    rank: float = 0.0
    start: int = 0
    end: int = 0
    window: tuple[str, ...] = ()
    """The ids of the messages that it was found with: the two before it, itself, the one behind."""


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
        self.embedder = embedder
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
        fingerprint = await self.embedder.fingerprint()
        total = 0 if turns is not None else await self._store.vectors.count_unembedded(fingerprint)
        done = after = 0
        while batch := await self._store.vectors.unembedded(
            fingerprint, at_once, after=after, turns=turns
        ):
            await self._embed(fingerprint, batch)
            done, after = done + len(batch), batch[-1].number
            yield IndexingProgress(done, max(total, done))

    async def _embed(self, fingerprint: str, batch: Sequence[Unembedded]) -> None:
        tokenizer, max_tokens = await self.embedder.tokenizer_file()
        spans: list[list[tuple[int, int]]] = await self._worker.call(
            "pieces", str(tokenizer), max_tokens, [message.text for message in batch]
        )
        texts = [
            spoken(message.name, message.text[start:end])
            for message, cut in zip(batch, spans, strict=True)
            for start, end in cut
        ]
        vectors = iter(await self.embedder.embed_documents(texts))
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
        return await self._hits(found, k)

    async def about(self, query: str, k: int) -> list[MessageHit]:
        """The k messages of all conversations that fit best, without those that fit by chance."""
        found = await self.find(Query(query), max(CANDIDATES, 2 * k + 20))
        return await self._hits([one for one in found if one.score >= NEAR_ENOUGH], k)

    async def _hits(self, found: Sequence[NearMessage], k: int) -> list[MessageHit]:
        windows = {one.number: one.window for one in found}
        return await self._store.vectors.hits([(one.number, one.rank) for one in found], k, windows)

    async def _leading(self) -> int:
        """How many of a vector's numbers are the first model's of two; 0 where there is one."""
        if isinstance(self.embedder, EmbedderPair):
            return await self.embedder.english.dimensions()
        return 0

    async def find(
        self,
        query: Query,
        candidates: int = CANDIDATES,
        conversation: str | None = None,
        turns: Sequence[str] | None = None,
    ) -> list[NearMessage]:
        """The messages that fit best, the best first; of one conversation when it is given,
        and of certain turns when these are. A time that the question names is a soft filter;
        where somebody looks for nothing else, what was said then is all that is found."""
        if not query.whole.strip():
            return []
        # The day of the person who asks.
        today = date.today()
        periods = [
            (period.first.toordinal(), period.last.toordinal())
            for period in times(query.whole, today)
        ]
        fingerprint = await self.embedder.fingerprint()
        if turns is None and is_time_alone(query.whole, today):
            where = (fingerprint, conversation)
            return _near(await self._worker.call("said_in", where, query.text, periods, candidates))
        vectors = [await embedded(query, self.embedder)]
        # Who is named spoke most of what is found: the rest of the question tells it apart.
        subject = await self._worker.call("subject", fingerprint, conversation, query.text)
        if subject not in ("", " ".join(query.text.split())):
            vectors.append(await embedded(replace(query, text=subject), self.embedder))
        found = await self._worker.call(
            "find",
            (fingerprint, vectors, await self._leading()),
            (query.text, query.context, query.lexical_share if query.context else 0.0),
            periods,
            candidates,
            (conversation, turns),
        )
        return _near(found)

    async def find_by_words(
        self, query: Query, conversation: str, turns: Sequence[str]
    ) -> list[NearMessage]:
        """Those of a conversation that hold most of the query's words, in milliseconds: neither the
        model nor the process is asked. `score` is how much of them the message holds, by their
        rarity."""
        found = await self._store.vectors.shares(query.text, CANDIDATES, conversation, turns)
        return [NearMessage(number, share, share) for number, share in found]


def _near(found: Sequence[Near]) -> list[NearMessage]:
    return [
        NearMessage(number, score, rank, start, end, tuple(window))
        for number, rank, score, start, end, window in found
    ]


def spoken(name: str, text: str) -> str:
    """What is embedded of a message: who said it is a part of what was said."""
    return f"{name}: {text}" if name else text
