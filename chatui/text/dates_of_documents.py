"""Which time a document is about ("for the fiscal year ended December 31, 2019", "2019年年度报告",
`Geschaeftsbericht_2019.pdf`, `2023Q2_10Q.pdf`), and whether a question means that. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from chatui.text.time_expressions import Period, times

MOST_TOLD = 2
"""A document's own time comes before those that it mentions."""
MOST_CHARACTERS = 2_000
OTHER_YEAR, OTHER_MONTH, EARLIER = 0.0, 0.4, 0.9
"""How well a document of another year fits, one of another month of the year, and one of the
earlier of two years that are compared."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHORT_YEAR = re.compile(r"\b(?:FY|GJ)\s?['’]?(\d\d)(?!\d)", re.IGNORECASE)
_RUN_TOGETHER = re.compile(r"(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)")
_QUARTER = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)\s?(?:年\s?)?(?:[QT](?P<one>[1-4])(?!\d)|第?(?P<han>[一二三四])季)"
    r"|\b[QT](?P<two>[1-4])(?:\s|/|of|FY|['’-]){0,8}(?P<year2>(?:19|20)\d\d)(?!\d)"
    r"|\b(?P<three>[1-4])(?:\.|st|nd|rd|th|er|e|ème)?\s?(?:quarter|quartal|trimestre)s?"
    r"(?:\s(?:of|des|de|del))?(?:\s(?:FY|fiscal|jahres))?\s?(?P<year3>(?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_DASHED = re.compile(r"-(?=(?:19|20)\d\d-)")
_AROUND = 24
"""Characters before and behind a year that may have its day and month."""


@lru_cache(maxsize=64)
def asked_times(question: str, today: date) -> tuple[Period, ...]:
    """The times that it names, the latest first; those without a year of any year."""
    question = question[:MOST_CHARACTERS].replace("_", " ")
    found = [*times(question, today), *_quarters(question)]
    named = {year for one in found for year in range(one.first.year, one.last.year + 1)}
    found += [_whole(year) for year in _years(question) if year not in named]
    return tuple(sorted(_narrow(found), key=lambda one: (one.last, one.first), reverse=True))


@lru_cache(maxsize=4096)
def told_times(text: str) -> tuple[Period, ...]:
    """Those that it begins with, in its order."""
    text = _RUN_TOGETHER.sub(r"\1-\2-\3", text[:MOST_CHARACTERS].replace("_", " "))
    text = _DASHED.sub(" ", text)
    found: dict[Period, None] = {}
    for match in _YEAR.finditer(text):
        near = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
        year = int(match[0])
        dated = [*_quarters(near), *times(near, date(year, 12, 31)), _whole(year)]
        # 3/5/2023 may be two days.
        found.update(dict.fromkeys(_narrow(one for one in dated if one.last.year == year)))
        if len(found) >= MOST_TOLD:
            break
    return tuple(found)


def fit(asked: Sequence[Period], told: Sequence[Period]) -> float | None:
    """How well a document of these times suits a question of those, 0..1; None where one of them
    tells no time."""
    if not asked or not told:
        return None
    latest = asked[0].last.year
    return max(
        _alike(one, other) * (1.0 if one.last.year == latest else EARLIER)
        for one in asked
        for other in told
    )


def _alike(asked: Period, told: Period) -> float:
    if asked.first <= told.last and told.first <= asked.last:
        return 1.0
    if asked.last.year != told.last.year and asked.first.year != told.first.year:
        return OTHER_YEAR
    return OTHER_MONTH


def _narrow(periods: Iterable[Period]) -> list[Period]:
    """Those that hold none of the others."""
    known = list(dict.fromkeys(periods))
    return [
        one
        for one in known
        if not any(
            one != other and one.first <= other.first and other.last <= one.last for other in known
        )
    ]


def _whole(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def _years(text: str) -> Iterator[int]:
    yield from (int(match[0]) for match in _YEAR.finditer(text))
    yield from (2000 + int(match[1]) for match in _SHORT_YEAR.finditer(text))


def _quarters(text: str) -> Iterator[Period]:
    for match in _QUARTER.finditer(text):
        year = int(match["year"] or match["year2"] or match["year3"])
        number = match["one"] or match["two"] or match["three"]
        quarter = int(number) if number else "一二三四".index(match["han"]) + 1
        first, last = 3 * quarter - 2, 3 * quarter
        yield Period(date(year, first, 1), date(year, last, 31 if last in (3, 12) else 30))
