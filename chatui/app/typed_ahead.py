"""What is typed while a key or a command leads elsewhere, kept until it has led there.

A panel is opened by work that reads stores, and a quick hand doesn't wait for it: what it writes
into the list that it asked for must not land in the question, nor its Enter send that.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual.events import Key, Paste

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App
    from textual.screen import Screen
    from textual.timer import Timer

LONGEST_SECONDS = 3.0
"""What is typed shows by then, wherever it goes."""


class TypedAhead:
    """Keys and pastes in their order, between `hold` and `let_go`."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._kept: deque[Key | Paste] = deque()
        self._holds = False
        self._patience: Timer | None = None

    def watch_screens(self) -> None:
        """From now on a screen that is opened gets what was kept."""
        self._app.screen_change_signal.subscribe(self._app, self._screen_changed)

    def hold(self) -> None:
        """Keeps what comes from now on."""
        self._holds = True
        self._end_patience()
        self._patience = self._app.set_timer(LONGEST_SECONDS, self.let_go)

    def keeps(self, event: Key | Paste) -> bool:
        """Whether it takes the event, which then comes again later."""
        if self._holds:
            self._kept.append(event)
        return self._holds

    def let_go(self) -> None:
        """Hands on what was kept, before whatever comes now."""
        if self._holds:
            # Behind what sets the focus, which is on its way to the app as well.
            self._app.call_later(self._hand_on)

    async def _hand_on(self) -> None:
        self._holds = False
        self._end_patience()
        # One of them may lead elsewhere itself: those behind it wait on.
        while self._kept and not self._holds:
            await self._app.on_event(self._kept.popleft())

    def _screen_changed(self, screen: Screen[Any]) -> None:
        if self._holds and len(self._app.screen_stack) > 1:
            # When the screen has its widgets, and one of them the focus.
            screen.call_later(self.let_go)

    def _end_patience(self) -> None:
        if self._patience is not None:
            self._patience.stop()
            self._patience = None
