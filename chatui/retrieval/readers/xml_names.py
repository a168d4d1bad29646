"""Finds elements of small XML files by their local names, with the forgiving HTML parser.

It knows no entities but HTML's own, so none can grow, and it never fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatui.retrieval.readers.decoding import decode
from chatui.retrieval.readers.html import declared_charset
from chatui.text.safety import one_line


def elements(data: bytes, *names: str) -> Iterator[tuple[str, dict[str, str | None], str]]:
    """Name, attributes and text of each element that has one of the local names, in order."""
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(decode(data, declared_charset(data))).root
    if root is None:
        return
    for node in root.traverse(include_text=False):
        name = str(node.tag).rpartition(":")[2]
        if name in names:
            first = node.first_child
            text = first.text_content if first is not None and first.is_text_node else ""
            yield name, node.attributes, one_line(text or "")


def first_text(data: bytes, name: str) -> str:
    """The text of the first such element that has any, or ""."""
    return next((text for _, _, text in elements(data, name) if text), "")
