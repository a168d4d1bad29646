"""Pages of PDFs that have to be looked at: scans, outlines, fonts without characters."""

from __future__ import annotations

import pytest
from PIL import Image, ImageFilter

from chatui.retrieval.chunking.document import Document, Lack, Unreadable
from chatui.retrieval.readers.pdf_sight import GARBLED, PICTURE, STAMPED
from chatui.retrieval.readers.reader import read
from chatui.retrieval.readers.sight import Sight
from tests.retrieval.scans import as_file, pictures, scan
from tests.retrieval.tiny_pdf import make_pdf

LETTER = [
    "The lease begins on 1 March 2024 and",
    "may be ended with three months' notice.",
    "The deposit of 3,000 euros is due at once.",
]


def pages(document: Document) -> list[tuple[int | None, bool, str]]:
    return [
        (part.page, part.ocr, document.text[part.start : part.end].strip())
        for part in document.sections
    ]


def test_a_scan_is_read_line_by_line_and_marked(sight: Sight) -> None:
    document = read("lease.pdf", scan([LETTER]), sight)

    assert pages(document) == [(1, True, "\n".join(LETTER))]
    assert document.lacks == ()


def test_only_pages_without_text_are_looked_at(sight: Sight) -> None:
    text, empty = ["A page of text as it is."], "q Q"
    document = read("x.pdf", make_pdf([text, empty, drawn(OUTLINED)]), sight)

    assert pages(document) == [(1, False, text[0]), (3, True, "\n".join(OUTLINED))]
    assert document.lacks == ()


STROKES = {
    "L": "0 10 m 0 0 l 6 0 l S",
    "I": "3 0 m 3 10 l S",
    "T": "3 0 m 3 10 l S 0 10 m 6 10 l S",
    "E": "6 0 m 0 0 l 0 10 l 6 10 l S 0 5 m 5 5 l S",
    "F": "0 0 m 0 10 l 6 10 l S 0 5 m 5 5 l S",
    "H": "0 0 m 0 10 l S 6 0 m 6 10 l S 0 5 m 6 5 l S",
}
OUTLINED = ["LITTLE LILITH FELT", "THE FIFTH HILL TILT"]


def drawn(lines: list[str]) -> str:
    """A content stream that draws the lines as strokes, with no letter in it."""
    parts = ["1.6 w"]
    for at, line in enumerate(lines):
        for place, letter in enumerate(line):
            where = f"1 0 0 1 {72 + 10 * place} {720 - 24 * at} cm"
            parts.append(f"q {where} {STROKES.get(letter, '')} Q")
    return " ".join(parts)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_was_scanned_turned_is_read_upright(sight: Sight, turn: int) -> None:
    turned = [page.rotate(turn, expand=True) for page in pictures([LETTER])]
    document = read("lease.pdf", as_file(turned, "PDF"), sight)

    assert document.text == "\n".join(LETTER)


@pytest.mark.parametrize("lean", [-6, 4])
def test_lines_of_a_page_that_lies_askew_stay_lines(sight: Sight, lean: int) -> None:
    rows = [f"Depot {n} had {n * 7 + 100} claims" for n in range(11, 19)]
    askew = [page.rotate(lean, expand=True, fillcolor="white") for page in pictures([rows])]

    assert read("x.pdf", as_file(askew, "PDF"), sight).text.split("\n") == rows


def test_columns_are_read_one_after_the_other(sight: Sight) -> None:
    left = [f"On the left are words number {n}" for n in range(20, 28)]
    right = [f"On the right are others, {n}" for n in range(20, 28)]
    rows = [f"{a}) Tj 260 0 Td ({b}) Tj -260 0 Td (" for a, b in zip(left, right, strict=True)]

    assert read("x.pdf", scan([rows]), sight).text.split("\n") == left + right


def test_a_row_of_a_table_is_a_line(sight: Sight) -> None:
    cells = [("Region", "Claims", "Cost"), ("North", "1,204", "88.50"), ("South", "977", "12.75"),
             ("East", "1,518", "40.10"), ("West", "333", "7.95")]  # fmt: skip
    rows = [f"{a}) Tj 150 0 Td ({b}) Tj 150 0 Td ({c}) Tj -300 0 Td (" for a, b, c in cells]

    lines = read("x.pdf", scan([rows]), sight).text.split("\n")
    assert lines == [" ".join(row) for row in cells]


def test_a_scan_with_a_stamp_for_its_text_is_looked_at(sight: Sight) -> None:
    """A number that was put on each page is all the text that such a file has."""
    document = read("x.pdf", stamped("BATES 000017"), sight)

    ((page, seen, text),) = pages(document)
    assert (page, seen) == (1, True)
    assert "may be ended with three months' notice." in text.split("\n")


def stamped(stamp: str) -> bytes:
    """A scan with that text on it, in letters that PDFium finds."""
    return _with_text(scan([LETTER]), f"BT /F1 9 Tf 250 20 Td ({stamp}) Tj ET")


def _with_text(pdf: bytes, content: str) -> bytes:
    """The file with a text on its first page, in Helvetica."""
    import io

    import pypdfium2
    import pypdfium2.raw as pdfium

    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    font = pdfium.FPDFText_LoadStandardFont(document, b"Helvetica")
    words = content.partition("(")[2].partition(")")[0]
    mode = 3 if " 3 Tr" in content else 0
    for at, line in enumerate(words.split("|")):
        text = pdfium.FPDFPageObj_CreateTextObj(document, font, 9)
        wide = line.encode("utf-16-le") + b"\0\0"
        pdfium.FPDFText_SetText(text, (pdfium.FPDF_WCHAR * (len(wide) // 2)).from_buffer_copy(wide))
        pdfium.FPDFTextObj_SetTextRenderMode(text, mode)
        pdfium.FPDFPageObj_Transform(text, 1, 0, 0, 1, 72, 720 - 16 * at)
        pdfium.FPDFPage_InsertObject(page, text)
    page.gen_content()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_the_text_that_another_program_recognised_is_taken(sight: Sight) -> None:
    layer = "|".join(["Hidden words below the picture"] * 8)
    pdf = _with_text(scan([LETTER]), f"BT /F1 9 Tf 3 Tr 72 720 Td ({layer}) Tj ET")
    document = read("x.pdf", pdf, sight)

    assert {seen for _, seen, _ in pages(document)} == {False}
    assert "Hidden words below the picture" in document.text


def test_glyphs_without_characters_are_looked_at(sight: Sight) -> None:
    """A Type 3 font whose glyphs draw letters and have names that say nothing."""
    document = read("x.pdf", cipher("the notice period is three months " * 3), sight)

    ((_, seen, text),) = pages(document)
    assert seen
    assert text.replace("\n", " ").startswith("the notice period is three months")


def cipher(text: str) -> bytes:
    """One page in a font that has a glyph for each letter and no character for any."""
    letters = sorted(set(text))
    codes = {letter: 129 + at for at, letter in enumerate(letters)}
    glyphs = {
        f"g{code}": f"600 0 0 -200 600 800 d1 BT /F1 1000 Tf ({letter}) Tj ET"
        for letter, code in codes.items()
    }
    names = " ".join(f"/{name}" for name in glyphs)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F2 6 0 R >> >> >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        "",
    ]
    rows = [text[at : at + 36] for at in range(0, len(text), 36)]
    shown = " ".join(
        f"<{''.join(f'{codes[letter]:02x}' for letter in row)}> Tj 0 -20 Td" for row in rows
    )
    content = f"BT /F2 12 Tf 60 700 Td {shown} ET"
    objects[3] = f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"
    first = len(objects) + 1
    procs = " ".join(f"/{name} {first + at} 0 R" for at, name in enumerate(glyphs))
    widths = " ".join("600" for _ in letters)
    objects[5] = (
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 -200 600 800] /FontMatrix "
        f"[0.001 0 0 0.001 0 0] /CharProcs << {procs} >> /Encoding << /Type /Encoding /Differences "
        f"[129 {names}] >> /FirstChar 129 /LastChar {128 + len(letters)} /Widths [{widths}] "
        "/Resources << /Font << /F1 5 0 R >> >> >>"
    )
    objects += [f"<< /Length {len(one)} >>\nstream\n{one}\nendstream" for one in glyphs.values()]
    body, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    trailer = (
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    return body + (end + trailer).encode()


def test_a_page_of_figures_is_believed(sight: Sight) -> None:
    rows = [f"{n * 7919 % 10007} {n * 104729 % 99991} {n / 7:.4f} XTR-{n}" for n in range(40)]
    ((_, seen, text),) = pages(read("x.pdf", make_pdf([rows]), sight))

    assert not seen
    assert text.split("\n") == rows


def test_a_blank_page_lacks_nothing(sight: Sight) -> None:
    for eyes in (sight, Sight()):
        assert read("x.pdf", make_pdf([["Words."], "q Q"]), eyes).lacks == ()


def test_pictures_without_text_say_so(sight: Sight) -> None:
    with pytest.raises(Unreadable, match="pictures in which no text was found") as caught:
        read("x.pdf", make_pdf([[]]), sight)
    assert not caught.value.blind


def test_a_page_in_another_unit_is_read(sight: Sight) -> None:
    page = pictures([LETTER])[0]
    for dpi in (20, 2000):
        document = read("x.pdf", as_file([page], "PDF", dpi), sight)
        assert document.text == "\n".join(LETTER), dpi


def test_the_print_on_a_large_sheet_is_read(sight: Sight) -> None:
    """An A0 plan: its print is small beside it."""
    sheet = "/MediaBox [0 0 2384 3370]"
    shown = "BT /F1 24 Tf 900 1700 Td (Line number 17 of the plan of the town) Tj ET"
    plan = as_file(pictures([shown], dpi=75, keys=sheet), "PDF", 75)

    assert read("plan.pdf", plan, sight).text == "Line number 17 of the plan of the town"


def test_a_page_that_was_worn_is_not_taken_for_one_upside_down(sight: Sight) -> None:
    page = pictures([LETTER * 3], dpi=110)[0].rotate(1, fillcolor="white")
    worn = page.filter(ImageFilter.GaussianBlur(0.8))
    text = read("x.pdf", as_file([worn], "PDF", 110), sight).text

    assert text.replace(" ", "").split("\n")[0] == LETTER[0].replace(" ", "")


def test_a_fax_of_one_bit_is_read(sight: Sight) -> None:
    page = pictures([LETTER], dpi=200)[0].convert("1", dither=Image.Dither.NONE)

    assert read("x.pdf", as_file([page], "PDF", 200), sight).text == "\n".join(LETTER)


def test_without_eyes_a_scan_is_set_aside() -> None:
    with pytest.raises(Unreadable, match="its pages are pictures without any text") as caught:
        read("x.pdf", scan([LETTER]))
    assert caught.value.blind


def test_without_eyes_the_pages_that_were_not_looked_at_are_told() -> None:
    page = read("x.pdf", make_pdf([["Words."], drawn(OUTLINED)]))
    assert (page.lacks, page.blind) == ((Lack(PICTURE, (2,)),), True)
    stamp = read("x.pdf", stamped("BATES 000017"))
    assert (stamp.lacks, stamp.blind) == ((Lack(STAMPED, (1,)),), True)
    garbled = make_pdf([[("%HDXWLIXO LV EHWWHU WKDQ XJO " * 3).strip()] * 5])
    assert read("x.pdf", garbled).lacks == (Lack(GARBLED, (1,)),)
