"""A watched folder: what changes in it is in the collection a moment later."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from chatui.domain.errors import RetrievalError, UsageError
from chatui.retrieval.ingest import following
from chatui.retrieval.ingest.following import Event, Trouble, follow
from chatui.retrieval.ingest.report import IngestProgress, IngestReport
from tests.patience import PATIENCE
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Rounds:
    """What a watch tells, without the progress."""

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._events = events

    async def next(self) -> IngestReport | Trouble:
        async with asyncio.timeout(PATIENCE):
            async for event in self._events:
                if not isinstance(event, IngestProgress):
                    return event
        raise AssertionError("the watch has ended")

    async def report(self) -> IngestReport:
        event = await self.next()
        assert isinstance(event, IngestReport), event
        return event


@asynccontextmanager
async def watching(shelf: Shelf, *paths: Path) -> AsyncIterator[Rounds]:
    events = follow(
        partial(shelf.ingestor.run, collection=shelf.collection), paths or [shelf.folder]
    )
    async with aclosing(events):
        yield Rounds(events)


def note(number: int) -> str:
    return f"# Note {number}\n\nIt says {number}.\n"


async def test_files_that_come_change_and_go_are_followed(shelf: Shelf) -> None:
    path = shelf.write("a.md", note(1))
    async with watching(shelf) as rounds:
        assert (await rounds.report()).added == 1
        shelf.write("deep/down/b.md", note(2))
        assert (await rounds.report()).added == 1
        path.write_text(note(3))
        assert (await rounds.report()).updated == 1
        path.unlink()
        last = await rounds.report()
        assert (last.removed, last.chunks_total) == (1, 1)


async def test_an_editors_atomic_save_is_an_update(shelf: Shelf) -> None:
    path = shelf.write("a.md", note(1))
    async with watching(shelf) as rounds:
        await rounds.report()
        temporary = shelf.write(".a.md.swp", note(2))
        temporary.replace(path)
        report = await rounds.report()
        assert (report.updated, report.added, report.chunks_total) == (1, 0, 1)


async def test_a_burst_of_files_is_one_round(shelf: Shelf) -> None:
    async with watching(shelf) as rounds:
        await rounds.report()
        for number in range(40):
            shelf.write(f"{number}.md", "# The same\n\nAlways the same.\n")
        added = 0
        while added < 40:
            added += (await rounds.report()).added
        assert added == 40


async def test_a_folder_that_is_deleted_and_made_again_is_watched_again(shelf: Shelf) -> None:
    shelf.write("a.md", note(1))
    async with watching(shelf) as rounds:
        await rounds.report()
        shutil.rmtree(shelf.folder)
        gone = await rounds.next()
        while isinstance(gone, IngestReport):  # its last moments may be seen as well
            gone = await rounds.next()
        assert "is gone" in gone.text
        shelf.folder.mkdir()
        shelf.write("b.md", note(2))
        assert (await rounds.report()).chunks_total == 1
        shelf.write("c.md", note(3))
        assert (await rounds.report()).chunks_total == 2


async def test_a_single_file_is_watched_alone(shelf: Shelf) -> None:
    path = shelf.write("a.md", note(1))
    shelf.write("b.md", note(2))
    async with watching(shelf, path) as rounds:
        assert (await rounds.report()).seen == 1
        (shelf.folder / "new").write_text(note(3))
        (shelf.folder / "new").replace(path)
        report = await rounds.report()
        assert (report.seen, report.updated) == (1, 1)


async def test_a_half_written_file_is_named_once_and_read_when_it_is_whole(shelf: Shelf) -> None:
    shelf.write("good.md", note(1))
    async with watching(shelf) as rounds:
        await rounds.report()
        shelf.write("paper.pdf", b"%PDF-1.4 half a download")
        assert [failed.source for failed in (await rounds.report()).failed] == ["paper.pdf"]
        shelf.write("other.md", note(2))
        report = await rounds.report()
        assert (report.added, report.failed) == (1, [])
        (shelf.folder / "paper.pdf").write_text("now it is text")
        assert (await rounds.report()).chunks_total == 3


class FailsOnce:
    """An ingest that fails the second time, as on a full disk."""

    def __init__(self, shelf: Shelf) -> None:
        self._run = partial(shelf.ingestor.run, collection=shelf.collection)
        self._calls = 0

    async def run(self, paths: Sequence[Path]) -> AsyncIterator[IngestProgress | IngestReport]:
        self._calls += 1
        if self._calls == 2:
            raise RetrievalError("the disk is full")
        async for event in self._run(paths):
            yield event


async def test_a_round_that_fails_is_tried_again_by_itself(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "TRY_AGAIN_SECONDS", (0.1,))
    events = follow(FailsOnce(shelf).run, [shelf.folder])
    async with aclosing(events):
        rounds = Rounds(events)
        await rounds.report()
        shelf.write("a.md", note(1))
        assert await rounds.next() == Trouble("the disk is full")
        assert (await rounds.report()).added == 1


async def test_a_path_that_does_not_exist_is_an_error_at_once(shelf: Shelf) -> None:
    async with watching(shelf, shelf.folder / "nowhere") as rounds:
        with pytest.raises(UsageError, match="No such file"):
            await rounds.next()


async def test_without_the_systems_notices_folders_are_compared(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "WATCHFILES_FORCE_POLLING", "1")
    async with watching(shelf) as rounds:
        await rounds.report()
        shelf.write("a.md", note(1))
        assert (await rounds.report()).added == 1
