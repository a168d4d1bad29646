"""Which words of some texts stand only in one of them, as the texts are laid out. Pure.

Words are compared, not lines: answers of two models share no line, but many words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chatui.text.same_words import same_words
from chatui.widgets.markdown_layout import Line

DIFFERENT = "diff--word"
"""The style's name in `line_styles`."""
CELL = "│"

# Chinese and Japanese put no spaces between words: each character is compared.
_SINGLE = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# A figure with its separators is one word, and so is `isn't`.
_WORD = re.compile(rf"[{_SINGLE}]|\d[\d.,:]*\d|[^\W{_SINGLE}]+(?:['’]\w+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """`text` without its case; where it stands: the line's number, and characters of it."""

    text: str
    row: int
    start: int
    end: int


def words(lines: Iterable[Line]) -> list[Word]:
    """The words of laid out lines, margins and punctuation left out."""
    return [
        Word(found[0].casefold(), row, found.start(), found.end())
        for row, line in enumerate(lines)
        for found in _WORD.finditer(line.content.plain, line.indent)
    ]


def differences(texts: Sequence[Sequence[str]], base: int) -> list[frozenset[int]]:
    """For each text the numbers of its words that `texts[base]` doesn't have in their place;
    for the base itself those that none of the others has. For a thread."""
    found = [frozenset[int]() for _ in texts]
    alone = set(range(len(texts[base])))
    for at, text in enumerate(texts):
        if at == base:
            continue
        same = same_words(texts[base], text)
        alone.difference_update(number for number, _ in same)
        found[at] = frozenset(range(len(text))).difference(number for _, number in same)
    found[base] = frozenset(alone) if len(texts) > 1 else frozenset()
    return found


def marked(lines: Sequence[Line], different: frozenset[int]) -> list[Line]:
    """The lines, with the words of these numbers marked; what is between two marked words
    of a line is marked with them, but for the edge of a table's cell."""
    found = words(lines)
    spans: dict[int, list[tuple[int, int]]] = {}
    for number in sorted(different):
        if number >= len(found):
            break
        word = found[number]
        row = spans.setdefault(word.row, [])
        if row and number - 1 in different and CELL not in _between(lines, row[-1][1], word):
            row[-1] = (row[-1][0], word.end)
        else:
            row.append((word.start, word.end))
    return [_styled(line, spans[row]) if row in spans else line for row, line in enumerate(lines)]


def _between(lines: Sequence[Line], end: int, word: Word) -> str:
    return lines[word.row].content.plain[end : word.start]


def _styled(line: Line, spans: Sequence[tuple[int, int]]) -> Line:
    content = line.content
    for start, end in spans:
        content = content.stylize(DIFFERENT, start, end)
    return replace(line, content=content)
