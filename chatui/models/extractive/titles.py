"""Which pieces of a plain text are titles of what stands below them: "4. RENT", "§ 5 Tierhaltung",
"Residential Lease Agreement", or lead to it: "Start the server:", "How do I make a backup?". Pure
functions.

Markdown marks its headings; a letter, a contract or what was read from a PDF has a short line. What
is taken for one by mistake is still quoted, with what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatui.text.blocks import BlockKind
from chatui.text.sentences import Piece
from chatui.text.terms import words_in

MOST_TITLE_WORDS = 10
MOST_PLAIN_WORDS = 6
"""Of a line that neither capitals nor a section's sign tell from others."""
_LABEL = re.compile(
    r"\A(?:(?P<sign>§)§?[ \t]?)?(?:\d{1,3}(?:\.\d{1,3}){0,5}[.)]?|[IVXLC]{1,6}[.)]|[A-Z][.)])"
    r"[ \t]++"
)
_ENDED = re.compile(r"[.!?…;,؟۔।。！？，；、]['\"”’»)\]」』）]*$")
MOST_LEADING_WORDS = 25
"""Of a question that is answered below, and of what ends in a colon."""
_ASKS = re.compile(r"[?？؟][*_\s]*$")
_LEADS = re.compile(r"[:：][*_\s]*$")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
_ASKED_BY = re.compile(r"\A[*_\s]*(?:(?:Q|F|P|问|問|질문)\s?[0-9]{0,3}\s?[:：.]\s*)?")
"""What marks a question of a list of them."""
_NAMED_VALUE = re.compile(r"[:：=]\s*+\S")
_TEXT = (BlockKind.PROSE, BlockKind.ITEM)
_FIGURE = re.compile(r"\d")


def title_places(text: str, pieces: Sequence[Piece]) -> frozenset[int]:
    """The places of those that are a line by itself, no farther from what stands below it than from
    what stands above it, and look like no part of a list."""
    return frozenset(at for at in range(len(pieces)) if _is_title(text, pieces, at))


def without_label(title: str) -> str:
    """What a title says, without its number."""
    said = _ASKED_BY.sub("", title, count=1).rstrip("*_ \n")
    return _LABEL.sub("", said, count=1).strip() or title.strip()


def asks(title: str) -> bool:
    return _ASKS.search(title) is not None


def leads_on(title: str) -> bool:
    """Whether it asks or announces what stands below it, where others name it."""
    return asks(title) or _LEADS.search(title) is not None


def _is_title(text: str, pieces: Sequence[Piece], at: int) -> bool:
    if at + 1 == len(pieces):
        return False
    return _leads_on(text, pieces[at], pieces[at + 1]) or _is_written_as_title(text, pieces, at)


def _is_written_as_title(text: str, pieces: Sequence[Piece], at: int) -> bool:
    piece, below = pieces[at], pieces[at + 1]
    if not _is_short_line(text, piece):
        return False
    gap_below = text[piece.end : below.start]
    gap_above = text[pieces[at - 1].end : piece.start] if at else gap_below
    if gap_below.strip() or gap_above.count("\n") < gap_below.count("\n"):
        return False
    above = _line(text, pieces[at - 1]) if at and gap_above.count("\n") == 1 else ""
    line, next_line = _line(text, piece), _line(text, below)
    said = without_label(line)
    if _is_capitals(said):
        is_one_of_several = _is_capitals(above) or _is_capitals(next_line)
        return below.kind in _TEXT and (not is_one_of_several or gap_below.count("\n") > 1)
    label = _LABEL.match(line)
    if label and label["sign"]:
        return below.kind in _TEXT
    # One of several such lines is a line of an address, a poem or a list.
    is_one = not above or bool(_ENDED.search(above))
    return is_one and _is_plain_title(said) and _is_body(piece, below, next_line)


def _is_plain_title(said: str) -> bool:
    begins = said[:1].isalpha() and not said[:1].islower()
    return begins and not _FIGURE.search(said) and words_in(said) <= MOST_PLAIN_WORDS


def _leads_on(text: str, piece: Piece, below: Piece) -> bool:
    """Whether it is a line that says nothing without what stands right below it: a question, or
    what ends in a colon."""
    line, gap = _line(text, piece), text[piece.end : below.start]
    is_text = piece.kind is BlockKind.PROSE or (piece.kind is BlockKind.ITEM and asks(line))
    if not is_text or "\n" not in gap or gap.count("\n\n") > 1 or _FENCE.sub("", gap).strip():
        return False
    if words_in(line) > MOST_LEADING_WORDS:
        return False
    if _LEADS.search(line):
        return below.kind in (*_TEXT, BlockKind.CODE) and not _LEADS.search(_line(text, below))
    alone = not text[text.rfind("\n", 0, piece.start) + 1 : piece.start].strip()
    answers = below.kind in (*_TEXT, BlockKind.CODE) and not asks(_line(text, below))
    return asks(line) and alone and answers


def _is_short_line(text: str, piece: Piece) -> bool:
    line = _line(text, piece)
    alone = not text[text.rfind("\n", 0, piece.start) + 1 : piece.start].strip()
    behind = text[piece.end : text.find("\n", piece.end) if "\n" in text[piece.end :] else None]
    if piece.kind not in _TEXT or not alone or behind.strip() or "\n" in line:
        return False
    return words_in(line) <= MOST_TITLE_WORDS and not (
        _ENDED.search(line) or _NAMED_VALUE.search(line)
    )


def _is_body(title: Piece, below: Piece, said: str) -> bool:
    """Whether what stands below a plain line is more than another one of its kind."""
    if below.kind is BlockKind.ITEM:
        return title.kind is not BlockKind.ITEM
    is_said = _ENDED.search(said) or _NAMED_VALUE.search(said)
    return below.kind is BlockKind.PROSE and bool(is_said)


def _line(text: str, piece: Piece) -> str:
    return text[piece.start : piece.end]


def _is_capitals(said: str) -> bool:
    """More than a code, in capitals."""
    letters = [one for one in said if one.isalpha()]
    return said.isupper() and len(letters) > 3 and len(letters) * 2 > len(said)
