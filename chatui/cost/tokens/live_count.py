"""Counting a reply's tokens while it streams, at a cost that doesn't grow with its length."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock

from chatui.cost.tokens.slices import last_boundary

LONGEST_TAIL = 2000
"""Characters without a boundary after which the tail is cut anyway. It bounds the work of a
recount; each such cut can put the count off by a token or two."""

SHORT_TAIL = 40
"""Characters up to which counting the tail afresh costs less than settling a part of it."""


class LiveCount:
    """Tokens of text that arrives in pieces.

    Adding up the counts of single pieces gives about twice the truth, because a token often
    spans two of them. So only what stands before a sure boundary is settled, and the short
    tail behind it is counted afresh. `add` never waits, so that the event loop may call it
    while another thread counts.
    """

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._incoming: deque[str] = deque()
        self._counting = Lock()
        self._settled = 0
        self._tail = ""
        self._tokens = 0

    def add(self, piece: str) -> None:
        if piece:
            self._incoming.append(piece)

    def tokens(self) -> int:
        """Tokens of everything added so far."""
        with self._counting:
            fresh = [self._incoming.popleft() for _ in range(len(self._incoming))]
            if fresh:
                self._tail += "".join(fresh)
                if len(self._tail) > SHORT_TAIL:
                    self._settle()
                self._tokens = self._settled + self._count(self._tail)
            return self._tokens

    def _settle(self) -> None:
        cut = last_boundary(self._tail, 0, len(self._tail))
        if cut is None and len(self._tail) > LONGEST_TAIL:
            cut = len(self._tail)
        if cut is not None:
            self._settled += self._count(self._tail[:cut])
            self._tail = self._tail[cut:]
