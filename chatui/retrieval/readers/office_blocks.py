"""What office documents have beside paragraphs, written alike for all of them: tables, slides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from chatui.retrieval.chunking.document import Document, Lack, Section, Unreadable
from chatui.retrieval.readers.composing import DocumentBuilder

MOST_COLUMNS = 1_000
"""Of a table. Programs repeat a blank cell up to the edge of the sheet."""


class Covered(Enum):
    """A place of a table that a cell from beside or above reaches over."""

    FROM_LEFT = "left"
    FROM_ABOVE = "above"


Row = Sequence[str | Covered]


def write_line(composer: DocumentBuilder, text: str, *, tight: bool = False) -> None:
    if text:
        composer.block([(text, 1)], tight=tight and composer.written)


def write_item(
    composer: DocumentBuilder, label: str, depth: int, text: str, *, tight: bool = False
) -> None:
    """An item of a list, `depth` from 0, behind its label."""
    if text:
        write_line(composer, f"{'  ' * min(depth, 8)}{label} {text}", tight=tight)


def write_table(composer: DocumentBuilder, rows: Iterable[Row]) -> None:
    """A Markdown table whose first row heads it. A cell stands in every place that it reaches
    over, so that each row says what holds for it; one that reaches over its whole row stands
    once, and before the table where it comes first, as its caption."""
    filled = [(row, whole) for row, whole in _spread(rows) if any(row)]
    while filled and filled[0][1]:
        write_line(composer, filled.pop(0)[0][0])
    wide = max((at for row, _ in filled for at, cell in enumerate(row, 1) if cell), default=0)
    for at, (row, _) in enumerate(filled):
        cells = [cell.replace("|", "\\|") for cell in (*row, *[""] * (wide - len(row)))[:wide]]
        write_line(composer, f"| {' | '.join(cells)} |", tight=at > 0)
        if at == 0:
            write_line(composer, "|" + " --- |" * wide, tight=True)


def _spread(rows: Iterable[Row]) -> Iterator[tuple[list[str], bool]]:
    """Each row's cells, and whether it is one that reaches over all of it."""
    above: list[str] = []
    for row in rows:
        made: list[str] = []
        for at, cell in enumerate(row[:MOST_COLUMNS]):
            if cell is Covered.FROM_LEFT:
                made.append(made[-1] if made else "")
            elif cell is Covered.FROM_ABOVE:
                made.append(above[at] if at < len(above) else "")
            else:
                made.append(str(cell))
        above = made
        whole = len(row) > 1 and all(cell is Covered.FROM_LEFT for cell in row[1:])
        yield ([*made[:1], *[""] * (len(made) - 1)] if whole else made), whole


@dataclass(frozen=True, slots=True)
class Slide:
    """One of a presentation, `number` from 1 in the order in which they are shown. `chapter` is
    the part of the presentation that it belongs to, `edge` what stands at its edges."""

    number: int
    title: str
    text: str
    hidden: bool = False
    chapter: str = ""
    edge: str = ""

    @property
    def heading(self) -> str:
        name = f"Slide {self.number}{' (hidden)' if self.hidden else ''}"
        return f"{name}: {self.title}" if self.title else name


def of_slides(title: str, slides: Sequence[Slide], lacks: Sequence[Lack]) -> Document:
    """A section for each slide, under its number and title, and with its number as the page.
    Raises Unreadable where none has words."""
    if not any(slide.title or slide.text for slide in slides):
        if lacks:
            raise Unreadable("its slides hold no text that is read, pictures say")
        raise Unreadable("it holds no text", empty=True)
    pieces: list[str] = []
    sections: list[Section] = []
    at = 0
    for slide in slides:
        if not slide.title and not slide.text:
            continue
        body = at + len(slide.heading) + 2
        piece = f"{slide.heading}\n\n{slide.text}\n\n" if slide.text else f"{slide.heading}\n\n"
        pieces.append(piece)
        path = tuple(filter(None, (slide.chapter, slide.heading)))
        behind = at + len(piece)
        sections.append(Section(at, behind, body, path, slide.number, running_head=slide.edge))
        at = behind
    return Document(title, "".join(pieces), tuple(sections), lacks=tuple(lacks))
