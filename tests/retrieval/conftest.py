"""One embedding process and one Chroma for all tests of documents: they take long to start.

Every test has a library and a collection of its own. Tests that use these fixtures run in the
session's event loop, which the processes belong to.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.domain.errors import RetrievalError
from chatui.retrieval.embedding.embedder import Embedder, WorkerEmbedder
from chatui.retrieval.index.vectors import ChromaIndex, VectorIndex
from chatui.retrieval.ingest.ingest import Ingestor
from chatui.retrieval.ingest.reading import ReadingLimits
from chatui.retrieval.ingest.report import IngestReport
from chatui.retrieval.library.library import Library
from chatui.retrieval.search.retriever import Retriever
from chatui.retrieval.upkeep import Upkeep


@dataclass(slots=True)
class Shelf:
    """A library with the services around it, and a folder of documents."""

    library: Library
    embedder: Embedder
    vectors: VectorIndex
    folder: Path
    collection: str
    limits: ReadingLimits = field(default_factory=ReadingLimits)

    @property
    def retriever(self) -> Retriever:
        return Retriever(self.library, self.embedder, self.vectors)

    @property
    def upkeep(self) -> Upkeep:
        return Upkeep(self.library, self.embedder, self.vectors)

    @property
    def ingestor(self) -> Ingestor:
        return Ingestor(self.library, self.embedder, self.vectors, limits=self.limits, jobs=1)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    async def ingest(self, *paths: Path, prune: bool = True) -> IngestReport:
        """Runs an ingest of the folder, or of these paths, to its end."""
        wanted = paths or (self.folder,)
        run = self.ingestor.run(wanted, collection=self.collection, prune=prune)
        events = [event async for event in run]
        report = events[-1]
        assert isinstance(report, IngestReport)
        return report


class NoModel:
    """Knows what the prepared model is, as the cache does, but has no process to run it."""

    def __init__(self, shelf: Shelf) -> None:
        self.fingerprint = shelf.embedder.fingerprint
        self.tokenizer_file = shelf.embedder.tokenizer_file
        self.dimensions = shelf.embedder.dimensions
        self.close = shelf.embedder.close

    async def embed_documents(self, texts: Sequence[str]) -> list[bytes]:
        raise RetrievalError("no texts should be embedded")

    async def embed_query(self, text: str) -> bytes:
        raise RetrievalError("no query should be embedded")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_embedder(embedder_cache: Path) -> AsyncIterator[WorkerEmbedder]:
    made = WorkerEmbedder("all-MiniLM-L6-v2", embedder_cache)
    yield made
    await made.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_vectors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChromaIndex]:
    made = ChromaIndex(tmp_path_factory.mktemp("shelf") / "vectors")
    yield made
    await made.close()


_numbers = itertools.count(1)


@pytest_asyncio.fixture(loop_scope="session")
async def shelf(
    tmp_path: Path, shared_embedder: WorkerEmbedder, shared_vectors: ChromaIndex
) -> AsyncIterator[Shelf]:
    folder = tmp_path / "docs"
    folder.mkdir()
    library = Library(tmp_path / "library.db")
    yield Shelf(library, shared_embedder, shared_vectors, folder, f"shelf-{next(_numbers)}")
    await library.close()
