import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.safety import STRING_LIMIT, ControlStripper, one_line, strip_controls

TRICKY = st.text(
    st.sampled_from(list("ab 0;[]()P\\\x1b\x07\x9b\x9c\x9d\x90\r\n\t\x0b\u202e\ud83d\ude00\udc00é"))
)


def streamed(pieces: list[str]) -> str:
    stripper = ControlStripper()
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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain\n\ttext",
        "naïve — “quotes” … 日本語 हिन्दी",
        "👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "עברית \u200f עם סימן",
        "brackets [31m]0;not a sequence",
    ],
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert strip_controls(text) == text
    assert streamed(list(text)) == text


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


@given(TRICKY | st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    clean = strip_controls(text)
    clean.encode("utf-8")
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in clean)
    assert strip_controls(clean) == clean


def test_a_text_on_one_line_has_neither_breaks_nor_controls() -> None:
    assert one_line(" a\n\tb\x1b]0;x\x07  c \r\n") == "a b c"


@pytest.mark.parametrize(("most", "line"), [(5, "abcde"), (4, "abc…"), (None, "abcde")])
def test_a_line_that_is_too_long_ends_in_an_ellipsis(most: int | None, line: str) -> None:
    assert one_line("abcde", most) == line
