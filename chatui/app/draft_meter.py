"""The meter while nothing streams: what is being typed, and what sending it would take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatui.app.shell import Shell

METER = "meter"
TYPING_SECONDS = 0.25
"""How long after a key the draft is counted: a word at a time, not a letter."""
READ_EVERY_SECONDS = 1.5
"""The least between two readings while someone types on, so that they take no part of a core
that could be felt."""


class DraftMeter:
    """`editing` is the key of the turn whose question the draft takes the place of, if any."""

    def __init__(self, shell: Shell, editing: Callable[[], str | None]) -> None:
        self._shell = shell
        self._editing = editing
        self._read_at = -READ_EVERY_SECONDS
        self._typed_on = False
        """Whether something was typed since the draft was last taken up."""

    def draft_changed(self) -> None:
        """Counts the draft after a pause. What reads now goes on by itself: broken off at each
        key, it would never end."""
        self._typed_on = True
        if not self._shell.at_work(METER):
            self.refresh(self._pause())

    def _pause(self) -> float:
        since = time.monotonic() - self._read_at
        return max(TYPING_SECONDS, READ_EVERY_SECONDS - since)

    def refresh(self, pause: float = 0.0) -> None:
        """Reads the meter after so many seconds, in place of a reading under way."""
        if self._shell.opened and not self._is_taken:
            self._shell.begin(METER, self.read, pause)

    @property
    def _is_taken(self) -> bool:
        """Whether a reply has the meter. One that has shown nothing yet, because a question came
        before the first reading, is not left empty until the reply begins."""
        return self._shell.is_replying and self._shell.view.meter.reading is not None

    async def read(self, pause: float) -> None:
        """Reads until nothing more was typed meanwhile."""
        view, session = self._shell.view, self._shell.session
        self._typed_on = True
        while self._typed_on:
            await asyncio.sleep(pause)
            self._typed_on = False
            if self._is_taken:
                return
            self._read_at = time.monotonic()
            draft = view.composer.draft
            kept = session.kept_media(self._editing(), draft)
            reading = await session.reading(draft, kept)
            if self._is_taken:
                return
            view.show_reading(reading)
            view.attached.show(session.files.drafted)
            pause = self._pause()
