"""CSV and its kin: where the table begins, what parts its fields, and what its columns are called.

A file is not always a header with rows below it. Excel writes `sep=;` first, banks and instruments
write lines about the file, reports have two rows of names, of which the upper one spans columns.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chatui.text.safety import one_line

DELIMITERS = ",;\t|"
SAMPLE_CHARACTERS = 65_536
SAMPLE_ROWS = 60
MOST_PREAMBLE = 40
"""Rows that may stand before the table."""
LEAST_SHARE = 0.6
"""Of the rows from the table's first one on that have as many fields as it has."""

_SEPARATED = re.compile(r"\s*\"?sep=(.)\"?\r?(?:\n|$)", re.IGNORECASE)
_NUMBER = re.compile(r"[-+$€£]?(?=[.,:/%-]*+\d)[\d.,:/%-]++(?:[eE][-+]?\d++)?%?")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """Its fields, and the place in the text where it begins."""

    fields: tuple[str, ...]
    start: int


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Where the table begins, the names of its columns in their order, none when it has none, and
    what parts its fields."""

    start: int
    names: tuple[str, ...] = ()
    delimiter: str = ""

    @property
    def columns(self) -> str:
        return ", ".join(self.names)


def layout_of(text: str, delimiter: str = "") -> TablePlace:
    """How the file is laid out. `delimiter` is found out when it is empty."""
    named = _SEPARATED.match(text)
    begin = named.end() if named else 0
    found: list[tuple[float, int, list[FieldRow], str]] = []
    for mark in [named[1]] if named else [delimiter] if delimiter else DELIMITERS:
        rows = sample(text, mark, begin)
        at = first_row(rows)
        if at is not None:
            width = len(rows[at].fields)
            alike = sum(len(row.fields) == width for row in rows[at:])
            # A mark that stands in most rows by chance, a decimal comma, misses the header.
            found.append((round(alike / len(rows), 1), alike * (width - 1), rows[at:], mark))
    if not found:
        return TablePlace(begin)
    _, _, rows, mark = max(found, key=lambda one: one[:2])
    return TablePlace(rows[0].start, names_of(rows), mark)


def names_of(rows: Sequence[FieldRow]) -> tuple[str, ...]:
    """The names of the columns of a table that begins with the first row; none when it has none."""
    return tuple(one_line(name) for name in _names(rows))


def sample(text: str, delimiter: str, begin: int = 0) -> list[FieldRow]:
    """The first rows that are not blank; none where the text can't be parted so."""
    lines = text[begin : begin + SAMPLE_CHARACTERS].splitlines(keepends=True)
    starts = [begin]
    for one in lines:
        starts.append(starts[-1] + len(one))
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[FieldRow] = []
    line = 0
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                rows.append(FieldRow(tuple(field.strip() for field in fields), starts[line]))
            line = reader.line_num
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error:
        return []
    # The last line may be cut off, or open a quotation that ends further down.
    is_cut = len(text) - begin > SAMPLE_CHARACTERS or len(rows) > SAMPLE_ROWS
    return rows[:-1] if is_cut else rows


def first_row(rows: Sequence[FieldRow]) -> int | None:
    """The first row from which on most rows are as wide as it is, two fields at least."""
    remarks = _remarks(rows)
    widths = [len(row.fields) for row in rows]
    behind = Counter(widths)
    for at, width in enumerate(widths[:MOST_PREAMBLE]):
        if at < remarks:
            behind[width] -= 1
            continue
        left = len(widths) - at
        # A single row is a table only where nothing but names was written.
        if width > 1 and behind[width] >= LEAST_SHARE * left and (left > 1 or not at):
            return at
        behind[width] -= 1
    return None


def _remarks(rows: Sequence[FieldRow]) -> int:
    """How many rows at the beginning are remarks; the last one may be the names of the columns,
    where figures stand right below it."""
    marked = [row.fields[0].startswith(("#", "//", "%")) for row in rows]
    count = next((at for at, is_marked in enumerate(marked) if not is_marked), len(rows))
    if not 0 < count < len(rows):
        return 0
    above, first = rows[count - 1].fields, rows[count].fields
    return count - 1 if len(above) == len(first) and not _are_names(first) else count


def _names(rows: Sequence[FieldRow]) -> list[str]:
    if is_header(rows):
        return list(rows[0].fields)
    if len(rows) > 2 and _spans(rows[0].fields) and _are_names(rows[1].fields):
        return [name if name == above else f"{above} {name}".strip() for above, name in zip(
            _filled(rows[0].fields), rows[1].fields, strict=False)]  # fmt: skip
    return []


def is_header(rows: Sequence[FieldRow]) -> bool:
    """Whether the first row names the columns: every name is there once and is no number."""
    if len(rows) < 2:
        return False
    names = [name for name in rows[0].fields if name]
    blank = len(rows[0].fields) - len(names)
    distinct = len(set(names)) == len(names) >= 1
    return distinct and blank <= 1 and _are_names(names)


def _are_names(fields: Sequence[str]) -> bool:
    return any(fields) and not any(_NUMBER.fullmatch(field) for field in fields)


def _spans(fields: Sequence[str]) -> bool:
    """Whether names of groups stand here, each over several columns: years among them."""
    named = [field for field in fields if field]
    return len(fields) - len(named) > 1 or len(set(named)) < len(named)


def _filled(fields: Sequence[str]) -> list[str]:
    """Each group's name over all of its columns. Blanks before the first are under none."""
    names: list[str] = []
    for field in fields:
        names.append(field or (names[-1] if names else ""))
    return names
