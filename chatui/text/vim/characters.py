"""Places in a text as Vim's motions see them: characters, words and lines.

A place is an index into the text. A character is what a reader takes for one: a letter with its
accents, an emoji of several code points, and each unit that the caller names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー"
WORDS = (
    r"[\p{Han}々〆〇]\p{M}*",
    r"\p{Hiragana}\p{M}*",
    r"[\p{Katakana}ー]\p{M}*",
    r"\p{Hangul}\p{M}*",
    rf"[[\p{{L}}\p{{N}}\p{{M}}_]--[{CJK}]]",
    # What is neither a word nor blank, an emoji with its joiners among it.
    r"[^\s\p{L}\p{N}_]",
)
"""One character of each kind of word, as Vim tells them apart: scripts without blanks between words
are divided where the script changes."""


class Characters:
    """What counts as a character and as a word; `units` are texts that count as one of each."""

    def __init__(self, units: Iterable[str] = ()) -> None:
        known = [regex.escape(unit) for unit in sorted(units, key=len, reverse=True)]
        kinds = [*known, *(f"(?:{kind})++" for kind in WORDS)]
        flags = regex.VERSION1 | regex.MULTILINE
        self._characters = regex.compile("|".join([*known, r"\X"]), flags)
        self._words = regex.compile("|".join([*kinds, "^$"]), flags)
        self._big_words = regex.compile("|".join([r"\S++", "^$"]), flags)

    def starts(self, text: str, start: int, end: int) -> list[int]:
        """Where the characters between two places begin."""
        return [match.start() for match in self._characters.finditer(text, start, end)]

    def after(self, text: str, at: int) -> int:
        """The place behind the character at `at`; a line's end has none."""
        match = self._characters.match(text, at, line_end(text, at))
        return int(match.end()) if match and match.end() > at else at

    def before(self, text: str, at: int) -> int:
        """The beginning of the character before `at`, on its line."""
        starts = self.starts(text, line_start(text, at), at)
        return starts[-1] if starts else at

    def begins(self, text: str, at: int) -> int:
        """The beginning of the character that `at` is in."""
        starts = self.starts(text, line_start(text, at), line_end(text, at))
        return next((start for start in reversed(starts) if start <= at), at)

    def within(self, text: str, at: int) -> int:
        """The place, or the one before it where that is the end of a line with characters: a
        cursor stands on a character where there is one."""
        at = max(0, min(at, len(text)))
        if at == line_end(text, at):
            return self.before(text, at)
        return self.begins(text, at)

    def words(self, text: str, *, big: bool = False) -> Iterator[tuple[int, int]]:
        """From where to where each word goes; an empty line is a word of no length."""
        pattern = self._big_words if big else self._words
        for match in pattern.finditer(text):
            yield match.start(), match.end()


def line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def first_written(text: str, at: int) -> int:
    """The first character of the line that is not blank, else the line's end."""
    start, end = line_start(text, at), line_end(text, at)
    line = text[start:end]
    return start + len(line) - len(line.lstrip())


def lines_on(text: str, at: int, lines: int) -> int:
    """The beginning of the line so many below, or above where negative; the last there is."""
    start = line_start(text, at)
    for _ in range(abs(lines)):
        if lines > 0:
            end = line_end(text, start)
            if end == len(text):
                break
            start = end + 1
        else:
            if not start:
                break
            start = line_start(text, start - 1)
    return start


def line_of(text: str, number: int) -> int:
    """The beginning of that line, counted from 1; the last there is."""
    return lines_on(text, 0, number - 1)
