"""Which sentence of which passage supports a sentence of the answer. Pure functions.

A sentence is supported where one sentence of a passage, or two in a row, hold most of its
words, all its numbers and names, and deny as much. Words count by their rarity among the
passages. The thresholds are tuned for precision by `benchmarks/citation_matching.py`.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from chatui.domain.passage import Citation, Passage
from chatui.text.citations.marks import PLAIN, Mark, MarkForm, find_marks
from chatui.text.citations.statements import (
    Statement,
    answer_statements,
    names,
    opposites,
    statements,
)
from chatui.text.terms import terms

SUPPORTED = 0.75
"""Share of a sentence's weighted words that a passage must hold to be cited unasked."""

BEARING = 0.35
"""Share at which a sentence of a passage that the model cites itself is shown as the one
that it means."""

FEWEST_WORDS = 4
"""Different telling words; shorter sentences agree by chance."""

FEWEST_PAIRS = 6
"""The same for scripts without spaces, in pairs of characters."""

MOST_SPANS = 4
"""Supporting sentences that are kept for one citation."""

_REFUSAL = re.compile(
    r"\b(?:passages?|documents?|sources?|context|text|information)\b"
    r".{0,40}\b(?:not|no|n['’]t)\b.{0,12}\b(?:mention|contain|sa(?:y|id)|state|include|provide"
    r"|specify|hold|answer|give|cover|enough|found)"
    r"|\bI (?:can(?:no|['’])t|could(?: not|n['’]t)|do(?: not|n['’]t)|am (?:not|unable)|have no)\b"
    r"|\bno (?:information|mention|passage|answer|evidence|details?)\b|\bnot (?:mention|state)"
    r"|没有提|未提|沒有提|無法|无法|找不到|記載(?:が|は)な|書かれてい(?:ない|ません)|わかりません",
    re.IGNORECASE,
)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff]")


@dataclass(frozen=True, slots=True)
class _SentenceWindow:
    """One sentence of the passage of rank `n`, or two in a row."""

    n: int
    start: int
    end: int
    words: frozenset[str]
    numbers: frozenset[str]
    denials: int
    single: bool


class Evidence:
    """The passages of an answer, ready to be compared with its sentences."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._windows: list[_SentenceWindow] = []
        self._names: dict[int, frozenset[str]] = {}
        self._holding: dict[str, list[int]] = {}
        counts: Counter[str] = Counter()
        sentences = 0
        for passage in passages:
            said = list(statements(passage.text, passage.source))
            self._names[passage.rank] = frozenset(terms(f"{passage.title} {passage.heading}"))
            sentences += len(said)
            for one in said:
                counts.update(one.words)
            for window in _windows(passage.rank, said):
                for word in window.words:
                    self._holding.setdefault(word, []).append(len(self._windows))
                self._windows.append(window)
        self._weights = {
            word: math.log(1 + (sentences + 1) / (count + 0.5)) for word, count in counts.items()
        }
        self._unknown = math.log(1 + (sentences + 1) / 0.5)

    def supporting(self, said: Statement, named: frozenset[str]) -> _SentenceWindow | None:
        """What holds all that is said, the names in it included. Two sentences are only
        looked at where none alone has the words."""
        likely = [each for each in self._shares(said) if each[0] >= SUPPORTED]
        alone = [each for each in likely if each[1].single]
        # Of equals the narrower window, then the better passage.
        return max(
            (each for each in alone or likely if self._agrees(said, named, each[1])),
            key=lambda each: (round(each[0], 3), each[1].start - each[1].end, -each[1].n),
            default=(0.0, None),
        )[1]

    def bearing(self, said: Statement, n: int) -> tuple[float, tuple[int, int]] | None:
        """The slice of the passage of that rank that has most to do with what is said, with
        its share."""
        shares = (
            (share, window.start - window.end, window)
            for share, window in self._shares(said)
            if window.n == n and share >= BEARING
        )
        best = max(shares, key=lambda each: each[:2], default=None)
        return (best[0], (best[2].start, best[2].end)) if best else None

    def _shares(self, said: Statement) -> Iterator[tuple[float, _SentenceWindow]]:
        """For each window that shares a word the weighted share of words that it holds."""
        weights = {word: self._weights.get(word, self._unknown) for word in said.words}
        whole = sum(weights.values())
        held: dict[int, float] = {}
        for word, weight in weights.items():
            for index in self._holding.get(word, ()):
                held[index] = held.get(index, 0.0) + weight
        for index, weight in held.items():
            yield weight / whole, self._windows[index]

    def _agrees(self, said: Statement, named: frozenset[str], window: _SentenceWindow) -> bool:
        known = window.words | self._names[window.n]
        return (
            said.numbers <= window.numbers
            and named <= known
            and said.denials == window.denials
            and not any(
                window.words & opposites().get(word, frozenset()) for word in said.words - known
            )
        )


def _windows(n: int, said: Sequence[Statement]) -> Iterator[_SentenceWindow]:
    for first, second in zip_longest(said, said[1:]):
        yield _SentenceWindow(
            n, first.start, first.end, first.words, first.numbers, first.denials, single=True
        )
        if second is not None:
            yield _SentenceWindow(
                n,
                first.start,
                second.end,
                first.words | second.words,
                first.numbers | second.numbers,
                first.denials + second.denials,
                single=False,
            )


def supported(
    answer: str,
    citations: Sequence[Citation],
    passages: Sequence[Passage],
    form: MarkForm = PLAIN,
    *,
    add: bool = True,
) -> tuple[Citation, ...]:
    """The citations of the answer's marks with the sentences that bear them, and with `add`
    those that it left out. Takes some milliseconds: meant for a thread."""
    if not passages:
        return tuple(citations)
    evidence = Evidence(passages)
    by_rank = {passage.rank: passage for passage in passages}
    found = {citation.n: citation for citation in citations}
    spans: dict[int, list[tuple[float, tuple[int, int]]]] = {}
    marks = list(find_marks(answer, form))
    said = list(answer_statements(answer, form))
    owners = _owners(said, marks, answer)
    following = _next_marks(said, owners)
    for one, own, others in zip(said, owners, following, strict=True):
        for n in own or others:
            if n in by_rank and (bearing := evidence.bearing(one, n)):
                spans.setdefault(n, []).append(bearing)
    if add:
        for one, window in _uncited(answer, said, owners, following, evidence):
            n = window.n
            citation = found.get(n, Citation(n, by_rank[n], marked=False))
            found[n] = replace(citation, added=(*citation.added, one.end))
            spans.setdefault(n, []).append((1.0, (window.start, window.end)))
    return tuple(
        replace(citation, support=_best(spans.get(citation.n, []))) for citation in found.values()
    )


def _owners(said: Sequence[Statement], marks: Sequence[Mark], answer: str) -> list[tuple[int, ...]]:
    """For each sentence the numbers of the marks in it, or between it and the next one; a
    mark that opens a line belongs to what follows."""
    owned: list[dict[int, None]] = [{} for _ in said]
    starts = [one.start for one in said]
    for mark in marks:
        after = bisect_right(starts, mark.start)
        place = after - 1
        parted = place < 0 or answer.find("\n", said[place].end, mark.start) >= 0
        if after < len(said) and parted:
            place = after
        if place >= 0:
            owned[place].update(dict.fromkeys(mark.numbers))
    return [tuple(numbers) for numbers in owned]


def _uncited(
    answer: str,
    said: Sequence[Statement],
    owners: Sequence[tuple[int, ...]],
    following: Sequence[tuple[int, ...]],
    evidence: Evidence,
) -> Iterator[tuple[Statement, _SentenceWindow]]:
    for place, one in enumerate(said):
        if owners[place] or not _is_telling(answer, one):
            continue
        window = evidence.supporting(one, names(answer[one.start : one.end]))
        # A mark at the end of a paragraph stands for what is before it, too.
        if window and window.n not in following[place]:
            yield one, window


def _next_marks(
    said: Sequence[Statement], owners: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """For each sentence the numbers of the next mark in the same paragraph."""
    found: list[tuple[int, ...]] = [()] * len(said)
    for place in range(len(said) - 2, -1, -1):
        if said[place + 1].block == said[place].block:
            found[place] = owners[place + 1] or found[place + 1]
    return found


def _is_telling(answer: str, one: Statement) -> bool:
    text = answer[one.start : one.end]
    fewest = FEWEST_PAIRS if _UNSPACED.search(text) else FEWEST_WORDS
    return len(one.words) >= fewest and not _REFUSAL.search(text)


def _best(spans: Sequence[tuple[float, tuple[int, int]]]) -> tuple[tuple[int, int], ...]:
    """Each slice once, the one that holds most of its sentence first."""
    in_order: Mapping[tuple[int, int], None] = dict.fromkeys(
        span for _, span in sorted(spans, key=lambda each: -each[0])
    )
    return tuple(in_order)[:MOST_SPANS]
