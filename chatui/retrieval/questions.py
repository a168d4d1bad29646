"""A user's questions about their documents: one JSON object a line, checked when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chatui.text.foreign_json import read_json

PLACES = ("source", "answer", "text", "page", "heading", "spans", "char_start", "line")


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


def read_questions(lines: Iterable[str]) -> list[Question]:
    """Blank lines are passed over. Raises BadQuestion for the first line that is wrong."""
    return [_question(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _question(number: int, line: str) -> Question:
    try:
        fields = read_json(line)
    except ValueError as error:
        raise BadQuestion(number, "it is no JSON") from error
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
