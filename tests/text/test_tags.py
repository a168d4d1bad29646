"""Tags of conversations as they are written and looked for."""

from __future__ import annotations

import pytest

from chatui.text.tags import begun, tag_of, tags_of, taken_apart


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("work", "work"),
        ("#Work", "work"),
        ("work/acme/", "work/acme"),
        ("旅行", "旅行"),
        ("cafe\u0301", "café"),
        ("two words", None),
        ("-x", None),
        ("#", None),
        ("", None),
        ("a" * 41, None),
        ("a\x1b[2J", None),
    ],
)
def test_a_tag_is_one_word_in_small_letters(written: str, tag: str | None) -> None:
    assert tag_of(written) == tag


def test_what_a_file_says_comes_to_tags_or_to_none() -> None:
    assert tags_of(["b", "#A", 3, None, "no way", "a"]) == ("a", "b")


def test_a_query_has_tags_and_words() -> None:
    assert taken_apart(" #Work otters  #x rivers") == (("work", "x"), "otters rivers")


def test_a_tag_is_found_by_its_beginning_and_by_what_it_is_within() -> None:
    assert begun(("work/acme",), ["wo"])
    assert not begun(("work",), ["wo", "home"])
