"""Lists of words, and where a text has one of them, however it is spelt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from chatui.jobs.filters.folding import Folded, Folding, is_unspaced, squeezed
from chatui.jobs.filters.lookalikes import STANDING_FOR_I

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

LONGEST_WORD = 200
"""Characters. A longer line is more likely a mistake than a word."""
SHORTEST_SPACED = 3
"""Letters that stand alone are a word from so many on."""
ANY_ENDING = "*"
_FIGURES_ONLY = frozenset("0123456789@$+!|")


def read_words(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The words of a list with the numbers of their lines: one a line, `#` begins a comment at a
    line's beginning or behind a space."""
    for number, line in enumerate(lines, start=1):
        word = line.strip()
        if word.startswith("#"):
            continue
        word = word.partition(" #")[0].strip()
        if word:
            yield number, word


@dataclass(frozen=True)
class WordList:
    """Words as the user wrote them. Each is looked for as a whole word; a `*` before or behind
    it lets it be a part of a longer one, and scripts without spaces have parts only."""

    words: Sequence[str]
    lookalikes: bool = False

    @cached_property
    def _folding(self) -> Folding:
        return Folding(lookalikes=self.lookalikes)

    @cached_property
    def _forms(self) -> dict[str, tuple[int, bool, bool, bool]]:
        """Each folded word with its place in the list, whether its beginning and its end are
        open, and whether it is several words in one, which only letters that stand apart
        spell."""
        forms: dict[str, tuple[int, bool, bool, bool]] = {}
        foldings = [self._folding, *([self._folding.other] if self._folding.other else [])]
        for place, word in enumerate(self.words):
            bare = word.strip(ANY_ENDING)
            before, behind = word.startswith(ANY_ENDING), word.endswith(ANY_ENDING)
            for folding in foldings:
                form = folding(bare).text.strip()
                if form:
                    _, open_before, open_behind, _ = forms.get(form, (0, False, False, False))
                    forms[form] = (place, before or open_before, behind or open_behind, False)
        for form, (place, before, behind, _) in list(forms.items()):
            if " " in form:
                forms.setdefault(form.replace(" ", ""), (place, before, behind, True))
        return forms

    @cached_property
    def _by_number(self) -> Sequence[tuple[int, bool, bool, bool]]:
        return list(self._forms.values())

    @cached_property
    def _automaton(self) -> AhoCorasick:
        from ahocorasick_rs import AhoCorasick

        return AhoCorasick(list(self._forms), store_patterns=False)

    @cached_property
    def longest(self) -> int:
        """Characters of the longest word."""
        return max(map(len, self._forms), default=0)

    def prepare(self) -> None:
        """Makes what finding needs: 0.3 s for 100,000 words. For a thread."""
        if self._forms:
            _ = self._automaton

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where words stand in the text, with the word as it is in the list. They may overlap."""
        if not self._forms or not text:
            return
        folded = self._folding(text)
        yield from self._in(text, folded)
        other = self._folding.other
        if other is not None and not STANDING_FOR_I.isdisjoint(text):
            yield from self._in(text, other(text))

    def _in(self, text: str, folded: Folded) -> Iterator[tuple[int, int, str]]:
        for start, end, word in self._matches(text, folded, folded.text, None):
            yield (*folded.span(start, end), word)
        apart = squeezed(folded.text)
        if apart is not None:
            for start, end, word in self._matches(text, folded, apart.text, apart):
                yield (*folded.span(start, end), word)

    def _matches(
        self, text: str, folded: Folded, searched: str, apart: Folded | None
    ) -> Iterator[tuple[int, int, str]]:
        """Matches by their places in the folded text; with `apart` only those that were apart."""
        for number, begin, finish in self._automaton.find_matches_as_indexes(
            searched, overlapping=True
        ):
            start, end = (begin, finish) if apart is None else apart.span(begin, finish)
            if apart is not None and (
                end - start == finish - begin
                or (finish - begin < SHORTEST_SPACED and not is_unspaced(searched[begin]))
            ):
                continue
            place, open_before, open_behind, only_apart = self._by_number[number]
            if only_apart and apart is None:
                continue
            if not open_before and _goes_on(text, folded, start - 1, start):
                continue
            if not open_behind and _goes_on(text, folded, end, end - 1):
                continue
            # Figures that look like letters are figures where no letter is beside them.
            if self.lookalikes and _FIGURES_ONLY.issuperset(text[slice(*folded.span(start, end))]):
                continue
            yield start, end, self.words[place]


def _goes_on(text: str, folded: Folded, outside: int, inside: int) -> bool:
    """Whether what stands outside of a match is of one word with it."""
    if not 0 <= outside < len(folded.text):
        return False
    if not (_joins(folded.text[outside]) and _joins(folded.text[inside])):
        return False
    # A sign that looks like a letter may as well be a sign.
    start, end = folded.span(outside, outside + 1)
    return any(map(str.isalnum, text[start:end]))


def _joins(mark: str) -> bool:
    """Whether it makes a word with its neighbours."""
    return mark.isalnum() and not is_unspaced(mark)
