"""What was filled in on a PDF page, and what was noted on it: fields of forms and annotations.

Both lie on the page and are no part of its text. The value of a field is read where its label
stands; remarks follow the page, each with a word that says what it is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatui.retrieval.readers.pdf_layout import LetterRun
from chatui.retrieval.readers.pdf_letters import Box, Letter

if TYPE_CHECKING:
    import pypdfium2

MOST_ANNOTATIONS = 5_000
"""Of a page that are looked at."""
LONGEST = 100_000
"""Characters of one value or remark."""
LABEL_ABOVE = 3.0
"""Heights of a letter by which a label may stand above its field."""

CHECKED, UNCHECKED = "[x]", "[ ]"
HIDDEN = 1 << 1 | 1 << 5
"""The flags Hidden and NoView of an annotation (ISO 32000-1, table 165)."""

_COMMENT_KINDS = """TEXT LINE SQUARE CIRCLE POLYGON POLYLINE HIGHLIGHT UNDERLINE SQUIGGLY STRIKEOUT
STAMP CARET INK FILEATTACHMENT"""
_REMARKS = {"FREETEXT": "Note on the page"}
_COMMENTS = frozenset(_COMMENT_KINDS.split())


@dataclass(frozen=True, slots=True)
class FormField:
    """A field with what was filled in: `text` is its value, or the mark of a box to tick."""

    text: str
    name: str
    box: Box
    is_mark: bool = False


def fields(page: pypdfium2.PdfPage) -> list[FormField]:
    """Those with a value, and all boxes to tick, in the file's order; a password's is not read."""
    import pypdfium2.raw as pdfium

    if page.formenv is None:
        return []
    widgets = (note for note in _annotations(page) if note[1] == pdfium.FPDF_ANNOT_WIDGET)
    return [field for note, _ in widgets if (field := _field(page.formenv, note))]


def remarks(page: pypdfium2.PdfPage) -> list[str]:
    """The texts that were written on the page, and the comments, each marked as what it is."""
    import pypdfium2.raw as pdfium

    kinds = {getattr(pdfium, f"FPDF_ANNOT_{name}"): what for name, what in _REMARKS.items()}
    kinds |= {getattr(pdfium, f"FPDF_ANNOT_{name}"): "Comment" for name in _COMMENTS}
    found = []
    for note, kind in _annotations(page):
        if kind not in kinds or pdfium.FPDFAnnot_GetFlags(note) & HIDDEN:
            continue
        said = " ".join(_entry(note, b"Contents").split())
        author = " ".join(_entry(note, b"T").split())
        if said:
            found.append(f"{kinds[kind]}{f' by {author}' if author else ''}: {said}")
    return found


def filled(pieces: Sequence[LetterRun], filled_in: Sequence[FormField]) -> list[LetterRun]:
    """The pieces of a page with the values between them, each behind its label: what stands left
    of the field on its line, before what stands right of a box to tick, below what stands right
    above it; at the end, under the field's own name, where there is no label."""
    order = list(pieces)
    for field in filled_in:
        value = _run(field.text, field.box)
        left = [piece for piece in order if _is_left(piece, value)]
        right = [piece for piece in order if _is_right(piece, value)]
        above = [piece for piece in order if _is_above(piece, value)]
        nearest = max(left, key=lambda piece: piece.right, default=None)
        behind = min(right, key=lambda piece: piece.left, default=None)
        if field.is_mark and behind is not None and not _is_nearer(nearest, behind, value):
            order.insert(order.index(behind), replace(value, ends_line=False))
        elif nearest is not None:
            at = order.index(nearest)
            order[at : at + 1] = [
                replace(nearest, ends_line=False),
                replace(value, ends_line=nearest.ends_line),
            ]
        elif above:
            order.insert(order.index(min(above, key=lambda piece: piece.middle)) + 1, value)
        else:
            order.append(
                _run(f"{field.name}: {field.text}" if field.name else field.text, field.box)
            )
    return order


def _is_left(piece: LetterRun, value: LetterRun) -> bool:
    return piece.left < value.left and value.is_beside(piece)


def _is_right(piece: LetterRun, value: LetterRun) -> bool:
    return piece.left >= value.left and value.is_beside(piece)


def _is_above(piece: LetterRun, value: LetterRun) -> bool:
    overlaps = piece.left < value.right and piece.right > value.left
    distance = piece.middle - value.middle - value.height / 2
    return overlaps and 0 < distance < LABEL_ABOVE * piece.height


def _is_nearer(left: LetterRun | None, right: LetterRun, value: LetterRun) -> bool:
    """Whether the label on the left is the box's own."""
    return left is not None and value.left - left.right < right.left - value.right


def _run(text: str, box: Box) -> LetterRun:
    left, right, bottom, top = box
    letter = Letter(text, left, right, bottom, top)
    return LetterRun(
        (letter,), left, right, (bottom + top) / 2, top - bottom, True, len(text.split())
    )


def _field(form: Any, note: Any) -> FormField | None:
    import pypdfium2.raw as pdfium

    kind = pdfium.FPDFAnnot_GetFormFieldType(form, note)
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, note)
    name = _text(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, note) or _text(
        pdfium.FPDFAnnot_GetFormFieldName, form, note
    )
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        mark = CHECKED if pdfium.FPDFAnnot_IsChecked(form, note) else UNCHECKED
        return FormField(mark, name, _box(note), is_mark=True)
    if kind == pdfium.FPDF_FORMFIELD_TEXTFIELD and not flags & pdfium.FPDF_FORMFLAG_TEXT_PASSWORD:
        value = _text(pdfium.FPDFAnnot_GetFormFieldValue, form, note)
    elif kind in (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        value = _chosen(form, note) or _text(pdfium.FPDFAnnot_GetFormFieldValue, form, note)
    else:
        return None
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return FormField(value, name, _box(note)) if value else None


def _chosen(form: Any, note: Any) -> str:
    """The labels of the options that are chosen."""
    import pypdfium2.raw as pdfium

    options = min(pdfium.FPDFAnnot_GetOptionCount(form, note), MOST_ANNOTATIONS)
    return ", ".join(
        _text(pdfium.FPDFAnnot_GetOptionLabel, form, note, at)
        for at in range(options)
        if pdfium.FPDFAnnot_IsOptionSelected(form, note, at)
    )


def _box(note: Any) -> Box:
    import pypdfium2.raw as pdfium

    place = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(note, place)
    return place.left, place.right, place.bottom, place.top


def _annotations(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, int]]:
    """Each with its kind; closed when the next one is taken."""
    import pypdfium2.raw as pdfium

    for at in range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_ANNOTATIONS)):
        with _annotation(page, at) as note:
            if note:
                yield note, pdfium.FPDFAnnot_GetSubtype(note)


@contextmanager
def _annotation(page: pypdfium2.PdfPage, at: int) -> Iterator[Any]:
    import pypdfium2.raw as pdfium

    note = pdfium.FPDFPage_GetAnnot(page, at)
    try:
        yield note
    finally:
        if note:
            pdfium.FPDFPage_CloseAnnot(note)


def _entry(note: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    return _text(pdfium.FPDFAnnot_GetStringValue, note, key)


def _text(get: Callable[..., int], *of: Any) -> str:
    """What PDFium writes into a buffer as UTF-16, after it has said how long that is."""
    size = min(get(*of, None, 0), 2 * LONGEST)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    get(*of, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")
