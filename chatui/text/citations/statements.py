"""What a sentence states, as far as it can be compared: its words, numbers, names, and
whether it denies something. Any language; pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from chatui.text.blocks import BlockKind
from chatui.text.citations.code import without_code
from chatui.text.citations.marks import PLAIN, Mark, MarkForm, find_marks, marks_in_prose
from chatui.text.folding import with_plain_digits
from chatui.text.sentences import split
from chatui.text.terms import terms

_FORM_WORDS = """
    a about after again all also am an and any are as at be because been before being both but by
    can could did do does doing during each either few for from further had has have having he her
    here hers him his how however i if in into is it its itself just may me might more most must my
    nor of off on once only or other our out over own per same shall she should so some such than
    that the their them then there therefore these they this those through thus to too under until
    up upon us very was we were what when where whether which while who whom whose why will with
    within would yet you your according
"""
_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d+(?:[.,]\d+)*")
_DIGIT = re.compile(r"\d")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NAME = re.compile(r"\b(?:\w*[A-ZÀ-ÞΑ-ΩА-Я]\w*|\w+_\w+)(?:[-./]\w+)*")
_OPENERS = re.compile(r"(?:[>#*+•·\s-]|\d{1,3}[.)]\s)*[\"'“‘(\[*_]*")
_DENIAL_WORDS = """
    no not never none nobody nothing neither nor cannot without unable nicht kein keine keinen
    keiner nie niemals ohne ne pas jamais sans nunca jamás sin ningún ninguna non mai senza не нет
    без
"""
_SHORT_DENIAL = re.compile(r"n['’]t\b", re.IGNORECASE)
_UNSPACED_DENIAL = re.compile(r"[不没沒未无無非]|ない|なかった|ません|않|없|아니")
_OPPOSITES = """
    above/below accept/reject after/before allow/forbid always/never ascend/descend better/worse
    buy/sell cheap/expensive decrease/increase decline/grow enable/disable fall/rise fast/slow
    first/last gain/loss high/low higher/lower include/exclude large/small less/more lose/win
    maximum/minimum many/few open/close positive/negative start/stop strong/weak succeed/fail
    true/false accept/refuse optional/required up/down
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """The slice `[start:end]` of a text. `words` are stems without form words, `numbers` are
    written without separators of thousands, `denials` counts the words that deny."""

    start: int
    end: int
    block: int
    words: frozenset[str]
    numbers: frozenset[str]
    denials: int


def statements(text: str, source: str = "") -> Iterator[Statement]:
    """The sentences and list items of a text, and the rows of its tables; no code and no
    headings. `source` is the file's name, which tells code from prose. The text's own marks
    of other texts (`[12]`) are no part of what it states."""
    prose = _blanked(text, marks_in_prose(text))
    for piece in split(prose, source):
        if piece.kind not in (BlockKind.CODE, BlockKind.HEADING):
            yield statement(text, piece.start, piece.end, piece.block, prose)


def answer_statements(answer: str, form: MarkForm = PLAIN) -> Iterator[Statement]:
    """The sentences of an answer that may need a source: outside code, headings and tables;
    no question, and nothing that only leads to what follows."""
    prose = _blanked(without_code(answer), find_marks(answer, form))
    if form != PLAIN:
        prose = _blanked(prose, marks_in_prose(prose))
    for piece in split(prose):
        said = prose[piece.start : piece.end].rstrip("*_\"'”’) ")
        if piece.kind in (BlockKind.PROSE, BlockKind.ITEM) and not said.endswith(
            ("?", "？", ":", "：")
        ):
            yield statement(answer, piece.start, piece.end, piece.block, prose)


def _blanked(text: str, marks: Iterable[Mark]) -> str:
    """The text with blanks in place of the marks, so that every place stays the same."""
    pieces: list[str] = []
    done = 0
    for mark in marks:
        pieces += [text[done : mark.start], " " * (mark.end - mark.start)]
        done = mark.end
    return "".join([*pieces, text[done:]])


def statement(text: str, start: int, end: int, block: int, prose: str = "") -> Statement:
    said = (prose or text)[start:end]
    opener = _OPENERS.match(said)
    body = said[opener.end() if opener else 0 :]
    return Statement(
        start=start,
        end=end,
        block=block,
        words=frozenset(terms(body)) - form_stems(),
        numbers=frozenset(_numbers(body)),
        denials=_denials(body),
    )


@cache
def form_stems() -> frozenset[str]:
    return frozenset(terms(_FORM_WORDS))


@cache
def denial_words() -> frozenset[str]:
    return frozenset(_DENIAL_WORDS.split())


@cache
def opposites() -> dict[str, frozenset[str]]:
    """For each stem the stems that say the contrary."""
    found: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split():
        one, other = (terms(word)[0] for word in pair.split("/"))
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {stem: frozenset(others) for stem, others in found.items()}


def _numbers(text: str) -> Iterator[str]:
    if not _DIGIT.search(text):
        return
    for match in _NUMBER.finditer(with_plain_digits(text)):
        number = _GROUPED.sub("", match[0]).lstrip("+")
        yield number.rstrip("0").rstrip(".") if "." in number else number


def names(sentence: str) -> frozenset[str]:
    """Stems of what a sentence writes with a capital, or as code. The capital of its first
    word is the sentence's own, unless there is another one in that word."""
    opener = _OPENERS.match(sentence)
    body = sentence[opener.end() if opener else 0 :]
    found = [
        term
        for match in _NAME.finditer(body)
        if match.start() or not match[0][1:].islower()
        for term in terms(match[0])
    ]
    return frozenset(found) - form_stems()


def _denials(text: str) -> int:
    words = text.lower().replace(",", " ").split()
    count = 0 if denial_words().isdisjoint(words) else sum(w in denial_words() for w in words)
    count += len(_SHORT_DENIAL.findall(text)) if "'t" in text or "’t" in text else 0
    return count if text.isascii() else count + len(_UNSPACED_DENIAL.findall(text))
