"""The code of an answer, without the words around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class CodeOf:
    """The first code block of an answer: its lines, without fence and indent. It is not `whole`
    where the text ends before it does."""

    code: str
    whole: bool


def first_code_block(text: str) -> CodeOf | None:
    """The first fence, wherever it stands, in a list as well; without any, the first lines that
    are indented as code. None without either."""
    from markdown_it import MarkdownIt

    # HTML would swallow a fence below <details>.
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).disable("inline")
    lines = text.rstrip() + "\n"
    tokens = parser.parse(lines)
    for kind in ("fence", "code_block"):
        for token in tokens:
            whole = token.type == kind and (_is_closed(token) or _end(token) < lines.count("\n"))
            # Marks at the very end open nothing.
            if token.type == kind and (whole or token.content):
                return CodeOf(token.content, whole)
    return None


def _is_closed(token: Token) -> bool:
    """Whether the fence has its end: the line that the code does not have."""
    assert token.map is not None
    start, end = token.map
    return token.type == "fence" and token.content.count("\n") == end - start - 2


def _end(token: Token) -> int:
    assert token.map is not None
    return token.map[1]
