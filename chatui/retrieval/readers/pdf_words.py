"""Mends what a PDF does to words: ligatures, hyphens at the ends of lines, the order of Arabic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from chatui.retrieval.readers.pdf_letters import Letter
from chatui.text.safety import strip_controls

# PDFium marks a hyphen at a line's end with U+0002 or U+FFFE; most such words go on behind it.
_BREAK = re.compile(
    "(?<![^\\W\\d_])([^\\W\\d_]++)([\x02\ufffe\u00ad-]|\u2010)[ \t]*+\n?[ \t]*+([^\\W\\d_]+)"
)
_AT_LINE_END = re.compile("[\x02\ufffe\u00ad\u2010-][ \t]*\n|[\x02\ufffe\u00ad]")
_LEFT_OVER = re.compile("[\x02\ufffe]\n?|\u00ad")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
# Latin ligatures, Arabic presentation forms, and the radicals that stand for CJK letters.
_FORMS = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb50-\ufdff\ufe70-\ufefc\u2e80-\u2fdf]+")
_SPACES_AT_END = re.compile(r"(?<![ \t])[ \t]++(?=\n|$)")
# Fonts without a map of their letters give the codes of Windows: U+0092 for an apostrophe.
_OLD_QUOTES = re.compile("[\x80-\x9f]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def plain(text: str) -> str:
    """One page's text with ordinary letters and line ends; its hyphens are still as they were."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    marked = text.replace("\x02", "\ufffe")  # which the next step would take out
    clean = strip_controls(_OLD_QUOTES.sub(_as_windows, marked))
    whole = _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), clean)
    return _SPACES_AT_END.sub("", whole)


def _as_windows(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252", "ignore")


def mend_hyphens(pages: Sequence[str]) -> list[str]:
    """Joins words that a line's end has parted.

    Whether the hyphen belongs to the word is settled by how the document writes it elsewhere:
    "well-known" keeps it where "well-known" stands on one line and "wellknown" does not.
    """
    words = {word.lower() for page in pages for word in _WORD.findall(page)}

    def mended(match: re.Match[str]) -> str:
        before, mark, behind = match.groups()
        if not _AT_LINE_END.search(match[0]):
            return match[0]
        both = f"{before}-{behind}".lower()
        soft = mark in "\u00ad\x02\ufffe"
        if (before + behind).lower() in words or mark == "\u00ad":
            return before + behind
        if both in words or (behind[0].isupper() and not soft) or not before.isalpha():
            return f"{before}-{behind}"
        return before + behind

    return [_LEFT_OVER.sub("", _BREAK.sub(mended, page)) for page in pages]


def is_right_to_left(letter: Letter) -> bool:
    return bool(_RIGHT_TO_LEFT.match(letter.text))


def has_right_to_left(letters: Sequence[Letter]) -> bool:
    return bool(_RIGHT_TO_LEFT.search("".join([letter.text for letter in letters])))


def in_logical_order(letters: Sequence[Letter]) -> list[Letter]:
    """The letters of a line, with Arabic and Hebrew as they are spoken and not as they stand.

    PDFium turns such runs round. That is wrong where one glyph or one remark in the file
    stands for a whole word, whose letters all have one box, and where a file wrote them in
    logical order: there the next letter stands to the right of the one before.
    """
    whole: list[Letter] = []
    run: list[Letter] = []
    for letter in letters:
        goes_on = is_right_to_left(letter) or (run and unicodedata.combining(letter.text))
        if goes_on or (run and letter.text == " "):
            run.append(letter)
            continue
        whole += [*_turned(run), letter]
        run = []
    return whole + _turned(run)


def _turned(run: list[Letter]) -> list[Letter]:
    if len(run) < 2:
        return run
    groups: list[list[Letter]] = []
    for letter in run:
        same = groups and _box(groups[-1][0]) == _box(letter)
        groups[-1].append(letter) if same else groups.append([letter])
    steps = [
        other[0].left - one[0].left
        for one, other in pairwise(groups)
        if not (one[0].text.isspace() or other[0].text.isspace())
    ]
    rightwards = sum(step > 0.1 for step in steps) > sum(step < -0.1 for step in steps)
    ordered = groups[::-1] if rightwards else groups
    return [letter for group in ordered for letter in _glyph(group)]


def _glyph(group: list[Letter]) -> Iterable[Letter]:
    spaces = [letter for letter in group if letter.text == " "]
    others = [letter for letter in group if letter.text != " "]
    return [*spaces, *others[::-1]] if group[0].text == " " else [*others[::-1], *spaces]


def _box(letter: Letter) -> tuple[float, float, float, float]:
    return letter.left, letter.right, letter.bottom, letter.top
