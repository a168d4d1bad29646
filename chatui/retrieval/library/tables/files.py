"""Files: what was read of each, and the chunks that it became."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from chatui.retrieval.chunking.document import Chunk, Lack
from chatui.retrieval.library.records import Change, FileRow, Outcome
from chatui.retrieval.library.tables import lacks, wording
from chatui.system.sqlite import transaction


@dataclass(frozen=True, slots=True)
class FileState:
    """How a file was found, and what reading it came to. `size` in bytes."""

    path: str
    source: str
    size: int
    mtime_ns: int
    sha256: str
    recipe: str
    outcome: Outcome
    reason: str = ""
    title: str = ""
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where and when a known content was found."""

    file_id: int
    path: str
    source: str
    size: int
    mtime_ns: int


def of_collection(db: sqlite3.Connection, collection_id: int) -> dict[str, FileRow]:
    """By absolute path."""
    rows = db.execute(
        "SELECT id, path, source, size, mtime_ns, sha256, recipe, outcome, reason, title, lacks, "
        "earlier FROM files WHERE collection_id = ?",
        (collection_id,),
    )
    known = ([*row[:-2], lacks.from_column(row[-2]), _lines(row[-1])] for row in rows)
    return {values[1]: FileRow(*values) for values in known}


def put(
    db: sqlite3.Connection, collection_id: int, file: FileState, chunks: Sequence[Chunk]
) -> Change:
    """Sets the file's row and its chunks, all or nothing.

    A chunk whose text and prefix stood in the file before keeps its id, its words and its
    vector; only its place is set anew. So it does when the file has another path now.
    """
    with transaction(db):
        file_id = _put_row(db, collection_id, file)
        return _put_chunks(db, collection_id, file_id, file.path, chunks)


def place(db: sqlite3.Connection, places: Sequence[FilePlace]) -> None:
    """The same contents were found again: under a new time, a new path or another folder."""
    with transaction(db):
        # A path that another process has taken meanwhile stays with its file.
        db.executemany(
            "UPDATE OR IGNORE files SET earlier = CASE WHEN path = ?1 THEN earlier"
            " ELSE ltrim(earlier || char(10) || path, char(10)) END,"
            " path = ?1, source = ?2, size = ?3, mtime_ns = ?4 WHERE id = ?5",
            [(p.path, p.source, p.size, p.mtime_ns, p.file_id) for p in places],
        )


def _lines(earlier: object) -> tuple[str, ...]:
    """None of a poisoned cell."""
    return tuple(earlier.splitlines()) if isinstance(earlier, str) else ()


def remove(db: sqlite3.Connection, file_ids: Sequence[int]) -> Change:
    removed = 0
    with transaction(db):
        for file_id in file_ids:
            removed += db.execute("DELETE FROM chunks WHERE file_id = ?", (file_id,)).rowcount
            db.execute("DELETE FROM files WHERE id = ?", (file_id,))
    return Change(removed=removed)


def _put_row(db: sqlite3.Connection, collection_id: int, file: FileState) -> int:
    row = db.execute(
        "INSERT INTO files (collection_id, path, source, size, mtime_ns, sha256, recipe, "
        "outcome, reason, title, ingested, lacks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (collection_id, path) DO UPDATE SET source = excluded.source, "
        "size = excluded.size, mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, "
        "recipe = excluded.recipe, outcome = excluded.outcome, reason = excluded.reason, "
        "title = excluded.title, ingested = excluded.ingested, lacks = excluded.lacks "
        "RETURNING id",
        (
            collection_id,
            file.path,
            file.source,
            file.size,
            file.mtime_ns,
            file.sha256,
            file.recipe,
            file.outcome,
            file.reason,
            file.title,
            datetime.now(UTC).isoformat(timespec="seconds"),
            lacks.to_column(file.lacks),
        ),
    ).fetchone()
    return int(row[0])


def _put_chunks(
    db: sqlite3.Connection, collection_id: int, file_id: int, path: str, chunks: Sequence[Chunk]
) -> Change:
    old = _words_and_ids(db, file_id)
    new = _numbered([text_hash(chunk.indexed_text) for chunk in chunks])
    gone = [(old[words],) for words in old.keys() - set(new)]
    db.executemany("DELETE FROM chunks WHERE chunk_id = ?", gone)
    added = 0
    for at, (words, chunk) in enumerate(zip(new, chunks, strict=True)):
        if words in old:
            _move(db, old[words], at, chunk)
        else:
            _insert(db, file_id, _new_id(db, collection_id, path, words), at, chunk)
            added += 1
    return Change(added=added, removed=len(gone))


_Words = tuple[bytes, int]
"""The hash of a chunk's words, and how many times they have come up in the file so far."""


def _numbered(hashes: Iterable[bytes]) -> list[_Words]:
    seen: Counter[bytes] = Counter()
    numbered = []
    for words in hashes:
        seen[words] += 1
        numbered.append((words, seen[words]))
    return numbered


def _words_and_ids(db: sqlite3.Connection, file_id: int) -> dict[_Words, str]:
    rows = db.execute(
        "SELECT text_hash, chunk_id FROM chunks WHERE file_id = ? ORDER BY place", (file_id,)
    ).fetchall()
    ids = [chunk_id for _, chunk_id in rows]
    return dict(zip(_numbered(words for words, _ in rows), ids, strict=True))


def _new_id(db: sqlite3.Connection, collection_id: int, path: str, words: _Words) -> str:
    """The same for the same words in the same file, also after it was removed. A file that
    was moved away keeps its ids, so that the next one at its path may need others."""
    key = f"{collection_id}\0{path}\0{words[1]}\0".encode() + words[0]
    while True:
        chunk_id = blake2b(key, digest_size=16).hexdigest()
        if not db.execute("SELECT 1 FROM chunks WHERE chunk_id = ?", (chunk_id,)).fetchone():
            return chunk_id
        key += b"\0"


def text_hash(text: str) -> bytes:
    """The key of a text's vector."""
    return blake2b(text.encode(), digest_size=16).digest()


def _insert(db: sqlite3.Connection, file_id: int, chunk_id: str, place: int, chunk: Chunk) -> None:
    db.execute("DELETE FROM removals WHERE chunk_id = ?", (chunk_id,))
    added = db.execute(
        "INSERT INTO chunks (chunk_id, collection_id, file_id, place, prefix, heading, page, "
        "char_start, char_end, line_start, line_end, text, text_hash, gap, header, "
        "running_head, ocr) SELECT ?, collection_id, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
        "FROM files WHERE id = ?",
        (
            chunk_id,
            place,
            chunk.prefix,
            chunk.heading,
            chunk.page,
            chunk.char_start,
            chunk.char_end,
            chunk.line_start,
            chunk.line_end,
            chunk.text,
            text_hash(chunk.indexed_text),
            chunk.gap,
            chunk.header,
            chunk.running_head,
            chunk.ocr,
            file_id,
        ),
    )
    wording.put(db, int(added.lastrowid or 0), chunk.prefix, chunk.text)


def _move(db: sqlite3.Connection, chunk_id: str, place: int, chunk: Chunk) -> None:
    db.execute(
        "UPDATE chunks SET place = ?, heading = ?, page = ?, char_start = ?, char_end = ?, "
        "line_start = ?, line_end = ?, gap = ?, header = ?, running_head = ?, ocr = ? "
        "WHERE chunk_id = ?",
        (
            place,
            chunk.heading,
            chunk.page,
            chunk.char_start,
            chunk.char_end,
            chunk.line_start,
            chunk.line_end,
            chunk.gap,
            chunk.header,
            chunk.running_head,
            chunk.ocr,
            chunk_id,
        ),
    )
