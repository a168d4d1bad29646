"""The meter while nothing streams: what is being typed, and what sending it would take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.domain.errors import ChatuiError

if TYPE_CHECKING:
    from chatui.app.shell import Shell
    from chatui.domain.usage import LimitLeft

METER = "meter"
TYPING_SECONDS = 0.25
"""How long after a key the draft is counted: a word at a time, not a letter."""
READ_EVERY_SECONDS = 1.5
"""The least between two readings while someone types on, so that they take no part of a core
that could be felt."""


class DraftMeter:
    """`editing` is the key of the turn whose question the draft takes the place of, if any;
    `limits` are what is left of those of a model's provider, by its full name."""

    def __init__(
        self,
        shell: Shell,
        editing: Callable[[], str | None],
        limits: Callable[[str], tuple[LimitLeft, ...]],
    ) -> None:
        self._shell = shell
        self._editing = editing
        self._limits = limits
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

    def reply_ended(self) -> None:
        """Takes up what was chosen or typed while the reply had the meter. Else that goes on
        showing the reply's own figures."""
        if self._shell.opened:
            self._shell.begin(METER, self._catch_up)

    async def _catch_up(self) -> None:
        view, shown = self._shell.view, self._shell.view.meter.reading
        name = await self._shell.session.model_name()
        if view.composer.draft.strip() or shown is None or shown.model != name:
            await self.read(0.0)

    @property
    def _is_taken(self) -> bool:
        """Whether a reply has the meter. One that has shown nothing yet, because a question came
        before the first reading, is not left empty until the reply begins."""
        return self._shell.is_replying and self._shell.view.meter.reading is not None

    async def _show_unknown(self) -> None:
        """Figures of the model before don't stand there as those of one that can't be asked."""
        shown = self._shell.view.meter.reading
        with suppress(ChatuiError):
            name = await self._shell.session.model_name()
            if shown is not None and shown.model != name:
                self._shell.view.show_reading(shown.by_unknown(name))

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
            try:
                reading = await session.reading(draft, kept)
            except ChatuiError:
                await self._show_unknown()
                raise
            if self._is_taken:
                return
            view.show_reading(replace(reading, limits=self._limits(reading.model)))
            view.attached.show(session.files.drafted)
            pause = self._pause()
