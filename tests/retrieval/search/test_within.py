"""A search that is limited to a few files, with the real model and the real Chroma."""

from __future__ import annotations

import pytest

from chatui.retrieval.search.query import Query
from chatui.retrieval.search.retriever import SearchMode
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def fill(shelf: Shelf) -> dict[str, int]:
    """Two leases among other files; the ids of the files by name."""
    shelf.write("house.md", "# House\n\nThe rent of the house is 900 euros a month.")
    shelf.write("shop.md", "# Shop\n\nThe shop costs its tenant 2,000 euros every month.")
    for number in range(12):
        shelf.write(f"other-{number}.md", f"# Rent\n\nThe rent of the rent, rent number {number}.")
    await shelf.ingest()
    row = await shelf.library.collection(shelf.collection)
    return {file.source: file.id for file in (await shelf.library.files(row.id)).values()}


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
async def test_only_the_named_files_are_found(shelf: Shelf, mode: SearchMode) -> None:
    ids = await fill(shelf)
    found = await shelf.retriever.search(
        "rent", collection=shelf.collection, k=5, mode=mode, within=[ids["house.md"]]
    )
    assert [passage.source for passage in found] == ["house.md"]


async def test_the_best_of_several_files_comes_first(shelf: Shelf) -> None:
    ids = await fill(shelf)
    found = await shelf.retriever.search(
        "what does the shop cost",
        collection=shelf.collection,
        k=5,
        within=[ids["house.md"], ids["shop.md"]],
    )
    assert [passage.source for passage in found] == ["shop.md", "house.md"]
    assert found[0].ranks.dense == 1
    assert found[0].similarity is not None


async def test_what_a_question_leans_on_is_looked_for_in_them_too(shelf: Shelf) -> None:
    ids = await fill(shelf)
    (found,) = await shelf.retriever.search(
        Query("and the amount?", context="rent of the house"),
        collection=shelf.collection,
        k=5,
        mode="lexical",
        within=[ids["house.md"], ids["shop.md"]],
    )
    assert found.source == "house.md"


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
async def test_how_much_of_the_question_they_hold_is_told(shelf: Shelf, mode: SearchMode) -> None:
    ids = await fill(shelf)
    house, shop = await shelf.retriever.search(
        "How many euros is the rent of the house?",
        collection=shelf.collection,
        k=5,
        mode=mode,
        within=[ids["house.md"], ids["shop.md"]],
    )
    assert house.source == "house.md"
    assert (house.coverage or 0) > (shop.coverage or 0) > 0


async def test_no_file_finds_nothing(shelf: Shelf) -> None:
    await fill(shelf)
    assert await shelf.retriever.search("rent", collection=shelf.collection, k=5, within=[]) == ()
