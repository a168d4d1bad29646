"""Records of a file that parts its fields by a mark: CSV and its kin. Pure functions."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import PurePath

SUFFIXES = (".csv", ".tsv", ".tab")
MARKS = ",;\t|"
LINE_BREAK = "  \n"
"""One that Markdown keeps."""


def is_delimited(source: str) -> bool:
    """Whether a file of that name has a record a line."""
    return PurePath(source).suffix.lower() in SUFFIXES


def fields_of(lines: Sequence[str]) -> list[list[str]]:
    """The fields of each line, by the mark that parts every line into as many, and into most; none
    where no mark parts all of them into as many, two at least."""
    parted = (_parted(lines, mark) for mark in MARKS)
    alike = [rows for rows in parted if len({len(row) for row in rows}) == 1 and len(rows[0]) > 1]
    return max(alike, key=lambda rows: len(rows[0]), default=[])


def as_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    rule = "|".join(["---"] * len(names))
    return "\n".join([_row(names), f"|{rule}|", *map(_row, rows)])


def _parted(lines: Sequence[str], mark: str) -> list[list[str]]:
    try:
        return [next(csv.reader([line], delimiter=mark, strict=True)) for line in lines]
    except (csv.Error, StopIteration):
        return []


def _row(cells: Sequence[str]) -> str:
    written = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(written)} |"
