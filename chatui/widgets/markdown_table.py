"""A Markdown table in a given width: columns shrink fairly, cells wrap, and where even
that is too tight each row becomes a short list of `header: value` lines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from chatui.widgets.markdown_blocks import EMPTY, TableBlock

SEPARATOR = " │ "
NARROWEST_COLUMN = 6


TableRow = tuple[Content, str | None]
"""A row of the screen, and what it is copied as where that is not what is drawn."""
RULES = {"left": "---", "center": ":-:", "right": "--:"}


def table_rows(table: TableBlock, width: int) -> list[TableRow]:
    """The rows of the screen that the table takes, header and rule included. The first row of each
    line of the table is copied as that line in Markdown, the others are left out."""
    natural = _natural_widths(table)
    if not natural:
        return []
    room = width - len(SEPARATOR) * (len(natural) - 1)
    if room < sum(min(each, NARROWEST_COLUMN) for each in natural):
        return [(line, None) for line in _records(table, width)]
    widths = fair_widths(natural, room)
    bar = Content.styled(SEPARATOR, "markdown--table-line")
    head = [cell.stylize_before("markdown--table-head") for cell in table.header]
    rule = "─┼─".join("─" * each for each in widths)
    lines = _copied_as(table.header, _row_lines(head, widths, table.alignments, bar))
    written = " | ".join(RULES.get(each, "---") for each in table.alignments)
    lines.append((Content.styled(rule, "markdown--table-line"), f"| {written} |"))
    wrapped = any(natural[column] > widths[column] for column in range(len(widths)))
    for index, row in enumerate(table.rows):
        if index and wrapped:
            # A wrapped row needs a visible end, or its neighbours read as one.
            between = "─┼─".join("─" * each for each in widths)
            lines.append((Content.styled(between, "markdown--rule"), ""))
        lines.extend(_copied_as(row, _row_lines(row, widths, table.alignments, bar)))
    return lines


def _copied_as(cells: Sequence[Content], lines: Sequence[Content]) -> list[TableRow]:
    texts = (" ".join(cell.plain.split("\n")).replace("|", "\\|") for cell in cells)
    written = f"| {' | '.join(texts)} |"
    return [(line, "" if row else written) for row, line in enumerate(lines)]


def fair_widths(natural: Sequence[int], room: int) -> list[int]:
    """Column widths that sum to at most `room`: narrow columns keep theirs, wide ones share
    what is left evenly."""
    widths = [0] * len(natural)
    waiting = sorted(range(len(natural)), key=lambda column: natural[column])
    for place, column in enumerate(waiting):
        share = max(1, room // (len(waiting) - place))
        widths[column] = min(natural[column], share)
        room -= widths[column]
    return widths


def _natural_widths(table: TableBlock) -> list[int]:
    widths = [max(1, _widest(cell)) for cell in table.header]
    for row in table.rows:
        for column, cell in enumerate(row[: len(widths)]):
            widths[column] = max(widths[column], _widest(cell))
    return widths


def _widest(cell: Content) -> int:
    if "\n" not in cell.plain:
        return cell.cell_length
    return max(line.cell_length for line in cell.split("\n", allow_blank=True))


def _row_lines(
    cells: Sequence[Content], widths: Sequence[int], alignments: Sequence[str], bar: Content
) -> list[Content]:
    columns = [
        cell.wrap(width) if _widest(cell) > width or "\n" in cell.plain else [cell]
        for cell, width in zip(cells, widths, strict=False)
    ]
    height = max((len(column) for column in columns), default=0)
    lines = []
    for row in range(height):
        pieces = [
            _aligned(column[row] if row < len(column) else EMPTY, width, alignment)
            for column, width, alignment in zip(columns, widths, alignments, strict=False)
        ]
        lines.append(bar.join(pieces))
    return lines


def _aligned(cell: Content, width: int, alignment: str) -> Content:
    space = max(0, width - cell.cell_length)
    left = {"right": space, "center": space // 2}.get(alignment, 0)
    return cell.pad(left, space - left) if space else cell


def _records(table: TableBlock, width: int) -> list[Content]:
    lines: list[Content] = []
    for row in table.rows or (table.header,):
        if lines:
            lines.append(EMPTY)
        for name, cell in zip(table.header, row, strict=False):
            label = EMPTY.join([name, ": "]).stylize_before("markdown--table-head")
            lines.extend(EMPTY.join([label, cell]).wrap(width))
    return lines
