"""Counting a long text again after an edit, at a cost that does not grow with the text.

Someone who types behind a paste of 100 kB changes a few characters of it between two looks at
the meter. So a long text is counted in parts that end at sure boundaries, and of its next
version only the parts that the edit touched are counted again. An edit may be anywhere: what
is the same before it and what is the same behind it both stay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock

from chatui.cost.tokens.slices import last_boundary, next_boundary

PART_CHARS = 2000
"""Characters of a part: what an edit makes us count again."""
VERSIONS_KEPT = 8
"""One look at the meter counts a draft by itself, with passages, and cut to fit."""


@dataclass(frozen=True, slots=True)
class _CountedPart:
    """`end` is its place in the text, which the next part begins at."""

    end: int
    tokens: int


@dataclass(frozen=True, slots=True)
class _Version:
    key: str
    text: str
    parts: tuple[_CountedPart, ...]


Shared = tuple[tuple[_CountedPart, ...], tuple[tuple[int, int], ...]]
"""The parts that a text begins with, and the (size, tokens) of those that it ends with."""


class EditedCounts:
    """The sum over the parts is the count of the whole where the vocabulary is one of ours,
    because tokens are the same on both sides of a sure boundary; a tokenizer of another kind
    may see a token more at each. Texts of up to two parts are counted as a whole. Safe to
    call from several threads."""

    def __init__(self, part_chars: int = PART_CHARS) -> None:
        self._size = part_chars
        self._versions: deque[_Version] = deque(maxlen=VERSIONS_KEPT)
        self._changing = Lock()

    def count(self, text: str, key: str, count: Callable[[str], int]) -> int:
        """Tokens of the text. `key` names what counts: what another one counted is no help."""
        if len(text) <= 2 * self._size:
            return count(text)
        with self._changing:
            known = [version for version in self._versions if version.key == key]
        parts = self._parts(text, known, count)
        with self._changing:
            self._versions.appendleft(_Version(key, text, parts))
        return sum(part.tokens for part in parts)

    def _parts(
        self, text: str, known: list[_Version], count: Callable[[str], int]
    ) -> tuple[_CountedPart, ...]:
        before, after = self._nearest(text, known)
        start = before[-1].end if before else 0
        end = len(text) - sum(size for size, _ in after)
        parts = list(before)
        for cut in self._cuts(text, start, end):
            parts.append(_CountedPart(cut, count(text[start:cut])))
            start = cut
        for size, tokens in after:
            start += size
            parts.append(_CountedPart(start, tokens))
        return tuple(parts)

    def _nearest(self, text: str, known: list[_Version]) -> Shared:
        """What is known of the text from the version that shares the most with it."""
        best: Shared = ((), ())
        most = 0
        for version in known:
            before, after = _shared(text, version)
            same = (before[-1].end if before else 0) + sum(size for size, _ in after)
            if same > most:
                best, most = (before, after), same
            if same >= len(text) - 2 * self._size:
                break
        return best

    def _cuts(self, text: str, start: int, end: int) -> Iterator[int]:
        """The ends of parts of text[start:end], whose own ends are sure boundaries."""
        while end - start > 2 * self._size:
            cut = last_boundary(text, start, start + self._size)
            if cut is None:
                cut = next_boundary(text, start + self._size, end)
            if cut is None:
                break
            yield cut
            start = cut
        if start < end:
            yield end


def _shared(text: str, version: _Version) -> Shared:
    old = version.text
    if old == text:
        return version.parts, ()
    same = _same_start(text, old)
    # A boundary is made by the characters on both of its sides.
    before = tuple(part for part in version.parts if part.end < same)
    kept = before[-1].end if before else 0
    room = min(len(text), len(old)) - kept
    first = len(old) - min(room, _same_end(text, old, room))
    after = []
    for part, start in zip(version.parts, (0, *(one.end for one in version.parts)), strict=False):
        if start > first and start >= kept:
            after.append((part.end - start, part.tokens))
    return before, tuple(after)


def _same_start(one: str, other: str) -> int:
    """How many characters both begin with. Halves are compared, because that runs in C."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _same_end(one: str, other: str, most: int) -> int:
    """How many characters both end with, at most `most`."""
    low, high = 0, most
    if one[len(one) - high :] == other[len(other) - high :]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle
    return low
