"""An answer that is written as HTML, as Markdown: the marks of a chat, no pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

MOST_MARKS = 5_000
"""The parser takes the square of the depth: 5,000 elements inside each other take 30 ms."""
_MARK = re.compile(r"<[^<>]*+>")
_BLOCKS = frozenset({"p", "div", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "hr"})
_UNSEEN = frozenset({"script", "style", "template"})
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}


def markdown_of(html: str) -> str:
    """Of more elements than an answer has, the words alone."""
    if html.count("<") > MOST_MARKS:
        return unescape(_MARK.sub("", html)).strip()
    from selectolax.lexbor import LexborHTMLParser

    writer = _MarkdownWriter()
    body = LexborHTMLParser(html).body
    # A stack of our own: no nesting is too deep for it.
    waiting = [] if body is None else [(body, False)]
    while waiting:
        node, ends = waiting.pop()
        if ends:
            writer.end(node.tag or "")
        elif node.tag == "-text":
            writer.text(node.text_content or "")
        elif node.tag not in _UNSEEN:
            writer.start(node.tag or "", node.attributes)
            waiting.append((node, True))
            waiting += [(child, False) for child in reversed(list(node.iter(include_text=True)))]
    return writer.markdown()


class _MarkdownWriter:
    """Writes what begins, ends and stands between."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []
        """Of the line that is being written."""
        self._lists: list[int | None] = []
        """Of each list that is open the number of its next item, or None."""
        self._preformatted = 0
        self._link = ""
        self._cells = 0
        self._marker = False
        """Whether the line holds nothing but an item's."""

    def markdown(self) -> str:
        self._break()
        return "\n".join(self._lines).strip()

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "pre":
            self._break(blank=not self._lists)
            self._write("```")
            self._break()
            self._preformatted += 1
        elif tag in ("ul", "ol"):
            self._break(blank=not self._lists)
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._break()
            self._write("  " * (len(self._lists) - 1) + self._item())
            self._marker = True
        elif tag in ("td", "th"):
            self._cells += 1
            self._write("| ")
        elif tag == "br":
            self._break()
        elif tag == "tr":
            self._break()
            self._cells = 0
        elif tag == "a":
            self._link = attributes.get("href") or ""
            self._write("[" if self._link else "")
        elif tag in _BLOCKS:
            self._break(blank=not self._lists)
            level = tag[1:]
            self._write("#" * int(level) + " " if level.isdigit() else "")
        elif tag in _MARKS and not self._preformatted:
            self._write(_MARKS[tag])

    def end(self, tag: str) -> None:
        if tag == "pre" and self._preformatted:
            self._preformatted -= 1
            self._break()
            self._write("```")
            self._break(blank=not self._lists)
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._break(blank=not self._lists)
        elif tag in ("td", "th"):
            self._write(" ")
        elif tag == "tr":
            self._write("|")
        elif tag == "thead":
            self._break()
            self._write("| --- " * self._cells + "|")
        elif tag == "a" and self._link:
            self._write(f"]({self._link})")
            self._link = ""
        elif tag in _BLOCKS:
            self._break(blank=not self._lists)
        elif tag in _MARKS and not self._preformatted:
            self._write(_MARKS[tag])

    def text(self, data: str) -> None:
        if self._preformatted:
            *lines, last = data.split("\n")
            for line in lines:
                self._write(line)
                self._end_line()
            self._write(last)
            return
        words = " ".join(data.split())
        before = " " if self._pieces and data[:1].isspace() else ""
        after = " " if words and data[-1:].isspace() else ""
        self._write(before + words + after)

    def _item(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _write(self, piece: str) -> None:
        if piece:
            self._pieces.append(piece)
            self._marker = False

    def _break(self, *, blank: bool = False) -> None:
        """Ends a line that holds anything; with a blank one behind it where that is asked for."""
        if self._marker:
            return
        if "".join(self._pieces).strip():
            self._end_line()
        self._pieces.clear()
        if blank and self._lines and self._lines[-1]:
            self._lines.append("")

    def _end_line(self) -> None:
        self._lines.append("".join(self._pieces).rstrip())
        self._pieces.clear()
