"""What an ingest says while it runs and at its end."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chatui.cost.charges import Charge
from chatui.domain.usage import Cost, total_cost
from chatui.retrieval.chunking.document import Lack
from chatui.retrieval.chunking.lacks import in_words


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """`chunks_done` have their vectors; `chunks_total` is None until all files are read.
    `current` is the file that was read last, `seconds` the time since the start.
    `seconds_left` is an estimate, None while there is nothing to base it on."""

    files_done: int
    files_total: int
    chunks_done: int
    chunks_total: int | None
    current: str
    seconds: float
    seconds_left: float | None = None

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


RENEWED = (
    "The index of {collection} was left half written by a process that was killed; it was made "
    "anew from the stored vectors."
)


@dataclass(slots=True)
class IngestReport:
    """Files: seen = added + updated + unchanged + skipped + failed + empty; `removed` were
    there before. Of those that are unchanged or updated, `moved` were at another path before.
    Files of which something is missing have content: they are added, updated or unchanged,
    and `partial` says what is missing.
    `embedded` counts the texts that the embedding model was run on; with `index_renewed` the
    index was made anew, from the stored vectors."""

    collection: str
    seen: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    moved: int = 0
    skipped: list[FileNote] = field(default_factory=list)
    failed: list[FileNote] = field(default_factory=list)
    empty: list[FileNote] = field(default_factory=list)
    partial: list[PartNote] = field(default_factory=list)
    chunks_added: int = 0
    chunks_removed: int = 0
    chunks_total: int = 0
    embedded: int = 0
    index_renewed: bool = False
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
        notes[outcome].append(FileNote(source, reason))

    def note_lacks(self, source: str, lacks: Iterable[Lack]) -> None:
        """Lists what is missing of a file that was read."""
        self.partial += [PartNote(source, lack.reason, lack.pages) for lack in lacks]

    def lacking(self) -> dict[str, str]:
        """What is missing, as a clause, by the file of which it is."""
        named: dict[str, list[Lack]] = {}
        for note in self.partial:
            named.setdefault(note.source, []).append(Lack(note.reason, note.pages))
        return {source: in_words(lacks) for source, lacks in named.items()}

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
                "skipped": _notes(self.skipped),
                "failed": _notes(self.failed),
                "empty": _notes(self.empty),
                "partial": [
                    {"source": note.source, "reason": note.reason, "pages": list(note.pages)}
                    for note in self.partial
                ],
            },
            "chunks": {
                "added": self.chunks_added,
                "removed": self.chunks_removed,
                "total": self.chunks_total,
            },
            "embedded": self.embedded,
            "index_renewed": self.index_renewed,
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


def seconds_left(
    *,
    chunk_seconds: float | None,
    chunks_done: int,
    chunks_read: int,
    bytes_read: int,
    bytes_total: int,
) -> float | None:
    """The time that the chunks still take. Files that are not read yet are taken to have as
    many chunks a byte as those that are. None while there is nothing to base it on."""
    if chunk_seconds is None or bytes_read <= 0:
        return None
    expected = chunks_read * bytes_total / bytes_read
    return max(0.0, expected - chunks_done) * chunk_seconds
