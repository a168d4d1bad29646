"""What one embedding model alone would find, of two that stand in one vector: for `chatui eval`.

Each leg compares the question with every passage of a collection, without an index, by the part of
the vectors that is that model's. Needs numpy, so it is nothing for the chat's window.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from chatui.domain.passage import Passage
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.library.library import Library
from chatui.retrieval.search.fusion import ranked
from chatui.retrieval.search.legs import Legs, passages

if TYPE_CHECKING:
    from chatui.retrieval.embedding.embedder import Embedder

ROWS_AT_ONCE = 5000
ENGLISH, MULTILINGUAL = "MiniLM", "multilingual"
"""The names of the legs."""


class OneModelLegs:
    """The vectors of a collection, read once, and each model's part of them."""

    def __init__(self, library: Library, embedder: Embedder, collection: str) -> None:
        self._library = library
        self._pair = embedder if isinstance(embedder, EmbedderPair) else None
        self._collection = collection
        self._ids: list[str] = []
        self._parts: dict[str, Any] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """None where there is one model: then it is the dense leg itself."""
        return (ENGLISH, MULTILINGUAL) if self._pair is not None else ()

    async def load(self) -> None:
        """Raises NoSuchCollection, LibraryFailed."""
        if self._pair is None:
            return
        row = await self._library.collection(self._collection)
        first = await self._pair.english.dimensions()
        size = 4 * await self._pair.dimensions()
        found: list[bytes] = []
        after = 0
        while rows := await self._library.indexed_after(
            row.id, row.fingerprint, after, ROWS_AT_ONCE
        ):
            after = rows[-1][0]
            for _, chunk_id, _, vectors in rows:
                if len(vectors) % size:
                    continue
                self._ids += [chunk_id] * (len(vectors) // size)
                found.append(vectors)
        self._parts = await asyncio.to_thread(_parted, b"".join(found), size // 4, first)

    async def search(self, question: str, k: int) -> dict[str, tuple[Passage, ...]]:
        """The best passages by leg; none of a model that has not read the texts."""
        if self._pair is None:
            return {}
        ask: dict[str, Callable[[str], Awaitable[bytes]]] = {
            ENGLISH: self._pair.english.embed_query,
            MULTILINGUAL: self._pair.universal.embed_query,
        }
        found = {}
        for name, embed in ask.items():
            vector = await embed(question)
            best = await asyncio.to_thread(_nearest, self._parts.get(name), vector, 4 * k)
            found[name] = await self._shown([(self._ids[at], score) for at, score in best], k)
        return found

    async def _shown(self, nearest: Sequence[tuple[str, float]], k: int) -> tuple[Passage, ...]:
        scores: dict[str, float] = {}
        for chunk_id, score in nearest:
            scores[chunk_id] = max(score, scores.get(chunk_id, score))
        ranking = ranked(scores)[:k]
        chunks = await self._library.chunks([chunk_id for chunk_id, _ in ranking])
        rows = [chunks[chunk_id] for chunk_id, _ in ranking if chunk_id in chunks]
        return passages(rows, scores, Legs(dense=ranking), self._collection)


def _parted(vectors: bytes, dimensions: int, first: int) -> dict[str, Any]:
    """Each model's part of all vectors, of length 1; texts that a model has not read are 0."""
    import numpy as np

    matrix = np.frombuffer(vectors, dtype="<f4").reshape(-1, dimensions)

    def unit(part: Any) -> Any:
        lengths = np.linalg.norm(part, axis=1, keepdims=True)
        return np.divide(part, lengths, out=np.zeros_like(part), where=lengths > 0)

    return {ENGLISH: unit(matrix[:, :first]), MULTILINGUAL: unit(matrix[:, first:-1])}


def _nearest(part: Any, vector: bytes, count: int) -> list[tuple[int, float]]:
    import numpy as np

    if part is None or not len(part):
        return []
    scores = part @ np.frombuffer(vector, dtype="<f4")
    count = min(count, len(scores))
    best = np.argpartition(-scores, count - 1)[:count]
    return [(int(at), float(scores[at])) for at in best if scores[at] > 0]
