"""The bytes of tokens into the text of a reply: whole characters, stop strings, reasoning. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Sequence

from chatui.models.reasoning_tags import HARMONY_TOKENS, MARKS, Delta, ReasoningSplitter
from chatui.text.safety import ControlStripper

_MARKS = frozenset(part for mark in MARKS for part in (mark.opening, mark.closing))


def shown_control(control: Collection[str]) -> frozenset[str]:
    """Those of a model's control tokens that are a part of the reply: in some files the marks of
    reasoning are. Those of harmony are only where there are channels: elsewhere they end a turn."""
    marks = _MARKS | HARMONY_TOKENS if "<|channel|>" in control else _MARKS
    return marks.intersection(control)


class StopStrings:
    """Ends a text before the first stop string in it; pieces may cut one anywhere."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped = False

    def feed(self, piece: str) -> str:
        """The text that is certain by now. Nothing more comes once it has `stopped`."""
        if self.stopped:
            return ""
        if not self._stops:
            return piece
        text = self._held + piece
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self.stopped, self._held = True, ""
            return text[: min(places)]
        kept = max(_overlap(text, stop) for stop in self._stops)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]

    def finish(self) -> str:
        """What was held back for a stop string that did not come."""
        held, self._held = self._held, ""
        return held


class ReplyText:
    """`open_tag` is the tag that the prompt's end has opened, "" when it opened none."""

    def __init__(self, stops: Sequence[str] = (), open_tag: str = "") -> None:
        self._characters = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = StopStrings(stops)
        self._controls = ControlStripper()
        self._tags = ReasoningSplitter()
        self._tags.feed(open_tag)
        self.reasoning_tokens = 0

    @property
    def stopped(self) -> bool:
        return self._stops.stopped

    def feed(self, piece: bytes) -> list[Delta]:
        """The deltas that one more token makes certain."""
        self.reasoning_tokens += self._tags.in_reasoning
        text = self._stops.feed(self._characters.decode(piece))
        return self._tags.feed(self._controls.feed(text)) if text else []

    def finish(self) -> list[Delta]:
        """What was held back."""
        rest = self._stops.feed(self._characters.decode(b"", final=True)) + self._stops.finish()
        clean = self._controls.feed(rest) + self._controls.finish()
        return [*self._tags.feed(clean), *self._tags.finish()]


def _overlap(text: str, stop: str) -> int:
    """How many characters at the text's end may be the start of the stop string."""
    lengths = range(min(len(text), len(stop) - 1), 0, -1)
    return next((n for n in lengths if text.endswith(stop[:n])), 0)
