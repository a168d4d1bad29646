"""Ingest with the real readers, the real model and the real Chroma."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from chatui.domain.errors import RetrievalError, UsageError
from chatui.retrieval.index.vectors import ChromaIndex
from chatui.retrieval.ingest.ingest import Ingestor
from chatui.retrieval.ingest.reading import ReadingLimits
from chatui.retrieval.ingest.report import (
    REWORDED,
    FileNote,
    IngestProgress,
    IngestReport,
    PagesNote,
)
from chatui.retrieval.library.library import Library
from tests.retrieval.conftest import NoModel, Shelf
from tests.retrieval.tiny_pdf import make_pdf

pytestmark = pytest.mark.asyncio(loop_scope="session")

RIVER = "# Rivers\n\nThe river rose for three days.\n"
PRICES = "# Prices\n\nThe price of bread fell.\n"


class Unused:
    """Ports that must not be touched: every use is an error. Only whether a killed process has left
    a mark is looked up, which starts nothing."""

    async def unfinished(self, collection: str) -> bool:
        return False

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was used")


async def texts(shelf: Shelf, query: str, mode: str = "hybrid") -> list[str]:
    assert mode in ("hybrid", "dense", "lexical")
    found = await shelf.retriever.search(
        query,
        collection=shelf.collection,
        k=5,
        mode="dense" if mode == "dense" else "lexical" if mode == "lexical" else "hybrid",
    )
    return [passage.text for passage in found]


async def test_a_folder_becomes_a_searchable_collection(shelf: Shelf) -> None:
    shelf.write("river.md", RIVER)
    shelf.write("sub/prices.txt", "The price of bread fell.")
    shelf.write("paper.pdf", make_pdf([[], ["Glaciers melt slowly."]]))

    report = await shelf.ingest()
    assert report.as_json() | {"seconds": 0} == {
        "files": {
            "seen": 3,
            "added": 3,
            "updated": 0,
            "unchanged": 0,
            "removed": 0,
            "moved": 0,
            "reread": 0,
            "skipped": [],
            "failed": [],
            "empty": [],
            "partial": [],
            "recognised": [],
            "unseen": 1,
        },
        "chunks": {"added": 3, "removed": 0, "total": 3},
        "embedded": 3,
        "index_renewed": False,
        "words_renewed": False,
        "names_heard": False,
        "seconds": 0,
        "collection": shelf.collection,
        "cost": {"amount": "0", "currency": "USD", "price_source": "local"},
    }
    assert (await texts(shelf, "How long did the water climb?", "dense"))[0] == RIVER.strip()
    assert await texts(shelf, "glacier", "lexical") == ["Glaciers melt slowly."]
    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_a_second_run_starts_nothing(shelf: Shelf) -> None:
    shelf.write("river.md", RIVER)
    shelf.write("scan.pdf", make_pdf([[]]))
    shelf.write("secret.pdf", make_pdf([["x"]], protected=True))
    first = await shelf.ingest()
    shelf.embedder = NoModel(shelf)
    shelf.vectors = Unused()  # type: ignore[assignment]  # it has no methods on purpose
    second = await shelf.ingest()

    assert (second.seen, second.unchanged, second.embedded) == (3, 1, 0)
    assert (second.skipped, second.failed) == (first.skipped, first.failed)
    assert first.skipped == [FileNote("scan.pdf", "its pages are pictures without any text")]
    assert first.failed == [FileNote("secret.pdf", "it is protected by a password")]


async def test_a_new_time_alone_embeds_nothing(shelf: Shelf) -> None:
    path = shelf.write("river.md", RIVER)
    await shelf.ingest()
    os.utime(path, ns=(1, 1))
    shelf.embedder = NoModel(shelf)

    assert (await shelf.ingest()).unchanged == 1
    (file,) = (await shelf.library.files(1)).values()
    assert file.mtime_ns == 1


async def test_a_changed_file_is_updated_and_its_old_text_is_gone(shelf: Shelf) -> None:
    shelf.write("note.md", RIVER)
    await shelf.ingest()
    shelf.write("note.md", PRICES)
    report = await shelf.ingest()

    assert (report.updated, report.chunks_added, report.chunks_removed) == (1, 1, 1)
    assert await texts(shelf, "river", "dense") == [PRICES.strip()]
    assert await texts(shelf, "river", "lexical") == []
    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_a_vanished_file_is_removed(shelf: Shelf) -> None:
    shelf.write("river.md", RIVER)
    gone = shelf.write("sub/prices.md", PRICES)
    await shelf.ingest()
    gone.unlink()
    report = await shelf.ingest()

    assert (report.unchanged, report.removed, report.chunks_removed) == (1, 1, 1)
    assert await texts(shelf, "bread", "dense") == [RIVER.strip()]


async def test_a_vanished_file_is_kept_when_asked(shelf: Shelf) -> None:
    gone = shelf.write("prices.md", PRICES)
    await shelf.ingest()
    gone.unlink()

    assert (await shelf.ingest(prune=False)).removed == 0
    assert await texts(shelf, "bread", "lexical") == [PRICES.strip()]


async def test_files_of_other_folders_are_left_alone(shelf: Shelf) -> None:
    one = shelf.write("one/river.md", RIVER).parent
    two = shelf.write("two/prices.md", PRICES).parent
    await shelf.ingest(one)

    report = await shelf.ingest(two)
    assert (report.removed, report.chunks_total) == (0, 2)


async def test_every_file_that_is_not_read_has_its_reason(shelf: Shelf) -> None:
    shelf.limits = ReadingLimits(max_file_mb=1)
    shelf.write("a.md", RIVER)
    shelf.write("blank.txt", "\n\n")
    shelf.write("photo.md", b"\x89PNG\r\n\0\0")
    shelf.write("letter.docx", b"PK\x03\x04")
    shelf.write("broken.pdf", b"%PDF-1.4 nothing")
    shelf.write("large.txt", "word " * 300_000)
    (shelf.folder / "link").symlink_to(shelf.folder)
    report = await shelf.ingest()

    assert (report.seen, report.added) == (7, 1)
    assert report.empty == [FileNote("blank.txt", "it holds no text")]
    assert sorted(report.failed, key=lambda note: note.source) == [
        FileNote("broken.pdf", "it is a damaged PDF"),
        FileNote("letter.docx", "it is a damaged archive"),
    ]
    assert sorted((note.source, note.reason) for note in report.skipped) == [
        ("large.txt", "larger than 1 MB (ingest.max_file_mb)"),
        ("link", "a link, which is not followed"),
        ("photo.md", "a picture"),
    ]


async def test_a_file_that_breaks_keeps_what_was_read_of_it(shelf: Shelf) -> None:
    shelf.write("paper.pdf", make_pdf([["Glaciers melt slowly."]]))
    await shelf.ingest()
    shelf.write("paper.pdf", b"%PDF-1.4 half a download")
    report = await shelf.ingest()

    assert report.failed == [
        FileNote("paper.pdf", "it is a damaged PDF; its earlier content is kept")
    ]
    assert await texts(shelf, "glacier", "lexical") == ["Glaciers melt slowly."]


async def test_a_file_that_was_emptied_is_found_no_more(shelf: Shelf) -> None:
    shelf.write("river.md", RIVER)
    await shelf.ingest()
    shelf.write("river.md", "")
    report = await shelf.ingest()

    assert (report.empty, report.chunks_total) == ([FileNote("river.md", "it holds no text")], 0)
    assert await texts(shelf, "river") == []


async def test_another_chunk_size_reads_the_files_again(shelf: Shelf) -> None:
    shelf.write("long.txt", "The river rose for three days and fell again. " * 20)
    before = await shelf.ingest()
    shelf.limits = ReadingLimits(chunk_tokens=50)
    after = await shelf.ingest()

    assert (after.updated, after.reread, before.reread) == (1, 1, 0)
    assert after.chunks_total > before.chunks_total
    assert after.remarks() == [
        f"1 file of {shelf.collection} had been cut in another way, by an earlier chatui or other "
        "settings; read anew."
    ]
    assert (await shelf.ingest()).remarks() == []


async def test_names_of_an_older_library_are_indexed_by_sound_with_a_line_that_says_so(
    shelf: Shelf,
) -> None:
    shelf.write("river.txt", "Josh Norman crossed the river.")
    await shelf.ingest()
    with closing(sqlite3.connect(shelf.library.path)) as db, db:
        db.execute("DELETE FROM chunk_sounds")
        db.execute("INSERT INTO outdated (words) VALUES (1)")
    assert await texts(shelf, "Норман", "lexical") == []

    report = await shelf.ingest()
    assert report.unchanged == 1
    assert report.remarks() == [REWORDED]
    assert await texts(shelf, "Норман", "lexical") == ["Josh Norman crossed the river."]
    assert (await shelf.ingest()).remarks() == []


async def test_a_file_that_has_changed_is_not_said_to_be_read_anew(shelf: Shelf) -> None:
    shelf.write("river.md", RIVER)
    await shelf.ingest()
    shelf.write("river.md", f"{RIVER} It fell.")
    shelf.limits = ReadingLimits(passage_characters=700)

    assert (await shelf.ingest()).remarks() == []


async def test_a_path_that_does_not_exist_changes_nothing(shelf: Shelf) -> None:
    shelf.write("river.md", RIVER)

    with pytest.raises(UsageError, match="No such file"):
        await shelf.ingest(shelf.folder, shelf.folder / "nowhere")
    assert await shelf.library.collections() == []


async def test_an_empty_folder_is_a_report_of_nothing(shelf: Shelf) -> None:
    shelf.embedder = shelf.vectors = Unused()  # type: ignore[assignment]  # see above

    assert (await shelf.ingest()).as_json()["files"]["seen"] == 0


async def test_progress_counts_up_to_all_files_and_chunks(shelf: Shelf) -> None:
    for number in range(5):
        shelf.write(f"{number}.md", f"# Note {number}\n\nIt says {number}.\n")
    run = shelf.ingestor.run([shelf.folder], collection=shelf.collection)
    *progress, report = [event async for event in run]

    assert isinstance(report, IngestReport)
    steps = [event for event in progress if isinstance(event, IngestProgress)]
    done = [step.files_done for step in steps]
    assert done == sorted(done)
    assert (steps[-1].files_done, steps[-1].files_total) == (5, 5)
    assert (steps[-1].chunks_done, steps[-1].chunks_total) == (5, 5)


async def test_an_ingest_that_is_broken_off_is_taken_up_by_the_next(shelf: Shelf) -> None:
    for number in range(30):
        shelf.write(f"{number}.md", f"# Note {number}\n\nIt says {number}.\n")
    run = shelf.ingestor.run([shelf.folder], collection=shelf.collection)
    async for event in run:
        if isinstance(event, IngestProgress) and event.files_done >= 3:
            break
    await run.aclose()  # type: ignore[attr-defined]  # it is an async generator
    report = await shelf.ingest()

    assert report.chunks_total == 30
    assert report.added + report.unchanged == 30
    assert (await shelf.upkeep.check(shelf.collection)).sound


class LosesItsIndex:
    """An index whose process dies when vectors are put in."""

    def __init__(self, shelf: Shelf) -> None:
        self.remove = shelf.vectors.remove
        self.drop = shelf.vectors.drop
        self.unfinished = shelf.vectors.unfinished

    async def add(self, *_: object) -> None:
        raise RetrievalError("the index is gone")


async def test_what_the_index_did_not_take_is_added_by_the_next_run(shelf: Shelf) -> None:
    shelf.write("river.md", RIVER)
    whole = shelf.vectors
    shelf.vectors = LosesItsIndex(shelf)  # type: ignore[assignment]  # the rest is not used
    with pytest.raises(RetrievalError, match="the index is gone"):
        await shelf.ingest()
    assert await texts(shelf, "river", "lexical") == [RIVER.strip()]

    shelf.vectors = whole
    shelf.embedder, model = NoModel(shelf), shelf.embedder
    report = await shelf.ingest()
    shelf.embedder = model

    assert (report.unchanged, report.embedded) == (1, 0)
    assert await texts(shelf, "river", "dense") == [RIVER.strip()]


NOTES, KILLS = 500, 6
KILLED = """
import asyncio, sys
from pathlib import Path
from random import Random
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.ingest.ingest import Ingestor
from chatui.retrieval.library.library import Library
from chatui.retrieval.index.vectors import ChromaIndex

async def main(folder, library, vectors, embedders):
    model = WorkerEmbedder("all-MiniLM-L6-v2", embedders)
    ingestor = Ingestor(Library(library), model, ChromaIndex(vectors), jobs=1)
    async for event in ingestor.run([folder], collection="default"):
        if event.chunks_done:
            print(event.chunks_done, flush=True)

asyncio.run(main(*map(Path, sys.argv[1:])))
"""


async def killed_after(chunks: int, *folders: Path) -> int:
    """Runs an ingest in a process of its own and kills it when so many chunks had their vectors;
    how many it had said were done by then."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, *map(str, folders), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = b"0\n"
    while int(said.split(b"\n")[-2]) < chunks:
        said += await process.stdout.readline()
    process.kill()
    said += await process.stdout.read()
    await process.wait()
    # What stands behind the last line break was cut off by the kill.
    return int(said.split(b"\n")[-2])


async def test_an_ingest_killed_again_and_again_loses_nothing_and_is_completed(
    shelf: Shelf, tmp_path: Path, embedder_cache: Path
) -> None:
    for number in range(NOTES):
        shelf.write(f"{number}.md", f"# Note {number}\n\nIt says {number}.\n")
    folders = (shelf.folder, shelf.library.path, tmp_path / "vectors", embedder_cache)
    chance = Random(KILLS)
    done = [await killed_after(chance.randint(1, NOTES // 10), *folders) for _ in range(KILLS)]

    shelf.vectors, shelf.collection = ChromaIndex(tmp_path / "vectors"), "default"
    report = await shelf.ingest()
    check = await shelf.upkeep.check("default")
    await shelf.vectors.close()

    assert report.added + report.unchanged == NOTES
    assert report.embedded <= NOTES - sum(done)
    assert (check.checked, check.sound) == (NOTES, True)


async def test_two_ingests_at_once_lose_nothing(shelf: Shelf) -> None:
    for number in range(12):
        shelf.write(f"one/{number}.md", f"# One {number}\n\nIt says {number}.\n")
        shelf.write(f"two/{number}.md", f"# Two {number}\n\nIt says {number} as well.\n")
    library = Library(shelf.library.path)
    other = Ingestor(library, shelf.embedder, shelf.vectors, jobs=1)

    async def ingest_two() -> IngestReport:
        events = other.run([shelf.folder / "two"], collection=shelf.collection)
        report = [event async for event in events][-1]
        assert isinstance(report, IngestReport)
        return report

    one, two = await asyncio.gather(shelf.ingest(shelf.folder / "one"), ingest_two())
    await library.close()
    check = await shelf.upkeep.check(shelf.collection)

    assert (one.added, two.added) == (12, 12)
    assert (check.chunks, check.checked) == (24, 24)
    assert check.sound
    assert one.embedded + two.embedded == 24


async def test_the_same_folder_ingested_twice_at_once_is_there_once(shelf: Shelf) -> None:
    for number in range(12):
        shelf.write(f"{number}.md", f"# Note {number}\n\nIt says {number}.\n")
    await asyncio.gather(shelf.ingest(), shelf.ingest())
    check = await shelf.upkeep.check(shelf.collection)

    assert (check.chunks, check.checked) == (12, 12)
    assert check.sound


async def test_a_scan_is_read_once_there_is_what_reads_it(shelf: Shelf) -> None:
    """And not again: not when nothing has changed, and not where it can't be recognised."""
    from tests.retrieval.scans import scan

    shelf.write("lease.pdf", scan([["The deposit is 3,000 euros."]]))
    shelf.write("river.md", RIVER)
    blind = replace(shelf.limits, ocr="missing")
    seeing = replace(shelf.limits, ocr="on")

    shelf.limits = blind
    first = await shelf.ingest()
    assert first.skipped == [FileNote("lease.pdf", "its pages are pictures without any text")]
    assert "1 file has pictures that were not looked at; `pip install" in first.want()
    shelf.limits = seeing
    second = await shelf.ingest()
    assert second.recognised == [PagesNote("lease.pdf", (1,))]
    assert (second.added, second.unchanged, second.want()) == (1, 1, "")
    for limits in (seeing, blind):
        shelf.limits = limits
        again = await shelf.ingest()
        assert (again.unchanged, again.recognised, again.skipped) == (2, [], [])
    (passage,) = await shelf.retriever.search(
        "deposit", collection=shelf.collection, k=1, mode="lexical"
    )
    assert (passage.text, passage.page, passage.ocr) == ("The deposit is 3,000 euros.", 1, True)
    row = await shelf.library.collection(shelf.collection)
    assert list((await shelf.library.recognised(row.id)).values()) == [(1,)]

    shelf.limits = replace(shelf.limits, ocr="off")
    off = await shelf.ingest()
    assert [note.source for note in off.skipped] == ["lease.pdf"]
    assert (off.unchanged, off.want()) == (1, "")


async def test_an_ingest_that_is_left_in_the_middle_of_a_scan_ends_at_once(shelf: Shelf) -> None:
    from tests.retrieval.scans import scan

    shelf.write("long.pdf", scan([[f"Page {n} of it"] for n in range(40)]))
    shelf.limits = replace(shelf.limits, ocr="on")
    run = shelf.ingestor.run([shelf.folder], collection=shelf.collection)
    assert isinstance(run, AsyncGenerator)
    started = time.monotonic()
    async for event in run:
        if isinstance(event, IngestProgress) and event.pages and event.pages.done >= 1:
            assert str(event.pages).endswith(" of 40 of long.pdf (OCR)")
            break
    begun = time.monotonic()
    await run.aclose()
    # The other pages would take some twenty times as long as the first one.
    assert time.monotonic() - begun < 5 * (begun - started)
    assert not await shelf.library.count_chunks(
        (await shelf.library.collection(shelf.collection)).id
    )
