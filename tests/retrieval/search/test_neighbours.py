"""Passages joined with what stands around them in their file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.passage import Passage
from chatui.retrieval.chunking.chunker import LONGEST_GAP, Chunker
from chatui.retrieval.chunking.document import Chunk, Document
from chatui.retrieval.ingest.reading import ReadingLimits
from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.readers import markdown, plain
from chatui.retrieval.search.neighbours import joined
from chatui.retrieval.search.retriever import Retriever
from tests.properties import examples
from tests.retrieval.conftest import Shelf
from tests.retrieval.tiny_pdf import make_pdf
from tests.retrieval.tokenizer import MAX_TOKENS, tokenizer_file

SMALL = 40
PARAGRAPHS = st.sampled_from(
    [
        "# Title\n",
        "## Section\n\n",
        "## Another\n\n",
        "The river rose for three days and then it fell again within a week. " * 5 + "\n\n",
        "Short.\n\n",
        "- one\n- two\n\n    - three\n",
        "```\n    print(1)\n\n    print(2)\n```\n",
        "    indented code " * 12 + "\n\n\n",
        "東京は日本の首都です。大阪は西にあります。" * 4 + "\n",
        "x" * 400,
        " \t \n",
    ]
)
DOCUMENTS = st.builds(
    lambda parts, end, read: read("".join(parts).replace("\n", end), "stem"),
    st.lists(PARAGRAPHS, min_size=3, max_size=14),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([markdown.read, plain.read]),
)


@pytest.fixture(scope="module")
def chunker() -> Chunker:
    return Chunker.by_tokens(tokenizer_file(), MAX_TOKENS, SMALL)


def rows_of(chunks: Sequence[Chunk], file_id: int = 1) -> list[ChunkRow]:
    return [
        ChunkRow(
            f"{file_id}-{place}", "a", "/a", "A", chunk.heading, chunk.page, chunk.char_start,
            chunk.char_end, chunk.line_start, chunk.line_end, chunk.text, 0, file_id, place,
            chunk.gap,
        )
        for place, chunk in enumerate(chunks)
    ]  # fmt: skip


def row(place: int, gap: str | None = " ", heading: str = "H", page: int | None = None) -> ChunkRow:
    """One of a row of chunks "c0 c1 c2 …" in a file."""
    start = 3 * place
    return ChunkRow(
        f"c{place}", "a", "/a", "A", heading, page, start, start + 2, place, place, f"c{place}",
        0, 1, place, gap,
    )  # fmt: skip


def texts(found: Sequence[ChunkRow]) -> list[str]:
    return [one.text for one in found]


@examples(80)
@given(document=DOCUMENTS, reach=st.integers(1, 5), data=st.data())
def test_joined_text_is_the_documents_own_to_the_character(
    document: Document, reach: int, data: st.DataObject, chunker: Chunker
) -> None:
    rows = rows_of(chunker.chunks(document))
    hits = data.draw(
        st.lists(st.sampled_from(rows), unique=True, max_size=4) if rows else st.just([])
    )
    found = joined(hits, rows, reach)

    for one in found:
        assert one.text == document.text[one.char_start : one.char_end]
        assert one.line_start == document.text.count("\n", 0, one.char_start) + 1
        assert one.line_end == document.text.count("\n", 0, one.char_end) + 1
    for hit in hits:
        assert sum(one.char_start <= hit.char_start < one.char_end for one in found) == 1
    spans = sorted((one.char_start, one.char_end) for one in found)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


@examples(40)
@given(document=DOCUMENTS)
def test_a_gap_is_what_stands_before_the_next_chunk(document: Document, chunker: Chunker) -> None:
    chunks = chunker.chunks(document)

    for chunk, behind in pairwise(chunks):
        if chunk.gap is not None:
            assert chunk.gap == document.text[chunk.char_end : behind.char_start]
            assert not chunk.gap.strip()
    assert all(chunk.gap is None for chunk in chunks[-1:])


def test_a_heading_parts_chunks_also_when_it_is_the_same_one_again(chunker: Chunker) -> None:
    section = "# Notice\n\n" + "The gate is closed at night and opens in the morning. " * 2
    chunks = chunker.chunks(markdown.read(f"{section}\n\n{section}\n", "stem"))
    begins = [chunk.text.startswith("#") for chunk in chunks]

    assert begins.count(True) == 2
    assert [chunk.gap is None for chunk in chunks] == [*begins[1:], True]


def test_long_blank_stretches_part_chunks(chunker: Chunker) -> None:
    text = "The river rose for three days and then it fell again. " * 3

    def gap(blank: str) -> str | None:
        chunks = chunker.chunks(plain.read(f"{text.strip()}{blank}{text}", "stem"))
        (before,) = [one for one in chunks if one.char_end == len(text.strip())]
        return before.gap

    assert gap("\n" * LONGEST_GAP) == "\n" * LONGEST_GAP
    assert gap("\n" * (LONGEST_GAP + 1)) is None


def test_a_chunk_is_joined_with_as_many_as_are_asked_for_on_each_side() -> None:
    rows = [row(place) for place in range(7)]

    assert texts(joined([rows[3]], rows, 1)) == ["c2 c3 c4"]
    assert texts(joined([rows[3]], rows, 2)) == ["c1 c2 c3 c4 c5"]
    assert texts(joined([rows[0], rows[6]], rows, 1)) == ["c0 c1", "c5 c6"]


def test_those_that_touch_become_one_with_the_id_of_the_better_one() -> None:
    rows = [row(place) for place in range(12)]
    found = joined([rows[4], rows[10], rows[1]], rows, 1)

    assert texts(found) == ["c0 c1 c2 c3 c4 c5", "c9 c10 c11"]
    assert [one.chunk_id for one in found] == ["c4", "c10"]


def test_a_border_stops_both_its_sides_although_their_reaches_meet() -> None:
    rows = [row(place, heading="H" if place < 4 else "I") for place in range(8)]

    assert texts(joined([rows[1], rows[4]], rows, 1)) == ["c0 c1 c2", "c4 c5"]


@pytest.mark.parametrize("change", [{"gap": None}, {"gap": "  "}, {"page": 2}, {"heading": "I"}])
def test_chunks_that_do_not_continue_each_other_stay_apart(change: dict[str, object]) -> None:
    left = replace(row(0), **change)  # type: ignore[arg-type]

    assert texts(joined([left, row(1)], [left, row(1)], 5)) == ["c0", "c1"]


def test_files_are_kept_apart() -> None:
    other = replace(row(1), file_id=2, chunk_id="other")

    assert texts(joined([row(0), other], [row(0), other], 1)) == ["c0", "c1"]


def test_a_chunk_that_is_gone_by_now_stays_as_it_was_found() -> None:
    assert joined([row(5), row(0)], [row(0), row(1)], 1)[0] == row(5)


STORM = [
    "The storm came from the west at dawn and tore the roof off the old barn by the lane.",
    "By noon the river Quellin had left its bed and stood a metre deep in the lower fields.",
    "The farmers brought their cattle to the hill and waited there for two nights in the rain.",
    "On the third day engineers from Harlow closed the sluice and the water began to fall.",
    "It took until the spring before the meadows were dry and grass could be sown again.",
]
FLOOD = (
    "# Storm\r\n\r\n" + "\r\n\r\n".join(STORM) + "\r\n\r\n# Harvest\r\n\r\nWheat was scarce.\r\n"
)


async def search(shelf: Shelf, query: str, *, neighbours: int, k: int = 1) -> tuple[Passage, ...]:
    retriever = Retriever(shelf.library, shelf.embedder, shelf.vectors, neighbours=neighbours)
    return await retriever.search(query, collection=shelf.collection, k=k, mode="lexical")


async def fill(shelf: Shelf) -> None:
    shelf.limits = ReadingLimits(chunk_tokens=32)
    shelf.write("flood.md", FLOOD)
    await shelf.ingest()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_passage_is_shown_with_its_neighbours_and_says_where_they_are(shelf: Shelf) -> None:
    await fill(shelf)
    (alone,) = await search(shelf, "cattle", neighbours=0)
    (wide,) = await search(shelf, "cattle", neighbours=1)

    assert alone.text == STORM[2]
    assert wide.text == "\r\n\r\n".join(STORM[1:4]) == FLOOD[wide.char_start : wide.char_end]
    assert (wide.line_start, wide.line_end) == (5, 9)
    assert wide == replace(
        alone,
        text=wide.text,
        char_start=wide.char_start,
        char_end=wide.char_end,
        line_start=5,
        line_end=9,
    )


@pytest.mark.asyncio(loop_scope="session")
async def test_a_passage_ends_where_its_section_does(shelf: Shelf) -> None:
    await fill(shelf)
    (last,) = await search(shelf, "meadows", neighbours=1)
    (next_section,) = await search(shelf, "wheat", neighbours=1)

    assert last.text == "\r\n\r\n".join(STORM[3:])
    assert next_section.text == "# Harvest\r\n\r\nWheat was scarce."


@pytest.mark.asyncio(loop_scope="session")
async def test_passages_that_touch_are_one_of_the_best_ones_rank_and_score(shelf: Shelf) -> None:
    await fill(shelf)
    query = "Quellin engineers sluice wheat"
    alone = await search(shelf, query, neighbours=0, k=5)
    wide = await search(shelf, query, neighbours=1, k=5)

    assert {one.text for one in alone} == {STORM[1], STORM[3], "# Harvest\r\n\r\nWheat was scarce."}
    assert [one.rank for one in wide] == [1, 2]
    (flood,) = [one for one in wide if one.heading == "Storm"]
    best = next(one for one in alone if one.heading == "Storm")
    assert flood.text == FLOOD[: FLOOD.index("\r\n\r\n# Harvest")]
    assert (flood.chunk_id, flood.score, flood.ranks) == (best.chunk_id, best.score, best.ranks)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_passage_of_a_pdf_stays_on_its_page(shelf: Shelf) -> None:
    shelf.limits = ReadingLimits(chunk_tokens=32)
    shelf.write("flood.pdf", make_pdf([STORM[:3], STORM[3:]]))
    await shelf.ingest()
    (found,) = await search(shelf, "engineers", neighbours=5)

    assert found.page == 2
    assert "spring" in found.text
    assert "cattle" not in found.text


@pytest.mark.asyncio(loop_scope="session")
async def test_chunks_of_files_that_were_read_before_gaps_were_kept_stay_alone(
    shelf: Shelf,
) -> None:
    await fill(shelf)
    with closing(sqlite3.connect(shelf.library.path)) as db, db:
        db.execute("UPDATE chunks SET gap = NULL")
    (found,) = await search(shelf, "cattle", neighbours=2)

    assert found.text == STORM[2]


@pytest.mark.asyncio(loop_scope="session")
async def test_an_edited_file_has_new_gaps_around_its_old_chunks(shelf: Shelf) -> None:
    await fill(shelf)
    edited = FLOOD.replace("\r\n\r\n", "\n\n\n")
    shelf.write("flood.md", edited)
    await shelf.ingest()
    (found,) = await search(shelf, "cattle", neighbours=1)

    assert found.text == "\n\n\n".join(STORM[1:4]) == edited[found.char_start : found.char_end]
