"""Files that were moved or renamed are followed: their chunks stay what they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.retrieval.conftest import NoModel, Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

RIVER = "# Rivers\n\nThe river rose for three days.\n"
LONG = "# Rivers\n\n" + "\n\n".join(
    f"## Day {day}\n\nOn day {day} the river rose by {day * 7} inches at the old bridge." * 3
    for day in range(30)
)


async def held(shelf: Shelf) -> dict[str, set[str]]:
    """The chunk ids of every file, by its source."""
    row = await shelf.library.collection(shelf.collection)
    found: dict[str, set[str]] = {}
    chunks = await shelf.library.chunks(await shelf.vectors.ids(row.name))
    for chunk in chunks.values():
        found.setdefault(chunk.source, set()).add(chunk.chunk_id)
    return found


async def test_a_renamed_file_keeps_its_chunks(shelf: Shelf) -> None:
    path = shelf.write("river.md", RIVER)
    await shelf.ingest()
    before = await held(shelf)
    path.rename(shelf.folder / "stream.md")
    shelf.embedder = NoModel(shelf)
    report = await shelf.ingest()

    assert (report.moved, report.unchanged, report.added, report.removed) == (1, 1, 0, 0)
    assert await held(shelf) == {"stream.md": before["river.md"]}
    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_a_file_is_followed_into_another_folder(shelf: Shelf) -> None:
    path = shelf.write("one/river.md", RIVER)
    await shelf.ingest(path.parent)
    before = await held(shelf)
    (shelf.folder / "two").mkdir()
    path.rename(shelf.folder / "two" / "river.md")
    report = await shelf.ingest(shelf.folder / "two")

    assert (report.moved, report.embedded, report.chunks_total) == (1, 0, 1)
    assert await held(shelf) == before


async def test_a_folder_that_is_renamed_takes_its_files_along(shelf: Shelf) -> None:
    for number in range(4):
        shelf.write(f"old/{number}.md", f"# Note {number}\n\nIt says {number}.\n")
    await shelf.ingest(shelf.folder / "old")
    (shelf.folder / "old").rename(shelf.folder / "new")
    report = await shelf.ingest(shelf.folder / "new")

    assert (report.moved, report.unchanged, report.embedded) == (4, 4, 0)
    assert report.chunks_total == 4


async def test_a_copy_is_no_move(shelf: Shelf) -> None:
    shelf.write("one/river.md", RIVER)
    await shelf.ingest(shelf.folder / "one")
    shelf.write("two/river.md", RIVER)
    report = await shelf.ingest(shelf.folder / "two")

    assert (report.moved, report.added, report.embedded, report.chunks_total) == (0, 1, 0, 2)


async def test_of_two_files_alike_each_is_followed_once(shelf: Shelf) -> None:
    one, two = shelf.write("a/river.md", RIVER), shelf.write("a/copy.md", RIVER)
    await shelf.ingest()
    (shelf.folder / "b").mkdir()
    for path in (one, two):
        path.rename(shelf.folder / "b" / path.name)
    report = await shelf.ingest()

    assert (report.moved, report.removed, report.chunks_total) == (2, 0, 2)


async def test_a_new_name_that_is_the_title_is_read_anew(shelf: Shelf) -> None:
    """What a file without headings is called stands in its chunks' prefix."""
    path = shelf.write("river.txt", "It rose for three days.")
    await shelf.ingest()
    path.rename(shelf.folder / "stream.txt")
    report = await shelf.ingest()
    (passage,) = await shelf.retriever.search(
        "stream", collection=shelf.collection, k=5, mode="lexical"
    )

    assert (report.moved, report.updated, report.removed, report.chunks_total) == (1, 1, 0, 1)
    assert (passage.source, passage.title) == ("stream.txt", "stream")


async def test_a_file_that_takes_the_place_of_a_moved_one_gets_chunks_of_its_own(
    shelf: Shelf,
) -> None:
    path = shelf.write("river.md", RIVER)
    await shelf.ingest()
    path.rename(shelf.folder / "stream.md")
    await shelf.ingest()
    shelf.write("river.md", RIVER)
    report = await shelf.ingest()

    assert (report.added, report.embedded, report.chunks_total) == (1, 0, 2)
    assert len(set[str]().union(*(await held(shelf)).values())) == 2


async def test_a_moved_file_that_changes_later_keeps_what_stays(shelf: Shelf) -> None:
    path = shelf.write("river.md", LONG)
    await shelf.ingest()
    before = (await held(shelf))["river.md"]
    moved = path.rename(shelf.folder / "stream.md")
    await shelf.ingest()
    moved.write_text(LONG + "\n\n## After\n\nThen it fell again.\n")
    report = await shelf.ingest()

    kept = before & (await held(shelf))["stream.md"]
    assert len(kept) >= len(before) - 1
    assert report.embedded <= 2


async def test_a_paragraph_at_the_top_of_a_long_file_embeds_that_alone(shelf: Shelf) -> None:
    shelf.write("river.md", LONG)
    first = await shelf.ingest()
    shelf.write("river.md", LONG.replace("# Rivers\n", "# Rivers\n\nRead this before all.\n", 1))
    report = await shelf.ingest()

    assert first.embedded >= 20
    assert report.embedded <= 2
    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_a_file_that_comes_back_is_not_embedded_again(shelf: Shelf) -> None:
    path = shelf.write("river.md", RIVER)
    await shelf.ingest()
    path.unlink()
    await shelf.ingest()
    shelf.write("river.md", RIVER)
    shelf.embedder = NoModel(shelf)

    assert (await shelf.ingest()).added == 1
    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_what_is_there_but_was_not_looked_at_has_not_moved(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.write("river.md", RIVER)
    await shelf.ingest()
    (other := tmp_path / "other").mkdir()
    (other / "river.md").write_text(RIVER)
    report = await shelf.ingest(other)

    assert (report.moved, report.added, report.chunks_total) == (0, 1, 2)
