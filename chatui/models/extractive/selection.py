"""Chooses which scored pieces to quote within a budget of words. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.models.extractive.scoring import Quotable

MARGIN = 6.0
"""How far below the best score a piece may lie and still be quoted."""
SAME = 0.9
"""Share of the smaller piece's terms in the other, from which two say the same."""


def select(
    pieces: Sequence[Quotable], scores: Sequence[float], budget: float, margin: float = MARGIN
) -> list[int]:
    """Places of the chosen pieces in reading order: best first while the budget lasts.

    A piece that repeats a chosen one is passed over, one that is too long for what is
    left too. `budget` is in words, frames included. The best piece is chosen even when it
    is longer than the budget.
    """
    if not pieces:
        return []
    order = sorted(range(len(pieces)), key=lambda place: -scores[place])
    chosen = {order[0]}
    used = pieces[order[0]].words + pieces[order[0]].frame
    for place in order[1:]:
        if scores[place] < scores[order[0]] - margin:
            break
        piece = pieces[place]
        cost = piece.words + (0 if _adjoins(pieces, place, chosen) else piece.frame)
        if used + cost > budget or _repeats(piece, [pieces[i] for i in chosen]):
            continue
        chosen.add(place)
        used += cost
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
