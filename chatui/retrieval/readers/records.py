"""Files of records: CSV and its kin, and logs. The text stays as it is."""

from __future__ import annotations

import re

from chatui.retrieval.chunking.document import Document, Section, SectionLayout
from chatui.retrieval.readers.delimited import layout_of

_MOMENT = re.compile(
    r"\[?(?:\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun"
    r"|Jul|Aug|Sep|Oct|Nov|Dec)\w* +\d|\d\d?[./]\d\d?[./]\d\d)|\d{1,3}(?:\.\d{1,3}){3} "
    r"|(?:DEBUG|INFO|WARN|ERROR|FATAL)\b"
)


def read(text: str, stem: str) -> Document:
    """A log, or any other file that has a record on each line."""
    return Document(stem, text, (Section(0, len(text), 0, layout=SectionLayout.RECORDS),))


def read_table(text: str, stem: str, delimiter: str = "") -> Document:
    """Rows under the names of their columns, and what stands before them. `delimiter` is found
    out when it is empty."""
    layout = layout_of(text, delimiter)
    table = Section(
        layout.start,
        len(text),
        layout.start,
        layout=SectionLayout.RECORDS,
        columns=layout.columns,
        names=layout.names,
        delimiter=layout.delimiter,
    )
    before = Section(0, layout.start, 0)
    return Document(stem, text, (before, table) if layout.start else (table,))


def is_log(text: str) -> bool:
    """Whether most of the first lines begin with a time, an address or a level."""
    lines = [line for line in text[:16384].split("\n")[:50] if line.strip()]
    return len(lines) >= 5 and sum(bool(_MOMENT.match(line)) for line in lines) > 0.6 * len(lines)
