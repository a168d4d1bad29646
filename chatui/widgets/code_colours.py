"""Colours for source code: which part of a text is a keyword, a string, a comment …

Styles are names of `line_styles`. Pygments is imported with the first
block of code, not before.

Most of its lexers take time by the square of a text's length on some text or other, and a few never
end. So they get a piece of the code at a time, as little as a quadratic one does in no time; who is
slow all the same has its colours end there; and those that don't end are not asked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content, Span

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST_COLOURED = 60_000
"""Characters; a longer block stays plain."""
PIECE = 4_000
"""Characters that a lexer gets at once; the next piece begins at a line that is not indented."""
SECONDS = 0.02
SECONDS_A_CHARACTER = 10e-6
"""Of the processor, for the colours of a block: five times what a lexer takes for code."""
ENDLESS = frozenset(
    ("autohotkey", "easytrieve", "html+ng2", "lilypond", "mcschema", "ng2", "systemd", "xpp")
)
"""Lexers that stay on one token for seconds, or for ever."""
_BLANK = re.compile(r"(?<!\s)\s{100,}+")
_PIECE_END = re.compile(r"\n(?=[^\s)}\]])")

_STYLE_OF_TOKEN = (
    ("Token.Comment", "code--comment"),
    ("Token.Keyword", "code--keyword"),
    ("Token.Operator.Word", "code--keyword"),
    ("Token.Name.Tag", "code--keyword"),
    ("Token.Literal.String", "code--string"),
    ("Token.Literal.Number", "code--number"),
    ("Token.Name.Function", "code--name"),
    ("Token.Name.Class", "code--name"),
    ("Token.Name.Decorator", "code--name"),
    ("Token.Name.Attribute", "code--name"),
    ("Token.Generic.Inserted", "code--added"),
    ("Token.Generic.Deleted", "code--removed"),
    ("Token.Generic.Error", "code--error"),
)


def colour_code(code: str, language: str) -> Content:
    """The code as Content; without colours when the language is unknown or the code is long."""
    lexer = _lexer(language) if language and len(code) <= LONGEST_COLOURED else None
    if lexer is None:
        return Content(code)
    spans: list[Span] = []
    until = time.thread_time() + SECONDS + SECONDS_A_CHARACTER * len(code)
    for start, piece in pieces(code):
        for place, token, text in lexer.get_tokens_unprocessed(piece):
            if style := _style(str(token)):
                spans.append(Span(start + place, start + place + len(text), style))
            if time.thread_time() > until:
                return Content(code, spans)
    return Content(code, spans)


def pieces(code: str) -> Iterator[tuple[int, str]]:
    """The code in parts of at most PIECE characters, each with its place: from where a line
    begins that is not indented, where there is one. Of long blanks there is nothing to colour."""
    start = 0
    for blank in _BLANK.finditer(code):
        yield from _cut(code, start, blank.start())
        start = blank.end()
    yield from _cut(code, start, len(code))


def _cut(code: str, start: int, stop: int) -> Iterator[tuple[int, str]]:
    while stop - start > PIECE:
        ends = [found.end() for found in _PIECE_END.finditer(code, start + 1, start + PIECE)]
        line_end = code.rfind("\n", start, start + PIECE) + 1
        end = ends[-1] if ends else line_end or start + PIECE
        yield start, code[start:end]
        start = end
    if start < stop:
        yield start, code[start:stop]


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return None
    return None if ENDLESS.intersection(lexer.aliases) else lexer


@lru_cache(maxsize=512)
def _style(token: str) -> str:
    for name, style in _STYLE_OF_TOKEN:
        if token == name or token.startswith(name + "."):
            return style
    return ""
