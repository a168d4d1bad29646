"""Text as a filter compares it: one spelling for all that look alike, each place still known.

Folding takes case away, compatibility forms (NFKC: full-width, circled, mathematical letters),
characters that nobody sees, marks that belong to no letter, digits of other scripts and, where
asked, letters that look like others. A folded text knows where each of its characters stands
in the original.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

from chatui.jobs.filters.lookalikes import LETTERS, STANDING_FOR_I

# One at a time they are folded by `_Folding.of`; a run of them is one thing.
_MARKS = r"\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
_CLUSTER = re.compile(rf"[^\n][{_MARKS}]+|[\u1100-\u11ff]{{2,}}")
_CLUSTERED = re.compile(rf"[{_MARKS}\u1100-\u11ff]")
_WIDE_SPACE = re.compile(r"\s[\s\u200b-\u200f\u2060\ufeff\u00ad]+")

_EXCLAIMED = re.compile(r"!(?![\w@$|])")

# Written without spaces between words, or with what belongs to a word grown onto it.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff"
    "\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{UNSPACED}]")
# Between letters that stand alone, one folded ß among them, and those of scripts without spaces.
_BETWEEN = re.compile(
    rf"(?:(?<=(?<![^\W_])[^\W_])|(?<=(?<![^\W_])ss)|(?<=[{UNSPACED}]))"
    r"(?:[^\w。！？]|_){1,3}+"
    rf"(?=(?:[^\W_]|ss)(?![^\W_])|[{UNSPACED}])"
)
_BLANKS = {ord(mark): " " for mark in "\t\n\v\f\r\x1c\x1d\x1e\x1f"}
_SEPARATORS = {ord(mark): " " for mark in "_.,;:-*+/\\|~'\"`#=^&()[]{}<>!?·•"}
_LONE_LETTERS = re.compile(r" \S \S ")

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties, the ones that are letters or
# marks by their category. Those of category Cf are left out as a whole.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")


@dataclass(frozen=True, slots=True)
class Folded:
    """`starts` are places in `text` from which on characters stand as far from those of the
    original as `origins` say; a piece that is not `even` stands for one whole place there."""

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[tuple[int, int], ...] = ((0, -1),)
    """For each start the place in the original, and where what it stands for ends; -1 where
    character stands for character."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a part that is not empty."""
        return self._at(start)[0], self._at(end - 1)[1]

    def _at(self, place: int) -> tuple[int, int]:
        piece = bisect.bisect_right(self.starts, place) - 1
        origin, end = self.origins[piece]
        if end >= 0:
            return origin, end
        origin += place - self.starts[piece]
        return origin, origin + 1


@dataclass(frozen=True)
class Folding:
    """`case`: case is taken away, and spaces become one. `lookalikes`: letters that look like
    others become those; `one` is what the figure 1 and the bar stand for then."""

    case: bool = True
    lookalikes: bool = False
    one: str = "i"
    _known: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, text: str) -> Folded:
        if not self.lookalikes and text.isascii():
            lowered = text.lower().translate(_BLANKS) if self.case else text
            return _put_together(lowered, self._spaces(lowered), {})
        folds = {mark: self.of(mark) for mark in set(text)}
        odd = [(place, place + 1, fold)
               for mark, fold in folds.items() if len(fold) != 1
               for place in _places(text, mark)]  # fmt: skip
        # Few texts have one, and looking through a whole one takes a third of the folding.
        if _CLUSTERED.search("".join(folds)):
            odd += [(match.start(), match.end(), self._cluster(match.group()))
                    for match in _CLUSTER.finditer(text)]  # fmt: skip
        odd += self._spaces(text)
        if self.lookalikes:
            odd += [(match.start(), match.end(), "!") for match in _EXCLAIMED.finditer(text)]
        single = {ord(mark): fold for mark, fold in folds.items() if fold != mark}
        return _put_together(text, odd, single)

    def of(self, mark: str) -> str:
        """What one character becomes; "" for one that nobody sees."""
        fold = self._known.get(mark)
        if fold is None:
            fold = self._known[mark] = self._fold(mark)
        return fold

    def _fold(self, mark: str) -> str:
        if self.case and mark.isspace():
            return " "
        if mark in "\n\r\t":
            return mark
        if unicodedata.category(mark) == "Cf" or mark in _UNSEEN or "\ufe00" <= mark <= "\ufe0f":
            return ""
        if self.lookalikes and (known := self._lookalike(mark)):
            return known
        fold = unicodedata.normalize("NFKC", mark)
        if fold != mark and len(fold) > 1:
            return "".join(map(self.of, fold))
        if (figure := unicodedata.decimal(fold, None)) is not None:
            fold = str(figure)
        if self.lookalikes:
            plain = unicodedata.normalize("NFKD", fold)
            fold = "".join(self._lookalike(one) or one for one in plain if not _is_mark(one))
        return fold.casefold() if self.case else fold

    def _lookalike(self, mark: str) -> str | None:
        return self.one if mark in STANDING_FOR_I else LETTERS.get(mark)

    def _cluster(self, cluster: str) -> str:
        composed = unicodedata.normalize("NFKC", cluster)
        # A mark that became part of no letter only decorates one.
        return "".join(self.of(mark) for mark in composed if not _is_mark(mark))

    def _spaces(self, text: str) -> list[tuple[int, int, str]]:
        if not self.case:
            return []
        return [(match.start(), match.end(), " ") for match in _WIDE_SPACE.finditer(text)]

    @cached_property
    def other(self) -> Folding | None:
        """The one that reads the figure 1 as l, where that may stand for two letters."""
        if not self.lookalikes or self.one != "i":
            return None
        return Folding(self.case, lookalikes=True, one="l")


def _is_mark(mark: str) -> bool:
    return unicodedata.combining(mark) > 0 or unicodedata.category(mark) == "Me"


def _places(text: str, mark: str) -> list[int]:
    found, place = [], text.find(mark)
    while place >= 0:
        found.append(place)
        place = text.find(mark, place + 1)
    return found


def _put_together(text: str, odd: list[tuple[int, int, str]], single: dict[int, str]) -> Folded:
    """The text with its odd parts replaced, and every other character by `single`."""
    if not odd:
        return Folded(text.translate(single) if single else text)
    odd.sort(key=lambda part: (part[0], -part[1]))
    pieces, starts, origins = [], [], []
    length = done = 0
    for start, end, fold in odd:
        if start < done:
            continue
        if start > done:
            starts.append(length)
            origins.append((done, -1))
            pieces.append(text[done:start].translate(single) if single else text[done:start])
            length += start - done
        if fold:
            starts.append(length)
            origins.append((start, end))
            pieces.append(fold)
            length += len(fold)
        done = end
    starts.append(length)
    origins.append((done, -1))
    pieces.append(text[done:].translate(single) if single else text[done:])
    return Folded("".join(pieces), tuple(starts), tuple(origins))


def squeezed(folded: str) -> Folded | None:
    """The text without what stands between letters that stand alone ("s e c r e t"), and between
    those of scripts that have no spaces; None where there are none. Places are in `folded`."""
    marks = "" if folded.isascii() else "".join(set(folded))
    if not _UNSPACED.search(marks) and not _lone_letters(folded):
        return None
    odd = [(match.start(), match.end(), "") for match in _BETWEEN.finditer(folded)]
    return _put_together(folded, odd, {}) if odd else None


def _lone_letters(text: str) -> bool:
    words = text.translate(_SEPARATORS).split()
    return _LONE_LETTERS.search(f" {' '.join(words)} ") is not None


def is_unspaced(mark: str) -> bool:
    return mark > "\u0dff" and _UNSPACED.match(mark) is not None
