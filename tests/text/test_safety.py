import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.safety import (
    STRING_LIMIT,
    ControlStripper,
    DrawableStripper,
    drawable,
    escape_controls,
    one_line,
    strip_controls,
)
from tests.hostile import CONTROLS, HOSTILE, WHOLE, raw

FLAG_OF_ENGLAND = "".join(chr(0xE0000 + ord(one)) for one in "gbeng") + "\U000e007f"
TRICKY = st.lists(
    st.sampled_from(
        [
            *"ab 0;[]()P\\\x1b\x07\x9b\x9c\x9d\x90\r\n\t\x0b\u202e\ud83d\ude00\udc00é",
            *"ب日❤😀🏽🏴\u200b\u200c\u200d\ufe0f\U000e0100\u1820\u180b\u2028\ud83e\udb40\udc67",
            *FLAG_OF_ENGLAND,
            FLAG_OF_ENGLAND,
        ]
    )
).map("".join)


def streamed(pieces: list[str]) -> str:
    return drained(ControlStripper(), pieces)


def drained(stripper: ControlStripper, pieces: list[str]) -> str:
    return "".join(stripper.feed(piece) for piece in pieces) + stripper.finish()


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("a\x1b]52;c;aGVsbG8=\x07b", "ab"),
        ("a\x1b]0;title\x1b\\b", "ab"),
        ("a\x9d0;title\x9cb", "ab"),
        ("a\x1bPq#0;2;0\x1b\\b", "ab"),
        ("a\x1b_payload\x1b\\b", "ab"),
        ("a\x1b^pm\x1b\\b\x1bXsos\x1b\\c", "abc"),
        ("a\x1bcb", "ab"),
        ("a\x1b(Bb", "ab"),
        ("a\x1b[?1049hb", "ab"),
        ("a\x00b\x08c\x7fd\x85e", "abcde"),
        ("one\r\ntwo\rthree\x0cfour", "one\ntwo\nthree\nfour"),
        ("user\u202egnp.exe\u202c", "usergnp.exe"),
        ("a\u2066b\u2069c", "abc"),
        ("lone \ud800 and \udfff", "lone \ufffd and \ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\x1b", ""),
        ("end\x1b[3", "end[3"),
    ],
)
def test_control_sequences_are_taken_out(dirty: str, clean: str) -> None:
    assert strip_controls(dirty) == clean
    assert drawable(dirty) == clean


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain\n\ttext",
        "naïve — “quotes” … 日本語 हिन्दी",
        *WHOLE,
    ],
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert strip_controls(text) == text
    assert streamed(list(text)) == text
    assert drawable(text) == text
    assert drained(DrawableStripper(), list(text)) == text
    assert escape_controls(text) == text


@pytest.mark.parametrize(
    "text", ["עברית \u200f עם סימן", "soft\xadhyphen", "one\u2028two", "ภาษา\u200bไทย", "\ufeffx"]
)
def test_what_is_only_not_seen_may_enter(text: str) -> None:
    assert strip_controls(text) == text
    assert streamed(list(text)) == text


def test_there_are_enough_hostile_texts_and_each_is_one() -> None:
    assert len(HOSTILE) > 800
    assert [ascii(text) for text in HOSTILE if drawable(text) == text] == []


def test_nothing_of_a_hostile_text_is_drawn() -> None:
    assert {ascii(text): left for text in HOSTILE if (left := raw(drawable(text)))} == {}


def test_a_hostile_text_cut_anywhere_is_drawn_as_if_whole() -> None:
    for text in CONTROLS:
        told = f"a{text}b"
        whole = drawable(told)
        assert drained(DrawableStripper(), list(told)) == whole, ascii(text)
        for cut in range(len(told)) if len(told) < 50 else ():
            assert drained(DrawableStripper(), [told[:cut], told[cut:]]) == whole, ascii(text)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("admin\u200b", "admin"),
        ("pay\u200dpal", "paypal"),
        ("soft\xadhyphen", "softhyphen"),
        ("\u2067name\u2069 \u200fx", "name x"),
        ("hi" + "".join(chr(0xE0000 + ord(one)) for one in "obey me"), "hi"),
        ("\ufff9base\ufffaabove\ufffb", "baseabove"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("\ud83d\udb40\udc67", "\ufffd"),
        ("❤\ufe0f\ufe0f\ufe0fx", "❤\ufe0fx"),
        ("a\ufe0f\u200d😀", "a😀"),
    ],
)
def test_what_the_eye_would_miss_is_not_drawn(text: str, clean: str) -> None:
    assert drawable(text) == clean


def test_text_on_one_line_has_no_break_and_no_tab() -> None:
    assert one_line(" a\tb\r\nc\u2028d\x0be\x85 ") == "a b c d e"


def test_a_long_sentence_is_cut() -> None:
    assert one_line("It\nfailed: " + "x" * 50, 12) == "It failed: …"


@given(TRICKY | st.text())
def test_json_says_the_same_with_its_controls_escaped(text: str) -> None:
    document = escape_controls(json.dumps({"text": text}, ensure_ascii=False))
    assert raw(document) == []
    assert json.loads(document) == json.loads(json.dumps({"text": text}))


def test_a_string_that_is_never_ended_does_not_swallow_the_answer() -> None:
    assert strip_controls("\x1b]the answer is 42") == "]the answer is 42"
    assert strip_controls("\x1b]first\nsecond\x07") == "]first\nsecond"
    assert streamed(["\x1b]the answer", " is 42"]) == "]the answer is 42"


def test_a_control_string_holds_back_no_more_than_its_limit() -> None:
    stripper = ControlStripper()
    shown = stripper.feed("\x1b]") + "".join(stripper.feed("x") for _ in range(STRING_LIMIT + 1))
    assert shown == "]" + "x" * (STRING_LIMIT + 1)


def test_plain_text_is_never_held_back() -> None:
    stripper = ControlStripper()
    assert stripper.feed("word ") == "word "
    assert stripper.feed("\x1b[1mbold\x1b[0m") == "bold"


def test_an_emoji_cut_between_its_surrogates_is_joined() -> None:
    assert streamed(["so \ud83d", "\ude00!"]) == "so \U0001f600!"


@given(st.lists(TRICKY))
def test_where_a_text_is_cut_makes_no_difference(pieces: list[str]) -> None:
    assert streamed(pieces) == strip_controls("".join(pieces))
    assert drained(DrawableStripper(), pieces) == drawable("".join(pieces))


@given(TRICKY | st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    clean = strip_controls(text)
    clean.encode("utf-8")
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in clean)
    assert strip_controls(clean) == clean
    drawn = drawable(text)
    assert raw(drawn) == []
    assert drawable(drawn) == drawn
