"""Tokenizers of anybody: opened where they do with a text what a tokenizer does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.errors import EmbedderFailed
from chatui.workers.foreign_tokenizer import LARGEST_FILE, MOST_GROWTH, growth, open_tokenizer
from tests.retrieval.tokenizer import tokenizer_file


def replace(content: str, **pattern: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


def changed(folder: Path, **parts: Any) -> Path:
    """The bundled tokenizer with other parts."""
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(json.loads(tokenizer_file().read_text()) | parts))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(EmbedderFailed) as caught:
        open_tokenizer(path, EmbedderFailed)
    return str(caught.value)


def test_a_usual_tokenizer_opens_and_cuts_nothing_off() -> None:
    tokenizer = open_tokenizer(tokenizer_file(), EmbedderFailed)
    assert len(tokenizer.encode("word " * 1000, add_special_tokens=False)) == 1000


@pytest.mark.parametrize(
    "normalizer",
    [
        None,
        {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"},
                                             replace("\u2581", String=" ")]},
        {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"},
                                             replace("\u2581", Regex=" {2,}")]},
    ],
)  # fmt: skip
def test_what_usual_normalizers_do_is_within_the_bound(tmp_path: Path, normalizer: Any) -> None:
    open_tokenizer(changed(tmp_path, normalizer=normalizer), EmbedderFailed)


@pytest.mark.parametrize(
    "normalizer",
    [
        replace("a" * 1000, String="a"),
        replace("a" * 1000, Regex=""),
        {"type": "Sequence", "normalizers": [replace("aa", String="a")] * 20},
        {"type": "Sequence", "normalizers": [{"type": "NFKC"}] * 9},
        {"type": "Prepend", "prepend": "x" * 100_000},
    ],
)
def test_a_normalizer_that_makes_texts_far_longer_is_refused(
    tmp_path: Path, normalizer: Any
) -> None:
    assert growth(normalizer) > MOST_GROWTH
    assert "its normalizer makes a text" in refusal(changed(tmp_path, normalizer=normalizer))


def test_marks_without_number_around_a_text_are_refused(tmp_path: Path) -> None:
    cls = {"SpecialToken": {"id": "[CLS]", "type_id": 0}}
    post = {
        "type": "TemplateProcessing",
        "single": [cls] * 10_000 + [{"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}},
    }
    assert refusal(changed(tmp_path, post_processor=post)) == (
        "it puts too many tokens around a text"
    )


def test_an_expression_that_gives_up_on_plain_text_is_refused(tmp_path: Path) -> None:
    split = {
        "type": "Split",
        "pattern": {"Regex": "(a+)+$"},
        "behavior": "Isolated",
        "invert": False,
    }
    assert refusal(changed(tmp_path, pre_tokenizer=split)) == "it fails on plain text"


def test_what_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    assert "can't be read" in refusal(path)
    for content in ("", "{}", "[" * 10_000, '{"model": 5}'):
        path.write_text(content)
        assert refusal(path).startswith("it is no tokenizer.json")
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    assert "more than 64 MB" in refusal(path)
