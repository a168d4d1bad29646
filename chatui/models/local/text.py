"""The bytes of tokens into the text of a reply: whole characters, stop strings, reasoning. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from chatui.models.base import ReasoningDelta, TextDelta
from chatui.models.reasoning_tags import TAGS, ReasoningSplitter
from chatui.text.safety import ControlStripper

SHOWN_CONTROL = frozenset(TAGS) | {tag.replace("<", "</") for tag in TAGS}
"""Control tokens that are a part of the reply: in some files the marks of reasoning are."""


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

    def feed(self, piece: bytes) -> list[TextDelta | ReasoningDelta]:
        """The deltas that one more token makes certain."""
        self.reasoning_tokens += self._tags.in_reasoning
        text = self._stops.feed(self._characters.decode(piece))
        return self._tags.feed(self._controls.feed(text)) if text else []

    def finish(self) -> list[TextDelta | ReasoningDelta]:
        """What was held back."""
        rest = self._stops.feed(self._characters.decode(b"", final=True)) + self._stops.finish()
        clean = self._controls.feed(rest) + self._controls.finish()
        return [*self._tags.feed(clean), *self._tags.finish()]


def opened_tag(prompt: str) -> str:
    """The reasoning tag that a prompt ends with, for templates that open it themselves."""
    end = prompt.rstrip()
    return next((tag for tag in TAGS if end.endswith(tag)), "")


def _overlap(text: str, stop: str) -> int:
    """How many characters at the text's end may be the start of the stop string."""
    lengths = range(min(len(text), len(stop) - 1), 0, -1)
    return next((n for n in lengths if text.endswith(stop[:n])), 0)
