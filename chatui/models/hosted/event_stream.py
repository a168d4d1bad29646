"""Server-sent events, out of the bytes of a response (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import re
from typing import NamedTuple

EVENT_LIMIT = 16 * 1024 * 1024
"""Bytes that one event may have: a server that never ends a line must not fill the memory."""

_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventTooLarge(ValueError):
    pass


class StreamEvent(NamedTuple):
    """`name` is what a server called the event, "" where it gave no name."""

    data: str
    name: str = ""


class EventParser:
    """Bytes in, cut anywhere; whole events out.

    Comments and ids are passed over. At the end `saw_event` and `saw_text` tell an event stream
    from something else, and that from nothing but comments.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._name = ""
        self.saw_event = False
        self.saw_text = False

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        """The events that this chunk completes; EventTooLarge on an endless one."""
        text = self._rest + chunk
        # A CR at the end may be one half of a CRLF: it waits for the next byte.
        whole = len(text) - 1 if text.endswith(b"\r") else len(text)
        events: list[StreamEvent] = []
        start = 0
        for end in _LINE_END.finditer(text, 0, whole):
            events += self._line(text[start : end.start()])
            start = end.end()
        self._rest = text[start:]
        if len(self._rest) + sum(map(len, self._data)) > EVENT_LIMIT:
            raise EventTooLarge
        return events

    def finish(self) -> list[StreamEvent]:
        """The last event, when the stream ended without the blank line behind it."""
        rest, self._rest = self._rest.rstrip(b"\r"), b""
        return self._line(rest) + self._line(b"")

    def _line(self, line: bytes) -> list[StreamEvent]:
        if not line:
            data, self._data = b"\n".join(self._data), []
            name, self._name = self._name, ""
            return [StreamEvent(data.decode("utf-8", "replace"), name)] if data else []
        field, _, value = line.partition(b":")
        self.saw_text = self.saw_text or bool(field.strip())
        if field == b"data":
            self.saw_event = True
            self._data.append(value.removeprefix(b" "))
        elif field == b"event":
            self._name = value.strip().decode("utf-8", "replace")
        return []
