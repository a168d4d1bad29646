"""Reasoning that a model writes into its answer, between <think> tags at the start."""

from __future__ import annotations

from enum import Enum, auto

from chatui.models.base import ReasoningDelta, TextDelta

TAGS = ("<think>", "<thinking>")


class _Place(Enum):
    START = auto()
    """Nothing but white space has come: a tag may still open."""
    REASONING = auto()
    AFTER = auto()
    """Just behind the closing tag, where line breaks belong to the tag."""
    TEXT = auto()


class ReasoningSplitter:
    """Tells reasoning from text in pieces that may cut a tag anywhere.

    Only a tag at the very start opens reasoning, so that an answer about tags keeps them.
    A tag that is never closed makes the rest reasoning, as with a reply that was cut.
    """

    def __init__(self) -> None:
        self._place = _Place.START
        self._held = ""
        self._closing = ""

    def feed(self, piece: str) -> list[TextDelta | ReasoningDelta]:
        """The deltas that are certain by now; none of them is empty."""
        self._held += piece
        if self._place is _Place.TEXT:
            return self._text(self._take())
        found: list[TextDelta | ReasoningDelta] = []
        if self._place is _Place.START and not self._open():
            return found
        if self._place is _Place.REASONING:
            found += self._reasoning()
        if self._place is _Place.AFTER:
            self._held = self._held.lstrip("\n")
            if self._held:
                self._place = _Place.TEXT
        if self._place is _Place.TEXT:
            found += self._text(self._take())
        return found

    def finish(self) -> list[TextDelta | ReasoningDelta]:
        """What was held back for a tag that did not come."""
        rest = self._take()
        if self._place is _Place.REASONING:
            return [ReasoningDelta(rest)] if rest else []
        return self._text(rest)

    def _open(self) -> bool:
        """False while the start may still become a tag."""
        start = self._held.lstrip()
        for tag in TAGS:
            if start.startswith(tag):
                self._place = _Place.REASONING
                self._closing = tag.replace("<", "</")
                self._held = start[len(tag) :].lstrip("\n")
                return True
        if any(tag.startswith(start) for tag in TAGS):
            return False
        self._place = _Place.TEXT
        return True

    def _reasoning(self) -> list[TextDelta | ReasoningDelta]:
        inside, closed, rest = self._held.partition(self._closing)
        if closed:
            self._place, self._held = _Place.AFTER, rest
        else:
            kept = _overlap(inside, self._closing)
            inside, self._held = inside[: len(inside) - kept], inside[len(inside) - kept :]
        return [ReasoningDelta(inside)] if inside else []

    def _text(self, text: str) -> list[TextDelta | ReasoningDelta]:
        return [TextDelta(text)] if text else []

    def _take(self) -> str:
        taken, self._held = self._held, ""
        return taken


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the start of the tag."""
    return next((n for n in range(len(tag) - 1, 0, -1) if text.endswith(tag[:n])), 0)
