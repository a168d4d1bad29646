"""The code in an answer, which holds no citations: found, and blanked in its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_FENCE = re.compile(r"^[ \t>]*+(`{3,}+|~{3,}+)([^\n]*+)(\n?)", re.MULTILINE)
_TICKS = re.compile(r"(`+)|\n\s*\n")
_NO_LINE_END = re.compile(r"[^\n]")


def without_code(answer: str) -> str:
    """The answer with blanks in place of its code, so that every place stays the same."""
    pieces: list[str] = []
    done = 0
    for start, end in _code(answer):
        pieces += [answer[done:start], _NO_LINE_END.sub(" ", answer[start:end])]
        done = end
    return "".join([*pieces, answer[done:]])


def without_ticks(answer: str, is_code: Callable[[str], bool]) -> str:
    """The answer with what is between backticks, but no code, as it is without them."""
    pieces: list[str] = []
    done = 0
    for start, end in _code(answer):
        inside = answer[start:end].strip("`")
        if answer.startswith("`", start) and not is_code(inside):
            pieces += [answer[done:start], inside]
            done = end
    return "".join([*pieces, answer[done:]])


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
