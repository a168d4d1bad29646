"""Sizes of texts in tokens are the tokenizer's own, however they are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.chunking import sizes
from chatui.retrieval.chunking.sizes import CHARACTERS_PER_TOKEN, TokenSizes
from chatui.workers.foreign_tokenizer import open_tokenizer
from tests.retrieval.tokenizer import tokenizer_file

WORDS = st.sampled_from(
    ["river", "unbelievably", "don't", "a_b", "x" * 150, "naïve", "e\u0301", "東京は", "\u0301",
     "C++", "--", "\u3000", "\x0b", "\x00", "\x85", "\u200b", "«quoted»", "3.14", "Straße", "😀",
     "\t", "\r\n"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=8), st.just(" "))).map("".join)


@pytest.fixture(scope="module")
def by_words() -> TokenSizes:
    found = TokenSizes(tokenizer_file(), 200)
    assert found._known is not None
    return found


def in_full(text: str, tokenizer_file: Path) -> int:
    tokenizer = open_tokenizer(tokenizer_file, EmbedderFailed)
    count = len(tokenizer.encode(text, add_special_tokens=False))
    return max(count, len(text) // CHARACTERS_PER_TOKEN)


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(TEXTS, max_size=5))
def test_the_words_have_as_many_tokens_as_the_text(texts: list[str], by_words: TokenSizes) -> None:
    tokenizer = by_words._tokenizer
    found = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    assert by_words.measure(texts) == [
        max(count, len(text) // CHARACTERS_PER_TOKEN)
        for text, count in zip(texts, found, strict=True)
    ]


def test_words_are_forgotten_and_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "WORDS_KEPT", 3)
    found = TokenSizes(tokenizer_file(), 200)
    texts = ["one two three four five", "six seven", "one two three four five"]
    assert [found.measure([text])[0] for text in texts * 2] == [5, 2, 5] * 2


def test_another_kind_of_tokenizer_is_asked_for_whole_texts(tmp_path: Path) -> None:
    parts = json.loads(tokenizer_file().read_text())
    parts["normalizer"] = {"type": "Lowercase"}
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(parts))
    text = "The river rose, and it fell again."
    assert TokenSizes(path, 200).measure([text, ""]) == [in_full(text, path), 0]


def test_what_is_surely_too_long_is_not_looked_at(by_words: TokenSizes) -> None:
    text = "word " * 4_000_000
    assert by_words.measure([text, "word"]) == [len(text) // CHARACTERS_PER_TOKEN, 1]
    assert len(by_words._known or ()) < 1000
