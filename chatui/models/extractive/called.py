"""What a question calls by a code: the entry of a list or a table that the code opens, and whether
the documents list such codes without that one. Pure functions.

"What does E9 mean?" is near to a table of E1 to E7 by every word and every meaning; only the code
tells that it has no answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatui.domain.passage import Passage
from chatui.models.extractive.scoring import Quotable
from chatui.text.blocks import BlockKind
from chatui.text.codes import Code, asked_for, codes_in, in_a_range, label_of, written_in
from chatui.text.records import fields_of
from chatui.text.terms import question_terms

CALLED = 10.0
"""What a piece gains by being the entry that the question asks for: more than all that tells two
entries of a list apart."""
MOST_BESIDE = 4
"""Terms of a question beside its code; one that tells more may be answered without that."""
A_SERIES = 3
"""Entries by codes of one form, from which on a text is a list of such."""


def entries_called(question: str, pieces: Sequence[Quotable]) -> list[int]:
    """The places of those pieces that a code of the question opens, or the heading above them."""
    asked = written_in(question)
    if not asked:
        return []
    found: list[int] = []
    for at, piece in enumerate(pieces):
        labels = _labels(piece)
        goes_on = (
            bool(found)
            and found[-1] == at - 1
            and pieces[at - 1].n == piece.n
            and pieces[at - 1].piece.block == piece.piece.block
            and piece.piece.kind is not BlockKind.ROW
        )
        if goes_on or any(one.covers(label) for one in asked for label in labels):
            found.append(at)
    return found


def is_missing(question: str, passages: Sequence[Passage], pieces: Sequence[Quotable]) -> bool:
    """Whether the question calls a thing by a code that no passage has, where they have others of
    its series."""
    asked = asked_for(question)
    if not asked or len(question_terms(question)) - len(asked) > MOST_BESIDE:
        return False
    texts = [f"{one.source}\n{one.title}\n{one.heading}\n{one.text}" for one in passages]
    held = frozenset[Code]().union(*map(written_in, texts))
    if any(one.covers(other) for one in asked for other in held):
        return False
    if any(in_a_range(one, text) for one in asked for text in texts):
        return False
    return all(_has_sisters(one, texts, pieces) for one in asked)


def _has_sisters(code: Code, texts: Sequence[str], pieces: Sequence[Quotable]) -> bool:
    if any(code.is_sister(other) for text in texts for other in codes_in(text)):
        return True
    labels = {label for piece in pieces for label in _labels(piece) if label.shape == code.shape}
    return any(
        sum(one.is_sister(other) for other in labels) >= A_SERIES for one in labels if one.letters
    )


def _labels(piece: Quotable) -> list[Code]:
    """The codes that it is called by: what opens it, the heading above it, or a cell of its own."""
    cells = [piece.under, *_cells(piece)]
    return [label for cell in cells if (label := label_of(cell)) is not None]


def _cells(piece: Quotable) -> list[str]:
    if piece.piece.kind is not BlockKind.ROW:
        return [piece.text]
    if "|" in piece.text:
        return piece.text.strip().strip("|").split("|")
    (cells,) = fields_of([piece.text]) or [[piece.text]]
    return [cell for cell in cells if len(cell.split()) == 1]
