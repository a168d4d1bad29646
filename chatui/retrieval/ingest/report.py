"""What an ingest says while it runs and at its end."""

from __future__ import annotations

import uuid
from bisect import insort
from collections.abc import Iterable
from dataclasses import InitVar, dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from chatui.cost.charges import Charge
from chatui.domain.usage import Cost, total_cost
from chatui.retrieval.chunking.document import Chunk, Lack
from chatui.retrieval.chunking.lacks import in_words
from chatui.retrieval.ingest.time_left import PaceOfBatches
from chatui.text.figures import counted


@dataclass(frozen=True, slots=True)
class PageProgress:
    """How far a file is whose pages are pictures: `done` of `total` pages are recognised.
    `seconds_left` is an estimate, None before the first page is done."""

    source: str
    done: int
    total: int
    seconds_left: float | None

    def __str__(self) -> str:
        return f"page {min(self.done + 1, self.total):,} of {self.total:,} of {self.source} (OCR)"


@dataclass(slots=True)
class PagesUnderWay:
    """Such a file while it is read, from the moment at which it began."""

    source: str
    began: InitVar[float]
    done: int = 0
    total: int = 0
    pace: PaceOfBatches = field(default_factory=PaceOfBatches)

    def __post_init__(self, began: float) -> None:
        self.pace.begin(began)

    def come_to(self, done: int, total: int, now: float) -> None:
        """So many of its pages are recognised."""
        if done > self.done:
            self.pace.did(now, done - self.done)
        self.done, self.total = done, total

    def told(self, now: float) -> PageProgress:
        left = self.pace.left(now, self.total - self.done)
        return PageProgress(self.source, self.done, self.total, left)


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """`chunks_done` have their vectors; `chunks_total` is None until all files are read.
    `current` is the file that was read last, `seconds` the time since the start.
    `seconds_left` is an estimate, None while there is nothing to base it on. `pages` are those
    whose text is being recognised."""

    files_done: int
    files_total: int
    chunks_done: int
    chunks_total: int | None
    current: str
    seconds: float
    seconds_left: float | None = None
    pages: PageProgress | None = None

    @property
    def time_left(self) -> float | None:
        """Seconds, by what takes longer: the chunks, or the pages that are being recognised."""
        left = [self.seconds_left, self.pages.seconds_left if self.pages else None]
        return max((seconds for seconds in left if seconds is not None), default=None)

    @property
    def doing(self) -> str:
        """What is being read, or was read last."""
        return str(self.pages) if self.pages else self.current

    @property
    def chunks_per_second(self) -> float:
        return self.chunks_done / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file without content in the collection, or with an older one, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class PartNote:
    """A part of a file that was not read, and why; `pages` are 1-based, none where the part
    is no page."""

    source: str
    reason: str
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PagesNote:
    """A file with text that was recognised in pictures; `pages` are 1-based, none where the file is
    the picture."""

    source: str
    pages: tuple[int, ...]


_source: Final = attrgetter("source")
WANTED = (
    "{files} pictures that were not looked at; `pip install 'chatui[ocr]'` lets chatui read what "
    "is written in them."
)
OLD = (
    "The library was made by an earlier chatui: {files} of {collection} read anew, and its words "
    "indexed anew."
)
REREAD = (
    "{files} of {collection} had been cut in another way, by an earlier chatui or other settings; "
    "read anew."
)
RENEWED = (
    "The index of {collection} was left half written by a process that was killed; it was made "
    "anew from the stored vectors."
)

REWORDED = (
    "The library was made by an earlier chatui; its words were indexed anew, so that they are "
    "found in every way to write them."
)


@dataclass(slots=True)
class IngestReport:
    """Files: seen = added + updated + unchanged + skipped + failed + empty; `removed` were
    there before. Of those that are unchanged or updated, `moved` were at another path before;
    `moves` has the new path of each by the old one.
    Files end in any order, and every list of them is in that of their sources.
    Files of which something is missing have content: they are added, updated or unchanged,
    and `partial` says what is missing. `recognised` are those of them that were read now, with the
    pages whose text was recognised in a picture; `unseen` counts the files with pictures that were
    not looked at, with `ocr_missing` for want of the extra that does.
    `reread` are those of the updated that had not changed themselves: they were cut in another way.
    `embedded` counts the texts that the embedding model was run on; with `index_renewed` the
    index was made anew, from the stored vectors, and with `words_renewed` the words and names of
    all texts were indexed anew, which an earlier chatui had done in another way."""

    collection: str
    seen: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    moved: int = 0
    moves: dict[str, str] = field(default_factory=dict)
    skipped: list[FileNote] = field(default_factory=list)
    failed: list[FileNote] = field(default_factory=list)
    empty: list[FileNote] = field(default_factory=list)
    partial: list[PartNote] = field(default_factory=list)
    recognised: list[PagesNote] = field(default_factory=list)
    unseen: int = 0
    ocr_missing: bool = False
    chunks_added: int = 0
    chunks_removed: int = 0
    chunks_total: int = 0
    embedded: int = 0
    reread: int = 0
    index_renewed: bool = False
    words_renewed: bool = False
    seconds: float = 0.0
    charge: Charge = field(default_factory=lambda: Charge(run=uuid.uuid4().hex))

    @property
    def cost(self) -> Cost:
        """What embedding cost; nothing on this machine."""
        costs = total_cost(self.charge.costs)
        return costs[0] if costs else Cost(Decimal(0), source="local")

    def note(self, outcome: str, source: str, reason: str) -> None:
        """Lists a file under `skipped`, `empty` or `failed`."""
        notes = {"skipped": self.skipped, "empty": self.empty, "failed": self.failed}
        insort(notes[outcome], FileNote(source, reason), key=_source)

    def note_lacks(self, source: str, lacks: Iterable[Lack]) -> None:
        """Lists what is missing of a file that was read."""
        for lack in lacks:
            insort(self.partial, PartNote(source, lack.reason, lack.pages), key=_source)

    def note_recognised(self, source: str, chunks: Iterable[Chunk]) -> None:
        """Lists the file if text of it was recognised."""
        pages = [chunk.page for chunk in chunks if chunk.ocr]
        if pages:
            numbered = sorted({page for page in pages if page is not None})
            insort(self.recognised, PagesNote(source, tuple(numbered)), key=_source)

    def want(self) -> str:
        """A sentence on what would let more be read, or ""."""
        if not self.unseen or not self.ocr_missing:
            return ""
        files = counted(self.unseen, "file has", "files have")
        return WANTED.format(files=files)

    def lacking(self) -> dict[str, str]:
        """What is missing, as a clause, by the file of which it is."""
        named: dict[str, list[Lack]] = {}
        for note in self.partial:
            named.setdefault(note.source, []).append(Lack(note.reason, note.pages))
        return {source: in_words(lacks) for source, lacks in named.items()}

    def remarks(self) -> list[str]:
        """A sentence each on what was done beside the reading that was asked for."""
        files = counted(self.reread, "file")
        old = bool(self.reread) and self.words_renewed
        said = {
            OLD: old,
            REREAD: self.reread and not old,
            RENEWED: self.index_renewed,
            REWORDED: self.words_renewed and not old,
        }
        return [
            words.format(files=files, collection=self.collection)
            for words, done in said.items()
            if done
        ]

    def as_json(self) -> dict[str, Any]:
        """The document that `chatui ingest --json` prints."""
        return {
            "files": {
                "seen": self.seen,
                "added": self.added,
                "updated": self.updated,
                "unchanged": self.unchanged,
                "removed": self.removed,
                "moved": self.moved,
                "reread": self.reread,
                "skipped": _notes(self.skipped),
                "failed": _notes(self.failed),
                "empty": _notes(self.empty),
                "partial": [
                    {"source": note.source, "reason": note.reason, "pages": list(note.pages)}
                    for note in self.partial
                ],
                "recognised": [
                    {"source": note.source, "pages": list(note.pages)} for note in self.recognised
                ],
                "unseen": self.unseen,
            },
            "chunks": {
                "added": self.chunks_added,
                "removed": self.chunks_removed,
                "total": self.chunks_total,
            },
            "embedded": self.embedded,
            "index_renewed": self.index_renewed,
            "words_renewed": self.words_renewed,
            "names_heard": self.words_renewed,
            "seconds": round(self.seconds, 3),
            "collection": self.collection,
            "cost": _cost(self.cost),
        }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "amount": None if cost.amount is None else f"{cost.amount:f}",
        "currency": cost.currency,
        "price_source": cost.source,
    }


def _notes(notes: list[FileNote]) -> list[dict[str, str]]:
    return [{"source": note.source, "reason": note.reason} for note in notes]
