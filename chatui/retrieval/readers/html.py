"""HTML: the words of a page with its headings, lists, tables and code, without its trimmings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document
from chatui.retrieval.readers.composing import Blocks, BlocksAtLine, DocumentBuilder
from chatui.retrieval.readers.decoding import decode
from chatui.retrieval.readers.html_frames import is_foreign, original_address
from chatui.retrieval.readers.html_marks import refuse_large, with_lines, without_marks
from chatui.retrieval.readers.html_trimmings import PageSurroundings, folded_texts
from chatui.retrieval.readers.html_walk import Walk
from chatui.text.safety import one_line, strip_controls

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*+=\s*+["']?\s*+([\w.:-]+)""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*+<\?xml[^>]{0,100}?encoding\s*+=\s*+["']([\w.:-]+)""")
DECLARATIONS_END = 4096
"""Bytes in which a page's charset is looked for; the standard demands the first 1024."""
_INLINED = re.compile(r"data:[^\s\"'<>()]{500,}+")
"""What a page saved in one file holds of its pictures and fonts: megabytes that say nothing."""

MAIN_SHARE = 0.25
"""A main element with less than this part of the page's words is not what it says."""

Beside = Callable[[str], bytes | None]
"""The bytes of what an address in a page leads to, where that was saved with it."""


def nothing_beside(address: str) -> bytes | None:
    return None


def read(data: bytes, stem: str, beside: Beside = nothing_beside) -> Document:
    """The title is the page's own, else its first heading, else the file's stem.

    Raises Unreadable for binary data, ReadFailed for a source that nothing can parse.
    """
    composer = DocumentBuilder()
    source = decode(data, declared_charset(data))
    title = compose(source, composer, beside)
    document = composer.document(title or composer.first_heading or stem)
    return from_address(document, original_address(source))


def from_address(document: Document, address: str) -> Document:
    """The document with the address that it was saved from, which is told beside its text."""
    if not address:
        return document
    sections = (replace(section, running_head=address) for section in document.sections)
    return replace(document, sections=tuple(sections))


def declared_charset(data: bytes) -> str:
    head = data[:DECLARATIONS_END]
    found = _XML.search(head) or _CHARSET.search(head)
    return found[1].decode("ascii", "replace") if found else ""


def compose(
    source: str, composer: Blocks, beside: Beside = nothing_beside, *, lined: bool = True
) -> str:
    """Writes the page's text into the composer and returns the page's title, or "". One that is
    not `lined` stands in no file of its own, and nobody asks for its lines."""
    return _Page(beside, lined=lined).compose(source, composer)


MOST_DEEP = 3
MOST_FRAMES = 60
LEAST_SAID = 20
"""Characters of a frame that is a part of its page; a counter or a button has fewer."""


@dataclass(slots=True)
class _Page:
    """A page on its way, with the frames in it that were saved with it."""

    beside: Beside
    depth: int = 0
    seen: list[str] = field(default_factory=list)
    lined: bool = True

    def compose(self, source: str, composer: Blocks) -> str:
        from selectolax.lexbor import LexborHTMLParser

        # Line ends are counted by line feeds; a lone CR of an old file is none.
        source = _INLINED.sub("data:", source.replace("\r\n", "\n").replace("\r", " "))
        if self.lined:
            source = with_lines(source)
        else:
            refuse_large(source)
        tree = LexborHTMLParser(source)
        if (body := tree.body or tree.css_first("frameset")) is not None:
            self._write(tree, body, composer)
        found = tree.css_first("head title") or tree.css_first("title")
        return one_line(without_marks(found.text())) if found is not None else ""

    def _write(self, tree: LexborHTMLParser, body: LexborNode, composer: Blocks) -> None:
        def framed(attributes: dict[str, str | None], line: int) -> None:
            self._framed(attributes, BlocksAtLine(composer, line))

        around, folded = PageSurroundings(body), folded_texts(tree)
        main = _main(tree, body)
        Walk(composer, keep_all=False, surroundings=around, folded=folded, framed=framed).run(main)
        if not composer.written:
            Walk(composer, keep_all=True).run(body)

    def _framed(self, attributes: dict[str, str | None], blocks: BlocksAtLine) -> None:
        """Writes what stands in a frame, unless it is an advertisement or says next to nothing."""
        if self.depth == MOST_DEEP or len(self.seen) == MOST_FRAMES:
            return
        address = attributes.get("src") or ""
        source = without_marks(attributes.get("srcdoc") or "")
        if not source:
            data = None if not address or address in self.seen else self.beside(address)
            source = decode(data, declared_charset(data)) if data else ""
        self.seen.append(address)
        if not source or is_foreign(attributes, source):
            return
        alone = DocumentBuilder()
        inner = _Page(self.beside, self.depth + 1, self.seen)
        try:
            inner.compose(source, alone)
        except ReadFailed:
            return
        said = alone.document("").text
        if len(said) >= LEAST_SAID:
            for part in said.split("\n\n"):
                blocks.block([(strip_controls(part), 0)])


def _main(tree: LexborHTMLParser, body: LexborNode) -> LexborNode:
    """The element that holds the page's content, or its whole body."""
    candidates = tree.css("main, [role=main]") or tree.css("article")
    if len(candidates) != 1:
        return body
    words = len(candidates[0].text())
    return candidates[0] if words >= MAIN_SHARE * len(body.text()) else body
