"""Chosen pieces are quoted to the letter, each with the number of its passage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatui.models.extractive.quotation import best_first, quote
from chatui.text.citations.marks import settled
from tests.models.extractive_passages import passages, pieces_of


def quoted(*texts: str, places: list[int] | None = None) -> str:
    given = passages(*texts)
    pieces = pieces_of(given)
    return quote(given, pieces, range(len(pieces)) if places is None else places)


def test_neighbours_stay_one_slice_with_one_mark() -> None:
    assert quoted("One is\nhere.  Two is there.") == "One is\nhere.  Two is there. [1]"


def test_lines_that_are_no_wrapped_paragraph_stay_lines() -> None:
    address = "Mill Lane Letting\n12 Mill Lane\nLeeds LS1 4AB"
    assert quoted(address) == "Mill Lane Letting  \n12 Mill Lane  \nLeeds LS1 4AB [1]"


def test_what_stands_apart_is_quoted_apart() -> None:
    assert quoted("One is. Two is. Three is.", places=[0, 2]) == "One is. [1]\n\nThree is. [1]"


def test_passages_keep_their_numbers() -> None:
    answer = quoted("One is.", "Two is.", "Three is.", places=[0, 2])
    assert answer == "One is. [1]\n\nThree is. [3]"
    given = passages("One is.", "Two is.", "Three is.")
    assert [citation.n for citation in settled(answer, given).citations] == [1, 3]


def test_a_left_out_heading_parts_two_quotes() -> None:
    assert quoted("One is.\n\n# Part\n\nTwo is.") == "One is. [1]\n\nTwo is. [1]"


def test_a_table_row_comes_with_its_head() -> None:
    table = "| year | profit |\n|------|--------|\n| 2010 | 7 |\n| 2011 | 9 |"
    assert quoted(table, places=[1]) == "| year | profit |\n|---|---|\n| 2011 | 9 |\n\n[1]"


def test_a_table_without_a_rule_becomes_one_that_can_be_drawn() -> None:
    assert quoted("year | profit\n2010 | 7") == "year | profit\n---|---\n2010 | 7\n\n[1]"


def test_code_stays_code() -> None:
    assert quoted("```sh\npip install x\n```") == "```sh\npip install x\n```\n[1]"
    assert quoted("~~~\n```\n~~~") == ""


def test_list_items_stay_items() -> None:
    assert quoted("- one thing\n- two things") == "- one thing\n- two things [1]"


def test_the_documents_own_marks_stay_as_they_are() -> None:
    text = "Water boils [3] at 100 °C [2, 4]. See `a[2]` and [2](http://x.org)."
    assert quoted(text) == f"{text} [1]"


def below(header: str, text: str, *, places: list[int] | None = None) -> str:
    given = [replace(one, header=header) for one in passages(text)]
    pieces = pieces_of(given)
    return quote(given, pieces, range(len(pieces)) if places is None else places)


def test_rows_of_a_table_that_began_earlier_come_with_its_columns() -> None:
    rows = "| 2011 | 9 |\n| 2012 | 4 |"

    assert below("year | profit", rows) == f"| year | profit |\n|---|---|\n{rows}\n\n[1]"


def test_a_table_with_a_head_of_its_own_keeps_it() -> None:
    table = "| month | loss |\n|---|---|\n| May | 9 |"

    assert below("year | profit", table, places=[0]) == f"{table}\n\n[1]"


def test_a_row_below_the_title_of_a_part_comes_with_it_and_the_head() -> None:
    table = "Year | 2018 | 2019\nNet sales | 10 | 11\nAWS\nNet sales | 17 | 25"

    assert quoted(table, places=[1]) == (
        "Year | 2018 | 2019\n---|---|---\nAWS\nNet sales | 17 | 25\n\n[1]"
    )


def test_the_title_of_a_whole_table_stands_above_the_names_of_its_columns() -> None:
    text = "Bill to: Mill School\nItem | Qty\nDrill | 2\nBench | 1"

    assert (
        quoted(text, places=[1]) == "Bill to: Mill School\n\nItem | Qty\n---|---\nBench | 1\n\n[1]"
    )


def test_the_last_item_of_a_list_above_a_table_is_no_title_of_it() -> None:
    text = (
        "- 2 cloves of garlic\n- 60 ml of oil\n\n| Energy | Salt |\n|---|---|\n| 185 kcal | 1.2 g |"
    )

    assert quoted(text) == (
        "- 2 cloves of garlic\n- 60 ml of oil [1]\n\n"
        "| Energy | Salt |\n|---|---|\n| 185 kcal | 1.2 g |\n\n[1]"
    )


def test_the_head_of_a_table_and_the_titles_above_it_are_no_quotes_of_their_own() -> None:
    text = "ACME, INC.\nStatement of Income\nYear | 2018 | 2019\nNet sales | 10 | 11"
    assert [piece.text for piece in pieces_of(passages(text))] == ["Net sales | 10 | 11"]


def test_records_of_a_file_come_with_the_names_of_their_columns() -> None:
    assert below("Station, Date", "ST0020;2024-01-21") == "Station, Date\nST0020;2024-01-21 [1]"


def recorded(header: str, text: str, *, places: list[int] | None = None) -> str:
    given = [replace(one, header=header, source="stock.csv") for one in passages(text)]
    pieces = pieces_of(given)
    return quote(given, pieces, range(len(pieces)) if places is None else places)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_line_of_a_file_of_records_is_quoted_by_itself_under_the_names_of_its_columns(
    mark: str,
) -> None:
    text = "item,stock\nkettle K-200,34\ntoaster T-10,12\n".replace(",", mark)

    assert recorded("", text, places=[1]) == (
        "| item | stock |\n|---|---|\n| toaster T-10 | 12 |\n\n[1]"
    )


def test_records_further_down_come_under_the_names_that_the_file_began_with() -> None:
    text = '"kettle, small";34\ntoaster | grill;12'

    assert recorded("item, stock", text) == (
        "| item | stock |\n|---|---|\n| kettle, small | 34 |\n| toaster \\| grill | 12 |\n\n[1]"
    )


def test_records_that_no_mark_parts_alike_stay_lines() -> None:
    assert recorded("item, stock", "a,b\nc") == "item, stock  \na,b  \nc\n\n[1]"
    assert recorded("", "1,2\n3,4") == "1,2  \n3,4\n\n[1]"


def test_the_best_quote_is_read_first() -> None:
    given = passages("One is. Two is. Three is.", "Four is.")
    pieces = pieces_of(given)
    assert best_first(given, pieces, [1, 0, 3, 2], [0, 2, 3]) == [2, 0, 3]
    assert best_first(given, pieces, [1, 3, 0, 2], [0, 1, 3]) == [0, 1, 3]
    assert best_first(given, pieces, [1, 0, 2, 3], [0, 2, 3]) == [3, 0, 2]


def test_what_leads_to_the_best_quote_stays_above_it() -> None:
    given = passages("It is small.\n\n## Use\n\nStart it:\n\n```\nserve\n```\n")
    pieces = pieces_of(given)
    assert best_first(given, pieces, [1, 0, 3], [0, 1, 2]) == [1, 2, 0]
