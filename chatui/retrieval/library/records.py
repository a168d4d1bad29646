"""Rows of library.db as values, with the database's own ids where a later call needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatui.retrieval.chunking.document import Lack

Outcome = Literal["read", "skipped", "empty", "failed"]


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """`fingerprint` is that of the embedding model whose vectors are in the index, or "".
    `is_indexed` tells whether the index had said that it holds any chunk when this was read."""

    id: int
    name: str
    fingerprint: str
    is_indexed: bool = False


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection with its counts. `bytes` are those of its files; `waiting` are chunks
    whose vectors are not in the index yet; `updated` is ISO 8601, or "" when it is empty."""

    name: str
    created: str
    updated: str
    files: int
    bytes: int
    chunks: int
    waiting: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is known of a file. `recipe` names the way it was read and cut: another one makes
    it be read again. `reason` says why there are no chunks, when `outcome` is not read; `lacks`
    what is missing, when it is read in part."""

    id: int
    path: str
    source: str
    size: int
    mtime_ns: int
    sha256: str
    recipe: str
    outcome: Outcome
    reason: str
    title: str
    lacks: tuple[Lack, ...] = ()
    earlier: tuple[str, ...] = ()
    """The paths that it had before it was moved or renamed, the last one last."""


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk with what a passage needs of its file."""

    chunk_id: str
    source: str
    path: str
    title: str
    heading: str
    page: int | None
    char_start: int
    char_end: int
    line_start: int
    line_end: int
    text: str
    mtime_ns: int = 0
    """When its file was changed."""
    file_id: int = 0
    place: int = 0
    """Among the chunks of its file, from 0."""
    gap: str | None = None
    """As that of `document.Chunk`, like the three that follow."""
    header: str = ""
    running_head: str = ""
    ocr: bool = False
    lacks: tuple[Lack, ...] = ()
    """Of its file."""


@dataclass(frozen=True, slots=True)
class Change:
    """Chunks that a file gained and lost."""

    added: int = 0
    removed: int = 0
