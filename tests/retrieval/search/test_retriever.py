"""Searches with the real model, the real FTS5 and the real Chroma."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from chatui.domain.errors import IndexDamaged, NoSuchCollection
from chatui.retrieval.search import document_prior, meant_documents
from chatui.retrieval.search.query import Query
from chatui.retrieval.search.retriever import Retriever, SearchMode
from tests.retrieval.conftest import Shelf
from tests.retrieval.tiny_pdf import make_pdf

pytestmark = pytest.mark.asyncio(loop_scope="session")

GUIDE = """---
title: Garden guide
---
# Trees

An apple tree is pruned in late winter, before its buds open and while it still rests.

# Tools

The ladder model ZX-81 carries one hundred and fifty kilos and folds to half its length.
"""


async def fill(shelf: Shelf) -> None:
    shelf.write("guide.md", GUIDE)
    shelf.write("bread.txt", "Bread dough rises for two hours in a warm place.")
    shelf.write("ice.pdf", make_pdf([[], ["Glaciers melt slowly."]]))
    await shelf.ingest()


async def test_a_passage_says_where_it_is_from(shelf: Shelf) -> None:
    await fill(shelf)
    (passage, *_) = await shelf.retriever.search("ZX-81", collection=shelf.collection, k=3)

    assert (passage.rank, passage.source, passage.title) == (1, "guide.md", "Garden guide")
    assert (passage.heading, passage.page) == ("Tools", None)
    assert passage.path == str(shelf.folder / "guide.md")
    assert passage.text == GUIDE[passage.char_start : passage.char_end]
    assert (passage.line_start, passage.line_end) == (8, 10)
    assert passage.collection == shelf.collection
    assert passage.ranks.lexical == 1


async def test_a_passage_of_a_pdf_has_its_page(shelf: Shelf) -> None:
    await fill(shelf)
    (passage, *_) = await shelf.retriever.search("glaciers", collection=shelf.collection, k=1)

    assert (passage.source, passage.page, passage.text) == ("ice.pdf", 2, "Glaciers melt slowly.")


@pytest.mark.parametrize("mode", ["lexical", "hybrid"])
async def test_an_abbreviation_finds_what_it_stands_for(shelf: Shelf, mode: SearchMode) -> None:
    await fill(shelf)
    shelf.write("report.txt", "Property, plant and equipment, net: 8,738 and 8,866.")
    shelf.write("board.txt", "Chef des Hauses und PDG ist Anne Petit.")
    await shelf.ingest()

    for question, source in (("PPNE", "report.txt"), ("président-directeur général", "board.txt")):
        (first, *_) = await shelf.retriever.search(
            question, collection=shelf.collection, k=1, mode=mode
        )
        assert first.source == source
        assert first.coverage is not None
        assert first.coverage > 0.6


async def test_the_dense_leg_finds_meaning_without_a_common_word(shelf: Shelf) -> None:
    await fill(shelf)
    passages = await shelf.retriever.search(
        "baking a loaf", collection=shelf.collection, k=2, mode="dense"
    )

    assert passages[0].source == "bread.txt"
    assert passages[0].score == passages[0].similarity
    assert passages[0].ranks.lexical is None
    assert [passage.ranks.dense for passage in passages] == [1, 2]


async def test_the_lexical_leg_finds_exact_words_only(shelf: Shelf) -> None:
    await fill(shelf)
    search = shelf.retriever.search
    (found,) = await search("ZX-81", collection=shelf.collection, k=9, mode="lexical")

    assert found.heading == "Tools"
    assert (found.similarity, found.ranks.dense) == (None, None)
    assert await search("baking a loaf", collection=shelf.collection, k=9, mode="lexical") == ()


async def test_a_title_is_found_on_both_legs(shelf: Shelf) -> None:
    await fill(shelf)
    for mode in ("dense", "lexical"):
        chosen: SearchMode = "dense" if mode == "dense" else "lexical"
        (passage, *_) = await shelf.retriever.search(
            "garden guide", collection=shelf.collection, k=1, mode=chosen
        )
        assert passage.source == "guide.md"


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
async def test_a_search_weighs_the_names_of_documents(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, mode: SearchMode
) -> None:
    shelf.write("tools.txt", "Ladder, ladders: the folding ladder of the harbour, and its ladder.")
    shelf.write("harbour.txt", "Boats lie at the mole for a week, and a ladder leads up to it.")
    await shelf.ingest()
    monkeypatch.setattr(document_prior, "NAME_SHARE", 1.0)

    (passage, *_) = await shelf.retriever.search(
        "the ladder of the harbour", collection=shelf.collection, k=1, mode=mode
    )

    assert passage.source == "harbour.txt"


async def test_a_page_of_numbers_is_found_by_its_title_in_the_report_that_is_meant(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    prose = "What Initech paid for machines, how much it paid for machines, is in note {}. "
    notes = [f"## Note {at}\n\n" + prose.format(at) * 12 for at in range(8)]
    rows = "\n".join(f"| Item {at} | {at} |" for at in range(40))
    statement = f"## Consolidated Statements of Cash Flows\n\n| | 2020 |\n|---|---|\n{rows}"
    shelf.write("Initech_2020.md", "\n\n".join([*notes, statement]))
    for name in ("globex", "hooli", "acme"):
        shelf.write(f"{name}.md", f"How to read the cash flow statement of {name}: a statement.")
    await shelf.ingest()
    # As few candidates as a long report has among many.
    few = Retriever(shelf.library, shelf.embedder, shelf.vectors, candidates=3)

    async def headings() -> list[str]:
        found = await few.search(
            "Using the cash flow statement, how much did Initech pay for machines in 2020? "
            "Answer in USD millions.",
            collection=shelf.collection,
            k=3,
        )
        return [one.heading for one in found]

    assert "Consolidated Statements of Cash Flows" not in await headings()
    monkeypatch.setattr(meant_documents, "MANY_PASSAGES", 3)
    assert "Consolidated Statements of Cash Flows" in await headings()


async def test_a_chunk_of_the_words_alone_gets_its_cosine_from_its_stored_vector(
    shelf: Shelf,
) -> None:
    await fill(shelf)
    query = "baking a loaf of bread, ZX-81 ZX-81"
    vector = await shelf.embedder.embed_query(query)
    truth = dict(await shelf.vectors.query(shelf.collection, vector, 9))
    by_words = Retriever(
        shelf.library, shelf.embedder, shelf.vectors, candidates=1, dense_weight=0.0
    )
    (passage,) = await by_words.search(query, collection=shelf.collection, k=1)

    assert passage.ranks.dense is None
    assert passage.similarity == pytest.approx(truth[passage.chunk_id], abs=1e-5)


async def test_scores_fall_with_the_ranks(shelf: Shelf) -> None:
    await fill(shelf)
    passages = await shelf.retriever.search(
        "pruning a tree in winter", collection=shelf.collection, k=4
    )

    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert [passage.rank for passage in passages] == [1, 2, 3, 4]
    assert passages[0].heading == "Trees"


@pytest.mark.parametrize("query", ["", "  \n"])
async def test_a_blank_query_finds_nothing(shelf: Shelf, query: str) -> None:
    await shelf.library.ensure_collection(shelf.collection)

    assert await shelf.retriever.search(query, collection=shelf.collection, k=3) == ()


@pytest.mark.parametrize("query", ['"', "*", "\ud800", "a\0b", "NEAR(", "🗂" * 50, "的" * 3000])
async def test_any_query_is_answered(shelf: Shelf, query: str) -> None:
    await fill(shelf)

    passages = await shelf.retriever.search(query, collection=shelf.collection, k=2)
    assert len(passages) <= 2


async def test_a_collection_without_chunks_finds_nothing(shelf: Shelf) -> None:
    await shelf.library.ensure_collection(shelf.collection)

    assert await shelf.retriever.search("river", collection=shelf.collection, k=3) == ()


async def test_an_unknown_collection_is_an_error(shelf: Shelf) -> None:
    with pytest.raises(NoSuchCollection):
        await shelf.retriever.search("river", collection="nowhere", k=3)


async def test_lost_vectors_are_noticed_and_a_rebuild_mends_them(shelf: Shelf) -> None:
    await fill(shelf)
    ids = await shelf.vectors.ids(shelf.collection)
    await shelf.vectors.remove(shelf.collection, ids[:1])

    with pytest.raises(IndexDamaged, match=f"chatui collections rebuild {shelf.collection}"):
        await shelf.retriever.search("tree", collection=shelf.collection, k=3)
    assert await shelf.retriever.search("tree", collection=shelf.collection, k=3, mode="lexical")

    _ = [step async for step in shelf.upkeep.rebuild(shelf.collection)]
    assert await shelf.retriever.search("tree", collection=shelf.collection, k=3)


async def test_a_collection_of_another_model_is_not_compared(shelf: Shelf) -> None:
    await fill(shelf)
    row = await shelf.library.collection(shelf.collection)
    await shelf.library.set_fingerprint(row.id, "another-model")
    held = [(chunk_id, 1) for chunk_id in await shelf.vectors.ids(row.name)]
    await shelf.library.mark_indexed(row.id, held)

    with pytest.raises(IndexDamaged, match="another embedding model"):
        await shelf.retriever.search("tree", collection=shelf.collection, k=3)


async def test_a_chunk_deleted_since_the_index_heard_of_it_is_left_out(shelf: Shelf) -> None:
    await fill(shelf)
    row = await shelf.library.collection(shelf.collection)
    files = await shelf.library.files(row.id)
    await shelf.library.remove_files([files[str(shelf.folder / "bread.txt")].id])
    passages = await shelf.retriever.search(
        "baking a loaf", collection=shelf.collection, k=3, mode="dense"
    )

    assert len(passages) == 3
    assert "bread.txt" not in [passage.source for passage in passages]
    assert [passage.rank for passage in passages] == [1, 2, 3]


async def test_copies_of_a_page_answer_once(shelf: Shelf) -> None:
    page = "# Heron\n\nThe grey heron waits at the water and eats fish, frogs and mice.\n"
    shelf.write("heron.md", page)
    shelf.write("copy/heron.md", page)
    shelf.write("other.md", "# Cranes\n\nCranes walk over the meadows and dance in spring.\n")
    await shelf.ingest()
    for mode in get_args(SearchMode):
        passages = await shelf.retriever.search(
            "what does the heron eat", collection=shelf.collection, k=3, mode=mode
        )

        assert sum("heron" in passage.text for passage in passages) == 1
        assert [passage.rank for passage in passages] == list(range(1, len(passages) + 1))


async def test_of_copies_the_one_that_stands_first_answers(shelf: Shelf) -> None:
    copies = "\n\n".join(f"# Notice\n\n{GUIDE.split('# Tools')[1].strip()}" for _ in range(6))
    shelf.write("copies.md", copies)
    await shelf.ingest()

    for mode in get_args(SearchMode):
        passages = await shelf.retriever.search(
            "the ladder ZX-81", collection=shelf.collection, k=3, mode=mode
        )
        assert [passage.char_start for passage in passages] == [0]


async def test_a_follow_up_finds_the_place_about_its_subject_and_not_the_last_answer(
    shelf: Shelf,
) -> None:
    filler = " ".join(f"On day {day} nothing else of note was said of it." for day in range(13))
    for name in ("Nexus", "Nova", "Orion", "Pulsar", "Vega", "Lyra"):
        shelf.write(
            f"{name}.md",
            f"# {name}\n\nThe {name} is a phone for the field: the {name} phone bears rain and "
            f"dust, and what the {name} is made of is metal. {filler}\n\n"
            f"# Trade\n\nThe list price in every shop is agreed with {name} Ltd. {filler}\n",
        )
    await shelf.ingest()
    near = (str(shelf.folder / "Vega.md"),)

    async def first(query: Query) -> tuple[str, str]:
        (best, *_) = await shelf.retriever.search(query, collection=shelf.collection, k=4)
        return best.source, best.heading

    context = "What is the Vega phone made of?"
    assert await first(Query("and the list price in a shop?", context)) == ("Vega.md", "Trade")
    assert await first(Query("and the list price in a shop?", near=near)) == ("Vega.md", "Trade")
    assert (await first(Query("and the list price of Lyra?", context, near)))[0] == "Lyra.md"


async def test_a_page_that_is_asked_for_comes_first(shelf: Shelf) -> None:
    await fill(shelf)
    shelf.write("sand.pdf", make_pdf([["Dunes."], ["They wander."], ["Glaciers melt."]]))
    await shelf.ingest()

    asked = await shelf.retriever.search("What is on page 3?", collection=shelf.collection, k=3)
    assert (asked[0].source, asked[0].page) == ("sand.pdf", 3)
    (first, second, *_) = await shelf.retriever.search(
        "What does page 2 say about glaciers?", collection=shelf.collection, k=3
    )
    assert {(first.source, first.page), (second.source, second.page)} == {
        ("ice.pdf", 2),
        ("sand.pdf", 2),
    }
    assert all(0 <= one.score <= 1 for one in asked)


HAY = "The committee met in the old town hall and spoke about the bridge and its piers. " * 8
NEEDLE = "A loaf of bread is baked for forty minutes in a hot oven."


async def test_what_is_said_in_one_window_of_a_long_passage_is_found_by_meaning(
    shelf: Shelf,
) -> None:
    shelf.write("long.md", f"{HAY}\n\n{HAY[:200]}{NEEDLE} {HAY[:200]}")
    shelf.write("short.txt", "Glaciers melt slowly, and rivers rise in the spring.")
    await shelf.ingest()
    (passage, *_) = await shelf.retriever.search(
        "how to make a cake", collection=shelf.collection, k=2, mode="dense"
    )
    row = await shelf.library.collection(shelf.collection)

    assert passage.source == "long.md"
    assert NEEDLE in passage.text
    assert await shelf.library.count_vectors(row.id) > await shelf.library.count_chunks(row.id)
    assert await shelf.vectors.count(row.name) == await shelf.library.count_vectors(row.id)


async def test_a_passage_of_many_windows_is_found_once(shelf: Shelf) -> None:
    shelf.write("long.md", f"{HAY}\n\n{HAY[:400]}")
    shelf.write("other.md", f"{HAY[:500]} Nobody came.")
    await shelf.ingest()
    passages = await shelf.retriever.search(
        "the committee and the bridge", collection=shelf.collection, k=9, mode="dense"
    )

    ids = [passage.chunk_id for passage in passages]
    assert len(ids) == len(set(ids))


async def test_all_vectors_of_a_passage_leave_the_index_with_it(shelf: Shelf) -> None:
    long = shelf.write("long.md", f"{HAY}\n\n{HAY[:400]}")
    shelf.write("short.txt", "Glaciers melt slowly.")
    await shelf.ingest()
    row = await shelf.library.collection(shelf.collection)
    long.unlink()
    await shelf.ingest()

    assert await shelf.vectors.count(row.name) == 1
    assert (await shelf.upkeep.check(row.name)).sound


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
@pytest.mark.parametrize(
    "beside",
    [
        "The rent of the flat and the deposit of the flat are due, says the landlord.",
        "Die Katze schlief den ganzen Nachmittag auf dem warmen Stein neben dem Haus.",
        "猫整个下午都睡在温暖的石头上。",
    ],
)
async def test_what_a_few_files_hold_of_a_question_is_told_by_these_alone(
    shelf: Shelf, mode: SearchMode, beside: str
) -> None:
    shelf.write("flat.md", "# Flat\n\nThe rent of the flat is 900 euros. The deposit is 1,800.")
    shelf.write("cooker.md", "# Cooker\n\nThe cooker holds 4 litres; E3 is a fault of a sensor.")
    await shelf.ingest()

    async def held() -> dict[str, float | None]:
        found = await shelf.retriever.search(
            "What is the deposit of the flat?", collection=shelf.collection, k=8, mode=mode
        )
        return {one.source: one.coverage for one in found}

    alone = await held()
    others = replace(shelf, collection=f"{shelf.collection}-beside")
    files = [
        shelf.write(f"beside/{number}.md", f"# Page {number}\n\n" + f"{beside} " * (1 + number))
        for number in range(30)
    ]
    await others.ingest(*files)

    assert max(one or 0 for one in alone.values()) > 0
    assert await held() == pytest.approx(alone)
