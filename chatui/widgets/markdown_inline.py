"""The inside of a paragraph: emphasis, code, links and citation marks as styled Content.

Everything here is data: nothing is read as Textual markup, control characters that an
entity such as `&#x202e;` brings back are taken out again, and a link or a mark becomes
metadata (`link`, `citation`) that only a click reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content, Span
from textual.style import Style

from chatui.text.citations.marks import PLAIN, Mark, MarkForm, marks_in_prose, number_spans
from chatui.text.citations.written import CLOSING, OPENING
from chatui.text.safety import strip_controls

if TYPE_CHECKING:
    from collections.abc import Set

    from markdown_it.token import Token

LINK = "link"
CITATION = "citation"

_STYLES = {"strong": "markdown--strong", "em": "markdown--em", "s": "markdown--strike"}
_ADDED = re.compile(rf"\s?{OPENING}([a-z]{{0,8}})(\d{{1,3}}){CLOSING}")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|]+")
_BREAK = re.compile(r"<br\s*+/?>", re.IGNORECASE)
_TRAILING = ".,;:!?)]}*_"


def harmless(text: str) -> str:
    """One line's text as it is drawn: no control sequence, no tab."""
    return strip_controls(text).replace("\t", " ")


def inline_content(token: Token, citations: Set[int], form: MarkForm = PLAIN) -> Content:
    """Content of a markdown-it `inline` token. Numbers outside `citations` stay text."""
    line = _InlineBuilder(citations, form)
    for child in token.children or ():
        line.add(child)
    return line.content()


class _InlineBuilder:
    def __init__(self, citations: Set[int], form: MarkForm) -> None:
        self._citations = citations
        self._form = form
        self._text: list[str] = []
        self._length = 0
        self._spans: list[Span] = []
        self._open: list[tuple[int, tuple[str | Style, ...]]] = []
        self._in_link = False

    def content(self) -> Content:
        return Content("".join(self._text), self._spans)

    def add(self, token: Token) -> None:
        kind = token.type
        if kind == "softbreak":
            self._write(" ")
        elif kind == "hardbreak":
            self._write("\n")
        elif kind == "code_inline":
            self._write(harmless(token.content), "markdown--code")
        elif kind == "image":
            href = str(token.attrs.get("src", ""))
            self._write(harmless(f"▣ {token.content or href}"), *_link_styles(href))
        elif kind == "link_open":
            self._begin(*_link_styles(str(token.attrs.get("href", ""))))
            self._in_link = True
        elif kind.endswith("_open"):
            self._begin(_STYLES.get(token.tag, ""))
        elif kind.endswith("_close"):
            self._end()
            self._in_link = self._in_link and kind != "link_close"
        elif token.content:
            self._write_text(_broken(token.content))

    def _begin(self, *styles: str | Style) -> None:
        self._open.append((self._length, styles))

    def _end(self) -> None:
        start, styles = self._open.pop()
        self._spans.extend(Span(start, self._length, style) for style in styles if style)

    def _write(self, text: str, *styles: str | Style) -> int:
        """Adds the text and returns where it starts."""
        start = self._length
        self._text.append(text)
        self._length += len(text)
        self._spans.extend(Span(start, self._length, style) for style in styles)
        return start

    def _write_text(self, text: str) -> None:
        done = 0
        for match in _ADDED.finditer(text):
            self._write_said(text[done : match.start()])
            self._write_added(match[1] + match[2], int(match[2]))
            done = match.end()
        self._write_said(text[done:])

    def _write_added(self, label: str, n: int) -> None:
        """A mark that matching added: in a quieter look, and a target like the others."""
        self._write(" ")
        self._write(f"[{label}]", "markdown--citation-added", Style.from_meta({CITATION: n}))

    def _write_said(self, text: str) -> None:
        text = harmless(text)
        start = self._write(text)
        if self._in_link:
            return
        for match in _ADDRESS.finditer(text):
            address = match.group().rstrip(_TRAILING)
            self._style(start + match.start(), len(address), *_link_styles(address))
        for mark in marks_in_prose(text, self._form):
            self._mark(start, text, mark)

    def _mark(self, start: int, text: str, mark: Mark) -> None:
        """`[2]` is one target; in `[1, 2]` each number is its own."""
        spans = list(number_spans(text, mark))
        for n, begin, end in spans:
            if n not in self._citations:
                continue
            first, last = (mark.start, mark.end) if len(spans) == 1 else (begin, end)
            target = Style.from_meta({CITATION: n})
            self._style(start + first, last - first, "markdown--citation", target)

    def _style(self, start: int, length: int, *styles: str | Style) -> None:
        self._spans.extend(Span(start, start + length, style) for style in styles)


def _link_styles(href: str) -> tuple[str | Style, ...]:
    return ("markdown--link", Style.from_meta({LINK: strip_controls(href)}))


def _broken(text: str) -> str:
    """The text with a line's end for each `<br>` and the blanks around it."""
    first, *others = _BREAK.split(text)
    if not others:
        return text
    *between, last = others
    return "\n".join([first.rstrip(), *(part.strip() for part in between), last.lstrip()])
