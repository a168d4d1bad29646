"""A user's own regular expressions, which may be slow: each has a time that it may take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chatui.domain.errors import UsageError

MOST_SECONDS = 0.25
"""For one text; an honest pattern takes a thousandth of that for 10 kB."""
PROBE_SECONDS = 0.05
PROBE = 2000
LONGEST_PATTERN = 2000


@dataclass(frozen=True, slots=True)
class Pattern:
    """`label` names what it finds. Case does not count, as with words."""

    source: str
    label: str
    compiled: Any

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Raises UsageError where it takes longer than it may."""
        try:
            for match in self.compiled.finditer(text, timeout=MOST_SECONDS):
                if match.end() > match.start():
                    yield match.span()
        except TimeoutError as error:
            raise self._slow() from error

    def open_at(self, text: str) -> int | None:
        """Where what is at the end of the text may become a find, if more comes. Raises UsageError
        as `find` does."""
        try:
            found = self.compiled.finditer(text, partial=True, timeout=MOST_SECONDS)
            return next((match.start() for match in found if match.partial), None)
        except TimeoutError as error:
            raise self._slow() from error

    def _slow(self) -> UsageError:
        return UsageError(
            f"The pattern {self.source!r} of a filter took more than {MOST_SECONDS} s on a "
            "text; say more exactly what repeats in it."
        )


def compiled(source: str, label: str, where: str) -> Pattern:
    """The pattern. Raises UsageError for one that is wrong, or slow on a text of its own
    characters."""
    import regex

    if len(source) > LONGEST_PATTERN:
        raise UsageError(f"A pattern of {where} has more than {LONGEST_PATTERN} characters.")
    try:
        made = regex.compile(source, regex.IGNORECASE | regex.VERSION0)
    except regex.error as error:
        raise UsageError(f"The pattern {source!r} of {where} is wrong: {error}.") from error
    for probe in _probes(source):
        try:
            for _ in made.finditer(probe, timeout=PROBE_SECONDS):
                pass
        except TimeoutError as error:
            raise UsageError(
                f"The pattern {source!r} of {where} takes too long on some texts; nothing that "
                "repeats should hold, or stand beside, what repeats the same."
            ) from error
    return Pattern(source, label, made)


def _probes(source: str) -> Iterator[str]:
    """Long texts of one character or two that nearly fit, where repetition is tried in vain."""
    letters = list(dict.fromkeys(mark for mark in source if mark.isalnum()))[:12]
    for mark in dict.fromkeys([*letters, "a", "0", " ", "-", "."]):
        yield mark * PROBE + "\0"
    yield "ab" * PROBE + "\0"
    yield "a " * PROBE + "\0"
