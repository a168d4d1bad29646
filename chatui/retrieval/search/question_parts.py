"""What the parts of a question find in the documents that it means. Pure functions.

"Using the balance sheet, what are the current liabilities of …" names a page by its title and the
rows of a table by their labels. A page of numbers says neither the company nor what is asked of it,
and a long report has more passages about both than there are candidates: so each part is searched
for by itself among the passages of that report, and the first places count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import log

from chatui.retrieval.chunking.document import HEADING_SEPARATOR
from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.closer_look import runs_of_letters
from chatui.retrieval.search.fusion import Ranking, ranked

MANY_PASSAGES = 50
"""Of the documents that are meant: fewer are among the candidates anyway, in a finer order."""
FLATTENING = 10
"""The constant of reciprocal ranks, small: of each part only the first places tell."""
PARTS_SHARE, WHOLE_SHARE = 0.5, 0.15
"""Of the score, for a question of several parts and for one of a single piece. Of 24 questions on
financial reports 19 have the right page among the first ten (16 without), 11 have it first (9).
With .3 for single pieces one in 300 questions on long English texts lost the first place."""

TITLE = 0.5
"""How much a part and a title have to have of each other for the part to name it."""
TITLE_LINES, TITLE_LETTERS = 3, 80
"""A title is among the first lines, and short."""
LONGEST_ABBREVIATION = len("Corp.")
MOST_RUNS = 64
_DIGIT = re.compile(r"\d")


def of_parts(rankings: Iterable[Ranking]) -> dict[str, float]:
    """One score (0..1] out of several rankings: the sum of reciprocal ranks, as a share of the
    best one's."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, (chunk_id, _) in enumerate(ranking, start=1):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + 1 / (FLATTENING + rank)
    most = max(scores.values(), default=1.0)
    return {chunk_id: score / most for chunk_id, score in scores.items()}


def with_parts(ranking: Ranking, found: Mapping[str, float], share: float) -> Ranking:
    """The ranking with what the parts have found (0..1) mixed in. Scores stay between 0 and the
    best of before."""
    if not found or not ranking:
        return ranking
    top, scores = ranking[0][1], dict(ranking)
    return ranked(
        {
            one: (1 - share) * scores.get(one, 0.0) + share * top * found.get(one, 0.0)
            for one in scores.keys() | found.keys()
        }
    )


def by_titles(part: str, chunks: Sequence[ChunkRow]) -> Ranking:
    """Those of the chunks whose title the part names, the best first: "cash flow statement" and
    "Consolidated Statements of Cash Flows" have most of each other's letters."""
    runs = {chunk.chunk_id: [_runs(title) for title in titles(chunk)] for chunk in chunks}
    holding = Counter(run for found in runs.values() for run in set().union(*found))

    def rarity(run: str) -> float:
        return log(1 + (len(runs) - holding[run] + 0.5) / (holding[run] + 0.5))

    wanted = set(_runs(part))
    asked = sum(map(rarity, sorted(wanted)))
    scores: dict[str, float] = {}
    for one, found in runs.items():
        for title in found:
            told = sum(map(rarity, title))
            both = 2 * sum(rarity(run) for run in title if run in wanted)
            if told and both >= TITLE * (told + asked):
                scores[one] = max(both / (told + asked), scores.get(one, 0.0))
    return ranked(scores)


def titles(chunk: ChunkRow) -> Iterator[str]:
    """Its own heading, and what may be one among its first lines."""
    if chunk.heading:
        yield chunk.heading.rpartition(HEADING_SEPARATOR)[2]
    for line in chunk.text.split("\n", TITLE_LINES)[:TITLE_LINES]:
        cell = line.partition(" | ")[0].strip()
        if not cell or len(cell) > TITLE_LETTERS or _DIGIT.search(cell) or _is_sentence(cell):
            continue
        yield cell


def _is_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does, and not in an abbreviation ("Apple Inc.")."""
    last = line.rpartition(" ")[2]
    return line[-1] in "!?。！？" or (last[-1:] == "." and len(last) > LONGEST_ABBREVIATION)


def _runs(text: str) -> list[str]:
    return list(dict.fromkeys(islice(runs_of_letters(text), MOST_RUNS)))
