"""Which collections are being read in, here and by other processes, and how far that is.

A question may wait for it. What other processes read is known by a lock file for each collection
beside library.db, which its ingest holds to its end, however that comes; the file tells how far.
"""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from chatui.domain.errors import NoSuchCollection
from chatui.retrieval.ingest.report import IngestProgress
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow
from chatui.system.locks import LockFile, is_held
from chatui.text.figures import counted

HOW_FAR = struct.Struct("<QQ?")
"""What stands in the lock file: files that are done, all files, whether it is the first reading."""
POLL_SECONDS = 0.25
"""How often another process's ingest is looked at: it sends no word when it ends."""


@dataclass(slots=True, eq=False)
class IngestUnderWay:
    """One that waits for its turn or runs. `files_total` is 0 before its files are counted.
    `first`: there was nothing in the collection when it began; None before that. `beside`: another
    process has it."""

    collection: str
    files_done: int = 0
    files_total: int = 0
    first: bool | None = None
    beside: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, progress: IngestProgress) -> None:
        self.files_done, self.files_total = progress.files_done, progress.files_total


class IngestsUnderWay:
    """`awaited` are those that questions wait for now."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._here: list[IngestUnderWay] = []
        self._going_on: set[asyncio.Event] = set()
        self.awaited: tuple[IngestUnderWay, ...] = ()

    # By who reads

    def announce(self, collection: str) -> IngestUnderWay:
        """One that will run when it is its turn; it has to be withdrawn."""
        announced = IngestUnderWay(collection)
        self._here.append(announced)
        return announced

    def withdraw(self, announced: IngestUnderWay) -> None:
        if announced in self._here:
            self._here.remove(announced)
        announced.ended.set()

    @contextmanager
    def announced(self, collection: str) -> Iterator[None]:
        announced = self.announce(collection)
        try:
            yield
        finally:
            self.withdraw(announced)

    @asynccontextmanager
    async def running(
        self, row: CollectionRow, files: int, *, first: bool
    ) -> AsyncIterator[Callable[[IngestProgress], None]]:
        """Around an ingest of so many files; what it gives is told how far that is."""
        running = self.announce(row.name)
        running.first = first
        try:
            with LockFile(self._file(row)) as file:
                await file.wait(shared=True)

                def note(progress: IngestProgress) -> None:
                    running.note(progress)
                    told = HOW_FAR.pack(progress.files_done, progress.files_total, first)
                    # A full disk stops the ingest with a sentence of its own.
                    with suppress(OSError):
                        os.pwrite(file.descriptor, told, 0)

                note(IngestProgress(0, files, 0, None, "", 0.0))
                yield note
        finally:
            self.withdraw(running)

    def others(self, collection: str) -> list[IngestUnderWay]:
        """Those of this process into other collections."""
        return [one for one in self._here if one.collection != collection]

    # By who asks

    async def into(self, collection: str) -> list[IngestUnderWay]:
        """Those into the collection; those of other processes are looked for where this one has
        none."""
        here = [one for one in self._here if one.collection == collection]
        if here:
            return here
        beside = await self._beside(collection)
        return [beside] if beside else []

    async def first_into(
        self, under_way: Iterable[IngestUnderWay], is_empty: Callable[[], Awaitable[bool]]
    ) -> list[IngestUnderWay]:
        """Those before which there was nothing to find."""
        empty = await is_empty()
        return [one for one in under_way if (empty if one.first is None else one.first)]

    async def wait(self, wanted: Sequence[IngestUnderWay]) -> bool:
        """Until they have ended; False where `go_on` ended the wait."""
        going_on = asyncio.Event()
        self._going_on.add(going_on)
        self.awaited = (*self.awaited, *wanted)
        waits = [asyncio.create_task(one.ended.wait()) for one in wanted]
        all_ended = asyncio.gather(*waits, *(self._look_beside(one) for one in wanted))
        skipped = asyncio.ensure_future(going_on.wait())
        try:
            await asyncio.wait((all_ended, skipped), return_when=asyncio.FIRST_COMPLETED)
            return not going_on.is_set()
        finally:
            self._going_on.discard(going_on)
            left = list(self.awaited)
            for one in wanted:
                left.remove(one)
            self.awaited = tuple(left)
            all_ended.cancel()
            skipped.cancel()
            await asyncio.gather(all_ended, skipped, return_exceptions=True)

    def go_on(self) -> bool:
        """Whoever waits goes on with what is there; False when nobody does."""
        for waiting in self._going_on:
            waiting.set()
        return bool(self._going_on)

    # Other processes

    def _file(self, row: CollectionRow) -> Path:
        path = self._library.path
        return path.with_name(f"{path.name}-{row.id}.reading")

    async def _beside(self, collection: str) -> IngestUnderWay | None:
        try:
            row = await self._library.collection(collection)
        except NoSuchCollection:
            return None
        return await asyncio.to_thread(self._looked_at, row)

    def _looked_at(self, row: CollectionRow) -> IngestUnderWay | None:
        path = self._file(row)
        if not is_held(path, shared=True):
            return None
        done, total, first = 0, 0, False
        # Gone in this moment, or not written yet.
        with suppress(OSError, struct.error):
            done, total, first = HOW_FAR.unpack(path.read_bytes())
        return IngestUnderWay(row.name, done, total, first, beside=True)

    async def _look_beside(self, one: IngestUnderWay) -> None:
        """Looks at another process's until it has ended."""
        while one.beside and not one.ended.is_set():
            beside = await self._beside(one.collection)
            if beside is None:
                one.ended.set()
            else:
                one.files_done, one.files_total = beside.files_done, beside.files_total
                await asyncio.sleep(POLL_SECONDS)


def told(under_way: Sequence[IngestUnderWay]) -> str:
    """How far they are, as a sentence without its full stop: "Your documents are being read, 3 of
    10 files"."""
    total = sum(one.files_total for one in under_way)
    if not total:
        return "Your documents are being read"
    done = sum(one.files_done for one in under_way)
    files = counted(total, "file")
    return f"Your documents are being read, {done:,} of {files}"
