"""Running heads, feet and page numbers: lines that stand at the edge of page after page.

A line goes only where nothing is lost by it: where it is literally the same on page after page, or
where all that differs is a page number that counts up with the pages. An invoice's number, a
balance, the number of a step or a clause at a page's edge stays, also where it counts up: only
what is written as a page number counts as one. What goes is told for each page.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

EDGE_LINES = 2
"""From the top, and from the bottom."""
FEWEST_PAGES = 3
SHARE = 0.3
"""Of the pages; left and right pages often have heads of their own."""
LONGEST = 80
"""Characters; a longer line is part of a paragraph."""

_TOKEN = re.compile(r"\d+|[\u4e00-\u9fff]|[\u30a0-\u30ff]+|[^\W\d_]+|[^\w\s]")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ROMAN_NUMBER = re.compile(r"[ivxlc]{1,8}", re.IGNORECASE)
_PAGE_WORDS = """page pages pg p seite blatt s folio página pagina pág pag strona str sida side
sivu страница стр с صفحة पृष्ठ หน้า trang 第"""
_OF_WORDS = "/ | of von de sur su di van av af из 共 之"
_PAGE = frozenset(_PAGE_WORDS.split())
_BEHIND = frozenset(["页", "頁", "ページ", "쪽"])
_OF = frozenset(_OF_WORDS.split())
_APART = frozenset("|·•–—")
"""What parts a page number from the other words of a line."""
_AROUND = frozenset("-–—·•|()[]")
MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class _EdgeLine:
    """A line at an edge: `rest` are its words without the page number, `number` that number."""

    top: bool
    rest: str
    number: int | None


def without_furniture(pages: Sequence[str]) -> list[tuple[str, str]]:
    """Each page without those lines, and the lines that went, on one line. A page that has no
    others keeps them."""
    repeated = _repeated(pages)
    return [_stripped(page, at, repeated) for at, page in enumerate(pages)]


_Key = tuple[bool, str, int | None]
"""An edge, a line's words, and how far its number is ahead of the page; None without one."""


def _repeated(pages: Sequence[str]) -> set[_Key]:
    found: Counter[_Key] = Counter()
    for at, page in enumerate(pages):
        found.update({_key(line, at) for line in _edge_lines(page)})
    least = max(FEWEST_PAGES, SHARE * len(pages))
    kept = {key for key, count in found.items() if count >= least}
    return _one_count_each(kept, found)


def _one_count_each(keys: Iterable[_Key], found: Counter[_Key]) -> set[_Key]:
    """Of the same words with numbers, the count that most pages follow: page numbers are one."""
    by_words: defaultdict[tuple[bool, str], list[_Key]] = defaultdict(list)
    chosen: set[_Key] = set()
    for key in keys:
        if key[2] is None:
            chosen.add(key)
        else:
            by_words[key[:2]].append(key)
    return chosen | {max(rivals, key=lambda key: found[key]) for rivals in by_words.values()}


def _key(line: _EdgeLine, page: int) -> _Key:
    return line.top, line.rest, None if line.number is None else line.number - page


def _edge_lines(page: str) -> Iterator[_EdgeLine]:
    lines = _lines(page)
    for top in (True, False):
        for at in _edge(len(lines), top=top):
            if line := _line(lines[at], top):
                yield line


def _stripped(page: str, number: int, repeated: set[_Key]) -> tuple[str, str]:
    lines = _lines(page)
    first, last = 0, len(lines)

    def goes(at: int, *, top: bool) -> bool:
        line = _line(lines[at], top)
        return line is not None and _key(line, number) in repeated

    for at in _edge(len(lines), top=True):
        if at == first and goes(at, top=True):
            first = at + 1
    for at in _edge(len(lines), top=False):
        if at == last - 1 and goes(at, top=False):
            last = at
    if first >= last:
        return page, ""
    gone = [*lines[:first], *lines[last:]]
    return "\n".join(lines[first:last]), " · ".join(" ".join(line.split()) for line in gone)


def _line(text: str, top: bool) -> _EdgeLine | None:
    """None for one that is no such line."""
    if not 0 < len(text.strip()) <= LONGEST:
        return None
    tokens = _TOKEN.findall(text.casefold())
    if label := _label(tokens):
        return _EdgeLine(top, f"#{label[1]}", label[0])
    for cut in range(1, len(tokens)):
        stands_apart = tokens[cut - 1] in _APART or tokens[cut] in _PAGE
        if stands_apart and (label := _label(tokens[cut:])):
            return _EdgeLine(top, " ".join(tokens[:cut]), label[0])
        if tokens[cut] in _APART and (label := _label(tokens[:cut])):
            return _EdgeLine(top, " ".join(tokens[cut:]), label[0])
    return _EdgeLine(top, _plain(text), None)


def _label(tokens: Sequence[str]) -> tuple[int, str] | None:
    """The number, and that of all pages if it is told, where this is a page number and nothing
    else: "17", "- 17 -", "Page 3 of 12", "3/12", "第 3 页". A point or a bracket behind a bare
    number makes it that of a clause or a step."""
    left, right = 0, len(tokens)
    while left < right and tokens[left] in _AROUND:
        left += 1
    while right > left and tokens[right - 1] in _AROUND and left:
        right -= 1
    rest = [token for token in tokens[left:right] if token not in _BEHIND]
    named = len(rest) > 1 and rest[0] in _PAGE
    if named:
        rest = [token for token in rest[1:] if token not in (".", *_PAGE)]
    if not rest or (page := _value(rest[0])) is None:
        return None
    match rest[1:]:
        case []:
            return page, ""
        case [of, last] if of in _OF and last.isdecimal():
            return page, last
        case [of, "第", last] if of in _OF and last.isdecimal():
            return page, last
    return None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _value(number: str) -> int | None:
    if number.isdecimal() and len(number) <= MOST_DIGITS:
        return int(number)
    if not _ROMAN_NUMBER.fullmatch(number):
        return None
    values = [_ROMAN[letter] for letter in number]
    behind = [*values[1:], 0]
    return sum(-one if one < after else one for one, after in zip(values, behind, strict=True))


def _lines(page: str) -> list[str]:
    return page.strip("\n").split("\n") if page.strip() else []


def _edge(count: int, *, top: bool) -> Sequence[int]:
    deep = min(EDGE_LINES, count)
    return range(deep) if top else range(count - 1, count - 1 - deep, -1)
