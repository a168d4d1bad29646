"""A filter on text that comes in pieces: nothing is shown that a later piece makes a find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatui.jobs.filters.filters import Filter, Spotted, find_all, replaced

MOST_HELD = 21_000
"""Characters of what has begun and may become a find: more than the longest key of a detector has.
What a pattern of the user's own begins and goes on for longer is shown."""
LOOKED_AGAIN = 1 / 8
"""By how much of itself what is held back has to grow before it is looked through once more: a long
key that comes by the word is not read anew with each."""


class IncomingFilter:
    """Holds back as many of the last characters as a find may take, and what has begun that may
    become a longer one. `found` is what it found so far, at places of the text as it came."""

    def __init__(self, filters: Sequence[Filter]) -> None:
        self._filters = filters
        self._hold = max((one.held for one in filters), default=0)
        self._before = ""
        self._waiting = ""
        self._enough = 0
        self.found: list[Spotted] = []

    def feed(self, text: str) -> str:
        """What can be shown by now."""
        self._waiting += text
        if len(self._waiting) < self._enough:
            return ""
        shown = self._shown(len(self._waiting) - self._hold)
        held = len(self._waiting)
        self._enough = int(held * (1 + LOOKED_AGAIN)) if held > 2 * self._hold else 0
        return shown

    def end(self) -> str:
        """The rest."""
        return self._shown(len(self._waiting))

    def _shown(self, safe: int) -> str:
        """The first `safe` characters of what waits, fewer where a find goes on behind them."""
        if safe <= 0:
            return ""
        start = len(self._before)
        found = [
            one
            for one in find_all(self._before + self._waiting, self._filters)
            if one.start >= start
        ]
        last = safe >= len(self._waiting)
        if not last:
            crossing = [one.start - start for one in found if one.end - start > safe]
            safe = min([safe, *crossing, *self._begun(start)])
            if safe <= 0:
                return ""
        ready, self._waiting = self._waiting[:safe], self._waiting[safe:]
        inside = [
            replace(one, start=one.start - start, end=one.end - start)
            for one in found
            if one.end - start <= safe
        ]
        self.found += inside
        # What came before tells whether a word begins where the rest does.
        self._before = (self._before + ready)[-self._hold :] if self._hold else ""
        return replaced(ready, inside, None)

    def _begun(self, start: int) -> list[int]:
        """The places in what waits where something begins that may become a find."""
        text = self._before + self._waiting
        places = [one.open_at(text) for one in self._filters]
        return [
            place - start
            for place in places
            if place is not None and place >= start and len(text) - place <= MOST_HELD
        ]
