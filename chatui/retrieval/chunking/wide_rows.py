"""Rows of tables that are too wide for a chunk: parts, each with the row and the columns it is of.

The names of all columns would fill every part and not tell which are its own. A part has only
those, and what stands in the row's first field: "Depot: York; column 101, column 102".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chatui.retrieval.chunking.document import Section

LONGEST_KEY = 80
"""Characters of the first field."""


@dataclass(frozen=True, slots=True)
class RowPart:
    """`text[start:end]` of `span`, and what its chunk has as the names of its columns."""

    span: tuple[int, int]
    columns: str


def wide_row(
    text: str,
    span: tuple[int, int],
    section: Section,
    measure: Callable[[Sequence[str]], Sequence[int]],
    limit: int,
) -> Iterator[RowPart]:
    """The parts of a row, of as many fields each as two thirds of the limit have room for, and
    their names a third."""
    fields = list(field_spans(text, span, section.delimiter))
    names = [
        (section.names[at : at + 1] or ("",))[0] or f"column {at + 1}" for at in range(len(fields))
    ]
    first = text[slice(*fields[0])].removesuffix(section.delimiter).strip(' "')
    first = " ".join(first.split())[:LONGEST_KEY]
    key = f"{names[0]}: {first}"
    sizes = measure([text[start:end] for start, end in fields])
    name_sizes = measure(names)
    (key_size,) = measure([key])
    begin = 0
    filled, named = 0, key_size
    for at in range(len(fields) + 1):
        is_full = (
            at < len(fields)
            and at > begin
            and (filled + sizes[at] + 1 > limit * 2 // 3 or named + name_sizes[at] + 1 > limit // 3)
        )
        if is_full or at == len(fields):
            own = ", ".join(names[begin:at])
            yield RowPart((fields[begin][0], fields[at - 1][1]), f"{key}; {own}" if begin else own)
            begin, filled, named = at, 0, key_size
        if at < len(fields):
            filled += sizes[at] + 1
            named += name_sizes[at] + 1


def field_spans(text: str, span: tuple[int, int], delimiter: str) -> Iterator[tuple[int, int]]:
    """Where the fields of a row begin and end, with the mark behind each: gapless. A mark within
    quotation marks parts nothing."""
    start, end = span
    begin = at = start
    while at < end:
        behind = text.find(delimiter, at, end)
        if behind < 0:
            break
        at = behind + len(delimiter)
        if text.count('"', begin, behind) % 2 == 0:
            yield begin, at
            begin = at
    if begin < end:
        yield begin, end
