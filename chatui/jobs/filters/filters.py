"""Filters at work: what they find in a text, and what the text becomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from chatui.jobs.filters.detectors import DETECTORS, MOST_CHARACTERS
from chatui.jobs.filters.folding import Folding
from chatui.jobs.filters.masks import Masks, masked_for_good
from chatui.jobs.filters.patterns import Pattern
from chatui.jobs.filters.words import WordList

_FOR_DETECTORS = Folding(case=False)
WORD = "WORD"
HELD_FOR_WORDS = 4
"""How often longer than a listed word its spelling may be while text streams in."""


class Action(StrEnum):
    """What is done about a find, the mildest first."""

    WARN = "warn"
    REPLACE = "replace"
    """Masked, and put back in the answer."""
    MASK = "mask"
    BLOCK = "block"


_STRENGTH = {action: place for place, action in enumerate(Action)}


class Direction(StrEnum):
    OUT = "out"
    IN = "in"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Spotted:
    """A part of a text and why it was found. `label` is what a mask says of it, `by` the filter,
    `rule` the word, pattern or detector."""

    start: int
    end: int
    label: str
    rule: str
    by: str
    action: Action
    is_word: bool = False

    @property
    def blocks(self) -> bool:
        return self.action is Action.BLOCK

    @property
    def replaces(self) -> bool:
        return self.action in (Action.MASK, Action.REPLACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`words`, `patterns` and `detect` say what is found. `label` is what words and patterns are
    called in a mask."""

    name: str
    words: WordList | None = None
    patterns: tuple[Pattern, ...] = ()
    detect: tuple[str, ...] = ()
    action: Action = Action.MASK
    direction: Direction = Direction.OUT
    label: str = WORD
    local: bool = False
    """Whether models of this machine are put through it too."""
    confirm: bool = False
    """Whether what it changes is shown before it is sent."""

    def goes(self, direction: Direction) -> bool:
        return self.direction in (direction, Direction.BOTH)

    def find(self, text: str) -> list[Spotted]:
        """Everything that it finds. Raises UsageError where a pattern takes too long."""
        found = []
        if self.words is not None:
            found += [
                Spotted(start, end, self.label, word, self.name, self.action, is_word=True)
                for start, end, word in self.words.find(text)
            ]
        if self.patterns or self.detect:
            folded = _FOR_DETECTORS(text)
            spans = [
                (*span, pattern.label, pattern.source)
                for pattern in self.patterns
                for span in pattern.find(folded.text)
            ]
            spans += [
                (*span, detector.label, name)
                for name in self.detect
                for detector in DETECTORS[name]
                for span in detector.find(folded.text)
            ]
            found += [
                self._found(*folded.span(start, end), label, rule)
                for start, end, label, rule in spans
            ]
        return found

    def _found(self, start: int, end: int, label: str, rule: str) -> Spotted:
        return Spotted(start, end, label, rule, self.name, self.action)

    def open_at(self, text: str) -> int | None:
        """Where something begins that may be found once more has come, though it has as many
        characters as are `held`: a key of many lines, a pattern that is half there. Raises
        UsageError where a pattern takes too long."""
        folded = _FOR_DETECTORS(text)
        places = [pattern.open_at(folded.text) for pattern in self.patterns]
        places += [
            detector.open_at(folded.text) for name in self.detect for detector in DETECTORS[name]
        ]
        begun = [place for place in places if place is not None and place < len(folded.text)]
        return folded.span(min(begun), len(folded.text))[0] if begun else None

    @property
    def held(self) -> int:
        """Characters that may have to come before a find is sure."""
        words = self.words.longest * HELD_FOR_WORDS if self.words else 0
        return max(words, MOST_CHARACTERS if self.patterns or self.detect else 0)


@dataclass(frozen=True, slots=True)
class Filtered:
    """A text as it may go on, and what was found in it, in order and apart from each other."""

    text: str
    found: tuple[Spotted, ...]

    @property
    def blocked(self) -> tuple[Spotted, ...]:
        return tuple(one for one in self.found if one.action is Action.BLOCK)

    @property
    def warned(self) -> tuple[Spotted, ...]:
        return tuple(one for one in self.found if one.action is Action.WARN)


def find_all(text: str, filters: Iterable[Filter]) -> tuple[Spotted, ...]:
    """What all of them find, in order; of finds that overlap one that spans them, with the
    strongest of their actions."""
    found = [one for each in filters for one in each.find(text)]
    found.sort(key=lambda one: (one.start, -one.end, -_STRENGTH[one.action]))
    apart: list[Spotted] = []
    for one in found:
        if apart and one.start < apart[-1].end:
            apart[-1] = _merged(apart[-1], one)
        else:
            apart.append(one)
    return tuple(apart)


def _merged(first: Spotted, second: Spotted) -> Spotted:
    stronger = max(first, second, key=lambda one: _STRENGTH[one.action])
    return replace(stronger, start=first.start, end=max(first.end, second.end))


def filtered(text: str, filters: Sequence[Filter], masks: Masks | None = None) -> Filtered:
    """The text with what is to be masked masked; without `masks` for good, all of it."""
    found = find_all(text, filters)
    return Filtered(replaced(text, found, masks), found)


def replaced(text: str, found: Sequence[Spotted], masks: Masks | None) -> str:
    if not found:
        return text
    parts, done = [], 0
    for one in found:
        if one.action is Action.WARN:
            continue
        original = text[one.start : one.end]
        if one.action is Action.REPLACE and masks is not None:
            mask = masks.mask(one.label, original, text)
        else:
            mask = masked_for_good(one.label)
        parts += [text[done : one.start], mask]
        done = one.end
    return "".join([*parts, text[done:]])
