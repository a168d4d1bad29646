"""How passages are named in a prompt and cited in its reply: which form the marks have, how
they are read however a model writes them, and how they are written. Pure functions.

The one place that knows a mark's form. It is `[2]` where no text of the prompt holds anything
like it; else letters that stand before a number in none of them go in front (`[s2]`), and what is
`[2]` in the reply is a source's own. Both are read in whatever brackets a model puts them, and
are written back in one form (`settled`), which every later reader finds again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from string import ascii_letters

from chatui.domain.passage import Citation, Passage
from chatui.text.citations.code import without_code, without_ticks

LONGEST_RANGE = 20
"""`[1-3]` stands for three passages; `[1-999]` is something else."""

FIRST_LETTERS = "spqrtkmd"
"""What goes in front of the numbers where they can't stand alone, in this order. Then come two
letters, and three."""
MOST_LETTERS = 8
_LETTERS = "abcdefghijkmnopqrstuvwxyz"

_NUMBER = r"\d{1,3}"
# Small models repeat the word of the prompt: [passage 2].
_NAMED = r"(?:(?:passage|source|document|doc|ref)s?\s+)?"
_BETWEEN = r"\s*+(?:[,;&–—-]|,?\s?and)\s*+"
_NUMBERS = rf"\^?{_NUMBER}(?:{_BETWEEN}\^?{_NUMBER})*+"
# A link's text or definition is no mark: [1](http://…), [1]: http://…, [^1]: a footnote.
_PLAIN = re.compile(
    rf"\[\s*+(?P<square>{_NAMED}{_NUMBERS})\s*+\](?!\(|:\s*+<?\w++://)"
    rf"|【\s*+(?P<wide>{_NUMBERS})[^】\n]{{0,40}}】"
    rf"|(?<=[.,;:!?\"”’»)\]。！？])(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}})",
    re.IGNORECASE,
)
# Whatever a model could repeat so that it reads as a mark: also within a link, or escaped.
_LIKE_PLAIN = re.compile(
    rf"\[\s*+{_NAMED}{_NUMBERS}\s*+\]|【\s*+{_NUMBER}"
    rf"|[.,;:!?\"”’»)\]。！？][⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}}",
    re.IGNORECASE,
)
# An element of a list that is compared or changed: x[1] = 2.
_IS_CHANGED = re.compile(r"\s?[+*/%<>=!]?=\s")
_DIGITS_IN_A_ROW = re.compile(r"[0-9]++")
_RANGE = re.compile(rf"({_NUMBER})(?:\s*[–—-]\s*({_NUMBER}))?")
_DIGITS = re.compile(_NUMBER)
_DEFINED = re.compile(rf"^ {{0,3}}\[(\^{_NUMBER}(?=\]:)|{_NUMBER}(?=\]:\s*<?\w+://))", re.MULTILINE)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_NO_LETTERS = str.maketrans("", "", "^" + ascii_letters)
# Full width and blanks of other kinds: as long as they were.
_FOLDED = str.maketrans(
    {**{0xFF01 + at: 0x21 + at for at in range(94)}, **dict.fromkeys((0xA0, 0x202F, 0x3000), 0x20)}
)
_SPACES = " \t"
_BLANKS = re.compile(f"[{_SPACES}]*")
LONGEST_LEAD = 200
"""Characters of blanks and signs of a list or quote that a line begins with."""
_CLOSING = ".,;:!?)。，、；：！？）"


@dataclass(frozen=True, slots=True)
class MarkForm:
    """`[2]`, or with a `prefix` `[s2]`."""

    prefix: str = ""

    def label(self, number: int) -> str:
        """What stands for a passage in its mark."""
        return f"{self.prefix}{number}"

    def written(self, numbers: Iterable[int]) -> str:
        """The mark of these passages, as a prompt has it and as it is stored."""
        return f"[{', '.join(map(self.label, numbers))}]"


PLAIN = MarkForm()


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark at the answer's `[start:end]` and the passage numbers that it names."""

    start: int
    end: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SettledAnswer:
    """The answer with its marks in their one form and without those of no passage. `citations`
    are in the order of their first mark, each passage once; `dangling` are the numbers of no
    passage, in the same order."""

    text: str
    citations: tuple[Citation, ...]
    dangling: tuple[int, ...]


def held(text: str) -> frozenset[str]:
    """The prefixes that the marks of a prompt must not have because of this text: "" where it
    holds something like `[2]`, and in small letters what stands before its numbers."""
    folded = text.translate(_FOLDED) if not text.isascii() else text
    found = set(_before_numbers(folded))
    if ("[" in folded or not text.isascii()) and _LIKE_PLAIN.search(folded.replace("\\", "")):
        found.add("")
    return frozenset(found)


def form_beside(prefixes: Set[str]) -> MarkForm:
    """The first form whose prefix is none of these."""
    return MarkForm(next(prefix for prefix in _prefixes() if prefix not in prefixes))


def numbers_held(texts: Iterable[str]) -> frozenset[int]:
    """The numbers that stand in these texts as plain marks do: those in an answer may be theirs."""
    folded = (text.translate(_FOLDED).replace("\\", "") for text in texts)
    found = (match[0].translate(_RAISED) for text in folded for match in _LIKE_PLAIN.finditer(text))
    return frozenset(chain.from_iterable(map(_numbers, found)))


def settled(
    answer: str,
    passages: Sequence[Passage],
    form: MarkForm = PLAIN,
    texts: Iterable[str] = (),
) -> SettledAnswer:
    """An answer as it is kept: `n` in its marks is the passage's rank, counted from 1. A plain
    `[2]` where the form is another one is a mark as well, if none of the `texts` that the model was
    given holds such a number; else it is theirs, and stands as it is."""
    by_rank = {passage.rank: passage for passage in passages}
    if form != PLAIN:
        alone = _pattern(form.prefix)
        answer = without_ticks(answer, lambda inside: bool(alone.sub("", inside).strip(", ")))
    marks = list(find_marks(answer, form))
    if form != PLAIN:
        # In their one form first: `[4](s2)` is no link.
        answer = _written_anew(answer, marks, range(1000), form)
        marks, plain = list(find_marks(answer, form)), list(find_marks(answer))
        theirs = numbers_held(texts) if plain else frozenset()
        marks = _in_order(marks, [mark for mark in plain if theirs.isdisjoint(mark.numbers)])
    named = dict.fromkeys(number for mark in marks for number in mark.numbers)
    return SettledAnswer(
        text=_written_anew(answer, marks, by_rank, form),
        citations=tuple(Citation(n, by_rank[n]) for n in named if n in by_rank),
        dangling=tuple(n for n in named if n not in by_rank),
    )


def find_marks(answer: str, form: MarkForm = PLAIN) -> Iterator[Mark]:
    """Marks such as `[2]`, `[1, 3]`, `[1][3]`, `[1-3]`, `[^2]` and `【2】`, outside code.

    Numbers of more than three digits are years and the like, `[0, 1]` is an interval, and
    what the answer itself defines as a link or a footnote is that. Marks with a prefix are found
    in other brackets as well, and behind a word ("source s2").
    """
    if _is_data(answer):
        return
    prose = without_code(answer)
    own = set(_DEFINED.findall(prose)) if "]:" in prose else set()
    for mark in marks_in_prose(prose, form):
        if not own or prose[mark.start : mark.end].strip("[] ") not in own:
            yield mark


def marks_in_prose(prose: str, form: MarkForm = PLAIN) -> Iterator[Mark]:
    """The marks of a text that is known to hold no code."""
    folded = prose if prose.isascii() else prose.translate(_FOLDED)
    if form != PLAIN:
        yield from _prefixed(folded, form.prefix)
    elif "[" in folded or not folded.isascii():
        for match in _PLAIN.finditer(folded):
            raised = (match["raised"] or "").translate(_RAISED)
            numbers = tuple(dict.fromkeys(_numbers(match["square"] or match["wide"] or raised)))
            is_code = bool(_IS_CHANGED.match(folded, match.end())) and _follows_a_name(match)
            if numbers and not is_code and not (0 in numbers and len(numbers) > 1):
                yield Mark(*_whole(folded, *match.span()), numbers)


def without_marks(answer: str, form: MarkForm = PLAIN) -> str:
    """The answer without any mark, and without the spaces that stood before them."""
    return _written_anew(answer, find_marks(answer, form), (), form)


def number_spans(text: str, mark: Mark) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of each number that is written out in the mark."""
    for match in _DIGITS.finditer(text, mark.start, mark.end):
        yield int(match[0]), match.start(), match.end()


def _before_numbers(text: str) -> Iterator[str]:
    # From the numbers back: letters are far more.
    for digits in _DIGITS_IN_A_ROW.finditer(text):
        before = text[max(0, digits.start() - MOST_LETTERS - 2) : digits.start()].removesuffix(" ")
        letters = before[len(before.rstrip(ascii_letters)) :]
        if 0 < len(letters) <= MOST_LETTERS:
            yield letters.lower()


def _in_order(marks: Sequence[Mark], others: Sequence[Mark]) -> list[Mark]:
    """All of them by their places; one that stands in another is part of that."""
    found: list[Mark] = []
    for mark in sorted((*marks, *others), key=lambda mark: (mark.start, -mark.end)):
        if not found or mark.start >= found[-1].end:
            found.append(mark)
    return found


def _prefixes() -> Iterator[str]:
    yield ""
    yield from FIRST_LETTERS
    for length in range(2, MOST_LETTERS + 1):
        yield from map("".join, product(_LETTERS, repeat=length))


@cache
def _pattern(prefix: str) -> re.Pattern[str]:
    """Of marks with that prefix. Nothing else in the answer comes from the prompt and looks like
    this, so they are read in whatever form they have."""
    prefix = re.escape(prefix)
    first = rf"\^?{prefix} ?{_NUMBER}"
    listed = rf"(?:{first}(?:{_BETWEEN}\^?{_NAMED}(?:{prefix} ?)?{_NUMBER}){{0,{LONGEST_RANGE}}}+)"
    listed += "(?![a-z0-9])"
    # What a model adds: a place, a name of a file.
    place = r"(?:\s(?:lines?|pages?|p\.|[\w/-]{1,60}\.\w))"
    more = rf"(?:(?:[,;:|†·]|{place})[^\[\]【】\n]{{0,80}})?"
    return re.compile(
        rf"\[\s*+{_NAMED}(?P<square>{listed}){more}\](?:\([^()\s]{{0,200}}\))?"
        rf"|【\s*+{_NAMED}(?P<wide>{listed}){more}】"
        rf"|\(\s*+{_NAMED}(?P<round>{listed})\s*+\)"
        rf"|<sup>\s*+(?P<raised>{listed})\s*+</sup>"
        rf"|(?<![a-z])(?:passage|source|document)s?\s(?P<said>{listed})",
        re.IGNORECASE | re.ASCII,
    )


def _prefixed(prose: str, prefix: str) -> Iterator[Mark]:
    for match in _pattern(prefix).finditer(prose):
        kind = match.lastgroup or ""
        numbers = tuple(dict.fromkeys(_numbers(match[kind])))
        if numbers:
            # "Source s1 says": the word is the sentence's.
            span = match.span(kind) if kind == "said" else match.span()
            yield Mark(*_whole(prose, *span), numbers)


def _follows_a_name(match: re.Match[str]) -> bool:
    before = match.string[match.start() - 1 : match.start()]
    return before.isascii() and (before.isalnum() or before == "_")


def _numbers(listed: str) -> Iterator[int]:
    for match in _RANGE.finditer(listed.translate(_NO_LETTERS)):
        first = int(match[1])
        last = int(match[2] or first)
        if first <= last < first + LONGEST_RANGE:
            yield from range(first, last + 1)


def _whole(prose: str, start: int, end: int) -> tuple[int, int]:
    """`[[1]]` is one mark with its outer brackets."""
    doubled = prose[start - 1 : start] == "[" and prose[end : end + 1] == "]"
    return (start - 1, end + 1) if doubled else (start, end)


def _written_anew(
    answer: str, marks: Iterable[Mark], known: Collection[int], form: MarkForm
) -> str:
    """The answer with its marks in their one form. A mark that keeps some of its numbers names
    those, one that keeps none goes with the space that stood before it."""
    pieces: list[str] = []
    done = 0
    for mark in marks:
        kept = [number for number in mark.numbers if number in known]
        if kept and len(kept) == len(mark.numbers) and _stands(answer, mark, form):
            continue
        pieces.append(answer[done : mark.start])
        done = mark.end
        if kept:
            # Right before a bracket it would be a link.
            pieces.append(form.written(kept) + " " * answer.startswith("(", done))
        else:
            done = _close_up(pieces, answer, done)
    return "".join([*pieces, answer[done:]])


def _stands(answer: str, mark: Mark, form: MarkForm) -> bool:
    """Whether a mark has the form in which it is written already."""
    inside = answer[mark.start + 1 : mark.end - 1].replace(" ", "")
    return (
        answer[mark.start] == "["
        and answer[mark.end - 1] == "]"
        and inside == ",".join(map(form.label, mark.numbers))
    )


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


def _is_data(answer: str) -> bool:
    """Whether the whole answer is JSON, whose lists are no marks."""
    text = answer.strip()
    if not text.startswith(("{", "[")) or not text.endswith(("}", "]")) or _PLAIN.fullmatch(text):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
