"""Markdown: front matter, headings and the sections below them.

The rules are CommonMark's for headings and fences. A full parser is not needed for them and
would take seconds for a large file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from chatui.retrieval.chunking.document import Document
from chatui.retrieval.chunking.short_sections import MOST_LINES
from chatui.retrieval.readers.front_matter import front_matter
from chatui.retrieval.readers.headings import Heading, sections
from chatui.text.safety import one_line

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_SETEXT = re.compile(r" {0,3}(=++|-++)[ \t]*+$")
# A line of these begins a block of its own and so is no text of a setext heading.
_NOT_PARAGRAPH = re.compile(
    r"(?: {4}|\t| {0,3}(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]|\||<!--|```|~~~|#))"
)
# What stands behind a fence of backticks holds none: "```x``` is code" is a paragraph.
_FENCE = re.compile(r"( *)(`{3,}(?=[^`]*$)|~{3,})")
FENCES = ("`", "~")
_ITEM = re.compile(r" *(?:[-+*]|\d{1,9}[.)])(?: |\t|$)")
_COMMENT = re.compile(r" {0,3}<!--(?!-?>)")
INDENTED = 4
"""Spaces from which on a line is code, outside lists."""
# A bracket within brackets begins anew, so that no text is looked through for each of many.
_INLINE = re.compile(
    r"!?\[([^\[\]]*+)\](?:\((?:[^()]|\([^()]*+\))*+\)|\[[^\[\]]*+\])"
    r"|[`*]+|(?<!\w)_+|(?<!_)_++(?!\w)|<[^<>]++>"
)


def read(text: str, stem: str) -> Document:
    """The title is the front matter's, else the first level-1 heading, else the file's stem."""
    front = front_matter(text)
    headings = list(find_headings(text, front.end))
    title = front.title or next((h.title for h in headings if h.level == 1 and h.title), "") or stem
    return Document(title=title, text=text, sections=tuple(sections(text, front.end, headings)))


def find_headings(text: str, begin: int = 0) -> Iterator[Heading]:
    """ATX and setext headings outside code fences and comments, in order, of the first
    MOST_LINES lines."""
    fence = ""
    above: tuple[int, str] | None = None  # start and text of a paragraph's only line so far
    in_paragraph = in_list = in_comment = False
    for match in islice(_LINE.finditer(text, begin), MOST_LINES):
        start, end = match.span()
        line = match.group().rstrip("\r\n")
        if in_comment:
            in_comment = "-->" not in line
            continue
        if fence:
            if _closes(line, fence, in_list=in_list):
                fence = ""
            continue
        sign = line.lstrip(" ")[:1]
        opened = _FENCE.match(line) if sign in FENCES else None
        atx = _ATX.match(line.rstrip(" \t")) if sign == "#" else None
        if line.strip() and not in_paragraph:
            in_list = bool(_ITEM.match(line)) or (in_list and line[0] in " \t")
        # Below an item of a list a fence stands as deep as the item's text.
        if opened and (in_list or len(opened[1]) < INDENTED):
            fence = opened[2]
        elif _COMMENT.match(line):
            in_comment = "-->" not in line
        elif atx:
            yield Heading(len(atx[1]), clean(_without_closing(atx[2] or "")), start, end)
        elif above and (underline := _SETEXT.match(line)):
            yield Heading(1 if underline[1][0] == "=" else 2, clean(above[1]), above[0], end)
        elif line.strip() and (in_paragraph or not _NOT_PARAGRAPH.match(line)):
            above = None if in_paragraph else (start, line)
            in_paragraph = True
            continue
        above, in_paragraph = None, False


def _without_closing(title: str) -> str:
    """The text of an ATX heading without the marks that may stand behind it."""
    bare = title.rstrip("#")
    return title if bare and not bare.endswith((" ", "\t")) else bare.rstrip(" \t")


def _closes(line: str, fence: str, *, in_list: bool) -> bool:
    marks = line.strip()
    indent = len(line) - len(line.lstrip(" "))
    is_fence = len(marks) >= len(fence) and set(marks) == {fence[0]}
    return is_fence and (in_list or indent < INDENTED)


def clean(title: str) -> str:
    """A heading's text without Markdown's inline marks and without control characters."""
    bare = _INLINE.sub(lambda match: match[1] or "", title)
    return one_line(bare)
