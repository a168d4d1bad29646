"""Places that questions name by their numbers, and where texts write them."""

from __future__ import annotations

import pytest

from chatui.text.places import (
    NamedPlace,
    Naming,
    asks_for_it_alone,
    places_in,
    spans_of,
    without_places,
)


@pytest.mark.parametrize(
    ("question", "kind", "number"),
    [
        ("What does clause 2.2(b) say?", "clause", "2.2.b"),
        ("What does 2.2(b) say?", "", "2.2.b"),
        ("clause 7", "clause", "7"),
        ("Section 3.2 of the lease", "section", "3.2"),
        ("§ 5", "§", "5"),
        ("§5 Abs. 2", "§", "5.2"),
        ("What does Article 12 say?", "article", "12"),
        ("Article IV", "article", "4"),
        ("第七条说什么？", "article", "7"),
        ("第七条第二款", "article", "7.2"),
        ("第十二章", "chapter", "12"),
        ("第二十三条", "article", "23"),
        ("附件二", "annex", "2"),
        ("表3", "table", "3"),
        ("第12页", "page", "12"),
        ("12ページ", "page", "12"),
        ("제7조", "article", "7"),
        ("point 4 (a)", "point", "4.a"),
        ("Was steht in Klausel 2.1?", "clause", "2.1"),
        ("Ziffer 4", "point", "4"),
        ("annexe B", "annex", "b"),
        ("Anhang A.1", "annex", "a.1"),
        ("Table 3", "table", "3"),
        ("Abb. 2", "figure", "2"),
        ("figure 2", "figure", "2"),
        ("step 4", "step", "4"),
        ("page 12", "page", "12"),
        ("Auf Seite 12?", "page", "12"),
        ("slide 7", "slide", "7"),
        ("cláusula 3", "clause", "3"),
        ("статье 5", "article", "5"),
    ],
)
def test_a_question_names_a_place(question: str, kind: str, number: str) -> None:
    assert places_in(question) == (NamedPlace(kind, tuple(number.split("."))),)


@pytest.mark.parametrize(
    "question",
    [
        "How many part numbers?", "No I am not", "in 2024 we had 5 cats", "part a of it",
        "What does the section say about 3 cats?", "Which page?", "The table is 3 metres long",
        "version 3.11.2", "Is there a clause?", "",
    ],
)  # fmt: skip
def test_a_number_that_names_no_place_is_none(question: str) -> None:
    assert places_in(question) == ()


@pytest.mark.parametrize(
    "question",
    [
        "What does clause 2.2(b) say?", "Was steht in Klausel 2.1?", "Que dit l'article 5 ?",
        "¿Qué dice la cláusula 3?", "第七条规定了什么内容？", "Was regelt § 5 Abs. 2?",
        "What is on page 12?", "clause 7", "Что сказано в статье 5?", "Read me section 3.2",
        "第3項には何と書いてありますか", "제7조의 내용은?",
    ],
)  # fmt: skip
def test_a_question_may_ask_what_a_place_says_and_nothing_else(question: str) -> None:
    assert asks_for_it_alone(question)


@pytest.mark.parametrize(
    "question", ["What does clause 7 say about rent?", "Who signs clause 7?", "What is rent?"]
)
def test_a_question_that_asks_more_does_not(question: str) -> None:
    assert not asks_for_it_alone(question)


def test_what_else_a_question_says_is_left() -> None:
    assert without_places("Who pays under clause 2 and § 5?").split() == [
        "Who", "pays", "under", "and", "?",
    ]  # fmt: skip


CONTRACT = """1. Term
1.1 It is one year.
2. Rent
2.1 It is due.
2.2 The tenant:
(a) pays
(b) keeps the roof
    in repair
(c) insures
3. End
"""


def there(place: NamedPlace, text: str, naming: Naming, *headings: str) -> list[str]:
    return [text[start:end] for start, end in spans_of(place, text, headings, naming)]


def test_a_clause_is_all_that_is_numbered_below_it() -> None:
    found = there(NamedPlace("clause", ("2",)), CONTRACT, Naming.BARE)

    assert [text.splitlines()[0] for text in found] == ["2. Rent"]
    assert found[0].endswith("(c) insures\n")


def test_a_letter_stands_below_its_clause() -> None:
    assert there(NamedPlace("clause", ("2", "2", "b")), CONTRACT, Naming.BARE) == [
        "(b) keeps the roof\n    in repair\n"
    ]
    joined = "2.2(a) pays\n2.2(b) keeps\n2.2(c) insures\n"
    assert there(NamedPlace("", ("2", "2", "b")), joined, Naming.BARE) == ["2.2(b) keeps\n"]


def test_a_part_with_a_name_holds_its_numbered_items() -> None:
    text = "Article 2 Rent\n1. It is 900.\n2. It is due.\nArticle 3 End\n1. In May.\n"

    assert there(NamedPlace("article", ("2",)), text, Naming.SAME) == [
        "Article 2 Rent\n1. It is 900.\n2. It is due.\n"
    ]
    assert there(NamedPlace("article", ("2", "2")), text, Naming.SAME) == ["2. It is due.\n"]
    assert there(NamedPlace("clause", ("2",)), text, Naming.SAME) == []
    assert there(NamedPlace("clause", ("3",)), text, Naming.LIKE) == ["Article 3 End\n1. In May.\n"]


def test_a_heading_above_the_text_names_its_place() -> None:
    place = NamedPlace("article", ("12",))
    assert there(place, "Words.\nMore.", Naming.SAME, "Contract", "Article 12 End") == [
        "Words.\nMore."
    ]
    assert there(place, "Words.", Naming.SAME, "Article 12 End", "Article 13") == []


def test_a_table_and_a_figure_are_named_in_full() -> None:
    text = "3. Bolts\nTable 3: Torques\n| M6 | 9 |\nFigure 2: The pump.\n"

    assert there(NamedPlace("table", ("3",)), text, Naming.SAME) == [
        "Table 3: Torques\n| M6 | 9 |\n"
    ]
    assert there(NamedPlace("table", ("3",)), text, Naming.BARE) == []


def test_marks_before_a_number_are_no_part_of_it() -> None:
    text = "## § 5 Deposit\nWords.\n**Step 4:** Lift it.\n> Article 6 is quoted.\n"

    assert there(NamedPlace("§", ("5",)), text, Naming.SAME) == ["## § 5 Deposit\nWords.\n"]
    assert there(NamedPlace("step", ("4",)), text, Naming.SAME) == ["**Step 4:** Lift it.\n"]


def test_chinese_articles_are_found_by_their_numbers() -> None:
    text = "第一条 租期为三年。\n第七条 押金为三个月租金。\n第八条 争议。\n"

    assert there(NamedPlace("article", ("7",)), text, Naming.SAME) == [
        "第七条 押金为三个月租金。\n"
    ]
