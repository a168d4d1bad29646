from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.widgets.code_colours import ENDLESS, LONGEST_COLOURED, PIECE, colour_code, pieces

CODE = (
    'def greet(name):\n    """Says it,\n\n    twice."""\n    return f"Hello {name}"  # said\n\n\n'
)


def looks(code: str, language: str) -> dict[str, set[str]]:
    """The parts of the code that have each look."""
    content = colour_code(code, language)
    found: dict[str, set[str]] = {}
    for span in content.spans:
        found.setdefault(str(span.style), set()).add(content.plain[span.start : span.end])
    return found


def test_keywords_strings_and_comments_have_their_looks() -> None:
    found = looks(CODE, "python")

    assert {"def", "return"} <= found["code--keyword"]
    assert "# said" in found["code--comment"]
    assert "greet" in found["code--name"]


def test_a_long_text_has_its_colours_up_to_its_end() -> None:
    content = colour_code(CODE * 200, "python")

    assert content.plain == CODE * 200
    comments = [span for span in content.spans if span.style == "code--comment"]
    assert len(comments) == 200
    assert {content.plain[span.start : span.end] for span in comments} == {"# said"}


def test_what_is_no_language_or_too_long_stays_plain() -> None:
    assert looks(CODE, "nothing of the kind") == looks(CODE, "") == {}
    assert looks("x = 1\n" * LONGEST_COLOURED, "python") == {}


@given(st.text(alphabet="ab \n}", max_size=60).map(lambda text: text * 500))
def test_pieces_are_short_and_hold_all_but_long_blanks(code: str) -> None:
    found = list(pieces(code))

    assert all(0 < len(piece) <= PIECE for _, piece in found)
    assert all(code[start:].startswith(piece) for start, piece in found)
    rest = code
    for start, piece in reversed(found):
        rest = rest[:start] + rest[start + len(piece) :]
    assert not rest.strip()
    assert not rest or max(map(len, re.findall(r"\s+", code))) >= 100


def test_a_piece_begins_where_a_line_is_not_indented() -> None:
    starts = [piece[:4] for _, piece in pieces(CODE * 200)]

    assert set(starts) == {"def "}


@pytest.mark.parametrize("language", ["c", "java", "csharp", "cpp", "make", "html", "lilypond"])
@pytest.mark.parametrize("unit", ["\n", "a\n", "_a", "<a ", "a "])
def test_no_code_holds_the_window(language: str, unit: str) -> None:
    """What grew by the square took a minute for the newlines of C."""
    code = (unit * LONGEST_COLOURED)[:LONGEST_COLOURED]

    started = time.thread_time()
    colour_code(code, language)
    assert time.thread_time() - started < 3.0


@pytest.mark.parametrize("language", sorted(ENDLESS))
def test_a_lexer_that_does_not_end_is_not_asked(language: str) -> None:
    assert looks("a\n<!-- \t" * 10, language) == {}
