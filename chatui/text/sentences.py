"""Cuts a passage into the pieces that can be quoted: sentences, list items, table rows, code.

Every piece is a slice of the text, to the character, so that a quote can be checked
against its source. The rules serve any script.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chatui.text.blocks import TABLE_RULE, BlockKind, BlockSpan, find_blocks, lines
from chatui.text.terms import SOUTH_EAST, words_in

# A full stop of a spaced script needs a space behind it; one of an unspaced script does not.
# A line break that was escaped ("\\n" in logs and JSON) counts as a space. The marks of notes
# that follow ("water.[1][2]") belong to the sentence before them.
_SPACE = r"(?:\s|\\n)"
_NOTES = r"(?:\[(?:(?:note |nb )?\d{1,3}|[a-z])\])*+"
_ENDER = re.compile(
    rf"(?:(?<![.!?…؟۔।])[.!?…؟۔।]++[\"'”’»)\]]*+{_NOTES}(?={_SPACE}|$)"
    rf"|[。！？｡]++[」』”’）】》\"]*+{_NOTES}){_SPACE}*+"
)
_CUTS = tuple(map(re.compile, (rf"[;:]{_SPACE}+|[；：]", rf",{_SPACE}+|[，、]", r"\s+", r"(?<=.)")))
"""Where a very long sentence may be cut, in order of preference."""
_ABBREVIATIONS = """
    mr mrs ms dr prof st sr jr vs etc fig figs eq vol pp eds al approx ca cf dept inc ltd co corp
    gov sen rep rev hon jan feb mar apr jun jul aug sep sept oct nov dec e.g i.e u.s u.k u.n a.m
    p.m ph.d bzw ca z.b d.h usw nr abb mme mlle sra srta núm pág avda ul tel sok mah
    г д к п с т ч κ ул кв стр руб тыс млн млрд обл просп тел табл т.е т.д т.п αρ τηλ π.χ κ.λπ κ.ά
"""
_BEFORE_NUMBERS = "no pos abs art max kap ziff"
_BEFORE_ORDINALS = """
    im vom zum zur der die das den dem des beim ins ab bis seit
"""
"""German and its neighbours write "im 3. Obergeschoss"."""
_MONTH = re.compile(
    r"(?:jan(?:uar|uary|uari)?|jänner|feb(?:ruar|ruary|ruari)?|märz|mars|apr(?:il)?|mai|maj|may"
    r"|jun[ie]?|jul[iy]?|aug(?:ust)?|sep(?:t|tember)?|o[kc]t(?:ober)?|nov(?:ember)?|de[zsc]"
    r"(?:ember)?)\b",
    re.IGNORECASE,
)
"""Behind an ordinal, as German and its neighbours write dates: "am 3. November"."""
_LEAD = re.compile(rf"{_SPACE}*")
LONGEST_BEFORE = 40
"""Characters before a full stop, which tell whether it belongs to an abbreviation."""
LONG_SENTENCE = 70
"""Words; a longer sentence is cut."""
LONG_UNMARKED = 30
"""The same where a script marks no sentences: there a space stands behind a clause."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The slice `[start:end]` of a passage's text; `block` numbers its paragraph, list item,
    table or code block, from 0. `language` is what a code fence names, or ""."""

    start: int
    end: int
    kind: BlockKind
    block: int
    language: str = ""


def split(text: str, source: str = "") -> tuple[Piece, ...]:
    """The pieces of a passage in reading order; white space between them is left out.

    `source` is the file's name, which tells code from prose.
    """
    lower_starts = _is_lower_case(text)
    pieces: list[Piece] = []
    for number, block in enumerate(find_blocks(text, source)):
        for place, span in enumerate(_spans(text, block, lower_starts)):
            start, end = _trimmed(text, *span, keep_indent=block.kind is BlockKind.CODE)
            kind = BlockKind.PROSE if block.kind is BlockKind.ITEM and place else block.kind
            if start < end:
                pieces.append(Piece(start, end, kind, number, block.language))
    return tuple(pieces)


def _spans(text: str, block: BlockSpan, lower_starts: bool) -> list[tuple[int, int]]:
    if block.kind is BlockKind.ROW:
        rows = lines(text, block.start, block.end)
        return [(start, end) for start, end in rows if not TABLE_RULE.match(text[start:end])]
    if block.kind in (BlockKind.PROSE, BlockKind.ITEM):
        return _sentences(text, block.start, block.end, lower_starts)
    return [(block.start, block.end)]


def _is_lower_case(text: str) -> bool:
    """Text that was lower-cased as a whole: a sentence may then start with a small letter."""
    letters = sum(map(str.isalpha, text))
    return letters > 0 and sum(map(str.isupper, text)) < 0.005 * letters


def _sentences(text: str, start: int, end: int, lower_starts: bool) -> list[tuple[int, int]]:
    spans, begin = [], start
    for match in _ENDER.finditer(text, start, end):
        if match.end() < end and _ends_sentence(text, begin, match, lower_starts):
            spans.append((begin, match.end()))
            begin = match.end()
    spans.append((begin, end))
    return [part for span in spans for part in _clauses(text, *span)]


def _ends_sentence(text: str, begin: int, match: re.Match[str], lower_starts: bool) -> bool:
    if not match[0].startswith("."):
        # "? asked" and "! he said" go on; unspaced scripts have no small letters.
        return lower_starts or not text[match.end()].islower()
    if text[match.end()].islower() and not lower_starts:
        return False
    words = text[max(begin, match.start() - LONGEST_BEFORE) : match.start()].split()
    word = words[-1].lstrip("(\"'“‘[") if words else ""
    is_abbreviation = word.lower() in _ABBREVIATIONS.split()
    is_initial = len(word) == 1 and word.isalpha() and word.isupper()
    is_first = len(words) == 1 and match.start() - begin <= LONGEST_BEFORE
    is_number_of_item = is_first and word.isdigit()
    precedes_number = word.lower() in _BEFORE_NUMBERS.split() and text[match.end()].isdigit()
    is_short_number = len(word) <= 2 and word.isdigit()
    is_date = is_short_number and _MONTH.match(text, match.end()) is not None
    is_ordinal = (
        is_short_number and len(words) > 1 and words[-2].lower() in _BEFORE_ORDINALS.split()
    )
    is_numbered = is_number_of_item or precedes_number or is_date or is_ordinal
    return not (is_abbreviation or is_initial or is_numbered)


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence of bearable length as it is; a longer one cut near its middle, again and
    again."""
    most = LONG_UNMARKED if SOUTH_EAST.search(text, start, end) else LONG_SENTENCE
    if words_in(text[start:end]) <= most:
        return [(start, end)]
    middle, quarter = (start + end) // 2, (end - start) // 4
    for cut in _CUTS:
        places = [match.end() for match in cut.finditer(text, start + quarter, end - quarter)]
        if places:
            place = min(places, key=lambda place: abs(place - middle))
            return _clauses(text, start, place) + _clauses(text, place, end)
    return [(start, end)]


def _trimmed(text: str, start: int, end: int, keep_indent: bool) -> tuple[int, int]:
    lead = None if keep_indent else _LEAD.match(text, start, end)
    start = lead.end() if lead else start
    while start < end:
        if text[end - 1].isspace():
            end -= 1
        elif not keep_indent and text.endswith("\\n", start, end):
            end -= 2
        else:
            break
    return start, end
