"""A document summed up in its own words: the most telling sentences of each of its sections.
Pure functions.

What a sentence tells is weighed as in summaries of talk (`digest`): names, numbers, decisions, and
words that the whole document is about. The first sentence of a section counts for more, and so do
the words of the question beside the wish for a summary.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chatui.domain.passage import Passage
from chatui.models.extractive.digest import worth
from chatui.models.extractive.quotation import quote
from chatui.models.extractive.scoring import Quotable, candidates
from chatui.models.extractive.selection import select
from chatui.text.blocks import BlockKind
from chatui.text.citations.marks import MarkForm

MOST_SECTIONS = 12
WORDS = 420
"""Of a summary, marks included."""
LEAST_WORDS = 24
"""Of a section."""
MOST_READ = 1500
"""Passages whose sentences are weighed; of a longer document as many of each section as are its
share, evenly spread."""
FIRST = 0.8
LAST = 0.2
TOPIC = 1.2
ANY_MARGIN = 100.0
SEPARATOR = " › "


@dataclass(frozen=True, slots=True)
class QuotedSection:
    """`places` are those of its passages, from 0."""

    name: str
    places: tuple[int, ...]


def sections(passages: Sequence[Passage]) -> list[QuotedSection]:
    """By the outermost heading that tells parts of a file apart, and by files; neighbours share a
    section where there would be too many."""
    depth = _depth(passages)
    found: list[tuple[tuple[str, str], list[int]]] = []
    for place, passage in enumerate(passages):
        key = (passage.path, SEPARATOR.join(passage.heading.split(SEPARATOR)[:depth]))
        if found and found[-1][0] == key:
            found[-1][1].append(place)
        else:
            found.append((key, [place]))
    if len(found) == 1 and len(passages) > 2:
        found = [(found[0][0], [place]) for place in found[0][1]]
    joined = _joined(found)
    files = len({passage.path for passage in passages})
    return [_section(passages, names, places, several=files > 1) for names, places in joined]


def _depth(passages: Sequence[Passage]) -> int:
    """Of the headings at which a document parts: mostly its title is a heading above all."""
    first = {(passage.path, passage.heading.split(SEPARATOR)[0]) for passage in passages}
    files = {passage.path for passage in passages}
    return 2 if len(first) <= len(files) + 1 else 1


def _joined(
    found: Sequence[tuple[tuple[str, str], list[int]]],
) -> list[tuple[list[str], list[int]]]:
    count = min(MOST_SECTIONS, len(found))
    parts = [
        found[at * len(found) // count : (at + 1) * len(found) // count] for at in range(count)
    ]
    return [
        (
            list(dict.fromkeys(name for (_, name), _ in part if name)),
            [place for _, places in part for place in places],
        )
        for part in parts
    ]


def _section(
    passages: Sequence[Passage], names: Sequence[str], places: Sequence[int], *, several: bool
) -> QuotedSection:
    own = [name.split(SEPARATOR)[-1] for name in names]
    name = own[0] if len(own) == 1 else f"{own[0]} – {own[-1]}" if own else ""
    if not name:
        first, last = passages[places[0]].page_name, passages[places[-1]].page
        name = f"{first}–{last}" if first and last != passages[places[0]].page else first
    if several:
        name = SEPARATOR.join(part for part in (passages[places[0]].source, name) if part)
    return QuotedSection(name, tuple(places))


def chosen(question: str, passages: Sequence[Passage]) -> list[tuple[str, list[Quotable]]]:
    """The sentences of each section, in reading order; sections without any are left out."""
    parted = sections(passages)
    read = {place for part in parted for place in _spread(part.places, len(passages))}
    pieces = {
        place: [one for one in candidates(place + 1, passages[place]) if _tells(one)]
        for place in sorted(read)
    }
    common = Counter(term for held in pieces.values() for one in held for term in one.terms)
    heaviest = math.log1p(max(common.values(), default=0)) or 1.0
    budget = max(LEAST_WORDS, WORDS // max(1, len(parted)))
    found = []
    for part in parted:
        held = [one for place in part.places for one in pieces.get(place, ())]
        scores = [_score(one, at, len(held), common, heaviest) for at, one in enumerate(held)]
        if places := select(held, scores, budget, ANY_MARGIN):
            found.append((part.name, [held[at] for at in places]))
    return found


def narrowed(question: str, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages that the summary quotes: all of a long document are not kept with a turn."""
    places = {one.n - 1 for _, held in chosen(question, passages) for one in held}
    return tuple(passages[place] for place in sorted(places))


def summed_up(
    question: str, passages: Sequence[Passage], form: MarkForm
) -> tuple[str, tuple[int, ...]]:
    """The summary, and the numbers of the passages that it cites; "" of nothing."""
    parts, cited = [], []
    for name, held in chosen(question, passages):
        text = quote(passages, held, range(len(held)), form)
        parts.append(f"**{name}**\n\n{text}" if name else text)
        cited += [one.n for one in held]
    return "\n\n".join(parts), tuple(dict.fromkeys(cited))


def _spread(places: Sequence[int], whole: int) -> Sequence[int]:
    if whole <= MOST_READ:
        return places
    count = max(1, len(places) * MOST_READ // whole)
    return [places[at * len(places) // count] for at in range(count)]


def _tells(piece: Quotable) -> bool:
    return piece.piece.kind is not BlockKind.CODE


def _score(piece: Quotable, at: int, of: int, common: Counter[str], heaviest: float) -> float:
    topical = sum(math.log1p(common[term]) for term in piece.terms if common[term] > 1)
    place = FIRST if at == 0 else LAST if at == of - 1 else 0.0
    row = 0.5 if piece.piece.kind is BlockKind.ROW else 0.0
    told = worth("", piece.text)
    return (
        (-1.0 if told is None else told)
        + TOPIC * topical / heaviest / (len(piece.terms) or 1) * min(1.0, len(piece.terms) / 5)
        + place
        - row
    )
