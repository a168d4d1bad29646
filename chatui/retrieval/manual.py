"""chatui's own manual as a collection of its own, so that it never stands between a user's
documents: read in when it is first needed, and again when its pages have changed. Documents that
the user reads in go before it, unless a question waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.domain.passage import MANUAL
from chatui.system.streams import closed_behind

if TYPE_CHECKING:
    from chatui.retrieval.ingest.ingest import Ingestor
    from chatui.retrieval.library.library import Library

PACKAGE = Path(__file__).parents[1]
READING = "chatui's manual is being read, this once; the answer follows."


def manual_pages() -> list[Path]:
    """The manual inside an installed package, or the checkout's docs/; none without either. The
    examples below it are no part of it: what they say is made up."""
    for folder in (PACKAGE / "data" / "manual", PACKAGE.parent / "docs"):
        if (folder / "first-steps.md").is_file():
            return sorted(folder.glob("*.md"))
    return []


class Manual:
    """`say` gets a sentence when somebody has to wait until it is read for the first time."""

    def __init__(
        self,
        library: Library,
        ingestor: Ingestor,
        pages: Callable[[], Sequence[Path]] | None = None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._library = library
        self._ingestor = ingestor
        self._pages = pages or manual_pages
        self._say = say
        self._reading: asyncio.Task[int] | None = None
        self._wanted = asyncio.Event()
        """Set while a question waits for it."""
        self._waiting = 0
        self.done, self.total = 0, 0
        """How many of its pages have been read, of how many; of 0 before that is known."""

    async def is_read(self) -> bool:
        infos = await self._library.collections()
        return any(info.name == MANUAL and info.chunks and not info.waiting for info in infos)

    async def passages(self) -> int:
        """How many it has, as soon as it is read; once in a session. 0 where that was stopped.
        Raises what an ingest raises; then it is tried again the next time."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        reading = self._reading
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if reading.cancelled() and not (current and current.cancelling()):
                return 0
            raise
        # Whatever ended it is raised again, and who asks next has it read once more.
        except Exception:
            self._reading = None
            raise

    async def ready(self) -> bool:
        """Whether it can be asked, after it was read where it had to be."""
        is_waiting = self._reading is None or not self._reading.done()
        if is_waiting and self._say is not None and not await self.is_read():
            self._say(READING)
        self._waiting += 1
        self._wanted.set()
        try:
            return await self.passages() > 0
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._wanted.clear()

    async def close(self) -> None:
        """Stops reading. What was read stays, and who asks next has the rest read."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])

    async def _read(self) -> int:
        pages = await asyncio.to_thread(self._pages)
        if not pages:
            return 0
        row = await self._library.ensure_collection(MANUAL)
        known = await self._library.files(row.id)
        # Of another version, in another place.
        places = set(map(str, pages))
        gone = [one.id for one in known.values() if one.path not in places]
        if gone:
            await self._library.remove_files(gone)
        while True:
            await self._turn()
            if await self._read_on(pages):
                return await self._library.count_chunks(row.id)

    async def _read_on(self, pages: Sequence[Path]) -> bool:
        """Whether it was read to its end; False where other documents go first. What was read
        stays."""
        from chatui.retrieval.ingest.report import IngestProgress

        run = self._ingestor.run(pages, collection=MANUAL)
        async with closed_behind(run) as events:
            async for event in events:
                if isinstance(event, IngestProgress):
                    self.done, self.total = event.files_done, event.files_total
                if self._gives_way:
                    return False
        return True

    @property
    def _gives_way(self) -> bool:
        return not self._waiting and bool(self._ingestor.under_way.others(MANUAL))

    async def _turn(self) -> None:
        """Waits while it gives way."""
        while self._gives_way:
            others = self._ingestor.under_way.others(MANUAL)
            waits = [asyncio.create_task(one.ended.wait()) for one in others]
            waits.append(asyncio.create_task(self._wanted.wait()))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
                await asyncio.wait(waits)
