"""Each cell of the table of formats and features holds, and the manual has the same table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Unreadable
from chatui.retrieval.readers.reader import read
from tests.retrieval.readers.features import CELLS, FORMATS, Cell, Verdict

MANUAL = Path(__file__).parents[3] / "docs" / "formats.md"


def outcome(cell: Cell) -> tuple[Document | None, str]:
    """What is read of a cell's file, and what is told of it."""
    try:
        document = read(f"a.{cell.format}", cell.data)
    except (ReadFailed, Unreadable) as error:
        return None, str(error)
    return document, "; ".join(lack.reason for lack in document.lacks)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.feature}: {cell.format}")
def test_a_feature_of_a_format_is_read_as_the_table_says(cell: Cell) -> None:
    document, told = outcome(cell)
    text = document.text if document else ""

    at = 0
    for part in cell.holds:
        at = text.index(part, at) + len(part)
    assert not cell.never or cell.never not in text
    assert cell.said in told
    assert bool(cell.said) == (cell.verdict is Verdict.SAID)
    assert bool(cell.holds) or cell.verdict is Verdict.SAID


def rows() -> Iterator[list[str]]:
    for line in MANUAL.read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and "---" not in line:
            yield [cell.strip() for cell in line.strip("|").split("|")]


def test_the_manual_has_the_same_table() -> None:
    head, *body = rows()
    written = {
        (feature, name): verdict
        for feature, *verdicts in body
        for name, verdict in zip(head[1:], verdicts, strict=True)
        if verdict != "–"
    }

    assert tuple(head[1:]) == FORMATS
    assert written == {(cell.feature, cell.format): str(cell.verdict) for cell in CELLS}
