"""Sums that grow with the conversation are those that adding up anew would give."""

from __future__ import annotations

import random

from chatui.memory.window.candidates import Candidate, Candidates


def some(dice: random.Random, count: int) -> list[Candidate]:
    return [
        Candidate(
            dice.randint(0, 90),
            pinned=dice.random() < 0.2,
            asked=dice.random() < 0.9,
            answered=dice.random() < 0.9,
        )
        for _ in range(count)
    ]


def facts(turns: Candidates) -> tuple[object, ...]:
    places = range(len(turns) + 1)
    return (
        list(turns),
        [turns.tokens(at) for at in places],
        [turns.tokens(0, at) for at in places],
        [turns.answered(at) for at in places],
        [turns.pins_before(at) for at in places],
        turns.unasked,
    )


def test_what_was_cut_and_grown_is_as_if_made_at_once() -> None:
    for seed in range(200):
        dice = random.Random(seed)
        turns = some(dice, dice.randint(0, 20))
        made = Candidates.of(turns)
        for _ in range(6):
            stays, more = dice.randint(0, len(turns)), some(dice, dice.randint(0, 5))
            turns = [*turns[:stays], *more]
            made = made.first(stays).with_more(more)
            assert facts(made) == facts(Candidates(turns))


def test_growing_leaves_what_it_grew_from_as_it_was() -> None:
    turns = some(random.Random(1), 5)
    made = Candidates(turns)
    before = facts(made)
    made.first(3).with_more(some(random.Random(2), 4))
    assert facts(made) == before
