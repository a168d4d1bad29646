"""Texts on their way into the full-text index: what goes in is the same, however it is found."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text import folding
from chatui.text.fts import lexical
from chatui.text.fts.identifiers import hump_parts, part_texts
from chatui.text.fts.lexical import index_parts, index_text
from chatui.text.fts.scripts import gram_starts, one_kana

LETTERS = "abA1B2é_-.\n\t \u2028\u3000\x1cß猫リ"


@given(st.text(alphabet=LETTERS, max_size=40))
def test_the_pieces_with_a_change_in_them_are_those_that_part(text: str) -> None:
    """As they are by the definition, looked at one by one."""
    words = re.compile(r"[^\W_]+")
    pieces = [(piece, words.findall(piece)) for piece in text.split()]
    # Between a letter and a digit of two words nothing changes within one.
    changed = [
        " ".join(part for word in found for part in hump_parts(word))
        for piece, found in pieces
        if hump_parts(piece) != [piece]
    ]
    assert part_texts(text) == changed


@given(st.text(alphabet="我猫リンゴりカ", min_size=1, max_size=12))
def test_a_character_starts_a_pair_and_the_last_one_stands_alone(run: str) -> None:
    plain = "".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in run)
    assert one_kana(run) == plain
    assert gram_starts(run) == [plain[at : at + 2] for at in range(len(plain))]


def test_a_text_is_folded_once_for_its_words_and_their_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folded: list[str] = []

    def watched(text: str) -> str:
        folded.append(text)
        return folding.fold(text)

    monkeypatch.setattr(lexical, "fold", watched)
    text = "Größe von getUserName, 猫"
    assert "Grösse" in index_text(text)
    assert index_parts(text) == "get User Name"
    assert folded == [text]
    assert "anderer" in index_text("Ein anderer Text – hier")
