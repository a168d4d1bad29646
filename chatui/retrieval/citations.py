"""Resolves the `[n]` marks of an answer to the passages that it was given. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatui.passage import Citation, Passage

LONGEST_RANGE = 20
"""`[1-3]` stands for three passages; `[1-999]` is something else."""

_NUMBER = r"\d{1,3}"
_NUMBERS = rf"{_NUMBER}(?:\s*[,;–-]\s*{_NUMBER})*"
# A link's text or definition is no mark: [1](http://…), [1]: http://…
_MARK = re.compile(
    rf"\[\s*(?P<square>{_NUMBERS})\s*\](?!\(|:\s*<?\w+://)|【\s*(?P<wide>{_NUMBERS})[^】\n]{{0,40}}】"
)
_RANGE = re.compile(rf"({_NUMBER})(?:\s*[–-]\s*({_NUMBER}))?")
_FENCED = r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)"
_INLINE = r"(?P<ticks>`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=ticks)(?!`)"
_CODE = re.compile(f"{_FENCED}|{_INLINE}", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark at the answer's `[start:end]` and the passage numbers that it names."""

    start: int
    end: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """`citations` are in the order of their first mark, each passage once; `dangling` are
    the numbers of no passage, in the same order."""

    citations: tuple[Citation, ...]
    dangling: tuple[int, ...]


def resolve(answer: str, passages: Sequence[Passage]) -> Resolved:
    """What the answer's marks stand for: `n` is the passage's rank, counted from 1."""
    by_rank = {passage.rank: passage for passage in passages}
    named = dict.fromkeys(number for mark in find_marks(answer) for number in mark.numbers)
    return Resolved(
        citations=tuple(Citation(n, by_rank[n]) for n in named if n in by_rank),
        dangling=tuple(n for n in named if n not in by_rank),
    )


def find_marks(answer: str) -> Iterator[Mark]:
    """Marks such as `[2]`, `[1, 3]`, `[1][3]`, `[1-3]` and `【2】`, outside code.

    Numbers of more than three digits are years and the like.
    """
    prose = _CODE.sub(lambda code: " " * len(code.group()), answer)
    for match in _MARK.finditer(prose):
        numbers = tuple(_numbers(match["square"] or match["wide"]))
        if numbers:
            yield Mark(match.start(), match.end(), numbers)


def _numbers(listed: str) -> Iterator[int]:
    for match in _RANGE.finditer(listed):
        first = int(match[1])
        last = int(match[2] or first)
        if first <= last < first + LONGEST_RANGE:
            yield from range(first, last + 1)
