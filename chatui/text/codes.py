"""Codes by which things are called: error E03, article LK-205, invoice 2025-0318, version 2.3.0.
Pure functions.

A code is compared by its parts, so that E3, E03, E-3 and "E 03" are the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LETTERS = r"[A-Za-z]{1,5}"
_EDGE = r"(?<![A-Za-z0-9./_-])", r"(?![A-Za-z0-9_]|[-/.][A-Za-z0-9])"
_CODE = re.compile(
    _EDGE[0]
    + r"(?P<code>"
    + rf"{_LETTERS}-?[0-9]{{1,6}}(?:[-/.]?[A-Za-z0-9]{{1,6}}){{0,3}}"
    + rf"|{_LETTERS}(?:-[A-Za-z]{{1,5}}){{1,2}}-[0-9]{{1,6}}"
    + r"|[0-9]{4}[-/][0-9]{2,6}|[0-9]{1,3}(?:\.[0-9]{1,4}){2,3}"
    + r")"
    + _EDGE[1]
)
_VERSION = re.compile(
    r"\b(?:versions?|versión|versão|versione|версии|версия|release|v\.?|版本)[ ]?"
    r"(?P<code>[0-9]{1,3}(?:\.[0-9]{1,4}){1,3})(?![0-9])",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(?<![A-Za-z0-9])(?P<code>[A-Z]{1,4} [0-9]{1,6})(?![0-9A-Za-z]|[.,][0-9])")
_PART = re.compile(r"[A-Za-z]+|[0-9]+")
_SPAN_OF_TIME = re.compile(
    r"(?:19|20)[0-9]{2}[-/](?:[0-9]{2}|(?:19|20)[0-9]{2})|[0-9]{1,2}\.[0-9]{1,2}\.(?:19|20)[0-9]{2}"
)
"""Years from to, a month, a day: many things share them."""
_OF_A_YEAR = re.compile(r"(?:[A-Za-z]{1,3}-?(?:19|20)[0-9]{2}|[QHqh][1-4])")
"""FY2024, Q3: a text may write them otherwise."""
_TO = r"\s?(?:-|–|—|~|to|bis|à|a|至|到)\s?"
_RANGE = re.compile(
    rf"(?<![A-Za-z0-9])(?P<letters>[A-Za-z]{{1,4}})-?(?P<first>[0-9]{{1,4}}){_TO}(?P=letters)?-?"
    r"(?P<last>[0-9]{1,4})(?![0-9A-Za-z])"
)
_BEHIND_A_NAME = re.compile(r"\s[A-Z][A-Za-z]+ (?:[Vv]ersions? )?\Z")
"""What stands before the version of another thing: "Python 3.12.1"."""
MOST_BEFORE = 40
"""Characters that tell it."""
_LABEL_LEAD = re.compile(r"[\s|>*_#•`(\[-]*")


@dataclass(frozen=True, slots=True)
class Code:
    """Its letters and numbers in order, small and without leading zeros. `is_version` says that
    it has dots alone: 2.3.0."""

    parts: tuple[str, ...]
    is_version: bool = False

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(part for part in self.parts if not part.isdigit())

    @property
    def shape(self) -> tuple[int, ...]:
        """Of each part how many letters it has, 0 for a number."""
        return tuple(0 if part.isdigit() else len(part) for part in self.parts)

    def covers(self, other: Code) -> bool:
        """Whether it is the other, or names several of which that is one: 2.3 of 2.3.1."""
        return other.parts[: len(self.parts)] == self.parts

    def is_sister(self, other: Code) -> bool:
        """Whether both are of one series: E3 and E12, LK-100 and LK-205."""
        if self.is_version or other.is_version:
            return self.is_version and other.is_version
        return self.letters == other.letters and self.shape == other.shape


def codes_in(text: str) -> frozenset[Code]:
    """The codes of a text, those of years and dates left out."""
    found = [match["code"] for match in (*_CODE.finditer(text), *_VERSION.finditer(text))]
    return frozenset(_code(one) for one in found if not _tells_a_time(one))


def asked_for(question: str) -> frozenset[Code]:
    """The codes by which a question may call what it asks about, without the
    versions of something else that it names."""
    others = {
        _code(match["code"])
        for match in (*_CODE.finditer(question), *_VERSION.finditer(question))
        if _BEHIND_A_NAME.search(question[: match.start()][-MOST_BEFORE:])
    }
    return frozenset(one for one in codes_in(question) if not (one.is_version and one in others))


def written_in(text: str) -> frozenset[Code]:
    """As `codes_in`, with what may be one with a blank in it: "F 11"."""
    return codes_in(text) | {_code(match["code"]) for match in _SPACED.finditer(text)}


def in_a_range(code: Code, text: str) -> bool:
    """Whether a text has it between two others, as "E1 to E9"."""
    if len(code.shape) != 2 or not code.shape[0] or code.shape[1]:
        return False
    letters, number = code.parts
    return any(
        match["letters"].casefold() == letters
        and int(match["first"]) <= int(number) <= int(match["last"])
        for match in _RANGE.finditer(text)
    )


def label_of(text: str) -> Code | None:
    """The code that a line or a cell begins with."""
    start = _LABEL_LEAD.match(text)
    found = _CODE.match(text, start.end() if start else 0)
    return _code(found["code"]) if found and not _tells_a_time(found["code"]) else None


def _code(written: str) -> Code:
    parts = _PART.findall(written.casefold())
    plain = tuple(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)
    return Code(plain, all(one.isdigit() or one == "." for one in written))


def _tells_a_time(written: str) -> bool:
    return bool(_SPAN_OF_TIME.fullmatch(written) or _OF_A_YEAR.fullmatch(written))
