"""Chooses which scored pieces to quote within a budget of words. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.models.extractive.scoring import Quotable

MARGIN = 6.0
"""How far below the best score a piece may lie and still be quoted."""
BESIDE_CHOSEN = 0.6
"""What a piece gains by a chosen one next to it: an answer of several sentences is quoted whole. Of
472 English questions the gold span is in the quotes for 81.6% instead of 80.5%, in both halves of
them alike; by 0.3 for 80.7%, by 1.0 for 81.1%."""
SAME = 0.9
"""Share of the smaller piece's terms in the other, from which two say the same."""


def select(
    pieces: Sequence[Quotable],
    scores: Sequence[float],
    budget: float,
    margin: float = MARGIN,
    beside: float = 0.0,
) -> list[int]:
    """Places of the chosen pieces in reading order: best first while the budget lasts.

    A piece that repeats a chosen one is passed over, one that is too long for what is
    left too. `budget` is in words, frames included; `beside` is what a piece gains by each chosen
    one next to it. The best piece is chosen even when it is longer than the budget.
    """
    if not pieces:
        return []
    now = dict(enumerate(scores))
    least = max(scores) - margin
    chosen: set[int] = set()
    used = 0.0
    while now:
        place = max(now, key=lambda place: (now[place], -place))
        if now.pop(place) < least:
            break
        piece = pieces[place]
        cost = piece.words + (0 if _adjoins(pieces, place, chosen) else piece.frame)
        over = used + cost > budget
        if chosen and (over or _repeats(piece, [pieces[i] for i in chosen])):
            continue
        chosen.add(place)
        used += cost
        for near in (place - 1, place + 1):
            if near in now and pieces[near].n == piece.n:
                now[near] += beside
    return sorted(chosen)


def first_of(pieces: Sequence[Quotable], places: Sequence[int], budget: float) -> list[int]:
    """The first of the pieces at these places, in reading order, as many as the budget of words
    has room for; one is chosen whatever its length."""
    chosen: list[int] = []
    used = 0.0
    for place in places:
        used += pieces[place].words + (0 if chosen and chosen[-1] == place - 1 else 1)
        if chosen and used > budget:
            break
        chosen.append(place)
    return chosen


def _adjoins(pieces: Sequence[Quotable], place: int, chosen: set[int]) -> bool:
    return any(
        beside in chosen
        and pieces[beside].n == pieces[place].n
        and abs(pieces[beside].piece.block - pieces[place].piece.block) <= 1
        and pieces[beside].frame == pieces[place].frame
        for beside in (place - 1, place + 1)
    )


def _repeats(piece: Quotable, chosen: Sequence[Quotable]) -> bool:
    return any(
        len(piece.terms & other.terms) >= SAME * min(len(piece.terms), len(other.terms))
        for other in chosen
        if min(len(piece.terms), len(other.terms)) > 3 or piece.text == other.text
    )
