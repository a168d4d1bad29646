"""How many figures of statements stand in a chunk with their row's label and their column's name.

    python benchmarks/pdf_tables.py FOLDER [--misses]

FOLDER holds annual and quarterly reports as PDF, as they are published; `pdf_tables.csv` beside
this script names 60 of their figures, chosen by hand, each with its page, row and column, and
others that were chosen when the reader was done (`set`: first, later). Reports that are not in
FOLDER are left out.

- together: a chunk of the page has the figure and the row's label on one line, and the words of
  the column's name in its text or header. Target: 90%.
- in place: besides, the figure is the cell below that name and no other.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatui.config.schema import Ingest
from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.chunking.document import Chunk, Section
from chatui.retrieval.readers.reader import read


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a report, and how it is found there."""

    file: str
    page: int
    row: str
    column: str
    figure: str
    chosen: str


def figures(file: Path) -> list[Figure]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            Figure(row["file"], int(row["page"]), row["row"], row["column"], row["figure"],
                   row["set"])
            for row in csv.DictReader(lines)
        ]  # fmt: skip


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def bare(cell: str) -> str:
    return re.sub(r"[$€£%\s]", "", cell)


def holds(wanted: Sequence[str], text: str) -> bool:
    given = words(text)
    return all(word in given for word in wanted)


def stands_together(figure: Figure, chunk: Chunk) -> bool:
    named = holds(words(figure.column), f"{chunk.header}\n{chunk.text}")
    return named and any(_cells(figure, line) for line in chunk.text.split("\n"))


def stands_in_place(figure: Figure, chunk: Chunk, sections: Sequence[Section]) -> bool:
    at = chunk.char_start
    for line in chunk.text.split("\n"):
        columns = next((part.columns for part in sections if part.start <= at < part.end), "")
        names = columns.split("|")
        at += len(line) + 1
        for place in _cells(figure, line):
            if place < len(names) and holds(words(figure.column), names[place]):
                return True
    return False


def _cells(figure: Figure, line: str) -> list[int]:
    """The cells of a row with that label that hold the figure; a row without cells has one."""
    if not holds(words(figure.row), line):
        return []
    if "|" not in line:
        return [0] if figure.figure in line.split() else []
    cells = line.split("|")
    return [at for at, cell in enumerate(cells) if at and bare(cell) == bare(figure.figure)]


def measure(folder: Path, wanted: Sequence[Figure], cut: Chunker, *, misses: bool) -> None:
    by_file: defaultdict[str, list[Figure]] = defaultdict(list)
    for figure in wanted:
        by_file[figure.file].append(figure)
    total = together = in_place = 0
    for name, listed in sorted(by_file.items()):
        if not (folder / name).is_file():
            print(f"{name}: is not there")
            continue
        document = read(name, (folder / name).read_bytes())
        chunks = cut.chunks(document)
        found = []
        for figure in listed:
            near = [chunk for chunk in chunks if chunk.page == figure.page]
            one = any(stands_together(figure, chunk) for chunk in near)
            two = any(stands_in_place(figure, chunk, document.sections) for chunk in near)
            found.append((one, one and two))
        total += len(listed)
        together += sum(one for one, _ in found)
        in_place += sum(two for _, two in found)
        print(
            f"{name:42} {sum(one for one, _ in found)} of {len(listed)} together, "
            f"{sum(two for _, two in found)} in place"
        )
        for figure, (one, two) in zip(listed, found, strict=True):
            if misses and not (one and two):
                print(f"    {'apart' if not one else 'not in place'}: {figure}")
    if total:
        print(f"together {together} of {total} ({together / total:.0%}), target 90%; "
              f"in place {in_place} ({in_place / total:.0%})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    cut = Chunker(Ingest().passage_characters)
    listed = figures(Path(__file__).with_suffix(".csv"))
    for chosen in dict.fromkeys(figure.chosen for figure in listed):
        print(f"chosen {chosen}:")
        wanted = [figure for figure in listed if figure.chosen == chosen]
        measure(options.folder, wanted, cut, misses=options.misses)


if __name__ == "__main__":
    main()
