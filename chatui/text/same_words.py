"""Which words of two texts are the same ones in the same order. Pure, and linear in their length.

`difflib` compares every word with all its like, and begins again for each piece that is left: two
replies of 100 kB may take it hours. Here words that each text has once are the anchors, then runs
of three words; between the anchors the same is done again, and where no anchor is left, what is
short is compared word by word. What is neither is taken for different.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

RUNS = (1, 3)
DEEPEST = 12
"""How often what lies between anchors is looked through for others."""
STEPS = 32
"""For each word, where the words between two anchors are compared one by one."""

Pair = tuple[int, int]


def same_words(one: Sequence[str], other: Sequence[str]) -> list[Pair]:
    """The numbers of the words that are the same, in either text, both growing."""
    found: list[Pair] = []
    waiting = [(0, len(one), 0, len(other), 0)]
    while waiting:
        start, end, begin, stop, depth = waiting.pop()
        while start < end and begin < stop and one[start] == other[begin]:
            found.append((start, begin))
            start, begin = start + 1, begin + 1
        while start < end and begin < stop and one[end - 1] == other[stop - 1]:
            end, stop = end - 1, stop - 1
            found.append((end, stop))
        if start == end or begin == stop:
            continue
        left, right = one[start:end], other[begin:stop]
        anchors = _anchors(left, right) if depth < DEEPEST else []
        if not anchors and len(left) * len(right) <= STEPS * (len(left) + len(right)):
            found += ((start + at, begin + to) for at, to in _common(left, right))
        done, over = 0, 0
        for at, to in [*anchors, (len(left), len(right))] if anchors else []:
            waiting.append((start + done, start + at, begin + over, begin + to, depth + 1))
            # The anchor itself is the first word of what follows.
            done, over = at, to
    return sorted(found)


def _anchors(one: Sequence[str], other: Sequence[str]) -> list[Pair]:
    """Where runs of words begin that each text has once, as many as stand in one order."""
    for length in RUNS:
        there = _single(other, length)
        shared = [(at, there[run]) for run, at in _single(one, length).items() if run in there]
        if shared:
            return _ascending(sorted(shared))
    return []


def _single(words: Sequence[str], length: int) -> dict[tuple[str, ...], int]:
    """The runs of so many words that come once, with their places."""
    places: dict[tuple[str, ...], int] = {}
    for at, run in enumerate(zip(*(words[start:] for start in range(length)), strict=False)):
        places[run] = -1 if run in places else at
    return {run: at for run, at in places.items() if at >= 0}


def _ascending(pairs: Sequence[Pair]) -> list[Pair]:
    """As many of the pairs as there are whose second number grows with the first."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, to) in enumerate(pairs):
        place = bisect_left(ends, to)
        before.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [to]
        last[place : place + 1] = [number]
    found = []
    number = last[-1]
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _common(one: Sequence[str], other: Sequence[str]) -> Iterator[Pair]:
    """A longest common sequence of two short texts."""
    rows = [[0] * (len(other) + 1)]
    for word in reversed(one):
        below, row = rows[-1], [0]
        for to, like in enumerate(reversed(other)):
            row.append(below[to] + 1 if word == like else max(below[to + 1], row[to]))
        rows.append(row)
    at = to = 0
    while at < len(one) and to < len(other):
        row, below = rows[len(one) - at], rows[len(one) - at - 1]
        if one[at] == other[to]:
            yield at, to
            at, to = at + 1, to + 1
        elif below[len(other) - to] >= row[len(other) - to - 1]:
            at += 1
        else:
            to += 1
