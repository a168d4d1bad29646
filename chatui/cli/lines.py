"""Lines that somebody types, with the editing and the history of their shell, or that are piped
in."""

from __future__ import annotations

import sys
from collections.abc import Iterable

PROMPT = "You: "
MORE = "... "


class TypedLines:
    """A line that ends with a backslash goes on in the next one; what is pasted is one line."""

    def __init__(self) -> None:
        self._typed = bool(sys.stdin and sys.stdin.isatty())

    def remember(self, earlier: Iterable[str]) -> None:
        """Earlier lines for the Up key, the newest first."""
        if not self._typed:
            return
        try:
            import readline
        except ImportError:  # Python can be built without; then the terminal's own editing holds.
            return
        readline.parse_and_bind("set enable-bracketed-paste on")
        for line in reversed(list(earlier)):
            readline.add_history(line)

    def read(self) -> str | None:
        """The next line; None at the end. Raises KeyboardInterrupt."""
        parts: list[str] = []
        while (line := self._line(MORE if parts else PROMPT)) is not None:
            if not line.endswith("\\"):
                return "\n".join([*parts, line])
            parts.append(line[:-1])
        return "\n".join(parts) if parts else None

    def _line(self, prompt: str) -> str | None:
        if not self._typed:
            data = sys.stdin.buffer.readline() if sys.stdin else b""
            return data.decode("utf-8", "replace").rstrip("\r\n") if data else None
        try:
            return input(prompt)
        except EOFError:
            return None
