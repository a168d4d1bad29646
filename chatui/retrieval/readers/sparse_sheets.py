"""Workbooks with a few cells far out, brought together before they are read; errors of formulas
in them are made text, which they are not to the library that reads them.

The library that reads a sheet lays out every place between its first and its last cell: one remark
in the last column of the last row makes that 17 thousand million. What is empty in all of a row or
of a column says nothing, so the filled ones are numbered anew without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatui.retrieval.readers.archives import Archive

MOST_PLACES = 2_000_000
"""Of a sheet between its edges, up to which it is read as it is."""
SPARSE = 50
"""Times as many places as filled cells, above which a sheet is brought together."""
MOST_REPEATED = 200
"""Blank cells or rows next to each other that an OpenDocument sheet keeps."""

_TAG = re.compile(rb"<(c|row)\b([^<>]*+)>")
_PLACE = re.compile(rb"(\br=\")([A-Z]{0,3})(\d{1,7})\"")
_MERGED = re.compile(rb"<mergeCells\b[^<]*+(?:<(?!/?mergeCells\b)[^<]*+)*+</mergeCells>")
_BLANK_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b[^<>]*+(?<=/)>")
_BLANK_ROW = re.compile(
    rb"<table:table-row\b[^<>]*+(?:(?<=/)>|>"
    rb"(?:\s*+<table:(?:covered-)?table-cell\b[^<>]*+(?<=/)>)*+\s*+</table:table-row>)"
)
_REPEATED = re.compile(rb"(-repeated=\")(\d{1,9})\"")


def together(data: bytes) -> bytes:
    """The workbook, with the cells of sparse sheets close together; others as they are."""
    archive = Archive(data)
    changed: dict[str, bytes] = {}
    for name in archive.names():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            own = archive.read(name)
            made = _close(own.replace(b' t="e"', b' t="str"'))
        elif name == "content.xml":
            own = archive.read(name)
            made = _BLANK_ROW.sub(_kept_short, _BLANK_CELL.sub(_kept_short, own))
        else:
            continue
        if made is not own and made != own:
            changed[name] = made
    if not changed:
        return data
    return Archive(data).with_members(changed, (".xml", ".rels", ".bin", "mimetype"))


def _close(sheet: bytes) -> bytes:
    """A sheet of Excel's whose filled cells are next to each other, if few of its places are."""
    rows: set[int] = set()
    columns: set[bytes] = set()
    count = 0
    for column, row in _filled(sheet):
        if row == 0:
            return sheet
        rows.add(row)
        columns.add(column)
        count += 1
    if not count:
        return sheet
    ordered = sorted(columns, key=lambda letters: (len(letters), letters))
    wide = _number(ordered[-1]) - _number(ordered[0]) + 1
    places = (max(rows) - min(rows) + 1) * wide
    if places <= MOST_PLACES or places <= SPARSE * count:
        return sheet
    row_of = {row: at for at, row in enumerate(sorted(rows), start=1)}
    column_of = {letters: _letters(at) for at, letters in enumerate(ordered, start=1)}

    def moved(place: re.Match[bytes]) -> bytes:
        row = row_of.get(int(place[3]), 1)
        return b'%s%s%d"' % (place[1], column_of.get(place[2], place[2] and b"A"), row)

    def renumbered(tag: re.Match[bytes]) -> bytes:
        if tag[1] == b"row" or _is_filled(sheet, tag):
            return _PLACE.sub(moved, tag[0])
        return b"<c/>" if tag[2].endswith(b"/") else b"<c>"

    return _MERGED.sub(b"", _TAG.sub(renumbered, sheet))


def _filled(sheet: bytes) -> Iterator[tuple[bytes, int]]:
    """The columns and rows of filled cells; row 0 for one that does not tell its place."""
    for tag in _TAG.finditer(sheet):
        if tag[1] == b"c" and _is_filled(sheet, tag):
            place = _PLACE.search(tag[2])
            yield (place[2], int(place[3])) if place and place[2] else (b"A", 0)


def _is_filled(sheet: bytes, tag: re.Match[bytes]) -> bool:
    return not tag[2].endswith(b"/") and not sheet.startswith(b"</c>", tag.end())


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _letters(number: int) -> bytes:
    letters = b""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = bytes([65 + rest]) + letters
    return letters


def _kept_short(blank: re.Match[bytes]) -> bytes:
    """A blank cell or row that is not repeated more often than is worth it."""
    if b"office:" in blank[0]:
        return blank[0]
    return _REPEATED.sub(_fewer, blank[0])


def _fewer(repeated: re.Match[bytes]) -> bytes:
    return b'%s%d"' % (repeated[1], min(int(repeated[2]), MOST_REPEATED))
