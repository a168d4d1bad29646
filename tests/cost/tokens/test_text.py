"""Tokens as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chatui.cost.tokens.text import (
    TextSize,
    escaped,
    inline,
    parts,
    per,
    summary,
    text_size,
    wrapped,
)
from chatui.cost.tokens.tokens import TokenCounter
from chatui.text.safety import strip_controls

COUNTER = TokenCounter()
ANY = st.text(st.characters(exclude_categories=[]), max_size=60)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" \n\t", 0),
        ("--- …", 0),
        ("It's a well-known test.", 4),
        ("算法工程师", 5),
        ("算法 and 工程", 5),
        ("한국어 문장", 2),
        ("नि naïve (3.14)", 3),
    ],
)
def test_words_are_parted_by_spaces_and_in_chinese_are_characters(text: str, words: int) -> None:
    assert text_size(text) == TextSize(len(text), words)


def test_words_of_hostile_text_are_counted_in_one_pass() -> None:
    assert text_size("!" * 1_000_000).words == 0


def test_tokens_per_word_are_unknown_without_words() -> None:
    assert (per(12, 5), per(3, 0)) == ("2.40", "—")


def test_a_count_that_is_not_the_models_own_is_marked() -> None:
    size = text_size("hello world")
    ours, guessed = (COUNTER.tokenised("hello world", name) for name in ("gpt-4", "deepseek-chat"))

    assert summary(ours, size) == "2 tokens · 1.00 per word · 0.18 per character"
    assert summary(guessed, size) == "≈ 2 tokens · ≈ 1.00 per word · ≈ 0.18 per character"


def test_parts_of_a_character_are_shown_as_bytes_and_named() -> None:
    pieces = COUNTER.tokenised("算 hi", "r50k_base").pieces

    assert [inline(piece) for piece in pieces] == ["\\xe7", "\\xae", "\\x97", "·hi"]
    assert parts(pieces, 0, 4) == ["算 1/3", "算 2/3", "算 3/3", ""]


def test_a_part_is_named_by_neighbours_outside_the_slice() -> None:
    pieces = COUNTER.tokenised("算算", "r50k_base").pieces

    assert parts(pieces, 2, 4) == ["算 3/3", "算 1/3"]


def test_white_space_and_controls_can_be_seen() -> None:
    pieces = COUNTER.tokenised("\n\t\0\u202e", "gpt-4o").pieces

    assert "".join(inline(piece) for piece in pieces) == "⏎⇥\\x00\\u202e"
    assert "".join(escaped(piece) for piece in pieces) == "\\n\\t\\x00\\u202e"


@given(text=ANY, model=st.sampled_from(["r50k_base", "gpt-4", "gpt-4o"]), at=st.integers(0, 30))
def test_no_text_makes_a_terminal_do_anything(text: str, model: str, at: int) -> None:
    pieces = COUNTER.tokenised(text, model).pieces
    start = min(at, len(pieces))
    shown = [
        *(inline(piece) for piece in pieces),
        *(escaped(piece) for piece in pieces),
        *parts(pieces, start, len(pieces)),
    ]

    assert len(parts(pieces, start, len(pieces))) == len(pieces) - start
    for one in shown:
        assert one.isprintable()
        assert strip_controls(one) == one


@given(text=ANY, width=st.integers(6, 40), gap=st.integers(0, 1))
def test_lines_of_pieces_keep_to_their_width_and_lose_nothing(
    text: str, width: int, gap: int
) -> None:
    pieces = COUNTER.tokenised(text, "r50k_base").pieces
    lines = wrapped(pieces, width, gap)

    assert all(sum(cell_len(part) + gap for _, part in line) <= width for line in lines)
    joined = "".join(part for line in lines for _, part in line)
    assert joined == "".join(inline(piece) for piece in pieces)
