"""Candidates of a document that the question names, or whose time it tells, come earlier. Pure
functions.

"Netflix's revenue in its annual report of 2017" tells company, kind and year as the name of a file
does, and its passages seldom repeat them. How well the question names a document is what it has of
the letters of that name, so that a long name that shares one common word with it counts little.
A document's time is that of its file's name, of its title, or else of its first lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from math import log
from pathlib import PurePath

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.closer_look import (
    CLOSE_LOOKS,
    QUESTIONS_KEPT,
    runs_of_letters,
    weighted_grams,
)
from chatui.retrieval.search.fusion import Ranking, ranked
from chatui.retrieval.search.query import Query
from chatui.text.dates_of_documents import asked_times, fit, told_times
from chatui.text.time_expressions import Period

NAME_SHARE = 0.05
"""Of the score, where the words are trusted in full. Of 24 long questions on financial reports 9
have the right page first (7 without), no other set loses; with 0.08 German on German lost one in
300 among the first five."""
TIME_SHARE = 0.1
"""The same of a document's time, where the question names one. With .2 German on English lost one
in 300 among the first five."""
UNKNOWN_TIME = 0.5
"""How well a document fits that tells no time."""
SINGLED_OUT = 0.5
"""How much of a document's name a question has to have to mean that one."""
NEARLY_AS_WELL = 0.1
"""Documents that are named so little worse than the best may be meant as well."""
MOST_SINGLED_OUT = 3
TIME_OF_NAME = 0.3
"""What the time counts for among documents that are named."""
MOST_RUNS = 256
"""Of a name: a title can be as long as a page."""

DocumentNames = tuple[str, ...]
"""Those of one document: its file's without the ending, and its title."""


@dataclass(frozen=True, slots=True)
class DocumentFit:
    """How much of its name the question has, and how well its time suits that of the question
    (both 0..1); None where the question names no time."""

    named: float
    timely: float | None


def document_fits(
    query: Query, chunks: Iterable[ChunkRow], beginnings: Mapping[int, str], today: date
) -> dict[int, DocumentFit]:
    """By the ids of the chunks' files. `beginnings` are their first lines, by the same ids."""
    documents = {chunk.file_id: _names(chunk) for chunk in chunks}
    named = how_named(weighted_grams(query), set(documents.values()))
    asked = _asked(query, today)
    return {
        one: DocumentFit(
            named[names],
            _or_unknown(fit(asked, _times(names, beginnings.get(one, "")))) if asked else None,
        )
        for one, names in documents.items()
    }


def names_a_time(query: Query, today: date) -> bool:
    return bool(_asked(query, today))


def with_named_first(
    ranking: Ranking,
    fits: Mapping[int, DocumentFit],
    chunks: Mapping[str, ChunkRow],
    sureness: float,
) -> Ranking:
    """The ranking with those of its first candidates, those of `chunks`, earlier whose document
    the question names. Scores stay between 0 and the best of before; `sureness` (0..1) is that of
    `closer_look`, for names are words too."""
    best = {one: fits[chunks[one].file_id] for one, _ in ranking[:CLOSE_LOOKS] if one in chunks}
    timed = any(one.timely is not None for one in best.values())
    if not timed and not any(one.named for one in best.values()):
        return ranking
    name_share, time_share = NAME_SHARE * sureness, TIME_SHARE * sureness * timed
    top = ranking[0][1]

    def lift(one: str) -> float:
        found = best.get(one)
        if found is None:
            return 0.0
        return top * (name_share * found.named + time_share * (found.timely or 0.0))

    kept = 1 - name_share - time_share
    return ranked({one: kept * score + lift(one) for one, score in ranking})


def singled_out(fits: Mapping[int, DocumentFit]) -> tuple[int, ...]:
    """The ids of the few documents that the question means, if any, the best first."""
    worth = {
        one: found.named * (1 - TIME_OF_NAME + TIME_OF_NAME * _or_unknown(found.timely))
        for one, found in fits.items()
        if found.named >= SINGLED_OUT
    }
    top = max(worth.values(), default=0.0)
    order = sorted(worth, key=lambda one: (-worth[one], one))[:MOST_SINGLED_OUT]
    return tuple(one for one in order if worth[one] >= top - NEARLY_AS_WELL)


def how_named(
    wanted: Mapping[str, float], documents: Collection[DocumentNames]
) -> dict[DocumentNames, float]:
    """How much of each document's best known name the question has, 0..1. `wanted` are its runs of
    letters and their weights (0..1). What many of the documents hold counts less."""
    runs = {names: [_runs(name) for name in names] for names in documents}
    holding = Counter(run for found in runs.values() for run in set().union(*found))
    rarity = {
        run: log(1 + (len(runs) - count + 0.5) / (count + 0.5)) for run, count in holding.items()
    }
    return {
        names: max((_share(wanted, name, rarity) for name in found), default=0.0)
        for names, found in runs.items()
    }


def _share(wanted: Mapping[str, float], name: Iterable[str], rarity: Mapping[str, float]) -> float:
    # Added in a fixed order, so that the same names always score the same to the last bit.
    whole = known = 0.0
    for run in name:
        whole += rarity[run]
        known += rarity[run] * wanted.get(run, 0.0)
    return known / whole if whole else 0.0


@lru_cache(maxsize=4096)
def _runs(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(islice(runs_of_letters(name), MOST_RUNS)))


def _names(chunk: ChunkRow) -> DocumentNames:
    return _stem(chunk.source), chunk.title


@lru_cache(maxsize=4096)
def _stem(source: str) -> str:
    return PurePath(source).stem


@lru_cache(maxsize=QUESTIONS_KEPT)
def _asked(query: Query, today: date) -> tuple[Period, ...]:
    return asked_times(query.text, today) or asked_times(query.context, today)


def _times(names: DocumentNames, beginning: str) -> tuple[Period, ...]:
    return next(filter(None, map(told_times, (*names, beginning))), ())


def _or_unknown(found: float | None) -> float:
    return UNKNOWN_TIME if found is None else found
