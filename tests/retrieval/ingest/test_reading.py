"""The pool of reading processes, with files that do them harm."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from chatui.retrieval.ingest.reading import ReadingLimits, ReadingPool
from tests.retrieval.tiny_pdf import make_pdf


@asynccontextmanager
async def reading(limits: ReadingLimits, jobs: int = 1) -> AsyncIterator[ReadingPool]:
    pool = ReadingPool(limits, jobs)
    try:
        yield pool
    finally:
        await pool.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


async def test_files_come_back_as_chunks_or_with_a_reason(
    write: Callable[[str, bytes], Path],
) -> None:
    async with reading(ReadingLimits()) as pool:
        note = await pool.read(write("a.md", b"# Rivers\n\nThe river rose.\n"), "")
        paper = await pool.read(write("b.pdf", make_pdf([[], ["On page two."]])), "")
        again = await pool.read(write("a.md", b"# Rivers\n\nThe river rose.\n"), note.sha256)
        picture = await pool.read(write("c.md", b"\x89PNG\r\n\x1a\n\0"), "")
        blank = await pool.read(write("d.md", b"\n"), "")
        secret = await pool.read(write("e.pdf", make_pdf([["x"]], protected=True)), "")
        absent = await pool.read(Path("/nowhere/f.md"), "")

    (chunk,) = note.chunks
    assert (note.outcome, note.title, chunk.heading) == ("read", "Rivers", "Rivers")
    assert [(c.text, c.page) for c in paper.chunks] == [("On page two.", 2)]
    assert (again.outcome, again.chunks) == ("unchanged", ())
    assert (picture.outcome, picture.reason) == ("skipped", "a picture")
    assert (blank.outcome, blank.reason) == ("empty", "it holds no text")
    assert (secret.outcome, secret.reason) == ("failed", "it is protected by a password")
    assert (absent.outcome, absent.lasting) == ("failed", False)
    assert absent.reason == "it could not be opened: No such file or directory"


@asynccontextmanager
async def held(pool: ReadingPool, first: Path) -> AsyncIterator[psutil.Process]:
    """The process that has read the first file and then stands still, as one that hangs."""
    before = set(psutil.Process().children())
    await pool.read(first, "")
    (child,) = set(psutil.Process().children()) - before
    child.suspend()
    yield child


async def test_a_file_that_takes_too_long_costs_only_itself(
    write: Callable[[str, bytes], Path],
) -> None:
    async with (
        reading(ReadingLimits(seconds_per_file=3)) as pool,
        held(pool, write("first.md", b"words")),
    ):
        stuck = await pool.read(write("stuck.md", b"words"), "")
        following = await pool.read(write("a.md", b"words"), "")

    assert (stuck.outcome, stuck.lasting) == ("failed", True)
    assert stuck.reason == "reading it took more than 3 seconds"
    assert following.outcome == "read"


async def test_pages_that_are_recognised_are_told_one_by_one(
    write: Callable[[str, bytes], Path],
) -> None:
    from tests.retrieval.scans import scan

    seen: list[tuple[int, int]] = []
    pages = [[f"Page {n} of the report"] for n in range(3)]
    async with reading(ReadingLimits(ocr="on")) as pool:
        read = await pool.read(
            write("scan.pdf", scan(pages)), "", on_pages=lambda *at: seen.append(at)
        )

    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [(chunk.page, chunk.ocr) for chunk in read.chunks] == [(1, True), (2, True), (3, True)]
    assert (read.recognised, read.blind) == (True, False)


async def test_a_page_that_takes_too_much_memory_costs_only_its_file(
    write: Callable[[str, bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.retrieval.scans import scan

    monkeypatch.setattr("chatui.retrieval.ingest.reading.RECOGNISING_MB", 0)
    async with reading(ReadingLimits(ocr="on", memory_mb_per_file=64)) as pool:
        failed = await pool.read(write("scan.pdf", scan([["Words"]])), "")
        following = await pool.read(write("a.md", b"words"), "")

    assert failed.reason in {
        "reading it takes more than 64 MB of memory",
        "the reading process crashed on it",
    }
    assert following.outcome == "read"


async def test_a_crash_costs_only_the_file_that_was_being_read(
    write: Callable[[str, bytes], Path],
) -> None:
    async with (
        reading(ReadingLimits()) as pool,
        held(pool, write("first.md", b"words")) as child,
    ):
        call = asyncio.create_task(pool.read(write("stuck.md", b"words"), ""))
        await asyncio.sleep(0)
        child.kill()
        crashed = await call
        following = await pool.read(write("a.md", b"words"), "")

    assert (crashed.outcome, crashed.lasting) == ("failed", False)
    assert crashed.reason == "the reading process crashed on it"
    assert following.outcome == "read"


async def test_a_pipe_that_took_a_files_place_is_skipped_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    async with reading(ReadingLimits()) as pool:
        pipe = await pool.read(tmp_path / "pipe.md", "")
        device = await pool.read(Path("/dev/zero"), "")

    assert (pipe.outcome, pipe.reason) == ("skipped", "not a regular file")
    assert device == pipe


async def test_a_file_that_takes_too_much_memory_costs_only_itself(
    write: Callable[[str, bytes], Path],
) -> None:
    huge = write("huge.txt", b"")
    os.truncate(huge, 400 << 20)
    async with reading(ReadingLimits(memory_mb_per_file=384)) as pool:
        failed = await pool.read(huge, "")
        following = await pool.read(write("a.md", b"words"), "")

    assert failed.reason == "reading it takes more than 384 MB of memory"
    assert following.outcome == "read"


async def test_several_files_are_read_at_a_time(write: Callable[[str, bytes], Path]) -> None:
    before = set(psutil.Process().children())
    async with reading(ReadingLimits(), jobs=2) as pool:
        files = [write(f"{n}.md", b"words %d" % n) for n in range(6)]
        results = await asyncio.gather(*(pool.read(file, "") for file in files))
        children = set(psutil.Process().children()) - before

    assert [result.chunks[0].text for result in results] == [f"words {n}" for n in range(6)]
    assert len(children) == 2
