"""Documents that are archives, longer than what is looked at to tell what a file is."""

from __future__ import annotations

import io
import random
import zipfile

from tests.retrieval.readers import features

SENTENCE = "The river Tame is nine metres wide."
PADDING = 50_000


def grown(name: str) -> bytes:
    """A Word document or a book, by the end of its name, that says the sentence."""
    made = (
        features.docx(f"<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>")
        if name.endswith("docx")
        else features.epub(f"<p>{SENTENCE}</p>")
    )
    held = io.BytesIO(made)
    with zipfile.ZipFile(held, "a") as archive:
        # Which doesn't get smaller.
        archive.writestr("media/noise.bin", random.Random(1).randbytes(PADDING))
    return held.getvalue()
