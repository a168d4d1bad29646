"""A page that is pasted as a question: what is looked up of it is found without reading it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from chatui.text import folding
from chatui.text.fts import lexical
from chatui.text.fts.lexical import MAX_TERMS, MOST_READ, hints, query_terms, sound_terms

CHINESE = "".join(chr(0x4E00 + number * 7 % 5000) for number in range(2_000_000))
LATIN = " ".join(f"word{number}" for number in range(200_000))
CYRILLIC = " ".join(f"норман{'абвгдежзик'[number % 10]}" for number in range(200_000))


def test_the_hints_of_a_long_page_are_those_of_its_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []

    def counted(run: str) -> Iterator[tuple[str, str]]:
        for pair in pairwise(run):
            made.append("".join(pair))
            yield pair

    monkeypatch.setattr(lexical, "pairwise", counted)
    found = hints(CHINESE)
    assert len(found) == MAX_TERMS
    assert len(made) <= MAX_TERMS
    assert found == hints(CHINESE[: MAX_TERMS * 2])


@pytest.mark.parametrize("page", [CHINESE, LATIN, CYRILLIC])
@pytest.mark.parametrize("look", [hints, query_terms, sound_terms])
def test_no_more_than_a_beginning_is_folded(
    page: str, look: Callable[[str], list[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folded: list[int] = []

    def watched(text: str) -> str:
        folded.append(len(text))
        return folding.fold(text)

    monkeypatch.setattr(lexical, "fold", watched)
    assert len(look(page)) <= 2 * MAX_TERMS
    assert max(folded) <= MOST_READ


def test_of_words_behind_those_that_are_looked_up_none_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut: list[str] = []
    words = lexical._words

    def watched(piece: str) -> list[str]:
        cut.append(piece)
        return words(piece)

    monkeypatch.setattr(lexical, "_words", watched)
    terms = query_terms(LATIN)
    assert len(terms) == MAX_TERMS
    assert len(cut) <= MAX_TERMS
