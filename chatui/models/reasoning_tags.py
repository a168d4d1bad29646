"""Reasoning that a model writes into its answer, between <think> tags at the start."""

from __future__ import annotations

from enum import Enum, auto

from chatui.models.base import ReasoningDelta, TextDelta

TAGS = ("<think>", "<thinking>")


class _TagState(Enum):
    START = auto()
    """Nothing but white space has come: a tag may still open."""
    REASONING = auto()
    TEXT = auto()


class ReasoningSplitter:
    """Tells reasoning from text in pieces that may cut a tag anywhere.

    Only a tag at the very start opens reasoning, so that an answer about tags keeps them.
    Line breaks behind a tag belong to it. A tag that is never closed makes the rest
    reasoning, as in a reply that was cut.
    """

    def __init__(self) -> None:
        self._place = _TagState.START
        self._behind_tag = False
        self._held = ""
        self._closing = ""

    @property
    def in_reasoning(self) -> bool:
        """Whether a tag is open."""
        return self._place is _TagState.REASONING

    def feed(self, piece: str) -> list[TextDelta | ReasoningDelta]:
        """The deltas that are certain by now; none of them is empty."""
        self._held += piece
        if self._place is _TagState.START:
            self._open()
        found: list[TextDelta | ReasoningDelta] = []
        if self._place is _TagState.REASONING:
            found += self._reasoning()
        if self._place is _TagState.TEXT:
            found += self._text()
        return found

    def finish(self) -> list[TextDelta | ReasoningDelta]:
        """What was held back for a tag that did not come."""
        if self._place is _TagState.REASONING:
            rest = self._take(len(self._held))
            return [ReasoningDelta(rest)] if rest else []
        return self._text()

    def _open(self) -> None:
        start = self._held.lstrip()
        tag = next((tag for tag in TAGS if start.startswith(tag)), None)
        if tag:
            self._place, self._behind_tag = _TagState.REASONING, True
            self._closing = tag.replace("<", "</")
            self._held = start[len(tag) :]
        elif not any(tag.startswith(start) for tag in TAGS):
            self._place = _TagState.TEXT

    def _reasoning(self) -> list[TextDelta | ReasoningDelta]:
        end = self._held.find(self._closing)
        closed = end >= 0
        inside = self._take(end if closed else len(self._held) - self._start_of_closing())
        if closed:
            self._place, self._behind_tag = _TagState.TEXT, True
            self._held = self._held.removeprefix(self._closing)
        return [ReasoningDelta(inside)] if inside else []

    def _text(self) -> list[TextDelta | ReasoningDelta]:
        text = self._take(len(self._held))
        return [TextDelta(text)] if text else []

    def _take(self, length: int) -> str:
        """The first characters of what is held, without line breaks right behind a tag."""
        taken, self._held = self._held[:length], self._held[length:]
        if self._behind_tag:
            taken = taken.lstrip("\n")
            self._behind_tag = not taken
        return taken

    def _start_of_closing(self) -> int:
        """How many characters at the end may be the start of the closing tag."""
        lengths = range(len(self._closing) - 1, 0, -1)
        return next((n for n in lengths if self._held.endswith(self._closing[:n])), 0)
