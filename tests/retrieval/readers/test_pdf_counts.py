"""Pages and words of the sample PDFs of py-pdf/sample-files, against an independent reader.

The files are not in this repository: they are looked for in the folder that CHATUI_SAMPLE_PDFS
names, or in `../shared/eval/pdf` beside the checkout. `tests/data/pdf_counts.json` has for each
what is to be read: `pages`, `words`, and how many words pdftotext 22.12 (Poppler) finds
(`reference`); where the two differ by more than one in fifty, `why`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.reader import read

TESTS = Path(__file__).parents[2]
COUNTS: dict[str, dict[str, Any]] = json.loads((TESTS / "data/pdf_counts.json").read_text())
FOLDER = Path(os.environ.get("CHATUI_SAMPLE_PDFS", TESTS.parents[1] / "shared/eval/pdf"))
SHARE = 0.02
WORD = re.compile(r"\w+")

needs_files = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="the sample PDFs are not there: CHATUI_SAMPLE_PDFS names their folder",
)


@dataclass(frozen=True, slots=True)
class Counted:
    pages: int
    words: int


def counted(path: Path) -> Counted:
    """Words in the text and, once a page, at its edges."""
    document = read(path.name, path.read_bytes())
    edges = {(part.page, part.running_head) for part in document.sections}
    texts = [
        *(document.text[part.start : part.end] for part in document.sections),
        *(edge for _, edge in edges),
    ]
    pages = max(part.page or 0 for part in document.sections)
    return Counted(pages, sum(len(WORD.findall(text)) for text in texts))


def test_what_differs_from_the_reference_is_explained() -> None:
    for name, each in COUNTS.items():
        differs = abs(each.get("words", 0) - each.get("reference", 0))
        assert ("why" in each) == (differs > SHARE * each.get("reference", 0)), name


@needs_files
def test_every_sample_is_counted() -> None:
    assert sorted(COUNTS) == sorted(path.name for path in FOLDER.glob("*.pdf"))


@needs_files
@pytest.mark.parametrize("name", [name for name, each in COUNTS.items() if "words" in each])
def test_a_sample_has_all_its_pages_and_words(name: str) -> None:
    found, expected = counted(FOLDER / name), COUNTS[name]

    assert found.pages == expected["pages"]
    # What is neither lost nor doubled; a reader may come to part some words otherwise.
    assert found.words == pytest.approx(expected["words"], rel=SHARE, abs=1)


@needs_files
@pytest.mark.parametrize("name", [name for name, each in COUNTS.items() if "reason" in each])
def test_a_sample_that_holds_no_text_to_read_says_why(name: str) -> None:
    reason = ""
    recognised = False
    try:
        document = read(name, (FOLDER / name).read_bytes())
        # Where pictures are recognised, what comes of them is marked as such.
        recognised = all(part.ocr for part in document.sections if part.end > part.start)
    except (Unreadable, ReadFailed) as error:
        reason = str(error)
    assert reason == COUNTS[name]["reason"] or recognised
