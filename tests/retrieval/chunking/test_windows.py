from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.chunking.windows import WINDOW_LETTERS, letters, windows
from tests.properties import examples

SENTENCE = "The river rose for three days and then it fell again within a week. "
TEXTS = st.lists(
    st.one_of(
        st.sampled_from([SENTENCE * 5, "\n\n", "川は三日間増水した。" * 9, "x" * 900, " " * 400]),
        st.text(max_size=40),
    ),
    max_size=12,
).map("".join)


def test_a_short_text_is_one_window_under_its_prefix() -> None:
    assert windows("Guide › Rivers", SENTENCE) == [f"Guide › Rivers\n{SENTENCE.rstrip()}"]
    assert windows("", "short") == ["short"]


@examples(60)
@given(text=TEXTS)
def test_the_windows_hold_all_of_the_text_in_order(text: str) -> None:
    joined = "".join("".join(windows("", text)).split())
    assert joined == "".join(text.split())


@examples(60)
@given(text=TEXTS)
def test_no_window_is_much_longer_than_wanted(text: str) -> None:
    assert max(letters(window) for window in windows("", text)) <= 2 * WINDOW_LETTERS


@pytest.mark.parametrize(
    ("unit", "ends"),
    [(SENTENCE, "."), ("川は三日間増水し、一週間で引いた。", "。"), ("a row | of cells\n", "s")],
)
def test_windows_end_where_a_sentence_or_a_line_does(unit: str, ends: str) -> None:
    found = windows("", unit * (2000 // len(unit)))

    assert len(found) >= 3
    assert all(window.endswith(ends) for window in found)


def test_wide_letters_count_twice() -> None:
    assert letters("river") == 5
    assert letters("река") == 4
    assert letters("川は三日間") == 10
    assert len(windows("", "川は三日間増水した。" * 50)) == 2


def test_a_border_between_paragraphs_goes_before_one_between_sentences() -> None:
    first = SENTENCE * 7
    text = f"{first}\n\n{SENTENCE * 9}"

    assert windows("", text)[0] == first.rstrip()
