"""Files of records: CSV and its kin, and logs. The text stays as it is."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from chatui.retrieval.chunking.document import Document, Section, SectionLayout
from chatui.text.safety import one_line

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 20
_NUMBER = re.compile(r"[-+$€£]?(?=[.,:/%-]*+\d)[\d.,:/%-]++(?:[eE][-+]?\d++)?%?")
_MOMENT = re.compile(
    r"\[?(?:\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun"
    r"|Jul|Aug|Sep|Oct|Nov|Dec)\w* +\d|\d\d?[./]\d\d?[./]\d\d)|\d{1,3}(?:\.\d{1,3}){3} "
    r"|(?:DEBUG|INFO|WARN|ERROR|FATAL)\b"
)


def read(text: str, stem: str) -> Document:
    """A log, or any other file that has a record on each line."""
    return Document(stem, text, (Section(0, len(text), 0, layout=SectionLayout.RECORDS),))


def read_table(text: str, stem: str, delimiter: str = "") -> Document:
    """Rows under the names of their columns. `delimiter` is found out when it is empty."""
    rows = _sample(text, delimiter or find_delimiter(text) or ",")
    columns = ""
    if is_header(rows):
        columns = ", ".join(one_line(name) for name in rows[0])
    section = Section(0, len(text), 0, layout=SectionLayout.RECORDS, columns=columns)
    return Document(stem, text, (section,))


def find_delimiter(text: str) -> str:
    """The mark that parts the first lines into equally many fields, two at least; or ""."""
    best = ("", 0)
    for mark in _DELIMITERS:
        widths = {len(row) for row in _sample(text, mark)}
        if len(widths) == 1 and min(widths) > max(1, best[1]):
            best = (mark, min(widths))
    return best[0]


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: every name is there once and is no number."""
    if len(rows) < 2:
        return False
    names = [name.strip() for name in rows[0] if name.strip()]
    blank = len(rows[0]) - len(names)
    distinct = len(set(names)) == len(names) >= 1
    return distinct and blank <= 1 and not any(_NUMBER.fullmatch(name) for name in names)


def is_log(text: str) -> bool:
    """Whether most of the first lines begin with a time, an address or a level."""
    lines = [line for line in text[:16384].split("\n")[:50] if line.strip()]
    return len(lines) >= 5 and sum(bool(_MOMENT.match(line)) for line in lines) > 0.6 * len(lines)


def _sample(text: str, delimiter: str) -> list[list[str]]:
    lines = text[:65536].splitlines(keepends=True)
    lines = [line for line in lines if line.strip()][: _SAMPLE_LINES + 1]
    try:
        # The last line may be cut off, or open a quotation that ends further down.
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []
    return rows[:_SAMPLE_LINES] if len(rows) <= _SAMPLE_LINES else rows[:-1]
