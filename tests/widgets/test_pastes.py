from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.widgets.pastes import CROWDED_CHARACTERS, FOLD_CHARACTERS, FOLD_LINES, Pastes


@given(st.lists(st.text(max_size=30).map(lambda text: text * 200), max_size=5))
def test_expanding_gives_back_what_was_folded(texts: list[str]) -> None:
    pastes = Pastes()
    folded = [pastes.fold(text) for text in texts]
    assert pastes.expand(" | ".join(folded)) == " | ".join(texts)


def test_the_limits_are_the_last_sizes_that_stay_as_they_are() -> None:
    pastes = Pastes()
    for text in ("x" * FOLD_CHARACTERS, "\n" * (FOLD_LINES - 1)):
        assert pastes.fold(text) == text
        assert pastes.fold(text + "\n") != text + "\n"


def test_the_same_text_has_one_chip() -> None:
    pastes = Pastes()
    assert pastes.fold("x" * 5000) == pastes.fold("x" * 5000) == "[pasted 5,000 characters #1]"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("x" * 5000 + "\n", "5,001 characters"),
        ("x" * 5000 + "\ny", "2 lines"),
        ("x" * 5000 + "\ny\n", "2 lines"),
        ("x\n" * 20, "20 lines"),
        ("\n" * 20, "20 lines"),
    ],
)
def test_a_newline_at_the_end_begins_no_line_of_its_own(text: str, size: str) -> None:
    pastes = Pastes()
    assert pastes.fold(text) == f"[pasted {size} #1]"
    assert pastes.expand(f"[pasted {size} #1]") == text


def test_text_that_only_looks_like_a_chip_is_left_alone() -> None:
    assert Pastes().expand("[pasted 9 lines #4]") == "[pasted 9 lines #4]"


def test_beside_much_else_all_but_a_short_text_is_folded() -> None:
    pastes = Pastes()
    beside = CROWDED_CHARACTERS - 150
    assert pastes.fold("x" * 150, beside) == "x" * 150
    assert pastes.fold("x" * 151, beside) == "[pasted 151 characters #1]"
    assert pastes.fold("x" * 99, 10 * CROWDED_CHARACTERS) == "x" * 99
