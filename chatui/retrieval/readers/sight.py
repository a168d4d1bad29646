"""What a reader has to see with: a recogniser of text in pictures, or nothing."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.retrieval.chunking.document import Document

if TYPE_CHECKING:
    from chatui.retrieval.readers.ocr import Recogniser

ILLEGIBLE = "a picture of which most could not be made out"
MOST_LOOKED_AT = 2_000
TOO_MANY = (
    f"behind the first {MOST_LOOKED_AT:,} pictures, which are all that is looked at in a file"
)


@dataclass(frozen=True, slots=True)
class Sight:
    """None is no sight: pictures are not looked at."""

    recogniser: Recogniser | None = None


@dataclass(frozen=True, slots=True)
class PagesSeen:
    """How many pictures of a file have been looked at, of how many."""

    done: int
    total: int


Reading = Generator[PagesSeen, None, Document]
"""The reading of a file that may take long: it tells how far it is, and gives the document at its
end."""
