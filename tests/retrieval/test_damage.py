"""Real damage of every kind: a check finds it, and a rebuild mends it without the model."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.domain.errors import IndexDamaged, WorkerDied
from chatui.retrieval.index.marks import WriteMark, chroma_name
from chatui.retrieval.index.vectors import ChromaIndex
from chatui.retrieval.library.library import Library
from chatui.retrieval.search.retriever import Retriever
from chatui.retrieval.upkeep import ANOTHER_MODEL, IndexCheck
from chatui.system.files import touch_private_file
from tests.patience import until
from tests.retrieval.conftest import NoModel, Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHUNKS = 12


@pytest_asyncio.fixture(loop_scope="session")
async def own(shelf: Shelf, tmp_path: Path) -> AsyncIterator[Shelf]:
    """A filled shelf with an index of its own, whose process has ended, to be damaged."""
    shared, shelf.vectors = shelf.vectors, ChromaIndex(tmp_path / "vectors")
    for number in range(CHUNKS):
        shelf.write(f"{number}.md", f"# Note {number}\n\nIt says {number}.\n")
    await shelf.ingest()
    await shelf.vectors.close()
    yield shelf
    await shelf.vectors.close()
    shelf.vectors = shared


async def mended(shelf: Shelf) -> IndexCheck:
    model, shelf.embedder = shelf.embedder, NoModel(shelf)
    async for _ in shelf.upkeep.rebuild(shelf.collection):
        pass
    shelf.embedder = model
    return await shelf.upkeep.check(shelf.collection)


def segment(vectors: Path) -> Path:
    (folder,) = (entry for entry in vectors.iterdir() if entry.is_dir())
    return folder


def garbage(file: Path) -> None:
    file.write_bytes(b"nothing that Chroma could read" * 50)


def half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "everything deleted": shutil.rmtree,
    "the database deleted": lambda vectors: (vectors / "chroma.sqlite3").unlink(),
    "the database overwritten": lambda vectors: garbage(vectors / "chroma.sqlite3"),
    "the database cut in half": lambda vectors: half(vectors / "chroma.sqlite3"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
async def test_damaged_files_of_the_index_are_found_and_mended(
    own: Shelf, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    damage(tmp_path / "vectors")
    found = await own.upkeep.check(own.collection)
    assert not found.sound
    assert len(found.lost) == CHUNKS or found.faults

    check = await mended(own)
    assert (check.checked, check.sound) == (CHUNKS, True)


def sql(shelf: Shelf, *statements: str) -> None:
    with closing(sqlite3.connect(shelf.library.path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM chunk_words WHERE rowid = 1",
        "DELETE FROM chunk_words_data WHERE id > 10",
        "DELETE FROM chunk_words_docsize",
        "UPDATE chunk_words_content SET c2 = 'something else'",
    ],
)
async def test_a_damaged_full_text_index_is_found_and_mended(own: Shelf, statement: str) -> None:
    sql(own, statement)
    found = await own.upkeep.check(own.collection)
    assert found.faults == ("the full-text index is damaged",)

    assert (await mended(own)).sound
    found_passages = await own.retriever.search(
        "note", collection=own.collection, k=20, mode="lexical"
    )
    assert len(found_passages) == CHUNKS


async def test_a_stored_vector_that_is_lost_is_found_and_embedded_anew(own: Shelf) -> None:
    sql(own, "DELETE FROM vectors WHERE rowid = 1")
    found = await own.upkeep.check(own.collection)
    assert (len(found.lost), found.strangers, found.checked) == (1, (), CHUNKS)

    async for _ in own.upkeep.rebuild(own.collection):
        pass
    assert (await own.upkeep.check(own.collection)).sound


async def test_another_model_is_found_and_going_back_to_it_embeds_nothing(own: Shelf) -> None:
    row = await own.library.collection(own.collection)
    # As if another model had been in use since.
    await own.library.set_fingerprint(row.id, "another-model")
    found = await own.upkeep.check(own.collection)
    assert ANOTHER_MODEL in found.faults

    assert (await mended(own)).sound


async def test_a_database_that_is_damaged_is_named(own: Shelf, tmp_path: Path) -> None:
    copy = tmp_path / "damaged.db"
    with closing(sqlite3.connect(own.library.path)) as db:
        db.execute("VACUUM INTO ?", (str(copy),))
    with closing(sqlite3.connect(copy)) as db:
        (page,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'chunks_by_text'"
        ).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    data = copy.read_bytes()
    at = (page - 1) * size
    copy.write_bytes(data[:at] + b"\xff" * size + data[at + size :])
    library = Library(copy)
    faults = await library.faults()
    await library.close()

    assert any("library.db itself is damaged" in fault for fault in faults)


async def test_a_search_goes_on_by_words_alone_and_says_so_once(own: Shelf, tmp_path: Path) -> None:
    garbage(tmp_path / "vectors" / "chroma.sqlite3")
    said: list[str] = []
    retriever = Retriever(own.library, own.embedder, own.vectors, on_warning=said.append)
    for _ in range(2):
        found = await retriever.search("note 3", collection=own.collection, k=3)
        assert found[0].text == "# Note 3\n\nIt says 3."

    assert len(said) == 1
    assert "`chatui collections rebuild`" in said[0]
    with pytest.raises(IndexDamaged):
        await retriever.search("note 3", collection=own.collection, k=3, mode="dense")


def left_half_written(shelf: Shelf, vectors: Path) -> None:
    """As by a process that was killed in the middle."""
    touch_private_file(vectors / f"{chroma_name(shelf.collection)}.writing")
    (header,) = vectors.glob("*/header.bin")
    garbage(header)


async def test_an_ingest_makes_a_half_written_index_anew_and_embeds_nothing(
    own: Shelf, tmp_path: Path
) -> None:
    left_half_written(own, tmp_path / "vectors")
    faults = (await own.upkeep.check(own.collection)).faults
    assert [f"{own.collection!r} was left half written" in fault for fault in faults] == [True]

    model, own.embedder = own.embedder, NoModel(own)
    report = await own.ingest()
    own.embedder = model
    assert (report.index_renewed, report.unchanged, report.embedded) == (True, CHUNKS, 0)
    assert report.as_json()["index_renewed"] is True
    check = await own.upkeep.check(own.collection)
    assert (check.checked, check.sound) == (CHUNKS, True)
    assert not (await own.ingest()).index_renewed


async def test_a_half_written_index_is_searched_by_words_and_mended_beside_that(
    own: Shelf, tmp_path: Path
) -> None:
    left_half_written(own, tmp_path / "vectors")
    said: list[str] = []
    retriever = Retriever(own.library, own.embedder, own.vectors, on_warning=said.append)
    found = await retriever.search("note 3", collection=own.collection, k=1)
    assert found[0].text == "# Note 3\n\nIt says 3."
    assert len(said) == 1
    assert "ingest once more. Until then documents are searched by words alone." in said[0]

    model, own.embedder = own.embedder, NoModel(own)
    await own.upkeep.mend(own.collection)
    own.embedder = model
    assert (await own.upkeep.check(own.collection)).sound
    (passage,) = await retriever.search("note 3", collection=own.collection, k=1)
    assert passage.ranks.dense is not None


class KilledOnce(ChromaIndex):
    """Its process is killed in the middle of the first write."""

    killed = False

    async def add(
        self, collection: str, fingerprint: str, items: Sequence[tuple[str, bytes]]
    ) -> None:
        while True:
            writing = asyncio.create_task(super().add(collection, fingerprint, items))
            if not self.killed:
                await until(lambda: WriteMark(self.folder, collection).is_set or writing.done())  # noqa: B023
                assert self.pid is not None
                os.kill(self.pid, signal.SIGKILL)
            try:
                return await writing
            except WorkerDied:
                # Once more where the kill fell behind the write.
                if await self.unfinished(collection):
                    self.killed = True
                    raise


async def test_an_ingest_goes_on_when_the_process_of_the_index_is_killed(
    own: Shelf, tmp_path: Path
) -> None:
    own.vectors = KilledOnce(tmp_path / "vectors")
    rows = "".join(f"## Part {number}\n\nIt says {number}.\n\n" for number in range(400))
    own.write("long.md", rows)
    report = await own.ingest()
    assert report.index_renewed
    check = await own.upkeep.check(own.collection)
    assert (check.checked, check.sound) == (CHUNKS + report.chunks_added, True)
