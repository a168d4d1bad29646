"""How long an ingest still takes: what is left to do, and the pace at which it is done.

Batches end unevenly, and files hold more or less text than they seem to. So the pace is a mean that
older batches fade out of (exponentially weighted, as in
https://www.itl.nist.gov/div898/handbook/pmc/section4/pmc431.htm), what is left is foreseen for each
kind of file by those of it that were read, and the time that is told follows what comes out of both
with a delay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import exp

FADING_SECONDS = 30.0
"""A batch that ended so long ago counts a third, but for the last few, however long they took."""
LEAST_KEPT = 0.85
"""What at least is kept of the batches before at each: the mean is over seven or more."""
CALM_SHARE, CALMEST_SECONDS, LEAST_CALM_SECONDS = 0.2, 15.0, 0.5
"""The delay with which the time that is told follows: a share of that time, and its bounds."""
YOUNG_SHARE = 0.25
"""The delay is no longer than that share of the time in which the pace was measured."""
KNOWN_BYTES = 1 << 16
"""So much of a kind of file has to be read until it counts as much as all files together."""


@dataclass(slots=True)
class PaceOfBatches:
    """The seconds that work still takes. All moments are by a clock that never goes back."""

    _since: float | None = None
    """When the last batch ended."""
    _amount: float = 0.0
    _seconds: float = 0.0
    _batches: float = 0.0
    """What was done, in what time and in how many batches, each faded."""
    _whole: float = 0.0
    """The time of all batches."""
    _told: tuple[float, float] | None = None
    """What was told last, as the moment of the end, and when."""

    def begin(self, now: float) -> None:
        """From now on time counts. Without it, from the end of the first batch on: what comes
        before that is start-up."""
        self._since = now

    def did(self, now: float, amount: float) -> None:
        """A batch has ended in which so much was done."""
        if self._since is not None:
            took = max(0.0, now - self._since)
            kept = max(LEAST_KEPT, exp(-took / FADING_SECONDS))
            self._amount = kept * self._amount + amount
            self._seconds = kept * self._seconds + took
            self._batches = kept * self._batches + 1
            self._whole += took
        self._since = now

    def left(self, now: float, amount: float) -> float | None:
        """The seconds until so much more is done; None while there is nothing to tell it by."""
        if amount <= 0:
            self._told = None
            return 0.0
        if self._since is None or not self._amount or not self._seconds:
            return None
        wanted = self._calculated(max(0.0, now - self._since), amount)
        if self._told is None:
            told = wanted
        else:
            end, moment = self._told
            before = max(0.0, end - now)
            calm = min(CALMEST_SECONDS, CALM_SHARE * before, YOUNG_SHARE * self._whole)
            calm = max(LEAST_CALM_SECONDS, calm)
            told = wanted + (before - wanted) * exp(-max(0.0, now - moment) / calm)
        self._told = now + told, now
        return told

    def _calculated(self, silence: float, amount: float) -> float:
        """By the mean pace, from the end of the last batch on. The next batch is late once it takes
        longer than the mean: then as if it ended now, which is the same at that moment."""
        pace = self._seconds / self._amount
        usual = self._amount / self._batches
        rest = max(0.0, amount - usual)
        late = rest * (self._seconds + silence) / (self._amount + usual)
        return max(amount * pace - silence, late)


class ForeseenChunks:
    """How many chunks the files have that are not read yet. `sizes` are the kind and the bytes of
    each file, read or not."""

    def __init__(self, sizes: Iterable[tuple[str, int]]) -> None:
        self._unread = defaultdict[str, int](int)
        self._bytes = defaultdict[str, int](int)
        self._chunks = defaultdict[str, int](int)
        for kind, size in sizes:
            self._unread[kind] += size

    def read(self, kind: str, size: int, chunks: int) -> None:
        """One of them was read."""
        self._unread[kind] -= size
        self._bytes[kind] += size
        self._chunks[kind] += chunks

    def left(self) -> float | None:
        """None while there are files and none was read: nothing tells how much they hold."""
        unread = sum(self._unread.values())
        if unread <= 0:
            return 0.0
        read = sum(self._bytes.values())
        if not read:
            return None
        usual = sum(self._chunks.values()) / read
        return sum(
            size * (self._chunks[kind] + usual * KNOWN_BYTES) / (self._bytes[kind] + KNOWN_BYTES)
            for kind, size in self._unread.items()
        )
