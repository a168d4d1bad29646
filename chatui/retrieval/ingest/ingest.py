"""Ingest: files become chunks with vectors in a collection; what did not change costs nothing.

Files are read and committed one by one while the chunks of earlier ones are embedded and
indexed. Whatever is committed stays, and the next ingest takes up what is left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from chatui.cost.charges import charging
from chatui.retrieval.embedding.embedder import Embedder
from chatui.retrieval.index.vectors import VectorIndex
from chatui.retrieval.ingest.indexing import Indexer
from chatui.retrieval.ingest.intake import Intake, Recipe
from chatui.retrieval.ingest.reading import READING, ReadingLimits, ReadingPool
from chatui.retrieval.ingest.report import IngestProgress, IngestReport
from chatui.retrieval.ingest.run import IngestRun
from chatui.retrieval.ingest.under_way import IngestsUnderWay
from chatui.retrieval.ingest.walk import find_files
from chatui.retrieval.library.library import Library

PROGRESS_SECONDS = 0.1
KEEP_VECTORS_SECONDS = 7 * 24 * 3600.0
"""How long vectors outlive their texts: files come back with the next checkout, and models
are changed back. No text can be read from them."""


class Ingestor:
    """`jobs` reader processes, 0 for one per processor (four at most). `on_report` is told what
    came of each run. `under_way` tells who asks which collections are being read in."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        vectors: VectorIndex,
        *,
        limits: ReadingLimits = ReadingLimits(),  # noqa: B008 - a frozen value
        jobs: int = 0,
        log: Path | None = None,
        on_report: Callable[[IngestReport], None] | None = None,
        under_way: IngestsUnderWay | None = None,
    ) -> None:
        self.under_way = under_way or IngestsUnderWay(library)
        self._library = library
        self._embedder = embedder
        self._indexer = Indexer(library, embedder, vectors)
        self._limits = limits
        self._jobs = jobs
        self._log = log
        self._on_report = on_report

    async def run(
        self,
        paths: Sequence[Path],
        *,
        collection: str,
        prune: bool = True,
        jobs: int | None = None,
    ) -> AsyncIterator[IngestProgress | IngestReport]:
        """Yields progress several times a second and the report at the end.

        Closing the iterator ends it early. Raises UsageError for a path that does not exist
        or a bad collection name, before anything is written; EmbedderFailed, RetrievalError.
        A file that cannot be read is in the report.
        """
        started = time.monotonic()
        found = await asyncio.to_thread(find_files, paths)
        row = await self._library.ensure_collection(collection)
        known = await self._library.files(row.id)
        report = IngestReport(collection, ocr_missing=self._limits.ocr == "missing")
        if found.files or known:
            first = not await self._library.count_chunks(row.id)
            async with self.under_way.running(row, len(found.files), first=first) as note:
                with charging(report.charge):
                    recipe = await self._recipe()
                intake = Intake(row, known, recipe, self._limits, self._library, report)
                pool = ReadingPool(
                    self._limits,
                    self._jobs if jobs is None else jobs,
                    self._log,
                    await self._embedder.tokenizer_file() if self._limits.chunk_tokens else None,
                )
                # The one-time preparation of the model is over: the pace is that of the files.
                run = IngestRun(self._library, self._indexer, pool, intake, time.monotonic())
                with charging(report.charge):
                    work = asyncio.create_task(run.finish(found, prune=prune))
                try:
                    while not work.done():
                        await asyncio.wait([work], timeout=PROGRESS_SECONDS)
                        note(run.progress())
                        yield run.progress()
                    await work
                finally:
                    work.cancel()
                    await asyncio.wait([work])
            await self._tidy(changed=bool(report.chunks_added or report.chunks_removed))
        for kind, left_out in (("skipped", found.skipped), ("failed", found.failed)):
            for item in left_out:
                report.note(kind, item.source, item.reason)
        report.seen = len(found.files) + len(found.skipped) + len(found.failed)
        report.chunks_total = await self._library.count_chunks(row.id)
        report.seconds = time.monotonic() - started
        if self._on_report is not None:
            self._on_report(report)
        yield report

    async def _tidy(self, *, changed: bool) -> None:
        now = time.time()
        if changed:
            await self._library.note_unused_vectors(now)
        await self._library.forget_unused_vectors(now - KEEP_VECTORS_SECONDS)
        await self._library.scrub()

    async def _recipe(self) -> Recipe:
        fingerprint = await self._embedder.fingerprint()
        limits = self._limits
        if limits.chunk_tokens:
            done = f"{READING}/{limits.chunk_tokens}/{fingerprint}"
        else:
            done = f"{READING}/{limits.passage_characters}c"
        return Recipe(done, f"{done}/{limits.seconds_per_file:g}", limits.ocr)
