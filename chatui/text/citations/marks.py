"""The `[n]` marks of an answer: found, resolved to passages, taken out where they point to
nothing. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from chatui.domain.passage import Citation, Passage

LONGEST_RANGE = 20
"""`[1-3]` stands for three passages; `[1-999]` is something else."""

_NUMBER = r"\d{1,3}"
_NUMBERS = rf"\^?{_NUMBER}(?:\s*(?:[,;&–-]|,?\s?and)\s*\^?{_NUMBER})*"
# Small models repeat the word of the prompt: [passage 2].
_NAMED = r"(?:(?:passage|source|document|doc|ref)s?\s+)?"
# A link's text or definition is no mark: [1](http://…), [1]: http://…, [^1]: a footnote.
_MARK = re.compile(
    rf"\[\s*(?P<square>{_NAMED}{_NUMBERS})\s*\](?!\(|:\s*<?\w+://)"
    rf"|【\s*(?P<wide>{_NUMBERS})[^】\n]{{0,40}}】",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"({_NUMBER})(?:\s*[–-]\s*({_NUMBER}))?")
_DEFINED = re.compile(rf"^ {{0,3}}\[(\^{_NUMBER}(?=\]:)|{_NUMBER}(?=\]:\s*<?\w+://))", re.MULTILINE)
_FENCE = re.compile(r"^[ \t>]*+(`{3,}+|~{3,}+)([^\n]*+)(\n?)", re.MULTILINE)
_TICKS = re.compile(r"(`+)|\n\s*\n")
_NO_LINE_END = re.compile(r"[^\n]")
_SPACES = " \t"
_BLANKS = re.compile(f"[{_SPACES}]*")
LONGEST_LEAD = 200
"""Characters of blanks and signs of a list or quote that a line begins with."""
_CLOSING = ".,;:!?)。，、；：！？）"


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark at the answer's `[start:end]` and the passage numbers that it names."""

    start: int
    end: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ResolvedMarks:
    """`citations` are in the order of their first mark, each passage once; `dangling` are
    the numbers of no passage, in the same order."""

    citations: tuple[Citation, ...]
    dangling: tuple[int, ...]


def resolve(answer: str, passages: Sequence[Passage]) -> ResolvedMarks:
    """What the answer's marks stand for: `n` is the passage's rank, counted from 1."""
    by_rank = {passage.rank: passage for passage in passages}
    named = dict.fromkeys(number for mark in find_marks(answer) for number in mark.numbers)
    return ResolvedMarks(
        citations=tuple(Citation(n, by_rank[n]) for n in named if n in by_rank),
        dangling=tuple(n for n in named if n not in by_rank),
    )


def marks_in_prose(prose: str) -> Iterator[Mark]:
    """The marks of a text that is known to hold no code."""
    if "[" in prose or "【" in prose:
        for match in _MARK.finditer(prose):
            numbers = tuple(dict.fromkeys(_numbers(match["square"] or match["wide"])))
            if numbers and not (0 in numbers and len(numbers) > 1):
                yield Mark(*_whole(prose, *match.span()), numbers)


def find_marks(answer: str) -> Iterator[Mark]:
    """Marks such as `[2]`, `[1, 3]`, `[1][3]`, `[1-3]`, `[^2]` and `【2】`, outside code.

    Numbers of more than three digits are years and the like, `[0, 1]` is an interval, and
    what the answer itself defines as a link or a footnote is that.
    """
    if _is_data(answer):
        return
    prose = without_code(answer)
    own = set(_DEFINED.findall(prose)) if "]:" in prose else set()
    for mark in marks_in_prose(prose):
        if not own or prose[mark.start : mark.end].strip("[] ") not in own:
            yield mark


def without_dangling(answer: str, known: Collection[int]) -> str:
    """The answer without the numbers that are not `known`. A mark that keeps some of its
    numbers names those, one that keeps none goes with the space that stood before it."""
    pieces: list[str] = []
    done = 0
    for mark in find_marks(answer):
        kept = [number for number in mark.numbers if number in known]
        if len(kept) == len(mark.numbers):
            continue
        pieces.append(answer[done : mark.start])
        done = mark.end
        if kept:
            pieces.append(_rewritten(answer[mark.start : mark.end], kept))
        else:
            done = _close_up(pieces, answer, done)
    return "".join([*pieces, answer[done:]])


def without_code(answer: str) -> str:
    """The answer with blanks in place of its code, so that every place stays the same."""
    pieces: list[str] = []
    done = 0
    for start, end in _code(answer):
        pieces += [answer[done:start], _NO_LINE_END.sub(" ", answer[start:end])]
        done = end
    return "".join([*pieces, answer[done:]])


def number_spans(text: str, mark: Mark) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of each number that is written out in the mark."""
    for match in re.finditer(_NUMBER, text[mark.start : mark.end]):
        yield int(match[0]), mark.start + match.start(), mark.start + match.end()


def _code(answer: str) -> Iterator[tuple[int, int]]:
    """Where the answer's code stands, in order: fences, and what is between backticks."""
    if "`" not in answer and "~~~" not in answer:
        return
    done = 0
    for fence in _fences(answer):
        yield from _spans(answer, done, fence[0])
        yield fence
        done = fence[1]
    yield from _spans(answer, done, len(answer))


def _fences(answer: str) -> Iterator[tuple[int, int]]:
    mark, start = "", 0
    for line in _FENCE.finditer(answer):
        if mark and line[1].startswith(mark) and not line[2].strip("`~ \t"):
            yield start, line.end(2)
            mark = ""
        elif not mark and line[3]:
            mark, start = line[1], line.start()
    if mark:
        yield start, len(answer)


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """From so many backticks to as many again in the same paragraph. The next run of a length
    is looked up, as there may be thousands, each of which would go through all others."""
    runs: list[tuple[int, int]] = []
    for found in _TICKS.finditer(text, start, end):
        if found[1]:
            runs.append(found.span())
        else:
            yield from _pairs(runs)
            runs = []
    yield from _pairs(runs)


def _pairs(runs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    behind: dict[int, int] = {}
    partners: list[int | None] = [None] * len(runs)
    for place in range(len(runs) - 1, -1, -1):
        length = runs[place][1] - runs[place][0]
        partners[place] = behind.get(length)
        behind[length] = place
    place = 0
    while place < len(runs):
        partner = partners[place]
        if partner is not None:
            yield runs[place][0], runs[partner][1]
            place = partner
        place += 1


def _numbers(listed: str) -> Iterator[int]:
    for match in _RANGE.finditer(listed.replace("^", "")):
        first = int(match[1])
        last = int(match[2] or first)
        if first <= last < first + LONGEST_RANGE:
            yield from range(first, last + 1)


def _whole(prose: str, start: int, end: int) -> tuple[int, int]:
    """`[[1]]` is one mark with its outer brackets."""
    doubled = prose[start - 1 : start] == "[" and prose[end : end + 1] == "]"
    return (start - 1, end + 1) if doubled else (start, end)


def _close_up(pieces: list[str], answer: str, end: int) -> int:
    """Where the rest begins behind a mark that went. What makes no sense any more, brackets and
    blanks, is left out there and taken from what stands before."""
    before = _last_characters(pieces)
    if before.endswith("(") and answer[end : end + 1] == ")":
        before, end = before[:-1], end + 1
        pieces[-1] = pieces[-1][:-1]
    is_whole = "\n" in before or len(before) < LONGEST_LEAD
    if is_whole and not before.rpartition("\n")[2].strip(_SPACES + ">-*+"):
        blanks = _BLANKS.match(answer, end)
        return blanks.end() if blanks else end
    following = answer[end : end + 1]
    if not following or following.isspace() or following in _CLOSING:
        while pieces and not (bare := pieces[-1].rstrip(_SPACES)):
            pieces.pop()
        if pieces:
            pieces[-1] = bare
    return end


def _last_characters(pieces: list[str]) -> str:
    """Those of the last line, and no more than a few; nothing empty stays at the end."""
    while pieces and not pieces[-1]:
        pieces.pop()
    last = ""
    for piece in reversed(pieces):
        last = (piece + last)[-LONGEST_LEAD:]
        if len(last) == LONGEST_LEAD or "\n" in piece:
            break
    return last


def _rewritten(mark: str, kept: Sequence[int]) -> str:
    opening, closing = ("【", "】") if mark.startswith("【") else ("[", "]")
    caret = "^" if mark.startswith("[^") else ""
    return opening + ", ".join(f"{caret}{number}" for number in kept) + closing


def _is_data(answer: str) -> bool:
    """Whether the whole answer is JSON, whose lists are no marks."""
    text = answer.strip()
    if not text.startswith(("{", "[")) or not text.endswith(("}", "]")) or _MARK.fullmatch(text):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
