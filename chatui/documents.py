"""The documents' side of the composition: all that `ingest`, `search` and `collections` need.

It stands apart from `bootstrap` because a search from the shell must not pay for the chat.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.closing import Closing
from chatui.config import Config
from chatui.document_backends import OnPreparation, OnWarning, choose_embedder, choose_index
from chatui.paths import Paths
from chatui.retrieval.embedder import WorkerEmbedder
from chatui.retrieval.ingest import Ingestor
from chatui.retrieval.library import Library
from chatui.retrieval.reading import ReadingLimits
from chatui.retrieval.reranker import WorkerReranker
from chatui.retrieval.retriever import Retriever
from chatui.retrieval.upkeep import Upkeep
from chatui.retrieval.vectors import ChromaIndex

if TYPE_CHECKING:
    from chatui.retrieval.chroma_server import ChromaServerIndex
    from chatui.retrieval.embedder_endpoint import EndpointEmbedder


@dataclass(frozen=True, slots=True)
class Documents(Closing):
    """What ingests and finds documents."""

    library: Library
    embedder: WorkerEmbedder | EndpointEmbedder
    index: ChromaIndex | ChromaServerIndex
    retriever: Retriever
    ingestor: Ingestor
    upkeep: Upkeep
    reranker: WorkerReranker | None = None

    async def warm(self, collection: str) -> None:
        """Starts the children, when there is something to look for in the collection."""
        infos = await self.library.collections()
        if any(info.name == collection and info.chunks for info in infos):
            if self.reranker is not None:
                self.reranker.wake()
            await asyncio.gather(self.embedder.start(), self.index.start())

    async def close(self) -> None:
        if self.reranker is not None:
            await self.reranker.close()
        await asyncio.gather(self.embedder.close(), self.index.close())
        await self.library.close()


def open_documents(
    config: Config,
    paths: Paths,
    on_preparation: OnPreparation | None = None,
    on_warning: OnWarning | None = None,
) -> Documents:
    """Opens nothing yet: the library, the children and the connections start with their
    first call. `on_warning` gets sentences about what a search has to do without. Raises
    ConfigError."""
    library = Library(paths.library)
    embedder = choose_embedder(config, paths, on_preparation, on_warning)
    index = choose_index(config, paths, library)
    reranker = choose_reranker(config, paths, on_warning)
    limits = ReadingLimits(
        seconds_per_file=config.ingest.seconds_per_file,
        memory_mb_per_file=config.ingest.memory_mb_per_file,
        max_file_mb=config.ingest.max_file_mb,
        chunk_tokens=config.ingest.chunk_tokens,
    )
    return Documents(
        library,
        embedder,
        index,
        Retriever(
            library,
            embedder,
            index,
            candidates=config.retrieval.candidates,
            dense_weight=config.retrieval.dense_weight,
            diversity=config.retrieval.diversity,
            neighbours=config.retrieval.neighbours,
            reranker=reranker,
            reranked=config.retrieval.reranker.candidates,
            on_warning=on_warning,
        ),
        Ingestor(
            library,
            embedder,
            index,
            limits=limits,
            jobs=config.ingest.jobs,
            log=paths.log,
        ),
        Upkeep(library, embedder, index),
        reranker,
    )


def choose_reranker(
    config: Config, paths: Paths, on_warning: OnWarning | None
) -> WorkerReranker | None:
    model = config.retrieval.reranker.model
    return WorkerReranker(model, log=paths.log, on_failure=on_warning) if model else None
