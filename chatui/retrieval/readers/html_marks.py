"""Makes an HTML source ready for its parser: each tag is told the line that it stands on.

lexbor keeps no positions, so every start tag gets an attribute with its line. Where a `<` in
another attribute or in raw text is taken for a tag, the mark stands there: `without_marks` takes
it out again.
"""

from __future__ import annotations

import re
from itertools import islice

from chatui.domain.errors import ReadFailed

LINE = "data-chatui-line"
MOST_NESTED = 2000
"""lexbor takes time by the square of the depth: 0.04 s for 2,000 levels, minutes for 100,000."""
MOST_ELEMENTS = 350_000
"""Each takes about a kilobyte until the page is read. The HTML standard itself has 300,000."""
MOST_ATTRIBUTES = 1_500_000
"""Each takes 110 bytes."""
LARGE = 4 << 20
"""Characters of a source whose attributes are counted."""

_START = re.compile(r"<([a-zA-Z][^\s/>]*)")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_WHOLE_TAG = re.compile(r"<[a-zA-Z][^<>]*+")
_ATTRIBUTE = re.compile(r"\s[^\s\"'=]++")
_PRE = re.compile(r"(<pre [^<>]*>)\n", re.IGNORECASE)
_MARK = re.compile(rf" {LINE}=\d+ ")
# Elements without content, and those that the next of their kind closes by itself.
_FLAT = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "option",
        "optgroup",
        "rt",
        "rp",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "tfoot",
        "colgroup",
        "html",
        "head",
        "body",
        "script",
        "style",
    ]
)


def with_lines(source: str) -> str:
    """The source with the mark `LINE` in every start tag. Raises ReadFailed for a source
    that is nested so deeply that parsing it would take for ever, or has too many elements."""
    refuse_large(source)
    line, seen = 1, 0

    def marked(match: re.Match[str]) -> str:
        nonlocal line, seen
        line += source.count("\n", seen, match.start())
        seen = match.start()
        # Without quotes, which would end an attribute that it stands in.
        return f"{match[0]} {LINE}={line} "

    # The parser drops the line end right behind <pre>, and with it a line.
    return _PRE.sub(r"\1\n\n", _START.sub(marked, source))


def without_marks(text: str) -> str:
    """Text that is no markup for the parser (a title) with the marks taken out again."""
    return _MARK.sub("", text) if LINE in text else text


def refuse_large(source: str) -> None:
    """Raises ReadFailed as `with_lines` does."""
    depth = elements = 0
    for found in _TAG.finditer(source):
        closing, name = found.groups()
        elements += not closing
        if elements > MOST_ELEMENTS:
            raise ReadFailed(f"it has more than {MOST_ELEMENTS:,} elements")
        if name.lower() in _FLAT:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MOST_NESTED:
            raise ReadFailed(f"its elements are nested more than {MOST_NESTED} deep")
    if len(source) <= LARGE:
        return
    tags = (found[0] for found in _WHOLE_TAG.finditer(source))
    attributes = (one for tag in tags for one in _ATTRIBUTE.finditer(tag))
    if next(islice(attributes, MOST_ATTRIBUTES, None), None):
        raise ReadFailed(f"its elements have more than {MOST_ATTRIBUTES:,} attributes")
