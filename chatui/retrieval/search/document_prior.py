"""Candidates of a document that the question names come somewhat earlier. Pure functions.

"Netflix's revenue in its annual report of 2017" tells company, kind and year as the name of a file
does, and its passages seldom repeat them. How well the question names a document is what it has of
the letters of that name, so that a long name that shares one common word with it counts little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from math import log
from pathlib import PurePath

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.closer_look import CLOSE_LOOKS, runs_of_letters, weighted_grams
from chatui.retrieval.search.fusion import Ranking, ranked
from chatui.retrieval.search.query import Query

NAME_SHARE = 0.05
"""Of the score, where the words are trusted in full. Of 24 long questions on financial reports 9
have the right page first (7 without), no other set loses; with 0.08 German on German lost one in
300 among the first five."""
MOST_RUNS = 256
"""Of a name: a title can be as long as a page."""

DocumentNames = tuple[str, ...]
"""Those of one document: its file's without the ending, and its title."""


def with_named_first(
    ranking: Ranking, query: Query, chunks: Mapping[str, ChunkRow], sureness: float
) -> Ranking:
    """The ranking with those of its first candidates, those of `chunks`, earlier whose document
    the question names. Scores stay between 0 and the best of before; `sureness` (0..1) is that of
    `closer_look`, for names are words too."""
    best = [one for one, _ in ranking[:CLOSE_LOOKS] if one in chunks]
    names = {one: _names(chunks[one]) for one in best}
    named = how_named(weighted_grams(query), set(names.values()))
    if not any(named.values()):
        return ranking
    share, top = NAME_SHARE * sureness, ranking[0][1]
    return ranked(
        {
            one: (1 - share) * score + share * top * (named[names[one]] if one in names else 0.0)
            for one, score in ranking
        }
    )


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


def _runs(name: str) -> list[str]:
    return list(dict.fromkeys(islice(runs_of_letters(name), MOST_RUNS)))


def _names(chunk: ChunkRow) -> DocumentNames:
    return PurePath(chunk.source).stem, chunk.title
