"""Which form the marks of a prompt have, and how they are read and written in its reply."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatui.text.citations.marks import (
    PLAIN,
    MarkForm,
    form_beside,
    held,
    marks_in_prose,
    settled,
    without_marks,
)
from tests.widgets.turns import passage

SOURCES = MarkForm("s")
PASSAGES = [passage(n) for n in range(1, 6)]
WIKI = "The otter sleeps in a holt.[1][2] Adults weigh nine kilograms.[7] It feeds on eels.[12]"


def form_of(*texts: str) -> MarkForm:
    return form_beside(frozenset[str]().union(*map(held, texts)))


@pytest.mark.parametrize(
    ("texts", "prefix"),
    [
        (["Press F1 for help."], ""),
        (["A range of [12:30] and [a] and [see below] and [ ] and [x] and [2024]."], ""),
        ([WIKI], "s"),
        (["Use rows[1]."], "s"),
        ([r"As was shown \[3\]."], "s"),
        (["[[12]](https://example.org)"], "s"),
        (["A footnote[^1]."], "s"),
        (["就是这样［１］。"], "s"),
        (["そうです【2】。"], "s"),
        (["So it was said.³"], "s"),
        (["It takes 3 m² and 10³."], ""),
        ([WIKI, "Take S3 or s1."], "p"),
        ([WIKI, "(S 3)"], "p"),
        ([WIKI, "ｓ１"], "p"),
        ([WIKI, *(f"{letter}1" for letter in "spqrtkmd")], "aa"),
        ([WIKI, *(f"{letter}1" for letter in "spqrtkmd"), "AA9 ab7"], "ac"),
    ],
)
def test_a_prompt_has_the_first_form_that_none_of_its_texts_holds(
    texts: Sequence[str], prefix: str
) -> None:
    assert form_of(*texts).prefix == prefix


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("So it is [s1].", "So it is [s1]."),
        ("So it is [S1].", "So it is [s1]."),
        ("So it is (s1).", "So it is [s1]."),
        ("So it is 【s1】.", "So it is [s1]."),
        ("So it is 【s1†L1-L3】.", "So it is [s1]."),
        ("就是［ｓ１］。", "就是[s1]。"),
        ("So it is[^s1].", "So it is[s1]."),
        ("So it is [[s1]].", "So it is [s1]."),
        ("So it is [s1][s3].", "So it is [s1][s3]."),
        ("So it is [s1,s3].", "So it is [s1,s3]."),
        ("So it is [s1, 3].", "So it is [s1, s3]."),
        ("So it is [s1-s3].", "So it is [s1, s2, s3]."),
        ("So it is [s1–3].", "So it is [s1, s2, s3]."),
        ("So it is [s1 and s3].", "So it is [s1, s3]."),
        ("So it is [passage s1].", "So it is [s1]."),
        ("Source s1 says so.", "Source [s1] says so."),
        ("**Passages s1 and s2**: so.", "**Passages [s1, s2]**: so."),
        ("So it is <sup>s1</sup>.", "So it is [s1]."),
        ("So it is [s1, line 4].", "So it is [s1]."),
        ("So it is [s1 otter.html, line 4].", "So it is [s1]."),
        ("So it is [s1](otter.html).", "So it is [s1]."),
        ("So it is 【s1】(see there).", "So it is [s1] (see there)."),
        ("So it is [s1, s9].", "So it is [s1]."),
        ("So it is [s9].", "So it is."),
        ("So it is [4].", "So it is [s4]."),
        ("So it is [3, 4].", "So it is [s3, s4]."),
        ("So it is.⁴", "So it is.[s4]"),
        ("So it is [s1].[1][2]", "So it is [s1].[1][2]"),
        ("It weighs nine kilograms [7].", "It weighs nine kilograms [7]."),
        ("So it is [2, 4].", "So it is [2, 4]."),
        ("So it is [8].", "So it is."),
        ("A set [s1 of them says so].", "A set [s1 of them says so]."),
        ("Take `s[1]` and `[s1] = 2`.", "Take `s[1]` and `[s1] = 2`."),
        ("The passage `[s1]` says so.", "The passage [s1] says so."),
        ("So it is ``[s1][s2]``.", "So it is [s1][s2]."),
        ("So it is `[s9]`.", "So it is."),
        ("```\nrows[s1] = (s2)\n```", "```\nrows[s1] = (s2)\n```"),
        ("The plan s1 and the series s1-s3.", "The plan s1 and the series s1-s3."),
        ("A [link](http://x/s1), [x] and [ ].", "A [link](http://x/s1), [x] and [ ]."),
        ("- [ ] one\n- [x] two", "- [ ] one\n- [x] two"),
    ],
)
def test_an_answer_beside_numbers_of_its_sources_is_kept_in_one_form(said: str, kept: str) -> None:
    assert settled(said, PASSAGES, SOURCES, [WIKI]).text == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("そうです【2】。", "そうです[2]。"),
        ("So it is.²", "So it is.[2]"),
        ("So it is [passage 2].", "So it is [2]."),
        ("So it is [1-3].", "So it is [1, 2, 3]."),
        ("Then x[1] = 2 holds, and x[2] += 1.", "Then x[1] = 2 holds, and x[2] += 1."),
        ("It holds 10² litres in 5 m³.", "It holds 10² litres in 5 m³."),
        ("So it is [s1].", "So it is [s1]."),
    ],
)
def test_an_answer_with_plain_marks_is_kept_in_one_form(said: str, kept: str) -> None:
    assert settled(said, PASSAGES).text == kept


def test_what_goes_on_to_others_has_no_marks_and_the_numbers_of_its_sources() -> None:
    assert without_marks("A holt.[1][2] [s1] Eels (s2).", SOURCES) == "A holt.[1][2] Eels."


SIGNS = list("[]【】()（）［］^0123456789, .;-–sSpqaｓ１²³\\†:\n")
TEXTS = st.lists(
    st.sampled_from(["[1]", "[2, 3]", "(s1)", "s2", "p3", "[^4]", "【5†", "q 7", "AA1", *SIGNS])
    | st.text(max_size=3),
    max_size=20,
).map("".join)


@given(st.lists(TEXTS, max_size=4))
def test_no_text_of_a_prompt_holds_a_mark_of_its_form(texts: list[str]) -> None:
    form = form_of(*texts)

    assert not [mark for text in texts for mark in marks_in_prose(text, form)]
    assert not [text for text in texts for n in range(10) if form.written([n]) in text.lower()]


PIECES = st.lists(
    st.sampled_from(
        ["[s1]", "(S2)", "【s3】", "[s1, s9]", "[s8]", "[1]", "[4]", "[2][7]", "So it is", ".",
         " ", "\n", "[^s2]", "Source s3", "[s1-s3]", "`[s1]`", "```\n", "［ｓ１］", "x²", ".⁴"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


FENCE_BEHIND_A_MARK = re.compile(r"[\])】］⁴\d][`\s]*```")


@given(PIECES)
def test_what_was_written_in_one_form_is_read_as_it_was(said: str) -> None:
    # Where a mark goes that stood before the signs of a fence, the fence begins.
    assume(not FENCE_BEHIND_A_MARK.search(said))
    kept = settled(said, PASSAGES, SOURCES, [WIKI])
    again = settled(kept.text, PASSAGES, SOURCES, [WIKI])

    assert again.text == kept.text
    assert again.citations == kept.citations
    assert not again.dangling


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5, unique=True), st.sampled_from("sq"))
def test_a_mark_is_read_back_as_what_it_was_written_for(numbers: list[int], prefix: str) -> None:
    for form in (PLAIN, MarkForm(prefix)):
        (mark,) = marks_in_prose(f"So it is {form.written(numbers)}.", form)
        assert mark.numbers == tuple(numbers)


@given(PIECES)
def test_the_numbers_of_a_source_stay_as_they_stand(said: str) -> None:
    kept = settled(said, PASSAGES, SOURCES, [WIKI]).text

    for theirs in ("[1]", "[2][7]"):
        assert kept.count(theirs) == said.count(theirs)
