"""Colours for source code: which part of a text is a keyword, a string, a comment …

Styles are names of `line_styles`. Pygments is imported with the first
block of code, not before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content, Span

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST_COLOURED = 60_000
"""Characters; a longer block stays plain, since a lexer may need seconds for it."""

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
    spans = [
        Span(start, start + len(text), style)
        for start, token, text in lexer.get_tokens_unprocessed(code)
        if (style := _style(str(token)))
    ]
    return Content(code, spans)


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _style(token: str) -> str:
    for name, style in _STYLE_OF_TOKEN:
        if token == name or token.startswith(name + "."):
            return style
    return ""
