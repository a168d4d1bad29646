"""A user's questions about their documents: a JSON object a line, a list of them, or a table (CSV,
TSV), checked when it is read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any

from chatui.text.foreign_json import read_json

PLACES = ("source", "answer", "text", "page", "heading", "spans", "char_start", "line")


ASKED = ("question", "query")
NUMBERS = ("page", "line", "char_start", "char_end")
"""Columns of a table with whole numbers."""
YES, NO = ("true", "yes", "1", "x"), ("false", "no", "0")
DELIMITERS = ",;\t"


class BadQuestion(ValueError):
    """`line` is 1-based; the message is a clause that says what is wrong there."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Question:
    """A question and where its answer stands: a passage has to fit all that is given.

    `source` is a file as passages name it, or the end of its path. `answer` is text of the
    document. `spans` are (start, end) in characters, `target_line` and `page` are 1-based.
    With `none` nothing in the documents answers it. `line` is that of the file of questions.
    """

    line: int
    text: str
    source: str = ""
    answer: str = ""
    page: int | None = None
    heading: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    target_line: int | None = None
    none: bool = False
    language: str = ""
    """What it is in, where that is said; "" leaves it to its looks."""


def questions_in(text: str) -> list[Question]:
    """The questions of a file, by its form: a list in JSON, where the line of a question is its
    place in it; a table whose first row names its columns, `question` or `query` among them; else
    a JSON object a line. Raises BadQuestion for the first one that is wrong."""
    begin = text.lstrip()[:1]
    if begin == "[":
        try:
            found = read_json(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            return [_of_fields(place, fields) for place, fields in enumerate(found, start=1)]
    if begin and begin not in "[{":
        table = _table(text)
        if table is not None:
            return table
        head = text.lstrip().splitlines()[0]
        if any(mark in head for mark in DELIMITERS):
            raise BadQuestion(1, f'its first row names no column "question": {head[:80].strip()}')
    return read_questions(text.splitlines())


def _table(text: str) -> list[Question] | None:
    """None where the first row names no column of questions."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=head.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    columns: list[str] = []
    found = []
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not columns:
                columns = [cell.casefold() for cell in cells]
                if not any(name in columns for name in ASKED):
                    return None
                continue
            if len(cells) > len(columns):
                raise BadQuestion(rows.line_num, "it has more cells than there are columns")
            given = {name: cell for name, cell in zip(columns, cells, strict=False) if cell}
            found.append(_of_fields(rows.line_num, _typed(given)))
    except csv.Error as error:
        raise BadQuestion(rows.line_num, f"it is no row of a table ({error})") from error
    return found


def _typed(cells: Mapping[str, str]) -> dict[str, Any]:
    """Text is what a table holds: numbers, spans and truth are read from it, where they are."""
    fields: dict[str, Any] = dict(cells)
    for name in NUMBERS:
        if name in fields and fields[name].isdecimal():
            fields[name] = int(fields[name])
    if "spans" in fields:
        # What is no JSON is told of as no list of spans.
        with suppress(ValueError):
            fields["spans"] = read_json(fields["spans"])
    none = str(fields.get("none", "")).casefold()
    if none in YES or none in NO:
        fields["none"] = none in YES
    return fields


def read_questions(lines: Iterable[str]) -> list[Question]:
    """Blank lines are passed over. Raises BadQuestion for the first line that is wrong."""
    return [_question(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _question(number: int, line: str) -> Question:
    try:
        fields = read_json(line)
    except ValueError as error:
        raise BadQuestion(number, "it is no JSON") from error
    return _of_fields(number, fields)


def _of_fields(number: int, fields: Any) -> Question:
    if not isinstance(fields, dict):
        raise BadQuestion(number, "it is no JSON object")
    try:
        question = _checked(number, {key: value for key, value in fields.items() if value != ""})
    except (TypeError, ValueError) as error:
        raise BadQuestion(number, str(error)) from error
    return question


def _checked(number: int, fields: Mapping[str, Any]) -> Question:
    text = _text(fields, "question") or _text(fields, "query")
    if not text.strip():
        raise ValueError('it has no "question"')
    none = fields.get("none", False)
    if not isinstance(none, bool):
        raise ValueError('"none" is neither true nor false')
    given = [name for name in PLACES if fields.get(name) is not None]
    if none and given:
        raise ValueError(f'it says "none", and "{given[0]}" as well')
    if not (none or given):
        raise ValueError(
            'it says nowhere where the answer stands ("source", "answer", …), '
            'nor "none": true for a question without one'
        )
    question = Question(
        number,
        text.strip(),
        source=_text(fields, "source"),
        answer=_text(fields, "answer") or _text(fields, "text"),
        page=_number(fields, "page"),
        heading=_text(fields, "heading"),
        spans=_spans(fields),
        target_line=_number(fields, "line"),
        none=none,
        language=_text(fields, "language"),
    )
    needs_source = question.page or question.spans or question.target_line
    if needs_source and not question.source:
        raise ValueError('it gives a place in a file, but no "source" that names the file')
    return question


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f'"{name}" is no text')
    return value or ""


def _number(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise TypeError(f'"{name}" is no number from 1 on')
    return value


def _spans(fields: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    spans = fields.get("spans")
    if spans is None and fields.get("char_start") is not None:
        spans = [{"start": fields["char_start"], "end": fields.get("char_end")}]
    if spans is None:
        return ()
    try:
        found = tuple((span["start"], span["end"]) for span in spans)
        right = all(0 <= start < end for start, end in found)
    except (TypeError, KeyError):
        found, right = (), False
    if not (found and right and all(type(end) is int for span in found for end in span)):
        raise ValueError('"spans" is no list like [{"start": 0, "end": 10}]')
    return found
