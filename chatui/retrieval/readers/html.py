"""HTML: the words of a page with its headings, lists, tables and code, without its trimmings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatui.retrieval.chunking.document import Document
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.decoding import decode
from chatui.retrieval.readers.html_marks import with_lines, without_marks
from chatui.retrieval.readers.html_walk import Walk
from chatui.text.safety import one_line

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*+=\s*+["']?\s*+([\w.:-]+)""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*+<\?xml[^>]{0,100}?encoding\s*+=\s*+["']([\w.:-]+)""")
DECLARATIONS_END = 4096
"""Bytes in which a page's charset is looked for; the standard demands the first 1024."""

MAIN_SHARE = 0.25
"""A main element with less than this part of the page's words is not what it says."""


def read(data: bytes, stem: str) -> Document:
    """The title is the page's own, else its first heading, else the file's stem.

    Raises Unreadable for binary data, ReadFailed for a source that nothing can parse.
    """
    composer = DocumentBuilder()
    title = compose(decode(data, declared_charset(data)), composer)
    return composer.document(title or composer.first_heading or stem)


def declared_charset(data: bytes) -> str:
    head = data[:DECLARATIONS_END]
    found = _XML.search(head) or _CHARSET.search(head)
    return found[1].decode("ascii", "replace") if found else ""


def compose(source: str, composer: DocumentBuilder) -> str:
    """Writes the page's text into the composer and returns the page's title, or ""."""
    from selectolax.lexbor import LexborHTMLParser

    # Line ends are counted by line feeds; a lone CR of an old file is none.
    tree = LexborHTMLParser(with_lines(source.replace("\r\n", "\n").replace("\r", " ")))
    body = tree.body
    if body is not None:
        main = _main(tree, body)
        Walk(composer, keep_all=False).run(main)
        if not composer.written:
            Walk(composer, keep_all=True).run(body)
    found = tree.css_first("head title") or tree.css_first("title")
    if found is None:
        return ""
    return one_line(without_marks(found.text()))


def _main(tree: LexborHTMLParser, body: LexborNode) -> LexborNode:
    """The element that holds the page's content, or its whole body."""
    candidates = tree.css("main, [role=main]") or tree.css("article")
    if len(candidates) != 1:
        return body
    words = len(candidates[0].text())
    return candidates[0] if words >= MAIN_SHARE * len(body.text()) else body
