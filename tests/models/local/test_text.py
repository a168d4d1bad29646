"""Pieces of tokens into text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.models.base import ReasoningDelta, TextDelta
from chatui.models.local.text import ReplyText, StopStrings
from chatui.models.reasoning_tags import Delta, opened_mark

PIECES = st.lists(st.text("abXY\n", max_size=4), max_size=12)


def fed(reply: ReplyText, *pieces: bytes) -> list[Delta]:
    return [delta for piece in pieces for delta in reply.feed(piece)] + reply.finish()


def test_a_character_comes_when_its_last_byte_does() -> None:
    reply = ReplyText()
    first, *rest = [bytes([byte]) for byte in "€".encode()]
    assert reply.feed(first) == []
    assert [delta for byte in rest for delta in reply.feed(byte)] == [TextDelta("€")]


def test_bytes_that_are_no_text_are_marked() -> None:
    assert fed(ReplyText(), b"a\xff", b"\xe2") == [TextDelta("a\ufffd"), TextDelta("\ufffd")]


def test_control_sequences_are_taken_out() -> None:
    assert fed(ReplyText(), b"x\x1b[3", b"1my") == [TextDelta("x"), TextDelta("y")]


@given(PIECES, st.lists(st.text("abXY", min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_text_ends_before_the_first_stop_string_however_it_is_cut(
    pieces: list[str], stops: list[str]
) -> None:
    whole = "".join(pieces)
    places = [place for stop in stops if (place := whole.find(stop)) >= 0]
    strings = StopStrings(stops)
    text = "".join(strings.feed(piece) for piece in pieces) + strings.finish()
    assert strings.stopped == bool(places)
    if not places:
        assert text == whole
        return
    # One that is whole earlier ends the text, though a longer one had begun before it.
    assert whole.startswith(text)
    assert len(text) >= min(places)
    assert all(stop not in text for stop in stops)


def test_nothing_is_held_back_without_stop_strings() -> None:
    assert StopStrings(()).feed("a") == "a"


def test_reasoning_tokens_are_counted() -> None:
    reply = ReplyText()
    deltas = fed(reply, b"<think>", b"one", b" two", b"</think>", b"three")
    assert "".join(d.text for d in deltas if isinstance(d, ReasoningDelta)) == "one two"
    assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == "three"
    assert reply.reasoning_tokens == 3


@pytest.mark.parametrize(
    ("prompt", "tag"),
    [("a<think>\n", "<think>"), ("<think>\n\n</think>\n\n", ""), ("assistant\n", "")],
)
def test_a_tag_that_the_prompt_opens_is_found(prompt: str, tag: str) -> None:
    assert opened_mark(prompt) == tag


def test_a_tag_that_the_prompt_opened_makes_the_reply_reasoning() -> None:
    deltas = fed(ReplyText(open_tag="<think>"), b"hm", b"</think>", b"Yes.")
    assert deltas == [ReasoningDelta("hm"), TextDelta("Yes.")]
