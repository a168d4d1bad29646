"""Which pieces stand at the place that a question names: clause 2.2(b), Table 3, page 12. Pure
functions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatui.domain.passage import Passage
from chatui.models.extractive.scoring import HEADINGS_PARTED, Quotable
from chatui.text.places import (
    PAGE,
    SLIDE,
    NamedPlace,
    Naming,
    places_in,
    spans_of,
    without_places,
)
from chatui.text.terms import question_terms

_IDENTIFIER = re.compile(
    r"(?<![\w./-])(?=[A-Za-z/-]{0,9}[0-9])[A-Za-z0-9]{1,20}(?:[-/][A-Za-z0-9]{1,20})+"
)
_NUMBER = re.compile(r"(?:19|20)[0-9]{2}[-/][0-9]{2}(?:[-/][0-9]{2})?")
"""A span of years, a month or a day, which many things share."""
OF_THE_ONE = 10.0
"""What a piece gains by belonging to the one thing that the question names."""
AT_PLACE = 14.0
"""What a piece gains by standing where the question asks: more than all that tells two pieces of
other places apart."""


def at_place(question: str, passages: Sequence[Passage], pieces: Sequence[Quotable]) -> list[int]:
    """The places in `pieces` of those that stand at a place named in the question, called as near
    to what it is called there as any passage calls it."""
    found: set[int] = set()
    for place in places_in(question):
        for naming in Naming:
            spans = {n: _spans(place, one, naming) for n, one in enumerate(passages, start=1)}
            there = {at for at, piece in enumerate(pieces) if _lies_in(piece, spans[piece.n])}
            if there:
                found |= there
                break
    return sorted(found)


def of_the_one_named(
    question: str, passages: Sequence[Passage], pieces: Sequence[Quotable]
) -> list[int]:
    """The places in `pieces` of those that belong to what the question calls by an identifier (an
    invoice 2024-104, a model ZX-81): they stand on a page, or under a heading, that has it. None
    where half of the passages or more do: then it tells nothing apart."""
    named = [one.casefold() for one in _IDENTIFIER.findall(question) if not _NUMBER.fullmatch(one)]
    if not named:
        return []
    holding = [one for one in passages if any(name in _seen(one) for name in named)]
    homes = {_home(one) for one in holding}
    belonging = {
        n
        for n, one in enumerate(passages, start=1)
        if one in holding or (_home(one) in homes and (one.page is not None or one.heading))
    }
    if len(belonging) * 2 >= len(passages):
        return []
    return [at for at, piece in enumerate(pieces) if piece.n in belonging]


def _seen(passage: Passage) -> str:
    return f"{passage.heading}\n{passage.text}".casefold()


def _home(passage: Passage) -> tuple[str, int | None, str]:
    return passage.source, passage.page, passage.heading


def _lies_in(piece: Quotable, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= piece.piece.start < end for start, end in spans)


def _spans(place: NamedPlace, passage: Passage, naming: Naming) -> list[tuple[int, int]]:
    if place.kind in (PAGE, SLIDE):
        # A slide may be asked for as a page; where there are both, each is what it is called.
        as_called = passage.is_slide == (place.kind == SLIDE)
        there = passage.page is not None and place.number == (str(passage.page),)
        whole = there and as_called == (naming is Naming.SAME)
        return [(0, len(passage.text))] if whole else []
    return spans_of(place, passage.text, passage.heading.split(HEADINGS_PARTED), naming)


def is_about_it(question: str, there: Sequence[Quotable]) -> bool:
    """Whether the pieces at the place have a word of what else the question asks."""
    wanted = question_terms(without_places(question))
    held = frozenset[str]().union(*(piece.terms | piece.topic for piece in there))
    return not wanted or any(term in held for term in wanted)
