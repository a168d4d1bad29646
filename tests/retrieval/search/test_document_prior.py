from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.closer_look import CLOSE_LOOKS, weighted_grams
from chatui.retrieval.search.document_prior import (
    document_fits,
    how_named,
    singled_out,
    with_named_first,
)
from chatui.retrieval.search.fusion import Ranking
from chatui.retrieval.search.query import Query
from tests.properties import examples

TODAY = date(2026, 11, 30)


def chunk(name: str, source: str, title: str = "") -> ChunkRow:
    text = "Total revenue was 4."
    row = ChunkRow(name, source, f"/{source}", title, "", None, 0, len(text), 1, 1, text)
    return replace(row, file_id=crc32(source.encode()))


def in_order(
    ranking: Ranking,
    query: Query,
    chunks: Mapping[str, ChunkRow],
    sureness: float,
    beginnings: Mapping[str, str] | None = None,
) -> Ranking:
    """The ranking by the names and times of the documents; `beginnings` by the file's name."""
    first_lines = {crc32(name.encode()): text for name, text in (beginnings or {}).items()}
    fits = document_fits(query, chunks.values(), first_lines, TODAY)
    return with_named_first(ranking, fits, chunks, sureness)


def first(question: str, *documents: tuple[str, str], context: str = "") -> str:
    """The file of the first passage, where all ranked alike before and stood by their order."""
    chunks = {str(at): chunk(str(at), *names) for at, names in enumerate(documents)}
    ranking = [(name, 1.0) for name in chunks]
    return chunks[in_order(ranking, Query(question, context), chunks, 1.0)[0][0]].source


def named(question: str, *names: str) -> float:
    """How much the question names a document of these names, beside two of others."""
    others = [("minutes",), ("annual report of the harbour",)]
    return how_named(weighted_grams(Query(question)), [names, *others])[names]


@pytest.mark.parametrize(
    ("question", "meant", "other"),
    [
        ("What was Netflix's revenue in FY2017?", "NETFLIX_2017_10K.pdf", "NETFLIX_2015_10K.pdf"),
        ("How much did Pepsico pay in 2023?", "pepsico-2023-8k.pdf", "amcor-2023-8k.pdf"),
        ("What does the lease of the flat say?", "Lease (flat).docx", "Lease (garage).docx"),
        ("Was steht im Mietvertrag?", "Mietvertrag Müller.pdf", "Kaufvertrag Müller.pdf"),
        ("¿Qué dice el contrato de García?", "contrato_garcia.pdf", "contrato_lopez.pdf"),
        ("Что в договоре аренды?", "Договор аренды.pdf", "Договор поставки.pdf"),
        ("トヨタの売上は？", "トヨタ決算.pdf", "ホンダ決算.pdf"),
        ("ما إيرادات أرامكو؟", "أرامكو.pdf", "سابك.pdf"),
    ],
)
def test_passages_of_the_document_that_a_question_names_come_first(
    question: str, meant: str, other: str
) -> None:
    assert first(question, (other, ""), (meant, "")) == meant


def test_a_document_is_known_by_its_title_where_its_file_has_a_number_for_a_name() -> None:
    assert (
        first("What did Corning earn?", ("0001.pdf", "Amcor 2022"), ("0002.pdf", "Corning 2022"))
        == "0002.pdf"
    )


def test_a_title_that_tells_nothing_does_not_lessen_the_name_of_the_file() -> None:
    question = "What did Verizon earn in 2021?"
    title = "United States Securities and Exchange Commission"

    assert named(question, "VERIZON_2021", title) == named(question, "VERIZON_2021")


def test_a_long_name_that_shares_one_word_with_the_question_counts_little() -> None:
    long = "Minutes of the meeting on the new budget for the road behind the school"

    assert named("What is the budget?", "budget") == 1.0
    assert named("What is the budget?", long) < 0.2


def test_what_all_documents_are_called_tells_less_than_what_one_is_called() -> None:
    documents = [("report alpha",), ("report gamma",), ("report delta",)]

    found = how_named(weighted_grams(Query("the gamma")), documents)
    common = how_named(weighted_grams(Query("the report")), documents)

    assert found[("report gamma",)] > 0.5 > common[("report gamma",)]


def test_the_ending_of_a_file_is_no_part_of_its_name() -> None:
    assert first("Which docx has it?", ("a.txt", ""), ("b.docx", "")) == "a.txt"


def test_a_name_from_the_context_counts_less_than_one_from_the_question() -> None:
    documents = (("amcor.pdf", ""), ("corning.pdf", ""))

    assert first("and its debt?", *documents, context="What did Corning earn?") == "corning.pdf"
    assert first("and of Amcor?", *documents, context="What did Corning earn?") == "amcor.pdf"


def test_a_name_does_not_outweigh_a_passage_that_fits_much_better() -> None:
    chunks = {"fits": chunk("fits", "minutes.txt"), "named": chunk("named", "revenue.txt")}
    ranking = [("fits", 1.0), ("named", 0.9)]

    assert in_order(ranking, Query("revenue"), chunks, 1.0)[0][0] == "fits"


def test_names_count_little_where_the_words_found_nothing() -> None:
    chunks = {"near": chunk("near", "minutes.txt"), "far": chunk("far", "revenue.txt")}
    ranking = [("near", 1.0), ("far", 0.98)]
    asked = Query("revenue")

    assert in_order(ranking, asked, chunks, 1.0)[0][0] == "far"
    assert in_order(ranking, asked, chunks, 0.1)[0][0] == "near"


@pytest.mark.parametrize("question", ["", "?!", "zebra"])
def test_a_question_that_names_no_document_leaves_the_ranking(question: str) -> None:
    ranking = [("a", 0.5), ("b", 0.25)]
    chunks = {name: chunk(name, "harbour.txt") for name, _ in ranking}

    assert in_order(ranking, Query(question), chunks, 1.0) == ranking


def test_an_empty_ranking_stays_empty() -> None:
    assert in_order([], Query("zebra"), {}, 1.0) == []


def test_the_passages_of_one_document_keep_their_order() -> None:
    ranking: Ranking = [("c", 0.9), ("a", 0.8), ("b", 0.7)]
    chunks = {name: chunk(name, "harbour.txt") for name, _ in ranking}

    found = in_order(ranking, Query("the harbour"), chunks, 1.0)

    assert [name for name, _ in found] == ["c", "a", "b"]


def test_a_candidate_that_is_gone_by_now_stays_in_the_ranking() -> None:
    ranking = [("gone", 1.0), ("there", 0.9)]

    found = in_order(ranking, Query("zebra"), {"there": chunk("there", "zebra.md")}, 1.0)

    assert {name for name, _ in found} == {"gone", "there"}


def test_those_behind_the_first_candidates_stay_behind_them_and_scores_within_bounds() -> None:
    ranking = [(f"{n:03}", 1 - n / 1000) for n in range(CLOSE_LOOKS + 20)]
    chunks = {name: chunk(name, "zebra.md") for name, _ in ranking}

    found = in_order(ranking, Query("zebra"), chunks, 1.0)

    assert [name for name, _ in found] == [name for name, _ in ranking]
    assert all(0 <= score <= 1 for _, score in found)


@examples(100)
@given(st.text(max_size=80), st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80))))
def test_any_name_is_compared_with_any_question(
    question: str, documents: list[tuple[str, str]]
) -> None:
    found = how_named(weighted_grams(Query(question)), set(documents))

    assert found.keys() == set(documents)
    assert all(0 <= share <= 1.000001 for share in found.values())


@pytest.mark.parametrize(
    ("question", "meant", "other"),
    [
        (
            "the profit of FY2019",
            "For the fiscal year ended December 31, 2019",
            "December 31, 2020",
        ),
        ("What was decided in March 2021?", "Held on March 16, 2021", "Held on June 15, 2021"),
        ("Gewinn im Geschäftsjahr 2019", "1. Januar bis 31. Dezember 2019", "31. Dezember 2018"),
        ("le résultat de 2019", "Exercice clos le 31 décembre 2019", "clos le 31 décembre 2018"),
        ("2019年的净利润", "报告期：2019年1月1日至2019年12月31日", "2018年年度报告"),
    ],
)
def test_a_document_of_the_time_that_is_asked_for_comes_first(
    question: str, meant: str, other: str
) -> None:
    chunks = {"other": chunk("other", "a.pdf"), "meant": chunk("meant", "b.pdf")}
    ranking = [("other", 1.0), ("meant", 0.95)]
    beginnings = {"a.pdf": other, "b.pdf": meant}

    assert in_order(ranking, Query(question), chunks, 1.0, beginnings)[0][0] == "meant"
    assert in_order(ranking, Query("the result"), chunks, 1.0, beginnings) == ranking


def test_the_year_in_a_files_name_is_believed_before_those_in_its_text() -> None:
    chunks = {"old": chunk("old", "report-2018.md"), "new": chunk("new", "report-2019.md")}
    ranking = [("old", 1.0), ("new", 0.98)]
    beginnings = {"report-2018.md": "Printed in 2019.", "report-2019.md": "Printed in 2020."}

    assert in_order(ranking, Query("profit of 2019"), chunks, 1.0, beginnings)[0][0] == "new"


def meant(question: str, *sources: str) -> list[str]:
    """The files that the question means, among these and one of another name."""
    chunks = [chunk(source, source) for source in (*sources, "minutes.md")]
    fits = document_fits(Query(question), chunks, {}, TODAY)
    files = {one.file_id: one.source for one in chunks}
    return [files[one] for one in singled_out(fits)]


def test_the_report_of_a_company_and_year_is_singled_out() -> None:
    reports = ("NETFLIX_2015_10K.pdf", "NETFLIX_2017_10K.pdf", "CORNING_2017_10K.pdf")

    assert meant("What were the liabilities of Netflix in FY2017?", *reports) == [reports[1]]


def test_documents_that_are_named_alike_are_all_meant() -> None:
    leases = ("lease-garage.md", "lease-house.md")

    assert set(meant("the lease of the garage and of the house", *leases)) == set(leases)


def test_a_question_that_names_none_means_none() -> None:
    assert meant("How much does it rain?", "NETFLIX_2015_10K.pdf") == []
