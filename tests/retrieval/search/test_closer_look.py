from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.closer_look import (
    CLOSE_LOOKS,
    K1,
    MOST_GRAMS,
    B,
    bm25,
    looked_at_closely,
    weighted_grams,
)
from chatui.retrieval.search.query import Query
from tests.properties import examples


def chunk(name: str, text: str, source: str = "a.txt") -> ChunkRow:
    return ChunkRow(name, source, f"/{source}", "", "", None, 0, len(text), 1, 1, text)


def order(question: str, *texts: str, sureness: float = 1.0, context: str = "") -> list[str]:
    """The texts as they rank, where all ranked alike before."""
    chunks = {str(at): chunk(str(at), text) for at, text in enumerate(texts)}
    ranking = [(name, 1.0) for name in chunks]
    found = looked_at_closely(ranking, Query(question, context), chunks, sureness)
    return [chunks[name].text for name, _ in found]


@pytest.mark.parametrize(
    ("question", "fitting"),
    [
        ("Wann tagte das Gericht?", "Das Bundesverfassungsgericht tagte 1951."),
        ("Wie hoch sind die Häuser?", "Ein Haus wie dieses; das Häuschen daneben."),
        ("¿Dónde vivían los normandos?", "La cultura normanda de Francia."),
        ("Когда построили мосты?", "Постройка моста началась весной."),
        ("أين المكتبة؟", "ذهب الطالب بالأمس إلى مكتبته"),
        ("नदियों की लंबाई", "यह नदियाँ लंबी हैं"),
        ("ราคาน้ำมันเท่าไร", "วันนี้ราคาน้ำมันเพิ่มขึ้น"),
        ("東京の人口は？", "首都である東京には人が多い"),
        ("Foot Locker in Q1", "FOOTLOCKER reported for q1"),
        ("What is a naive cafe?", "Ces cafés naïvement décorés"),
    ],
)
def test_what_shares_parts_of_its_words_with_the_question_comes_first(
    question: str, fitting: str
) -> None:
    assert order(question, "Nichts davon, nothing, nada.", "一二三", fitting)[0] == fitting


def test_a_short_word_is_looked_for_as_a_word() -> None:
    assert order("EU 3M", "queue of neurons", "13MB", "the EU and 3M.")[0] == "the EU and 3M."


def test_what_all_candidates_hold_tells_nothing() -> None:
    texts = [f"die Gemeinde und die Stadt Nummer {n}" for n in range(9)]
    asked = "die Gemeinde und die Stadt der Brunnen"

    assert order(asked, *texts, "ein Brunnen")[0] == "ein Brunnen"


def test_a_file_is_found_by_its_name() -> None:
    chunks = {
        "a": chunk("a", "Total revenue was 4.", "NETFLIX_2015_10K.pdf"),
        "b": chunk("b", "Total revenue was 5.", "NETFLIX_2017_10K.pdf"),
        "c": chunk("c", "Total revenue was 6.", "AMAZON_2017_10K.pdf"),
    }
    ranking = [(name, 1.0) for name in chunks]
    question = Query("What was the FY2017 total revenue of Netflix?")

    assert looked_at_closely(ranking, question, chunks, 1.0)[0][0] == "b"


def test_a_context_counts_less_than_the_question() -> None:
    context = "Who wrote about the harbour of the town?"

    found = order("and its bridge", "The bridge.", "The harbour.", "Else.", context=context)

    assert found == ["The bridge.", "The harbour.", "Else."]


def test_letters_that_fit_by_chance_count_little_where_the_words_found_nothing() -> None:
    chunks = {"near": chunk("near", "The king."), "far": chunk("far", "Der Königsweg")}
    ranking = [("near", 1.0), ("far", 0.9)]
    asked = Query("Wer war König?")

    assert looked_at_closely(ranking, asked, chunks, 1.0)[0][0] == "far"
    assert looked_at_closely(ranking, asked, chunks, 0.1)[0][0] == "near"


def test_a_question_that_no_candidate_answers_leaves_the_ranking() -> None:
    ranking = [("0", 0.5), ("1", 0.25)]
    chunks = {name: chunk(name, "nothing") for name, _ in ranking}

    for question in ("", "?!", "zebra"):
        assert looked_at_closely(ranking, Query(question), chunks, 1.0) == ranking
    assert looked_at_closely([], Query("zebra"), {}, 1.0) == []


def test_only_the_first_candidates_are_read_and_the_others_stay_behind_them() -> None:
    ranking = [(f"{n:03}", 1 - n / 1000) for n in range(CLOSE_LOOKS + 20)]
    chunks = {name: chunk(name, f"zebra {name}") for name, _ in ranking}

    found = looked_at_closely(ranking, Query("zebra"), chunks, 1.0)

    assert [name for name, _ in found[CLOSE_LOOKS:]] == [name for name, _ in ranking[CLOSE_LOOKS:]]
    assert all(0 <= score <= 1 for _, score in found)


def test_a_candidate_that_is_gone_by_now_keeps_its_place_among_the_others() -> None:
    ranking = [("gone", 1.0), ("there", 0.9)]

    found = looked_at_closely(ranking, Query("zebra"), {"there": chunk("there", "zebra")}, 1.0)

    assert {name for name, _ in found} == {"gone", "there"}


def test_a_pasted_page_is_looked_for_by_its_beginning() -> None:
    page = " ".join(f"word{n}" for n in range(10_000))

    assert len(weighted_grams(Query(page))) == MOST_GRAMS


@examples(100)
@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=4))
def test_any_text_is_compared_with_any_question(question: str, texts: list[str]) -> None:
    assert sorted(order(question, *texts)) == sorted(texts)


LETTERS = st.text(alphabet="ab ", max_size=12)


@examples(100)
@given(
    st.dictionaries(st.text(alphabet="ab", min_size=1, max_size=3), st.floats(0, 1), max_size=5),
    st.lists(LETTERS, max_size=5),
)
def test_what_is_counted_once_scores_as_the_formula_has_it(
    wanted: dict[str, float], texts: list[str]
) -> None:
    mean = sum(map(len, texts)) / max(1, len(texts)) or 1.0
    expected = []
    for text in texts:
        score = 0.0
        for gram, weight in wanted.items():
            holding = sum(gram in other for other in texts)
            count = text.count(gram)
            rarity = log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            length = K1 * (1 - B + B * len(text) / mean)
            score += weight * rarity * count * (K1 + 1) / (count + length) if count else 0.0
        expected.append(score)

    assert bm25(wanted, texts) == pytest.approx(expected)
    assert bm25(wanted, texts) == pytest.approx(expected)
