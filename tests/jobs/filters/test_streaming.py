"""Filters and masks on text that comes in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.jobs.filters.filters import Action, Filter, filtered
from chatui.jobs.filters.incoming import IncomingFilter
from chatui.jobs.filters.masks import Masks, Restorer
from chatui.jobs.filters.patterns import compiled
from chatui.jobs.filters.words import WordList

FILTERS = [
    Filter(name="w", words=WordList(["secret", "foo ba"])),
    Filter(name="d", detect=("email", "card")),
]
PARTS = st.sampled_from(
    ["secret", "s e c r e t", " ", "foo ba", "r", "a@b.org", "4111 1111 1111 1111", "x", ".", "\n",
     "⟦EMAIL_1⟧", "⟦", "long words here " * 30]
)  # fmt: skip
TEXTS = st.lists(PARTS, max_size=12).map("".join)


def pieces(text: str, sizes: list[int]) -> list[str]:
    cut, done = [], 0
    for size in sizes:
        cut.append(text[done : done + size])
        done += size
    return [*cut, text[done:]]


@given(TEXTS, st.lists(st.integers(1, 9), max_size=60))
def test_pieces_are_filtered_as_the_whole(text: str, sizes: list[int]) -> None:
    incoming = IncomingFilter(FILTERS)
    shown = "".join([*map(incoming.feed, pieces(text, sizes)), incoming.end()])
    assert shown == filtered(text, FILTERS).text


@given(TEXTS, st.lists(st.integers(1, 9), max_size=60))
def test_pieces_are_put_back_as_the_whole(text: str, sizes: list[int]) -> None:
    masks = Masks([("EMAIL_1", "a@b.org")])
    restorer = Restorer(masks)
    shown = "".join([*map(restorer.feed, pieces(text, sizes)), restorer.end()])
    assert shown == masks.restored(text)


def test_what_cannot_become_a_mask_is_shown_at_once() -> None:
    restorer = Restorer(Masks([("EMAIL_1", "a@b.org")]))
    assert restorer.feed("to ⟦EMA") == "to "
    assert restorer.feed("IL_1⟧ and") == "a@b.org and"


def test_a_mask_that_was_never_given_stays_as_it_came() -> None:
    assert Restorer(Masks([("EMAIL_1", "a@b.org")])).feed("⟦EMAIL_2⟧") == "⟦EMAIL_2⟧"


def test_a_block_is_found_before_any_of_it_is_shown() -> None:
    words = Filter(name="w", words=WordList(["secret"]), action=Action.BLOCK)
    incoming = IncomingFilter([words])
    shown = incoming.feed("it is se") + incoming.feed("cret")
    assert "se" not in shown


@given(TEXTS)
def test_a_find_is_never_cut_where_what_is_held_back_begins(text: str) -> None:
    incoming = IncomingFilter(FILTERS[:1])
    shown = "".join([*map(incoming.feed, text), incoming.end()])
    assert shown == filtered(text, FILTERS[:1]).text


LINES = "\n".join("MIIEvQ" + "aB3+/x9" * 8 for _ in range(26))
LONG = {
    "a key": f"-----BEGIN PRIVATE KEY-----\n{LINES}\n-----END PRIVATE KEY-----",
    "with dashes": (
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n"
        f"{LINES}\n-----END RSA PRIVATE KEY-----"
    ),
    "of PGP": (
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nComment: a-b-c\n\n"
        f"{LINES}\n=aB3x\n-----END PGP PRIVATE KEY BLOCK-----"
    ),
    "quoted": f"-----BEGIN PRIVATE KEY-----\n> {LINES}\n> -----END PRIVATE KEY-----",
    "in JSON": f"-----BEGIN PRIVATE KEY-----\\n{LINES}\\n-----END PRIVATE KEY-----",
    "a web token": f"eyJ{'a' * 1500}.eyJ{'b' * 2500}.{'c' * 1500}",
    "a pattern": f"<start>{'d' * 900}<end>",
}
KEYS = [
    Filter(
        name="k", detect=("secret",), patterns=(compiled("<start>.{0,2000}<end>", "SECRET", ""),)
    )
]


@pytest.mark.parametrize("size", [1, 7, 40, 900])
@pytest.mark.parametrize("kind", LONG)
def test_of_a_long_secret_nothing_is_shown_however_it_is_cut(kind: str, size: int) -> None:
    text = f"Here it is: {LONG[kind]}\n" + "and more text behind it. " * 40
    incoming = IncomingFilter(KEYS)
    cut = [text[at : at + size] for at in range(0, len(text), size)]
    shown = [*map(incoming.feed, cut), incoming.end()]

    assert "".join(shown) == "Here it is: ⟦SECRET⟧\n" + "and more text behind it. " * 40


def test_a_key_without_an_end_holds_no_more_back_than_a_key_may_have() -> None:
    incoming = IncomingFilter(KEYS)
    incoming.feed("-----BEGIN PRIVATE KEY-----")
    shown = "".join(incoming.feed("words of an answer " * 10) for _ in range(200))

    assert "words of an answer" in shown


SECRETS = st.sampled_from(
    ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "-----", "x" * 400, "-", "\n",
     f"eyJ{'a' * 400}", ".", "<start>", "<end>", "word "]
)  # fmt: skip


@given(
    st.lists(SECRETS, max_size=10).map("".join), st.lists(st.sampled_from([1, 9, 350]), max_size=40)
)
def test_long_secrets_are_filtered_in_pieces_as_in_the_whole(text: str, sizes: list[int]) -> None:
    incoming = IncomingFilter(KEYS)
    shown = "".join([*map(incoming.feed, pieces(text, sizes)), incoming.end()])
    assert shown == filtered(text, KEYS).text
