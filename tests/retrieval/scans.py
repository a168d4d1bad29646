"""Scans: pages of text as they come out of a scanner, one picture a page and no text."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pypdfium2
import pytest
from PIL import Image

from tests.retrieval.tiny_pdf import make_pdf

pytest.importorskip("rapidocr")

A4 = "/MediaBox [0 0 595 842]"


def pictures(
    pages: Sequence[Sequence[str] | str], dpi: int = 150, keys: str = A4
) -> list[Image.Image]:
    """The pages as they are seen."""
    pdf = pypdfium2.PdfDocument(make_pdf(pages, keys=keys))
    made = [page.render(scale=dpi / 72).to_pil() for page in pdf]
    pdf.close()
    return made


def as_file(pages: Sequence[Image.Image], format: str, dpi: int = 150, **options: object) -> bytes:
    """A file of that format with these pages."""
    first, *others = pages
    out = io.BytesIO()
    more = {"save_all": True, "append_images": others} if others else {}
    if format == "PDF":
        options["resolution"] = dpi
    first.save(out, format, **more, **options)
    return out.getvalue()


def scan(pages: Sequence[Sequence[str] | str], dpi: int = 150) -> bytes:
    """A PDF of pictures."""
    return as_file(pictures(pages, dpi), "PDF", dpi)
