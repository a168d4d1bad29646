"""Pieces of a reply on their way out of the child."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from chatui.models.base import TextDelta, TextTakenBack
from chatui.models.reasoning_tags import Delta

FRAME_SECONDS = 0.015
"""Tokens that come faster than this go together: a screen shows no more, and every frame wakes
the window's process, which the model's threads would have to wait for."""

Event = dict[str, Any]


class Outbox:
    """Deltas on their way out, the first at once and others joined within FRAME_SECONDS."""

    def __init__(self) -> None:
        self._waiting: list[Event] = []
        self._sent = 0.0

    def add(self, deltas: Sequence[Delta]) -> None:
        for delta in deltas:
            if isinstance(delta, TextTakenBack):
                self._waiting.append({"taken_back": True})
                continue
            kind = "text" if isinstance(delta, TextDelta) else "reasoning"
            if self._waiting and kind in self._waiting[-1]:
                self._waiting[-1][kind] += delta.text
            else:
                self._waiting.append({kind: delta.text})

    def due(self) -> Event | None:
        """What is to be sent now."""
        now = time.monotonic()
        if not self._waiting or now - self._sent < FRAME_SECONDS:
            return None
        self._sent = now
        return self._waiting.pop(0)

    def rest(self) -> list[Event]:
        rest, self._waiting = self._waiting, []
        return rest
