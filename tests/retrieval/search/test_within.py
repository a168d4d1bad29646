"""A search that is limited to a few files, with the real model and the real Chroma."""

from __future__ import annotations

from typing import Any

import pytest

from chatui.retrieval.library.library import Library
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


REPORT = "\n\n".join(
    [
        "# Annual report of Initech",
        *(
            f"## Note {number}\n\nNote {number} tells what was spent in section {number} of the "
            f"works, on machines of kind {number}, and what of it was repaired in their halls. "
            + f"The machines of hall {number} stood still for a while. "
            * 12
            for number in range(70)
        ),
        "## Consolidated balance sheet\n\nCash | 41\nCurrent liabilities | 17\nInventories | 23",
    ]
)
LONG = (
    "Using the balance sheet of Initech's annual report, what are the current liabilities, and how "
    "long did the machines of hall 7 stand still?"
)


async def fill_with_kinds(shelf: Shelf) -> dict[str, int]:
    """Files that all ways to find a passage have to do with, one long and one in another script,
    among which another was taken out; their ids by name."""
    shelf.write("initech annual report.md", REPORT)
    shelf.write("gone.md", "# Gone\n\nA page that is taken out again, so that rows are missing.")
    shelf.write("cats.md", "# 动物\n\n家里养猫要有耐心。每天喂两次。\n\n# 植物\n\n花要浇水。")
    shelf.write("norman.md", "# Ball\n\nThe ball was caught by Josh Norman in the last minute.")
    shelf.write("zoë.md", "# Wohnung\n\nDie Miete der Wohnung beträgt 900 Euro im Monat.")
    for number in range(6):
        shelf.write(f"rent-{number}.md", f"# Rent {number}\n\nThe rent of house {number} is due.")
    await shelf.ingest()
    (shelf.folder / "gone.md").unlink()
    await shelf.ingest()
    row = await shelf.library.collection(shelf.collection)
    return {file.source: file.id for file in (await shelf.library.files(row.id)).values()}


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
@pytest.mark.parametrize(
    "question",
    [
        "rent of house 3",
        LONG,
        "猫的食物是什么",
        "Что сделал Джош Норман?",
        "Wie hoch ist die Miete der Wohnungen?",
        "Initech annual report: inventories",
        "What do the machines and the machines of the hall and the works tell?",
    ],
)
async def test_limited_to_all_files_it_finds_what_it_finds_without_a_limit(
    shelf: Shelf, mode: SearchMode, question: str
) -> None:
    files = list((await fill_with_kinds(shelf)).values())
    found, limited = [
        await shelf.retriever.search(
            question, collection=shelf.collection, k=8, mode=mode, within=within
        )
        for within in (None, files)
    ]
    assert found
    assert [one.chunk_id for one in limited] == [one.chunk_id for one in found]
    assert [one.score for one in limited] == pytest.approx([one.score for one in found], abs=1e-4)
    assert [one.ranks for one in limited] == [one.ranks for one in found]
    assert [one.coverage for one in limited] == pytest.approx([one.coverage for one in found])


async def test_a_word_that_only_other_files_have_is_looked_for_in_its_other_forms(
    shelf: Shelf,
) -> None:
    shelf.write("flat.md", "# Flat\n\nHere the cancellations are told of.")
    shelf.write("other.md", "# Other\n\nA cancelling of the contract is told of here.")
    await shelf.ingest()
    row = await shelf.library.collection(shelf.collection)
    ids = {file.source: file.id for file in (await shelf.library.files(row.id)).values()}
    (found,) = await shelf.retriever.search(
        "cancelling", collection=shelf.collection, k=3, mode="lexical", within=[ids["flat.md"]]
    )
    assert found.source == "flat.md"


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
async def test_the_parts_of_a_question_are_looked_for_in_files_that_it_does_not_name(
    shelf: Shelf, mode: SearchMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await fill_with_kinds(shelf)
    searched: list[str] = []
    search = Library.search_words

    async def watched(self: Library, *arguments: Any) -> Any:
        searched.append(arguments[1])
        return await search(self, *arguments)

    monkeypatch.setattr(Library, "search_words", watched)
    question = "Using the balance sheet, how long did the machines of hall 7 stand still?"
    report, all_files = [ids["initech annual report.md"]], list(ids.values())
    for within in (report, all_files):
        searched.clear()
        await shelf.retriever.search(
            question, collection=shelf.collection, k=3, mode=mode, within=within
        )
        # Of more files than a question can mean, it means those that it names: here none.
        assert ("balance sheet" in searched) == (within is report)
