from __future__ import annotations

import sqlite3
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.domain.errors import NoSuchCollection, RetrievalError, UsageError
from chatui.retrieval.chunking.document import Chunk, Lack
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow, Outcome
from chatui.retrieval.library.schema import FUNCTIONS, SCHEMA
from chatui.retrieval.library.tables.files import FileState, text_hash
from tests.database_shape import shape_of

MODEL = "model-a"


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    made = Library(tmp_path / "data" / "library.db")
    yield made
    await made.close()


@pytest.fixture
async def notes(library: Library) -> CollectionRow:
    return await library.ensure_collection("notes")


def chunk(text: str, start: int = 0) -> Chunk:
    return Chunk(text, "Title", "", None, start, start + len(text), 1, 1)


def state(name: str = "a.md", *, outcome: Outcome = "read", sha256: str = "1") -> FileState:
    return FileState(f"/notes/{name}", name, 10, 20, sha256, "recipe", outcome, title="Title")


async def put(
    library: Library, row: CollectionRow, texts: Sequence[str], name: str = "a.md"
) -> tuple[int, int]:
    starts = [sum(map(len, texts[:at])) for at in range(len(texts))]
    chunks = [chunk(text, start) for text, start in zip(texts, starts, strict=True)]
    change = await library.put_file(row.id, state(name), chunks)
    return change.added, change.removed


async def found(library: Library, row: CollectionRow, query: str) -> list[str]:
    hits, _ = await library.search_words(row.id, query, 10)
    chunks = await library.chunks([chunk_id for chunk_id, _ in hits])
    return [chunks[chunk_id].text for chunk_id, _ in hits]


async def embed_all(library: Library, row: CollectionRow, model: str = MODEL) -> list[str]:
    texts = await library.unembedded(row.id, model, 100)
    await library.save_vectors(model, [(key, b"\0\0\0\0") for key, _, _ in texts])
    return [f"{prefix}\n{text}" for _, prefix, text in texts]


async def index_all(library: Library, row: CollectionRow) -> list[str]:
    await embed_all(library, row)
    ids = [chunk_id for chunk_id, _ in await library.unindexed(row.id, MODEL, 100)]
    await library.mark_indexed(row.id, [(chunk_id, 1) for chunk_id in ids])
    return ids


async def test_the_file_is_the_users_own(library: Library, notes: CollectionRow) -> None:
    assert stat.S_IMODE(library.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(library.path.parent.stat().st_mode) == 0o700


async def test_a_file_is_found_by_its_words_and_its_title(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["The river rose.", "The price fell."])

    assert await found(library, notes, "rivers") == ["The river rose."]
    assert len(await found(library, notes, "title")) == 2


async def test_a_search_stays_in_its_collection(library: Library, notes: CollectionRow) -> None:
    other = await library.ensure_collection("other")
    await put(library, notes, ["The river rose."])

    assert await found(library, other, "river") == []


async def test_an_edited_file_keeps_the_chunks_whose_words_stayed(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["one", "two", "three"])
    await index_all(library, notes)

    assert await put(library, notes, ["nought", "one", "three"]) == (1, 1)
    assert await embed_all(library, notes) == ["Title\nnought"]
    assert await found(library, notes, "two") == []
    ((chunk_id, _),), _ = await library.search_words(notes.id, "one", 1)
    assert (await library.chunks([chunk_id]))[chunk_id].char_start == len("nought")


async def test_equal_chunks_of_a_file_are_two(library: Library, notes: CollectionRow) -> None:
    assert await put(library, notes, ["same", "same"]) == (2, 0)
    assert await embed_all(library, notes) == ["Title\nsame"]
    assert len(await library.unindexed(notes.id, MODEL, 100)) == 2


async def test_a_text_that_was_embedded_before_is_not_embedded_again(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["one"])
    await index_all(library, notes)
    other = await library.ensure_collection("other")
    await put(library, other, ["one"])

    assert await library.unembedded(other.id, MODEL, 100) == []
    assert await library.unembedded(other.id, "model-b", 100) == [
        (text_hash("Title\none"), "Title", "one")
    ]


async def test_the_index_is_told_of_what_is_gone(library: Library, notes: CollectionRow) -> None:
    await put(library, notes, ["one", "two"])
    ids = await index_all(library, notes)
    assert not await library.index_is_behind(notes.id)
    (file,) = (await library.files(notes.id)).values()
    change = await library.remove_files([file.id])

    assert change.removed == 2
    assert await library.index_is_behind(notes.id)
    assert sorted(await library.removals(notes.id, 100)) == sorted((one, 1) for one in ids)
    await library.settle_removals(notes.id, ids)
    assert not await library.index_is_behind(notes.id)


async def test_a_chunk_that_came_back_is_not_dropped_from_the_index(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["one"])
    await index_all(library, notes)
    await put(library, notes, [])
    await put(library, notes, ["one"])

    assert await library.removals(notes.id, 100) == []
    assert len(await library.unindexed(notes.id, MODEL, 100)) == 1


async def test_a_chunk_that_was_dropped_after_it_came_back_is_added_again(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["one"])
    ids = await index_all(library, notes)
    await library.settle_removals(notes.id, ids)

    assert [chunk_id for chunk_id, _ in await library.unindexed(notes.id, MODEL, 9)] == ids


async def test_a_chunk_deleted_while_it_was_indexed_is_to_be_dropped(
    library: Library, notes: CollectionRow
) -> None:
    await library.mark_indexed(notes.id, [("long-gone", 2)])

    assert await library.removals(notes.id, 100) == [("long-gone", 2)]


async def test_a_new_model_makes_the_whole_index_wait(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["one"])
    await index_all(library, notes)
    await library.set_fingerprint(notes.id, "model-b")

    assert await library.count_indexed(notes.id) == 0
    assert await library.count_unembedded(notes.id, "model-b") == 1


async def test_counts_of_a_collection(library: Library, notes: CollectionRow) -> None:
    await put(library, notes, ["one", "two"])
    await library.put_file(notes.id, state("b.bin", outcome="skipped"))
    info = await library.collection_info("notes")

    assert (info.files, info.bytes, info.chunks, info.waiting) == (1, 10, 2, 2)
    assert info.updated
    assert await library.collections() == [info]


async def test_a_removed_collection_leaves_nothing_to_find(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["The river rose."])
    await embed_all(library, notes)
    await library.remove_collection(notes.id)

    assert await library.collections() == []
    assert await library.forget_orphan_vectors() == 1
    with closing(sqlite3.connect(library.path)) as db:
        for table in ("files", "chunks", "chunk_words", "removals", "vectors"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_vectors_in_use_are_kept(library: Library, notes: CollectionRow) -> None:
    await put(library, notes, ["one"])
    ids = await index_all(library, notes)

    assert await library.forget_orphan_vectors() == 0
    assert await library.vectors(MODEL, ids) == {ids[0]: b"\0\0\0\0"}


@pytest.mark.parametrize("name", ["default", "Notizen_2", "手册", "v1.2", "0"])
async def test_names_of_any_script_are_taken(library: Library, name: str) -> None:
    assert (await library.ensure_collection(name)).name == name


@pytest.mark.parametrize(
    "name", ["", "a b", "a/b", ".hidden", "-x", "a\nb", "x" * 65, "\ud800", "a'b"]
)
async def test_names_that_are_hard_to_type_are_refused(library: Library, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a collection"):
        await library.ensure_collection(name)


async def test_an_unknown_collection_is_answered_with_the_nearest(
    library: Library, notes: CollectionRow
) -> None:
    with pytest.raises(NoSuchCollection, match="did you mean 'notes'"):
        await library.collection("note")
    with pytest.raises(NoSuchCollection, match="there are: notes"):
        await library.collection("zzz")


async def test_an_empty_library_says_how_to_begin(library: Library) -> None:
    with pytest.raises(NoSuchCollection, match="chatui ingest"):
        await library.collection("default")


async def test_a_damaged_file_is_one_plain_error(library: Library) -> None:
    library.path.parent.mkdir()
    library.path.write_bytes(b"this is not a database at all" * 100)

    with pytest.raises(RetrievalError, match="damaged"):
        await library.collections()


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (SCHEMA.version + 1, "newer chatui; update"),
        (min(SCHEMA.steps) - 1, "older chatui.*rename the file and ingest"),
    ],
)
async def test_a_file_of_another_chatui_is_left_alone(
    library: Library, version: int, advice: str
) -> None:
    library.path.parent.mkdir()
    with closing(sqlite3.connect(library.path)) as db:
        db.execute(f"PRAGMA user_version = {version}")

    with pytest.raises(RetrievalError, match=advice):
        await library.collections()


def write_file_of_the_migrations(path: Path) -> None:
    """A library.db as those have it that were made before there was one schema."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        for function in FUNCTIONS:
            db.create_function(function.__name__, 1, function, deterministic=True)
        db.executescript(Path(__file__).with_name("library_5.sql").read_text())


async def test_a_file_of_the_migrations_is_made_of_what_a_new_one_is(
    library: Library, tmp_path: Path
) -> None:
    write_file_of_the_migrations(library.path)
    new = Library(tmp_path / "new" / "library.db")
    assert await new.collections() == []
    await new.close()

    assert [row.name for row in await library.collections()] == ["notes"]
    assert shape_of(library.path) == shape_of(new.path)


async def test_what_a_file_of_the_migrations_holds_is_there_and_can_be_gone_on_from(
    library: Library,
) -> None:
    write_file_of_the_migrations(library.path)
    notes = await library.collection("notes")

    assert await found(library, notes, "rivers") == ["The river rose."]
    hits, _ = await library.search_words(notes.id, "title", 10)
    chunks = (await library.chunks([chunk_id for chunk_id, _ in hits])).values()
    assert {chunk.text: chunk.gap for chunk in chunks} == {
        "The river rose.": "\n",
        "The lake stayed.": None,
    }
    assert await library.id() == "34f665dea09c889fa332"
    assert not await library.index_is_behind(notes.id)
    assert await library.count_vectors(notes.id) == 2
    assert await put(library, notes, ["The river rose.", "The sea stayed."]) == (1, 1)
    assert await embed_all(library, notes) == ["Title\nThe sea stayed."]
    ((_, vectors),) = await library.removals(notes.id, 9)
    assert vectors == 1


async def test_what_is_gone_takes_all_its_vectors_along(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["one", "two"])
    await embed_all(library, notes)
    ids = [chunk_id for chunk_id, _ in await library.unindexed(notes.id, MODEL, 100)]
    await library.mark_indexed(notes.id, [(ids[0], 3), (ids[1], 1)])
    assert (await library.count_vectors(notes.id), await library.count_indexed(notes.id)) == (4, 2)
    await put(library, notes, [])

    assert sorted(await library.removals(notes.id, 9)) == sorted([(ids[0], 3), (ids[1], 1)])


async def test_a_chunk_that_was_indexed_while_it_was_deleted_leaves_with_all_its_vectors(
    library: Library, notes: CollectionRow
) -> None:
    await put(library, notes, ["one"])
    await embed_all(library, notes)
    ((chunk_id, _),) = await library.unindexed(notes.id, MODEL, 9)
    await put(library, notes, [])
    await library.mark_indexed(notes.id, [(chunk_id, 2)])

    assert await library.removals(notes.id, 9) == [(chunk_id, 2)]


async def test_a_folder_in_its_place_is_one_plain_error(library: Library) -> None:
    library.path.mkdir(parents=True)

    with pytest.raises(RetrievalError, match="cannot be used"):
        await library.collections()


async def test_two_open_libraries_see_each_others_writes(
    library: Library, notes: CollectionRow
) -> None:
    other = Library(library.path)
    await put(other, notes, ["The river rose."])

    assert await found(library, notes, "river") == ["The river rose."]
    await other.close()


async def test_what_was_not_read_of_a_file_is_kept_with_it_and_its_chunks(
    library: Library, notes: CollectionRow
) -> None:
    lacks = (Lack("it is a picture without text", (2, 3)), Lack("the chapter x is missing"))
    await library.put_file(notes.id, replace(state(), lacks=lacks), [chunk("The river rose.")])

    (file,) = (await library.files(notes.id)).values()
    hits, _ = await library.search_words(notes.id, "river", 10)
    (row,) = (await library.chunks([chunk_id for chunk_id, _ in hits])).values()
    assert (file.lacks, row.lacks) == (lacks, lacks)


async def test_what_a_chunk_stands_under_is_kept_and_follows_the_file(
    library: Library, notes: CollectionRow
) -> None:
    first = replace(chunk("57 | 12"), header="Depot | Claims", running_head="Report", ocr=True)
    second = replace(first, header="Depot | Cases", running_head="", ocr=False)
    for made in (first, second):
        await library.put_file(notes.id, state(), [made])

        hits, _ = await library.search_words(notes.id, "57", 10)
        (row,) = (await library.chunks([chunk_id for chunk_id, _ in hits])).values()
        assert (row.header, row.running_head, row.ocr) == (
            made.header,
            made.running_head,
            made.ocr,
        )


@pytest.mark.parametrize(
    "poison",
    ["{", "[1]", '[{"reason": "x"}]', "null", '{"a": 1}', pytest.param("[" * 9999, id="deep")],
)
async def test_a_poisoned_cell_of_lacks_costs_that_cell(
    library: Library, notes: CollectionRow, poison: str
) -> None:
    await put(library, notes, ["The river rose."])
    with closing(sqlite3.connect(library.path)) as db, db:
        db.execute("UPDATE files SET lacks = ?", (poison,))

    (file,) = (await library.files(notes.id)).values()
    assert file.lacks == ()


async def test_an_older_library_is_indexed_anew_once(library: Library) -> None:
    write_file_of_the_migrations(library.path)
    notes = await library.collection("notes")
    before, _ = await library.search_words(notes.id, "Титул", 10)

    assert await library.renew_words()
    assert not await library.renew_words()
    after, _ = await library.search_words(notes.id, "Титул", 10)
    assert (len(before), len(after)) == (0, 2)
