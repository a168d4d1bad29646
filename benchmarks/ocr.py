"""How many characters of a scan are read right, and how fast?

    python benchmarks/ocr.py [FILE...] [--pages N] [--font FONT.ttf] [--worn] [--threads N]

Pages with a known text are rendered at 100, 150 and 300 dots an inch and read as pictures. FILEs
are PDFs, whose text is that of the reader, or texts (.txt, .md), which are set in the font; without
any, three short texts in English, French and German are. `--worn` makes the pages lean by a degree,
blurred, noisy and compressed, as a cheap scanner does. Characters right are 1 less the edit
distance to the known text, for each of its characters, blanks of any kind being one; seconds are
those of the processor, so that other work on the machine doesn't count.

Needs the extra `ocr`.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from chatui.retrieval.readers.ocr import Recogniser
from chatui.retrieval.readers.pdf import page_text
from chatui.retrieval.readers.pdf_words import mend_hyphens

TEXTS = {
    "English": "The tenant shall give notice in writing no later than the third working day of a "
    "month, with effect from the end of the month after next. The deposit of 3,450.00 euros is "
    "returned within six weeks, less what is owed (see clauses 7 and 12b).",
    "French": "À l'expiration du bail, le locataire remet les clés au propriétaire. Un dépôt de "
    "garantie égal à deux mois de loyer a été versé ; il sera restitué sous réserve des dégâts "
    "constatés où qu'ils soient. Fait à Besançon, le 1er août, en présence de la sœur de l'aîné.",
    "German": "Die Kündigungsfrist beträgt drei Monate zum Ende eines Quartals. Schönheits"
    "reparaturen übernimmt der Mieter; größere Schäden an Türen, Böden und Fußleisten müssen "
    "unverzüglich gemeldet werden. Straße und Gehweg sind bei Glätte zu räumen.",
}
DOTS = (100, 150, 300)
PAPER = (595, 842)
"""A4 in points."""
MARGIN, SIZE, LEADING = 60, 10.5, 14.5
FEWEST = 200
"""Characters of a page of a PDF that is taken."""


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page of a PDF in memory, and what stands on it."""

    name: str
    pdf: Any
    number: int
    text: str


def typeset(name: str, text: str, font: Path | None) -> Iterator[KnownPage]:
    import pypdfium2
    import pypdfium2.raw as pdfium

    pdf = pypdfium2.PdfDocument.new()
    if font:
        data = font.read_bytes()
        buffer = (pdfium.c_uint8 * len(data)).from_buffer_copy(data)
        face = pdfium.FPDFText_LoadFont(pdf, buffer, len(data), pdfium.FPDF_FONT_TRUETYPE, True)
    else:
        face = pdfium.FPDFText_LoadStandardFont(pdf, b"Times-Roman")
    lines = list(wrapped(text))
    rows = int((PAPER[1] - 2 * MARGIN) / LEADING)
    for number, first in enumerate(range(0, len(lines), rows)):
        page = pdf.new_page(*PAPER)
        held = lines[first : first + rows]
        for at, line in enumerate(held):
            words = pdfium.FPDFPageObj_CreateTextObj(pdf, face, SIZE)
            wide = line.encode("utf-16-le") + b"\0\0"
            letters = (pdfium.FPDF_WCHAR * (len(wide) // 2)).from_buffer_copy(wide)
            pdfium.FPDFText_SetText(words, letters)
            pdfium.FPDFPageObj_Transform(
                words, 1, 0, 0, 1, MARGIN, PAPER[1] - MARGIN - LEADING * (at + 1)
            )
            pdfium.FPDFPage_InsertObject(page, words)
        page.gen_content()
        yield KnownPage(name, pdf, number, "\n".join(held))


def wrapped(text: str) -> Iterator[str]:
    """Lines of a page's width; letters of Chinese and the like are twice as wide."""
    for paragraph in text.splitlines():
        wide = sum(ord(letter) > 0x2E80 for letter in paragraph) * 2 > len(paragraph)
        yield from textwrap.wrap(paragraph, 42 if wide else 90)


def of_pdf(path: Path) -> Iterator[KnownPage]:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(path)
    for number in range(len(pdf)):
        found = page_text(pdf, number)
        if not found.doubt and len(found.text) >= FEWEST:
            yield KnownPage(path.name, pdf, number, mend_hyphens([found.text])[0])


def known_pages(files: Sequence[Path], font: Path | None) -> Iterator[list[KnownPage]]:
    for path in files:
        if path.suffix.lower() == ".pdf":
            yield list(of_pdf(path))
        else:
            yield list(typeset(path.name, path.read_text("utf-8"), font))
    if not files:
        for name, text in TEXTS.items():
            yield list(typeset(name, text, font))


def rendered(page: KnownPage, dots: int, worn: bool) -> Any:
    """Its pixels in BGR."""
    import numpy as np
    from PIL import Image, ImageFilter

    seen = page.pdf[page.number].render(scale=dots / 72).to_numpy()
    if not worn:
        return seen
    picture = Image.fromarray(seen).rotate(1, expand=True, fillcolor="white")
    picture = picture.filter(ImageFilter.GaussianBlur(dots / 200))
    shades = np.asarray(picture).astype(np.int16)
    noise = np.random.default_rng(7).normal(0, 12, shades.shape[:2])[:, :, None]
    picture = Image.fromarray(np.clip(shades * 0.92 + 8 + noise, 0, 255).astype(np.uint8))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=40)
    return np.ascontiguousarray(np.asarray(Image.open(out)))


def right(known: str, read: str) -> float:
    """The share of the known characters that are right (0..1)."""
    one, other = " ".join(known.split()), " ".join(read.split())
    return max(0.0, 1 - distance(one, other) / max(1, len(one)))


def distance(one: str, other: str) -> int:
    """Edits between two texts, by Myers' bit vectors (1999): a letter of `other` at a time."""
    if not one or not other:
        return len(one) + len(other)
    places: dict[str, int] = {}
    for at, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << at
    every, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    more, less, edits = every, 0, len(one)
    for letter in other:
        same = places.get(letter, 0)
        across = (((same & more) + more) ^ more) | same
        up = (less | ~(across | more)) & every
        down = more & across
        edits += bool(up & last) - bool(down & last)
        up, down = up << 1 | 1, down << 1
        vertical = same | less
        more, less = (down | ~(vertical | up)) & every, up & vertical
    return edits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=3, help="of each file, evenly spread")
    parser.add_argument("--font", type=Path)
    parser.add_argument("--worn", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    recogniser = Recogniser(options.threads)
    recogniser.read(rendered(next(typeset("", "Warm", None)), 100, False))
    print(f"{'':32} {'characters':>10}" + "".join(f"  {dots} dpi: right  s/page" for dots in DOTS))
    for pages in known_pages(options.files, options.font):
        chosen = pages[:: max(1, len(pages) // options.pages)][: options.pages]
        if not chosen:
            continue
        count = sum(len(page.text) for page in chosen)
        row = f"{chosen[0].name[:32]:32} {count:>10,}"
        for dots in DOTS:
            shares, begun = 0.0, time.process_time()
            for page in chosen:
                seen = recogniser.read(rendered(page, dots, options.worn))
                read = mend_hyphens([seen.text])[0]
                shares += right(page.text, read) * len(page.text)
            seconds = (time.process_time() - begun) / len(chosen)
            row += f"  {shares / count:14.1%}  {seconds:6.1f}"
        print(row, flush=True)


if __name__ == "__main__":
    main()
