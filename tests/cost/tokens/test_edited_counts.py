"""Counting a long text again after an edit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.tokens.edited_counts import PART_CHARS, EditedCounts
from chatui.cost.tokens.tokens import REPLY_TOKENS, TokenCounter
from chatui.domain.conversation import Message, Role
from tests.properties import examples

COUNTER = TokenCounter()
MODELS = ["o200k_base", "cl100k_base", "r50k_base"]
# Characters on which the vocabularies' split patterns turn, weighed against plain letters.
TRICKY = st.text(
    st.sampled_from(list("aaabZé 字師  \n\r\t.,;'’s!/()_-9½،。，\u0301\u00a0👩\u200d٣नि\ud800")),
    max_size=60,
)
EDITS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 8), TRICKY), max_size=8)


def counting(model: str) -> Callable[[str], int]:
    return lambda text: COUNTER.count(text, model).tokens


def edited(text: str, edit: tuple[int, int, str]) -> str:
    """The text with some of its characters replaced."""
    at, removed, put = edit
    at = min(at, len(text))
    return text[:at] + put + text[at + removed :]


@pytest.mark.parametrize("model", MODELS)
@examples(150)
@given(text=TRICKY, edits=EDITS, size=st.integers(1, 12))
def test_after_every_edit_the_count_is_that_of_the_whole(
    model: str, text: str, edits: list[tuple[int, int, str]], size: int
) -> None:
    counts, count = EditedCounts(size), counting(model)
    for edit in [(0, 0, ""), *edits]:
        text = edited(text, edit)
        assert counts.count(text, model, count) == count(text)


@pytest.mark.parametrize("model", MODELS)
def test_a_long_paste_with_words_typed_around_it_is_counted_exactly(model: str) -> None:
    counts, count = EditedCounts(), counting(model)
    paste = "It's 3.14, she said — 算法工程师，对。\n\n- item `x_y`  \n" * 400
    for text in (paste, paste + " wh", paste + " why", "So: " + paste + " why", paste[:9000]):
        assert counts.count(text, model, count) == count(text)


def test_a_key_behind_a_paste_counts_only_the_end_again() -> None:
    counts, counted = EditedCounts(), 0

    def watched(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return text.count(" ")

    paste = "the quick brown fox jumps. " * 4000
    counts.count(paste, "spaces", watched)
    for place in (len(paste), 0, len(paste) // 2):
        counted = 0
        counts.count(edited(paste, (place, 0, " and more")), "spaces", watched)
        assert counted <= 3 * PART_CHARS


def test_another_vocabulary_begins_anew() -> None:
    counts, paste = EditedCounts(), "the quick brown fox jumps. " * 400
    assert counts.count(paste, "spaces", lambda text: text.count(" ")) == 2000
    assert counts.count(paste, "letters", len) == len(paste)


def test_text_without_a_boundary_is_counted_as_a_whole() -> None:
    letters = "a" * 9000
    assert EditedCounts().count(letters, "o200k_base", counting("o200k_base")) == counting(
        "o200k_base"
    )(letters)


def test_a_prompt_with_an_edited_long_message_has_the_tokens_of_its_texts() -> None:
    counter = TokenCounter()
    for question in ("One, two and three. " * 500, "One, two and three. " * 500 + "And four?"):
        whole = counter.count_messages([Message(Role.USER, question)], "openai/gpt-5").tokens
        around = counter.count_messages([Message(Role.USER, "")], "openai/gpt-5").tokens
        assert whole - around == COUNTER.count(question, "openai/gpt-5").tokens
    assert around > REPLY_TOKENS
