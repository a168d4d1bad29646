"""Cutting text for the tokeniser: nothing lost, and the tokens stay what they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.tokens.slices import last_boundary, slices, well_formed
from chatui.cost.tokens.vocabularies import CL100K, O200K, R50K, load_encoding
from tests.properties import examples

# Characters on which the vocabularies' split patterns turn, weighed against plain letters.
TRICKY = st.text(
    st.sampled_from(
        list("aaabZé 字字師  \n\r\t.,;'’s!/()_-9９½،。，、\u0301\u00a0\u3000👩\u200d٣नि")
    )
)
ANY = st.one_of(TRICKY, st.text())


@given(ANY, st.integers(1, 40))
def test_slices_join_to_the_text(text: str, limit: int) -> None:
    parts = [part for part, _ in slices(text, limit)]
    assert "".join(parts) == text
    assert all(len(part) <= limit for part in parts)


@pytest.mark.parametrize("name", [O200K, CL100K, R50K])
@examples(400)
@given(text=ANY, data=st.data())
def test_a_cut_at_a_boundary_changes_no_token(name: str, text: str, data: st.DataObject) -> None:
    cut = last_boundary(text, 0, data.draw(st.integers(0, len(text))))
    if cut is not None:
        encode = load_encoding(name).encode_ordinary
        assert encode(text[:cut]) + encode(text[cut:]) == encode(text)


@given(ANY, st.data())
def test_the_last_boundary_lies_inside_the_range(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    cut = last_boundary(text, start, end)
    assert cut is None or start < cut <= end


def test_the_last_boundary_of_several_is_found_even_far_back() -> None:
    text = "one two three" + "\u0301" * 5000
    assert last_boundary(text, 0, len(text)) == len("one two")


def test_prose_is_never_cut_inside_a_piece() -> None:
    prose = "The quick brown fox, it's said, jumps over 3.14 lazy dogs.\n" * 200
    assert all(sure for _, sure in slices(prose, 100))


def test_text_without_a_boundary_is_cut_and_says_so() -> None:
    assert [sure for _, sure in slices(" " * 25, 10)] == [False, False, True]


def test_surrogates_become_replacement_characters() -> None:
    assert well_formed("a\ud800\udfffb") == "a\ufffd\ufffdb"


def test_good_text_comes_back_as_it_is() -> None:
    text = "plain 👩‍👩‍👧"
    assert well_formed(text) is text
