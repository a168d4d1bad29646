from __future__ import annotations

from chatui.text.matching import matching

MODELS = ["openai/gpt-5-mini", "openai/gpt-5", "ollama/qwen3:8b", "builtin/extract", "gpt-local"]


def test_an_empty_query_keeps_all_in_order() -> None:
    assert matching("", MODELS) == MODELS


def test_a_prefix_comes_before_the_start_of_a_word_before_the_inside() -> None:
    assert matching("ex", ["annex", "builtin/extract", "extra"]) == [
        "extra",
        "builtin/extract",
        "annex",
    ]


def test_every_word_of_the_query_must_fit() -> None:
    assert matching("gpt mini", MODELS) == ["openai/gpt-5-mini"]


def test_scattered_letters_fit_last() -> None:
    assert matching("oq8", MODELS) == ["ollama/qwen3:8b"]


def test_case_does_not_matter() -> None:
    assert matching("GPT-L", MODELS) == ["gpt-local"]


def test_what_lacks_a_letter_is_left_out() -> None:
    assert matching("zebra", MODELS) == []


def test_the_limit_keeps_the_best() -> None:
    assert matching("gpt", MODELS, limit=1) == ["gpt-local"]
