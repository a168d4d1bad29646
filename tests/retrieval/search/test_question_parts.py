from __future__ import annotations

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.question_parts import by_titles, of_parts, with_parts


def chunk(name: str, text: str, heading: str = "") -> ChunkRow:
    return ChunkRow(name, "a.pdf", "/a.pdf", "", heading, 1, 0, len(text), 1, 1, text)


def test_what_several_parts_find_early_is_the_best() -> None:
    found = of_parts([[("a", 9.0), ("b", 8.0)], [("b", 0.3), ("c", 0.2)]])

    assert found["b"] == 1.0
    assert found["b"] > found["a"] > found["c"] > 0


def test_no_part_finds_nothing() -> None:
    assert of_parts([]) == {}
    assert with_parts([("a", 0.5)], {}, 0.5) == [("a", 0.5)]


def test_what_only_the_parts_found_comes_in_and_no_score_passes_the_best() -> None:
    found = with_parts([("a", 0.8), ("b", 0.7)], {"c": 1.0, "b": 0.9}, 0.5)

    assert {one for one, _ in found} == {"a", "b", "c"}
    assert found[0][0] == "b"
    assert all(0 <= score <= 0.8 for _, score in found)


def test_a_page_of_numbers_is_found_by_its_title() -> None:
    pages = [
        chunk("note", "Changes in the statement of income are shown in the notes below."),
        chunk("cash", "INITECH, INC.\nCONSOLIDATED STATEMENTS OF CASH FLOWS\nYear | 2020\nNet | 5"),
        chunk("balance", "Assets | 2020\nCash | 4", heading="Part › Consolidated Balance Sheets"),
    ]

    assert [one for one, _ in by_titles("cash flow statement", pages)] == ["cash"]
    assert [one for one, _ in by_titles("balance sheet", pages)] == ["balance"]


def test_titles_are_known_in_any_language() -> None:
    pages = [
        chunk("guv", "Gewinn- und Verlustrechnung\nUmsatz | 5"),
        chunk("fluss", "Konzern-Kapitalflussrechnung\nJahresüberschuss | 5"),
        chunk("zh", "合并资产负债表\n货币资金 | 5"),
    ]

    assert by_titles("Stütze dich auf die Kapitalflussrechnung", pages)[0][0] == "fluss"
    assert by_titles("资产负债表", pages)[0][0] == "zh"


def test_a_line_of_figures_or_a_sentence_is_no_title() -> None:
    sentence = "The cash flow statement of a firm is explained by its auditors in many words."

    assert by_titles("cash flow statement", [chunk("a", sentence), chunk("b", "Cash 2020")]) == []


def test_a_name_that_ends_in_an_abbreviation_is_a_title() -> None:
    pages = [chunk("a", "Annual Report of Northwind Inc.\nRevenue | 4"), chunk("b", "Cash 2020")]

    assert [one for one, _ in by_titles("annual report of Northwind", pages)] == ["a"]
