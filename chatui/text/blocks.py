"""Finds the blocks of a text: paragraphs, list items, tables, code, headings.

The rules are for Markdown and for plain text, wrapped or with a paragraph a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from chatui.text.records import is_delimited

_FENCE = re.compile(r"\s*(```+|~~~+)\s*([\w+#.-]*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+\S|\s*=+ .+ =+\s*$")
_ITEM = re.compile(r"\s*(?:[-*+•▪◦‣]|\(?\d{1,3}[.)]|[a-zA-Z][.)])\s+\S")
TABLE_RULE = re.compile(r"\s*+\|?\s*+:?-{2,}+:?\s*+(?:\|\s*+:?-{2,}+:?\s*+)*+\|?\s*+$")
_RULE = re.compile(r"\s*(?:[-=*_]\s*){3,}$")
_CODE_SUFFIXES = """
    .py .pyi .js .ts .tsx .jsx .java .c .h .cpp .hpp .cc .cs .go .rs .rb .php .sh .bash .zsh .sql
    .swift .kt .scala .lua .pl .r .jl .css .scss .toml .yaml .yml .ini .cfg .json .xml
"""
LONG_LINE = 160
"""Characters; nobody wraps text at more, so such a line is a paragraph of its own."""
LONGEST_TITLE = 100
"""Characters of the title of a part of a table."""
MOST_TITLES = 2
"""Titles one below the other."""
SHORT_LINE = 40
"""Characters; a line that ends before, with a capital below it, was not wrapped."""
_LABELLED = re.compile(
    r"[\s*_]{0,8}(?![\s*_])[^\s:：,;.!?，。；！？][^:：,;!?，。；！？\n]{0,30}(?:\*\*|__)?(?::(?=\*{0,2}\s)|：)"
)
"""What opens with a label, by which entries of a list stand one below the other: "Weight: 64 kg",
"E03: the drain is blocked"."""
_IN_COLUMNS = re.compile(r"\S {3,}\S")
"""Cells that only blanks part, as in a bill."""


class BlockKind(StrEnum):
    PROSE = "prose"
    ITEM = "item"
    ROW = "row"
    CODE = "code"
    HEADING = "heading"


@dataclass(slots=True)
class BlockSpan:
    """The text's `[start:end]`, line breaks at its ends left out. A block of kind ROW is a
    whole table; `language` is what a code fence names, or ""."""

    start: int
    end: int
    kind: BlockKind
    language: str = ""


def find_blocks(text: str, source: str = "") -> list[BlockSpan]:
    """The blocks in order. `source` is the file's name: a program's text is all code, and that of
    a file of records all rows."""
    if PurePath(source).suffix.lower() in _CODE_SUFFIXES.split():
        return _code_groups(text, 0, len(text), "")
    if is_delimited(source):
        return [BlockSpan(0, len(text), BlockKind.ROW)] if text.strip() else []
    return _blocks(text)


def is_row(line: str) -> bool:
    """A table's row: it opens with a bar, or has one between its cells."""
    return line.lstrip().startswith("|") or " | " in line


def is_labelled(line: str) -> bool:
    """Whether it is an entry that opens with its label: "Weight: 64 kg"."""
    return _LABELLED.match(line) is not None


def table_head(text: str, row_start: int) -> str | None:
    """The first line of the table that holds the row at `row_start`; None for itself. Titles of
    its parts, a line each without a bar, are lines of the table."""
    head = None
    titles = 0
    for line in reversed(text[:row_start].splitlines()):
        if is_row(line):
            head, titles = line.strip(), 0
        elif not TABLE_RULE.match(line):
            titles += 1
            if titles > MOST_TITLES or not is_part_title(line):
                break
    return head


def is_part_title(line: str) -> bool:
    """Whether a line without a bar may be the title of a part of a table."""
    return 0 < len(line.strip()) <= LONGEST_TITLE and not line.rstrip().endswith((".", "!", "?"))


def lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Start and end of each line of `[start:end]`, without its line break."""
    spans = []
    for line in text[start:end].splitlines(keepends=True):
        spans.append((start, start + len(line.rstrip("\r\n"))))
        start += len(line)
    return spans


def _blocks(text: str) -> list[BlockSpan]:
    blocks: list[BlockSpan] = []
    open_block: BlockSpan | None = None
    fence: tuple[str, str, int] | None = None  # its mark, its language, where its code starts
    for start, end in lines(text, 0, len(text)):
        line = text[start:end]
        mark = _FENCE.match(line)
        if fence is not None:
            if mark and mark[1].startswith(fence[0]) and not mark[2]:
                blocks += _code_groups(text, fence[2], start, fence[1])
                fence = None
            continue
        if mark:
            fence, open_block = (mark[1], mark[2], min(end + 1, len(text))), None
            continue
        if open_block is not None and open_block.kind is BlockKind.ROW and TABLE_RULE.match(line):
            continue
        kind = _kind_of(line)
        if kind is None:
            open_block = None
        elif open_block is not None and _continues(text, open_block, kind, start, end):
            open_block.end = end
        else:
            blocks.append(BlockSpan(start, end, kind))
            open_block = None if kind is BlockKind.HEADING else blocks[-1]
    if fence is not None:
        blocks += _code_groups(text, fence[2], len(text), fence[1])
    return blocks


def _kind_of(line: str) -> BlockKind | None:
    """What a line outside of code is; None for a blank or a rule, which ends a block."""
    if not line.strip() or TABLE_RULE.match(line) or _RULE.match(line):
        return None
    if _HEADING.match(line):
        return BlockKind.HEADING
    if is_row(line):
        return BlockKind.ROW
    return BlockKind.ITEM if _ITEM.match(line) else BlockKind.PROSE


def _continues(text: str, block: BlockSpan, kind: BlockKind, start: int, end: int) -> bool:
    """Whether a line goes on with the block above: a further row, or a wrapped line."""
    if BlockKind.ROW in (kind, block.kind):
        return kind is block.kind
    if kind is not BlockKind.PROSE:
        return False
    last = text[text.rfind("\n", block.start, block.end) + 1 or block.start : block.end]
    if len(last) > LONG_LINE or end - start > LONG_LINE:
        return False
    line = text[start:end]
    if is_labelled(line) and is_labelled(text[block.start : block.end]):
        return False
    if _IN_COLUMNS.search(line) and _IN_COLUMNS.search(last):
        return False
    first = line.lstrip()[:1]
    return not (len(last) < SHORT_LINE and (first.isupper() or first.isdigit()))


def _code_groups(text: str, start: int, end: int, language: str) -> list[BlockSpan]:
    """Code, cut at its blank lines."""
    groups: list[BlockSpan] = []
    is_open = False
    for line_start, line_end in lines(text, start, end):
        if not text[line_start:line_end].strip():
            is_open = False
        elif is_open:
            groups[-1].end = line_end
        else:
            groups.append(BlockSpan(line_start, line_end, BlockKind.CODE, language))
            is_open = True
    return groups
