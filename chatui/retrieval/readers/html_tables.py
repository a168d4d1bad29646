"""The rows of a table whose cells reach over columns and rows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatui.retrieval.readers.composing import Run

MOST_COLUMNS = 200
MOST_ROWS = 1000
"""That one cell is written in again."""
MOST_FILLED = 20_000
"""Places of a table that are filled so; a page may ask for any number."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`columns` and `rows` are how far it reaches; `is_head` tells a name of a column or row."""

    runs: list[Run]
    columns: int = 1
    rows: int = 1
    is_head: bool = False


@dataclass(slots=True)
class TableGrid:
    """Puts the cells of one table after the other into its columns. A cell that reaches down is
    written in each of its rows, the name of several columns over each of them."""

    _down: dict[int, tuple[int, list[Run]]] = field(default_factory=dict)
    _heads: list[list[list[Run]]] = field(default_factory=list)
    _begun: bool = False
    _left: int = MOST_FILLED

    def add(self, cells: list[Cell]) -> list[list[list[Run]]]:
        """The rows that are whole now: none while rows of names may still follow."""
        row = self._placed(cells)
        if not any(row):
            return []
        reaches = any(cell.columns > 1 or cell.rows > 1 for cell in cells)
        is_head = not self._begun and all(cell.is_head for cell in cells)
        if is_head and (self._heads or reaches):
            self._heads.append(row)
            return []
        self._begun = True
        return [*self.end(), row]

    def end(self) -> list[list[list[Run]]]:
        """The row of names, if that is not given out yet."""
        heads, self._heads = self._heads, []
        if not heads:
            return []
        width = max(map(len, heads))
        return [[_joined([row[at] for row in heads if at < len(row)]) for at in range(width)]]

    def _placed(self, cells: list[Cell]) -> list[list[Run]]:
        row: list[list[Run]] = []
        filled: list[Run] = []
        waiting = iter(cells)
        cell = next(waiting, None)
        while len(row) < MOST_COLUMNS and (cell is not None or len(row) in self._down):
            at = len(row)
            if at in self._down:
                left, runs = self._down.pop(at)
                row.append(runs)
                if left > 1:
                    self._down[at] = (left - 1, runs)
                continue
            assert cell is not None
            columns = min(max(1, cell.columns), MOST_COLUMNS - at, self._left + 1)
            rows = min(cell.rows, MOST_ROWS, self._left // columns)
            self._left -= columns - 1 + columns * max(0, rows - 1)
            for over in range(columns):
                runs = cell.runs if cell.is_head or not over else filled
                row.append(runs)
                if rows > 1:
                    self._down[at + over] = (rows - 1, runs)
            cell = next(waiting, None)
        while row and row[-1] is filled:
            row.pop()
        return row


def _joined(names: list[list[Run]]) -> list[Run]:
    """The names of a column above each other as one, each once."""
    found: list[Run] = []
    said: list[str] = []
    for runs in names:
        text = "".join(part for part, _ in runs)
        if text and text not in said:
            found += [(" ", runs[0][1])] if found else []
            found += runs
            said.append(text)
    return found
