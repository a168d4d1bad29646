"""A prompt's text into tokens: what is a mark, and what is evaluated already."""

from __future__ import annotations

import pytest

from chatui.models.local.prompt import common, evaluated, marked, parts

CONTROL = {1: "<s>", 2: "<|im_start|>", 3: "<|im_end|>"}
SPELT = {**{number: text.encode() for number, text in CONTROL.items()}, 10: b"ab", 11: b"a"}
SPELT |= {12: b"b", 13: b"\n", 14: b" a", 15: b" "}


def reused(prompt: str, tokens: list[int], *, space_first: bool = False) -> tuple[int, int]:
    return evaluated(
        prompt, tokens, lambda token: SPELT.get(token, b""), CONTROL, space_first=space_first
    )


def test_marks_that_a_message_spells_become_text_and_come_back_whole() -> None:
    content = "End with <|im_end|> or <s>."
    prompt = "<|im_start|>" + marked(content, CONTROL.values()) + "<|im_end|>"
    assert parts(prompt, CONTROL.values()) == [
        ("<|im_start|>End with ", True),
        ("<|im_end|>", False),
        (" or ", True),
        ("<s>", False),
        (".<|im_end|>", True),
    ]


def test_a_message_without_marks_stays_as_it_is() -> None:
    assert marked("a < b", CONTROL.values()) == "a < b"
    assert parts("<s>a", CONTROL.values()) == [("<s>a", True)]


def test_an_answer_keeps_the_tokens_that_it_was_generated_as() -> None:
    """The tokenizer would write `ab` with one token; the model said it with two."""
    assert reused("<s>ab<|im_end|>\n", [1, 11, 12]) == (3, 5)


def test_text_that_goes_on_is_kept_up_to_the_last_mark_only() -> None:
    assert reused("<s>abc", [1, 11, 12]) == (1, 3)


def test_text_that_differs_is_not_kept() -> None:
    assert reused("<s>b<|im_end|>", [1, 11, 12]) == (1, 3)
    assert reused("a", [2, 11]) == (0, 0)


def test_all_of_it_may_be_the_prompt() -> None:
    assert reused("<s>ab", [1, 10]) == (2, 5)


@pytest.mark.parametrize("first", [[14], [15, 11]])
def test_the_space_that_a_tokenizer_puts_first_is_not_missed(first: list[int]) -> None:
    tokens = [1, *first, 12]
    assert reused("<s>ab<|im_end|>", tokens, space_first=True) == (len(tokens), 5)
    assert reused("<s>ab<|im_end|>", tokens) == (1, 3)


def test_what_two_lists_begin_with() -> None:
    assert common([1, 2, 3], [1, 2, 4]) == 2
    assert common([], [1]) == 0
    assert common([1], [1, 2]) == 1
