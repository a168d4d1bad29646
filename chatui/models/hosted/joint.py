"""Where a reply goes on behind its beginning: what a server sends of the beginning once more."""

from __future__ import annotations

SHORTEST_ECHO = 16
"""Characters. A shorter beginning may well be said twice."""


class Joint:
    """The text of a reply behind `said`, as it follows it. Some servers send the beginning first,
    whole; where it is known to be `echoed`, a short one is taken for that as well. A `trimmed` one
    was sent without the white space at its end, which then comes again."""

    def __init__(self, said: str, *, trimmed: bool, echoed: bool = False) -> None:
        sent = said.rstrip() if trimmed else said
        self._sent = sent if echoed or len(sent) >= SHORTEST_ECHO else ""
        self._tail = said[len(sent) :]
        self._held = ""
        self._behind = False

    def feed(self, text: str) -> str:
        """What of the text so far is known to be new."""
        if self._behind:
            return text
        self._held += text
        held = self._held
        if len(held) < len(self._sent) and self._sent.startswith(held):
            return ""
        new = held.removeprefix(self._sent)
        if self._tail and not new.strip():
            return ""
        return self._release(new)

    def finish(self) -> str:
        """What is still held back when the reply ends."""
        return "" if self._behind else self._release(self._held)

    def _release(self, new: str) -> str:
        self._behind = True
        if not self._tail:
            return new
        # The white space that was there stands for that which comes, unless more comes.
        return new.removeprefix(self._tail) if new.startswith(self._tail) else new.lstrip()
