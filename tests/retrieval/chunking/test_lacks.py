from __future__ import annotations

import pytest

from chatui.retrieval.chunking.document import Lack
from chatui.retrieval.chunking.lacks import in_words, pages_in_words


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ((3,), "page 3"),
        ((2, 3, 4), "pages 2–4"),
        ((1, 3, 4, 9), "pages 1, 3–4, 9"),
        (tuple(range(1, 40, 2)), "pages 1, 3, 5, 7, 9, 11 …"),
    ],
)
def test_pages_that_follow_each_other_are_named_by_the_first_and_the_last(
    pages: tuple[int, ...], words: str
) -> None:
    assert pages_in_words(pages) == words


def test_all_that_is_missing_is_one_clause() -> None:
    lacks = [Lack("it could not be loaded", (1,)), Lack("the chapter two.xhtml is missing")]

    assert in_words(lacks) == "page 1: it could not be loaded; the chapter two.xhtml is missing"
    assert in_words([]) == ""
