from __future__ import annotations

import pytest

from chatui.retrieval.readers.reader import read
from tests.retrieval.tiny_pdf import make_pdf

LABEL = "BT /F1 11 Tf 1 0 0 1 72 700 Tm (Surname:) Tj 1 0 0 1 72 660 Tm (Town:) Tj ET"
BOX = "/Rect [150 695 300 711]"


def field(keys: str, box: str = BOX) -> str:
    return f"/Subtype /Widget {box} {keys}"


def tick(state: str, box: str = BOX, name: str = "ticked") -> str:
    return field(
        f"/FT /Btn /T ({name}) /V /{state} /AS /{state} /AP << /N << /Yes 5 0 R /Off 5 0 R >> >>",
        box,
    )


def page_with(*annotations: str, drawn: str = LABEL, form: str = "") -> str:
    return read("x.pdf", make_pdf([drawn], annotations=annotations, form=form)).text


def test_a_value_stands_behind_its_label() -> None:
    filled = field("/FT /Tx /T (name) /V (Winterbottom)")

    assert page_with(filled) == "Surname: Winterbottom\nTown:"


def test_a_value_below_its_label_stands_on_the_line_below() -> None:
    filled = field("/FT /Tx /T (name) /V (Winterbottom)", "/Rect [72 680 200 694]")

    assert page_with(filled) == "Surname:\nWinterbottom\nTown:"


def test_a_value_without_a_label_has_the_name_of_its_field() -> None:
    filled = field("/FT /Tx /T (name) /TU (Surname of the tenant) /V (Winterbottom)",
                   "/Rect [400 100 500 116]")  # fmt: skip

    assert page_with(filled).split("\n")[-1] == "Surname of the tenant: Winterbottom"


def test_fields_that_are_empty_or_hold_a_password_say_nothing() -> None:
    empty = field("/FT /Tx /T (name)")
    secret = field("/FT /Tx /T (pin) /Ff 8192 /V (1234)", "/Rect [150 655 300 671]")

    assert page_with(empty, secret) == "Surname:\nTown:"


@pytest.mark.parametrize(("state", "mark"), [("Yes", "[x]"), ("Off", "[ ]")])
def test_a_box_tells_whether_it_is_ticked(state: str, mark: str) -> None:
    assert page_with(tick(state)) == f"Surname: {mark}\nTown:"


def test_a_box_before_its_words_stands_before_them() -> None:
    boxes = tick("Yes", "/Rect [58 697 70 709]"), tick("Off", "/Rect [58 657 70 669]", "other")

    assert page_with(*boxes) == "[x] Surname:\n[ ] Town:"


def test_a_choice_is_read_by_the_label_that_is_shown() -> None:
    options = "/Opt [[(ge) (Geneva)] [(ly) (Lyon)]]"
    combo = field(f"/FT /Ch /Ff 131072 /T (town) {options} /V (ly)", "/Rect [150 655 300 671]")

    assert page_with(combo) == "Surname:\nTown: Lyon"


def test_all_choices_of_a_list_are_read() -> None:
    options = "/Opt [(Geneva) (Lyon) (Bern)]"
    several = field(f"/FT /Ch /Ff 2097152 /T (town) {options} /V [(Geneva) (Bern)] /I [0 2]",
                    "/Rect [150 655 300 671]")  # fmt: skip

    assert page_with(several) == "Surname:\nTown: Geneva, Bern"


def test_values_on_a_turned_page_find_their_labels() -> None:
    drawn = "BT /F1 11 Tf 0 1 -1 0 100 72 Tm (Surname:) Tj 0 1 -1 0 140 72 Tm (Town:) Tj ET"
    filled = field("/FT /Tx /T (name) /V (Winterbottom)", "/Rect [90 150 106 300]")
    page = make_pdf([drawn], annotations=[filled], keys="/MediaBox [0 0 612 792] /Rotate 90")

    assert read("x.pdf", page).text == "Surname: Winterbottom\nTown:"


def test_a_form_without_any_text_is_read_by_its_fields() -> None:
    filled = field("/FT /Tx /T (name) /V (Winterbottom)")

    assert page_with(filled, drawn="0 g") == "name: Winterbottom"


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        ("/Subtype /FreeText /Contents (Paid in March)", "Note on the page: Paid in March"),
        ("/Subtype /Text /T (Anna) /Contents (Is that so?)", "Comment by Anna: Is that so?"),
        ("/Subtype /Highlight /Contents (See p. 4)", "Comment: See p. 4"),
        ("/Subtype /Stamp /Contents (Approved\\r3 May)", "Comment: Approved 3 May"),
    ],
)
def test_what_was_noted_on_a_page_follows_it_and_is_marked(annotation: str, said: str) -> None:
    assert page_with(f"{annotation} {BOX}") == f"Surname:\nTown:\n{said}"


@pytest.mark.parametrize(
    "annotation",
    [
        "/Subtype /Text /F 2 /Contents (hidden)",
        "/Subtype /Text /F 32 /Contents (not viewed)",
        "/Subtype /Highlight",
        "/Subtype /Popup /Contents (the same again)",
        "/Subtype /Link /Contents (a link)",
    ],
)
def test_what_a_reader_does_not_see_is_left_out(annotation: str) -> None:
    assert page_with(f"{annotation} {BOX}") == "Surname:\nTown:"


def test_a_form_that_a_program_makes_is_said_to_be_unread() -> None:
    page = make_pdf([LABEL], form="/XFA 5 0 R >> /NeedsRendering true /Others <<")

    (lack,) = read("x.pdf", page).lacks
    assert "XFA" in lack.reason
