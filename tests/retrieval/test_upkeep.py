"""Removing, rebuilding and checking collections."""

from __future__ import annotations

import pytest

from chatui.domain.errors import NoSuchCollection
from tests.retrieval.conftest import NoModel, Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def fill(shelf: Shelf, count: int = 3) -> None:
    for number in range(count):
        shelf.write(f"{number}.md", f"# Note {number}\n\nIt says {number}.\n")
    await shelf.ingest()


async def rebuild(shelf: Shelf) -> tuple[int, int]:
    steps = [step async for step in shelf.upkeep.rebuild(shelf.collection)]
    return steps[-1].done, steps[-1].total


async def test_a_whole_index_is_sound(shelf: Shelf) -> None:
    await fill(shelf)
    check = await shelf.upkeep.check(shelf.collection)

    assert (check.chunks, check.checked, check.waiting) == (3, 3, 0)
    assert check.sound


async def test_lost_vectors_are_found_by_looking_them_up(shelf: Shelf) -> None:
    await fill(shelf)
    lost = (await shelf.vectors.ids(shelf.collection))[0]
    await shelf.vectors.remove(shelf.collection, [lost])

    check = await shelf.upkeep.check(shelf.collection)
    assert (check.lost, check.strangers, check.sound) == ((lost,), (), False)


async def test_a_vector_under_a_wrong_id_is_noticed(shelf: Shelf) -> None:
    await fill(shelf, 30)
    row = await shelf.library.collection(shelf.collection)
    one, *_, other = await shelf.vectors.ids(shelf.collection)
    vectors = await shelf.library.vectors(row.fingerprint, [one])
    turned = bytes(byte ^ 0x80 if at % 4 == 3 else byte for at, byte in enumerate(vectors[one]))
    await shelf.vectors.add(shelf.collection, row.fingerprint, [(one, turned)])

    check = await shelf.upkeep.check(shelf.collection)
    assert check.lost == (one,)
    assert other not in check.lost


async def test_vectors_without_a_chunk_are_strangers(shelf: Shelf) -> None:
    await fill(shelf)
    row = await shelf.library.collection(shelf.collection)
    vector = await shelf.embedder.embed_query("something else")
    await shelf.vectors.add(shelf.collection, row.fingerprint, [("stranger", vector)])

    check = await shelf.upkeep.check(shelf.collection)
    assert (check.lost, check.strangers, check.sound) == ((), ("stranger",), False)


async def test_the_same_text_in_many_places_is_no_loss(shelf: Shelf) -> None:
    for number in range(15):
        shelf.write(f"{number}/copy.md", "# Note\n\nAlways the same.\n")
    await shelf.ingest()

    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_a_rebuild_embeds_nothing(shelf: Shelf) -> None:
    await fill(shelf)
    await shelf.vectors.drop(shelf.collection)
    shelf.embedder = NoModel(shelf)

    assert await rebuild(shelf) == (3, 3)
    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_a_rebuild_drops_strangers(shelf: Shelf) -> None:
    await fill(shelf)
    row = await shelf.library.collection(shelf.collection)
    vector = await shelf.embedder.embed_query("something else")
    await shelf.vectors.add(shelf.collection, row.fingerprint, [("stranger", vector)])
    await rebuild(shelf)

    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_a_rebuild_takes_up_another_model(shelf: Shelf) -> None:
    await fill(shelf)
    row = await shelf.library.collection(shelf.collection)
    await shelf.library.set_fingerprint(row.id, "another-model")
    await rebuild(shelf)

    assert (await shelf.library.collection(row.name)).fingerprint == row.fingerprint
    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_a_removed_collection_is_gone_from_library_and_index(shelf: Shelf) -> None:
    await fill(shelf)
    await shelf.upkeep.remove(shelf.collection)

    assert await shelf.vectors.count(shelf.collection) == 0
    with pytest.raises(NoSuchCollection):
        await shelf.library.collection(shelf.collection)


async def test_a_collection_can_be_made_again_after_its_removal(shelf: Shelf) -> None:
    await fill(shelf)
    await shelf.upkeep.remove(shelf.collection)
    report = await shelf.ingest()

    assert (report.added, report.chunks_total) == (3, 3)
    assert (await shelf.upkeep.check(shelf.collection)).sound


async def test_unknown_collections_are_errors(shelf: Shelf) -> None:
    with pytest.raises(NoSuchCollection):
        await shelf.upkeep.remove("nowhere")
    with pytest.raises(NoSuchCollection):
        await shelf.upkeep.check("nowhere")
    with pytest.raises(NoSuchCollection):
        await anext(shelf.upkeep.rebuild("nowhere"))
