"""The documents' side of the composition: all that `ingest`, `search` and `collections` need.

It stands apart from `bootstrap` because a search from the shell must not pay for the chat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from chatui.closing import Closing
from chatui.config import Config
from chatui.paths import Paths
from chatui.retrieval.embedder import Preparation, WorkerEmbedder
from chatui.retrieval.ingest import Ingestor
from chatui.retrieval.library import Library
from chatui.retrieval.reading import ReadingLimits
from chatui.retrieval.retriever import Retriever
from chatui.retrieval.upkeep import Upkeep
from chatui.retrieval.vectors import ChromaIndex

OnPreparation = Callable[[Preparation], None]


@dataclass(frozen=True, slots=True)
class Documents(Closing):
    """What ingests and finds documents."""

    library: Library
    embedder: WorkerEmbedder
    index: ChromaIndex
    retriever: Retriever
    ingestor: Ingestor
    upkeep: Upkeep

    async def warm(self, collection: str) -> None:
        """Starts the children, when there is something to look for in the collection."""
        infos = await self.library.collections()
        if any(info.name == collection and info.chunks for info in infos):
            await asyncio.gather(self.embedder.start(), self.index.start())

    async def close(self) -> None:
        await asyncio.gather(self.embedder.close(), self.index.close())
        await self.library.close()


def open_documents(
    config: Config, paths: Paths, on_preparation: OnPreparation | None = None
) -> Documents:
    """Opens nothing yet: the library and the children start with their first call."""
    library = Library(paths.library)
    embedder = WorkerEmbedder(
        config.retrieval.embedder.model,
        paths.embedders,
        runtime=config.retrieval.embedder.runtime,
        log=paths.log,
        on_progress=on_preparation,
    )
    index = ChromaIndex(paths.vectors, log=paths.log)
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
    )
