"""What stands behind a key in the input: only that tells a hand from a paste.

A terminal that doesn't bracket its pastes sends them as keys. Their times say little, because a
program that is kept from running sees a slow hand's keys together. So it is asked whether more has
come: in the terminal, in the thread that reads it, in the queues on the way to a widget.
"""

from __future__ import annotations

import asyncio
import select
import sys
import threading
from collections.abc import Iterator
from typing import Any

from textual import events
from textual.driver import Driver
from textual.message import Message
from textual.widget import Widget

LOOK_AGAIN_SECONDS = 0.001
MOST_LOOKS = 500
"""A terminal that never falls silent (a mouse is dragged over it) must not hold a key back."""
NEXT_PIECE_SECONDS = 0.03
"""How long behind a burst its next piece may come: a connection sends a paste in packets."""


class TerminalReader:
    """What a platform's driver has read from the terminal and not yet handed on."""

    def __init__(self) -> None:
        self.handing_on = False
        self.told_of_reading = False
        """Whether the driver has a thread that says when it reads again."""
        self.file: int | None = None

    @property
    def has_input(self) -> bool:
        """Whether something was sent that is not in a queue yet."""
        if self.handing_on or self.file is None or sys.platform == "win32":
            return self.handing_on
        try:
            return bool(select.select([self.file], [], [], 0)[0])
        except (OSError, ValueError):
            return False  # The terminal has gone.

    def driver(self, platform: type[Driver]) -> type[Driver]:
        """The platform's driver, which tells this reader what its thread does."""
        return type("TellingPlatformDriver", (TellingDriver, platform), {"reader": self})


class TellingDriver(Driver):
    """Mixed into a platform's driver."""

    reader: TerminalReader

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if hasattr(self, "exit_event"):
            # The thread looks at it before each time that it waits for input.
            self.exit_event = _AskedBeforeReading(self.reader)
            self.reader.told_of_reading = True
        self.reader.file = getattr(self, "fileno", None)

    def process_message(self, message: Message) -> None:
        # Runs in the thread that reads.
        self.reader.handing_on = self.reader.told_of_reading
        super().process_message(message)


class _AskedBeforeReading(threading.Event):
    def __init__(self, reader: TerminalReader) -> None:
        super().__init__()
        self._reader = reader

    def is_set(self) -> bool:
        self._reader.handing_on = False
        return super().is_set()


class InputBehind:
    """What stands in the input behind the key that a widget is handling."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self.reader = TerminalReader()

    @property
    def is_there(self) -> bool:
        """Whether something does, as far as can be said at once."""
        return self.reader.has_input or any(self._queued())

    async def all(self) -> list[events.Key | events.Paste]:
        """Everything that was sent by now."""
        for _ in range(MOST_LOOKS):
            if not self.reader.has_input:
                break
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        # What the thread has handed over takes two rounds of the loop to reach a queue.
        for _ in range(3):
            await asyncio.sleep(0)
        return list(self._queued())

    async def next_piece(self) -> list[events.Key | events.Paste]:
        """What comes within the time that parts of one paste may lie apart."""
        await asyncio.sleep(NEXT_PIECE_SECONDS)
        return await self.all()

    def _queued(self) -> Iterator[events.Key | events.Paste]:
        for pump in (self._widget, self._widget.app):
            # No public way leads into a queue, whose first message may be out of it already.
            for message in (pump._pending_message, *pump._message_queue.values):
                if isinstance(message, events.Key | events.Paste):
                    yield message


def is_text(event: events.Key | events.Paste) -> bool:
    """Whether it would write something, other than the end of a line."""
    if isinstance(event, events.Paste):
        return bool(event.text.strip())
    return event.is_printable and not event.key.startswith("alt+")
