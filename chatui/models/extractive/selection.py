"""Chooses which scored pieces to quote within a budget of words. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatui.models.extractive.scoring import Quotable, neighbours
from chatui.models.extractive.titles import asks
from chatui.text.blocks import is_labelled
from chatui.text.terms import question_terms

MARGIN = 6.0
"""How far below the best score a piece may lie and still be quoted."""
MARGIN_OF_ENTRIES = 3.0
"""The same where the best piece is an entry whose label is what the question asks for ("Spin speed:
1,400 rpm"): it answers by itself."""
MARGIN_ACROSS = 4.0
"""The same where no word tells pieces apart, since question and text are in different languages,
and for the manual, whose sections all speak of like things: as many answers in a fifth less."""
MOST_ENTRY_WORDS = 14
BESIDE_CHOSEN = 0.6
"""What a piece gains by a chosen one next to it: an answer of several sentences is quoted whole. Of
472 English questions the gold span is in the quotes for 81.6% instead of 80.5%, in both halves of
them alike; by 0.3 for 80.7%, by 1.0 for 81.1%."""
MOST_ANSWERED = 40
"""Words of an answer that comes with its question as a whole."""
SAME = 0.9
"""Share of the smaller piece's terms in the other, from which two say the same."""


def margin_below(best: Quotable, question: str, *, across: bool) -> float:
    """How far below this best piece another may lie; `across` says that scores lie closer."""
    if best.words <= MOST_ENTRY_WORDS and _is_entry_for(best, question):
        return MARGIN_OF_ENTRIES
    return MARGIN_ACROSS if across else MARGIN


def _is_entry_for(piece: Quotable, question: str) -> bool:
    """Whether it is an entry of a list, and what the question asks for is its label."""
    if piece.is_title or not is_labelled(piece.text):
        return False
    label = re.split("[:：]", piece.text, maxsplit=1)[0]
    named = {term for term in question_terms(label) if not term.isdigit()}
    return bool(named) and named <= set(question_terms(question))


def select(
    pieces: Sequence[Quotable],
    scores: Sequence[float],
    budget: float,
    margin: float = MARGIN,
    beside: float = 0.0,
) -> list[int]:
    """Places of the chosen pieces in reading order: best first while the budget lasts.

    A title comes with what stands below it. A piece that repeats a chosen one is passed over, one
    that is too long for what is left too. `budget` is in words, frames included; `beside` is what a
    piece gains by each chosen one next to it. The best piece is chosen even when it is longer than
    the budget.
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
        added = [one for one in _with_its_text(pieces, place) if one not in chosen]
        cost = sum(pieces[one].words for one in added)
        cost += 0 if any(_adjoins(pieces, one, chosen) for one in added) else piece.frame
        over = used + cost > budget
        if chosen and (over or _repeats(piece, [pieces[i] for i in chosen])):
            continue
        chosen.update(added)
        used += cost
        for one in added:
            now.pop(one, None)
        for near in (added[0] - 1, added[-1] + 1):
            # A title belongs to what stands below it, not to what stands above.
            if near in now and near in neighbours(pieces, near - 1 if near > place else near + 1):
                now[near] += beside
    return sorted(chosen)


def _with_its_text(pieces: Sequence[Quotable], place: int) -> list[int]:
    """The place, and of a title those down to the first piece that is none: by itself it says
    nothing. Of a question the whole paragraph that answers it, where that is no long one."""
    found = [place]
    while pieces[found[-1]].is_title:
        below = found[-1] + 1
        if below == len(pieces) or pieces[below].n != pieces[place].n:
            break
        found.append(below)
    if found[-1] == place or not asks(pieces[place].text):
        return found
    first, answer = pieces[found[-1]], found[-1:]
    while answer[-1] + 1 < len(pieces):
        more = pieces[answer[-1] + 1]
        if more.n != first.n or more.piece.block != first.piece.block:
            break
        answer.append(answer[-1] + 1)
    is_short = sum(pieces[at].words for at in answer) <= MOST_ANSWERED
    return [*found[:-1], *answer] if is_short else found


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
