"""The meter while nothing streams: when it is read anew."""

from __future__ import annotations

import asyncio
import time

from textual import on

from chatui.app_requests import CommandedApp
from chatui.widgets.composer import Composer

TYPING_SECONDS = 0.25
"""How long after a key the draft is counted: a word at a time, not a letter."""
READ_EVERY_SECONDS = 1.5
"""The least between two readings while someone types on, so that they take no part of a core
that could be felt."""


class MeteredApp(CommandedApp):
    """The part of ChatuiApp that quotes the draft."""

    _read_at = -READ_EVERY_SECONDS
    _typed_on = False
    """Whether something was typed since the draft was last taken up."""

    @on(Composer.Changed)
    def _typed(self) -> None:
        self._typed_on = True
        # What reads now goes on by itself: broken off at each key, it would never end.
        if not self.at_work("meter"):
            self.refresh_meter(self._pause())

    def _pause(self) -> float:
        since = time.monotonic() - self._read_at
        return max(TYPING_SECONDS, READ_EVERY_SECONDS - since)

    def refresh_meter(self, pause: float = 0.0) -> None:
        """Reads the meter after so many seconds, in place of a reading under way."""
        if self._window.opened and not self._window.is_replying:
            self.begin("meter", self._read_meter, pause)

    async def _read_meter(self, pause: float) -> None:
        """Reads until nothing more was typed meanwhile."""
        window, self._typed_on = self._window, True
        while self._typed_on:
            await asyncio.sleep(pause)
            self._typed_on = False
            if window.is_replying:
                return  # The reply has the meter now.
            self._read_at = time.monotonic()
            window.view.show_reading(await window.session.reading(window.view.composer.draft))
            pause = self._pause()
