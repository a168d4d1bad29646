"""One ingest under way: readers and the indexing side by side, and how far they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any

from chatui.domain.errors import IndexDamaged, WorkerDied
from chatui.retrieval.ingest.indexing import Indexer
from chatui.retrieval.ingest.intake import Intake
from chatui.retrieval.ingest.reading import ReadingPool
from chatui.retrieval.ingest.report import IngestProgress, PagesUnderWay
from chatui.retrieval.ingest.time_left import ForeseenChunks, PaceOfBatches
from chatui.retrieval.ingest.walk import Findings, FoundFile
from chatui.retrieval.library.library import Library


class IngestRun:
    def __init__(
        self,
        library: Library,
        indexer: Indexer,
        pool: ReadingPool,
        intake: Intake,
        started: float,
    ) -> None:
        self._library = library
        self._indexer = indexer
        self._pool = pool
        self._intake = intake
        self._collection = intake.collection
        self._started = started
        self._files_done = self._files_total = 0
        self._chunks_read = self._waiting = 0
        self._current = ""
        self._looked_at: dict[str, PagesUnderWay] = {}
        self._all_read = False
        self._foreseen: ForeseenChunks | None = None
        self._pace = PaceOfBatches()
        self._ahead = 0.0
        """By how much more of the texts of a step are done than of the work that they are: those
        of a step are embedded from the shortest to the longest."""
        self._news = asyncio.Event()

    def progress(self) -> IngestProgress:
        now = time.monotonic()
        done = max(0, self._chunks_read - self._waiting)
        told = [one.told(now) for one in self._looked_at.values()]
        # Of several, that which will be busy longest.
        pages = max(told, key=lambda one: one.seconds_left or 0.0, default=None)
        return IngestProgress(
            files_done=self._files_done,
            files_total=self._files_total,
            chunks_done=done,
            chunks_total=self._chunks_read if self._all_read else None,
            current=self._current,
            seconds=now - self._started,
            seconds_left=self._seconds_left(now),
            pages=pages,
        )

    def _seconds_left(self, now: float) -> float | None:
        """What the chunks still take; None while there is nothing to tell it by."""
        foreseen = self._foreseen.left() if self._foreseen is not None else None
        if foreseen is None:
            return None
        return self._pace.left(now, max(0.0, self._waiting + self._ahead) + foreseen)

    async def finish(self, found: Findings, *, prune: bool) -> None:
        self._files_total = len(found.files)
        self._waiting = self._chunks_read = await self._indexer.waiting(self._collection)
        try:
            await together(self._take_in(found, prune), self._index())
        finally:
            await self._pool.close()

    async def _take_in(self, found: Findings, prune: bool) -> None:
        self._intake.report.words_renewed = await self._library.renew_words()
        await self._intake.follow_moves(found)
        changed: list[FoundFile] = []
        for file in found.files.values():
            if await self._intake.pass_over(file):
                self._files_done += 1
            else:
                changed.append(file)
        self._foreseen = ForeseenChunks((kind(file), file.size) for file in changed)
        files = iter(changed)
        readers = min(self._pool.jobs, len(changed))
        await together(*(self._read(files, readers) for _ in range(readers)))
        if prune:
            await self._intake.remove_vanished(found)
        self._all_read = True
        self._news.set()

    async def _read(self, files: Iterator[FoundFile], readers: int) -> None:
        for file in files:
            result = await self._pool.read(
                file.path,
                self._intake.known_sha256(file),
                readers=readers,
                on_pages=partial(self._count_pages, file.source),
            )
            self._looked_at.pop(file.source, None)
            change = await self._intake.settle(file, result)
            self._files_done += 1
            if self._foreseen is not None:
                self._foreseen.read(kind(file), file.size, change.added)
            self._current = file.source
            self._chunks_read += change.added
            self._waiting += change.added
            self._news.set()

    async def _index(self) -> None:
        """Embeds and indexes what is committed, until all files are read and nothing is left."""
        await self._indexer.adopt_model(self._collection)
        await self._mend()
        while True:
            self._news.clear()
            all_read = self._all_read
            if await self._library.index_is_behind(self._collection.id):
                busy = await self._step(flush=all_read)
                self._waiting, self._ahead = await self._indexer.waiting(self._collection), 0.0
                if busy:
                    continue
            if all_read:
                return
            await self._news.wait()

    async def _step(self, *, flush: bool) -> bool:
        try:
            return await self._indexer.step(
                self._collection, flush=flush, on_embedded=self._count_embedded
            )
        except (IndexDamaged, WorkerDied):
            # Killed in the middle, or its files cannot be used: once more from the beginning.
            if self._intake.report.index_renewed or not await self._mend():
                raise
            return True

    async def _mend(self) -> bool:
        renewed = await self._indexer.empty_unfinished(self._collection)
        self._intake.report.index_renewed |= renewed
        return renewed

    def _count_pages(self, source: str, done: int, total: int) -> None:
        under_way = self._looked_at.get(source)
        if under_way is None:
            under_way = self._looked_at[source] = PagesUnderWay(source, time.monotonic())
        under_way.come_to(done, total, time.monotonic())

    def _count_embedded(self, texts: int, work: float) -> None:
        self._intake.report.embedded += texts
        # Chunks of the same text are taken off when the step is done.
        self._waiting -= texts
        self._ahead += texts - work
        self._pace.did(time.monotonic(), work)


def kind(file: FoundFile) -> str:
    """Files of one suffix hold about as much text a byte."""
    return file.path.suffix.lower()


async def together(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Runs all to their end; the first failure ends the others and is raised."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
