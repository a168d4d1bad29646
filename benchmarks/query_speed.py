"""How long a question takes at 20,000 chunks once everything is warm, and where it goes.

    python benchmarks/query_speed.py [--chunks 20000] [--seed 1]

Target: hybrid p50 <= 15 ms, the question's embedding by both models included. Text and questions
are made of English words; a chunk has two windows, whose vectors are random projections of their
words, put into the real library and the real index. Beside it, in the same run: the models, Chroma
and FTS5 called directly, in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy

from benchmarks.processor import instructions
from chatui.config.paths import resolve
from chatui.retrieval.chunking.document import Chunk
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.embedding.source import UNIVERSAL
from chatui.retrieval.index.marks import chroma_name
from chatui.retrieval.index.vectors import ChromaIndex
from chatui.retrieval.ingest.indexing import Indexer
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow
from chatui.retrieval.library.schema import open_database
from chatui.retrieval.library.tables.files import FileState, text_hash
from chatui.retrieval.search.dense_leg import WINDOWS_PER_CHUNK
from chatui.retrieval.search.retriever import Retriever

MODEL = "all-MiniLM-L6-v2"
COLLECTION = "benchmark"
CHUNKS_PER_FILE = 20
WORDS_PER_CHUNK = 190
QUESTIONS = 60
WARM = 5
CANDIDATES = 50
PASSAGES = 8
BARE = ("bare model", "bare second", "bare chroma", "bare fts5")


class Text:
    """Words by their frequency in the reference that comes with Python, each with a random
    direction: the vector of a chunk is the sum of its words' directions."""

    def __init__(self, seed: int, dimensions: int) -> None:
        counts = Counter(re.findall("[a-z]+", " ".join(topics.values()).lower()))
        self._random = random.Random(seed)
        self._words, self._weights = list(counts), list(counts.values())
        directions = numpy.random.default_rng(seed).normal(size=(len(counts), dimensions))
        self._directions = dict(zip(self._words, directions, strict=True))

    def words(self, count: int) -> list[str]:
        return self._random.choices(self._words, self._weights, k=count)

    def rare(self) -> str:
        return str(self._random.choice(self._words))

    def question(self) -> str:
        return f"how does {self.rare()} {' '.join(self.words(5))} with {self.rare()}?"

    def vector(self, words: list[str]) -> bytes:
        total = sum(self._directions[word] for word in words)
        vector: bytes = (total / numpy.linalg.norm(total)).astype("<f4").tobytes()
        return vector


def chunk(number: int, words: list[str]) -> Chunk:
    return Chunk(
        text=" ".join(words),
        prefix=f"Page {number // CHUNKS_PER_FILE} › Part {number % CHUNKS_PER_FILE}",
        heading=f"Part {number % CHUNKS_PER_FILE}",
        page=None,
        char_start=0,
        char_end=0,
        line_start=1,
        line_end=1,
    )


async def fill(
    library: Library, row: CollectionRow, fingerprint: str, text: Text, chunks: int
) -> None:
    for first in range(0, chunks, CHUNKS_PER_FILE):
        made: list[Chunk] = []
        vectors: list[tuple[bytes, bytes]] = []
        for number in range(first, min(chunks, first + CHUNKS_PER_FILE)):
            words = text.words(WORDS_PER_CHUNK)
            made.append(chunk(number, words))
            half = len(words) // 2
            both = text.vector(words[:half]) + text.vector(words[half:])
            vectors.append((text_hash(made[-1].indexed_text), both))
        path = f"/docs/page-{first}.md"
        state = FileState(path, path, 1, 1, str(first), "benchmark", "read", title="Page")
        await library.put_file(row.id, state, made)
        await library.save_vectors(fingerprint, vectors)


def bare_chroma(folder: Path) -> Callable[[bytes], object]:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    index = client.get_collection(chroma_name(COLLECTION), embedding_function=None)

    def query(vector: bytes) -> object:
        numbers = numpy.frombuffer(vector, "<f4").reshape(1, -1)
        wanted = CANDIDATES * WINDOWS_PER_CHUNK[0]
        return index.query(query_embeddings=numbers, n_results=wanted, include=["distances"])

    return query


def bare_words(library: Path) -> Callable[[str], object]:
    db = open_database(library)
    statement = (
        "SELECT rowid, rank FROM chunk_words WHERE chunk_words MATCH ? ORDER BY rank LIMIT ?"
    )

    def query(question: str) -> object:
        return db.execute(statement, (any_word(question), CANDIDATES)).fetchall()

    return query


def any_word(question: str) -> str:
    return " OR ".join(f'"{word}"' for word in re.findall("[a-z]{4,}", question))


class Clock:
    """Milliseconds by name."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = defaultdict(list)

    async def waited(self, name: str, work: Awaitable[Any]) -> Any:
        start = time.perf_counter()
        value = await work
        self.taken[name].append(1000 * (time.perf_counter() - start))
        return value

    def called(self, name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        value = work()
        self.taken[name].append(1000 * (time.perf_counter() - start))
        return value

    def lines(self) -> Iterator[str]:
        for name, taken in self.taken.items():
            warm = sorted(taken[WARM:])
            p95 = warm[int(0.95 * (len(warm) - 1))]
            yield f"{name:14} p50 {statistics.median(warm):6.1f} ms   p95 {p95:6.1f} ms"

    def median(self, name: str) -> float:
        return statistics.median(self.taken[name][WARM:])


async def measure(data: Path, chunks: int, seed: int) -> None:
    from chatui.retrieval.embedding.service import OnnxEmbedder

    library = Library(data / "library.db")
    cache = resolve().embedders
    single = [WorkerEmbedder(name, cache) for name in (MODEL, UNIVERSAL)]
    embedder = EmbedderPair(*single)
    vectors = ChromaIndex(data / "vectors")
    fingerprint = await embedder.fingerprint()
    text = Text(seed, await embedder.dimensions())
    row = await library.ensure_collection(COLLECTION)
    indexer = Indexer(library, embedder, vectors)
    await indexer.adopt_model(row)
    await fill(library, row, fingerprint, text, chunks)
    while await indexer.step(row):
        pass
    retriever = Retriever(library, embedder, vectors)
    files = [await one.tokenizer_file() for one in single]
    models = [OnnxEmbedder(str(tokenizer.parent)) for tokenizer, _ in files]
    chroma, words = bare_chroma(data / "vectors"), bare_words(data / "library.db")
    clock = Clock()
    for _ in range(WARM + QUESTIONS):
        asked = text.question()
        # A blank keeps the search behind it from finding the vector made.
        vector = await clock.waited("embed", embedder.embed_query(f"{asked} "))
        await clock.waited(
            "dense", vectors.query(COLLECTION, vector, CANDIDATES * WINDOWS_PER_CHUNK[0])
        )
        await clock.waited("lexical", library.search_words(row.id, asked, CANDIDATES))
        await clock.waited("hybrid", retriever.search(asked, collection=COLLECTION, k=PASSAGES))
        for name, model in zip(("bare model", "bare second"), models, strict=True):
            clock.called(name, partial(model.embed, [asked], "query"))
        clock.called("bare chroma", partial(chroma, vector))
        clock.called("bare fts5", partial(words, asked))
    for part in (library, embedder, vectors):
        await part.close()
    print(f"{chunks:,} chunks, load {os.getloadavg()[0]:.1f}; {instructions()}")
    print("\n".join(clock.lines()))
    bare = sum(clock.median(name) for name in BARE)
    whole = clock.median("hybrid")
    print(f"hybrid {whole:.1f} ms, bare parts {bare:.1f} ms: {whole / bare:.2f}x (target <= 15 ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(measure(Path(data), options.chunks, options.seed))


if __name__ == "__main__":
    main()
