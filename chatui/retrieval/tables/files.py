"""Files: what was read of each, and the chunks that it became."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from chatui.retrieval.document import Chunk
from chatui.retrieval.lexical import index_text
from chatui.retrieval.records import Change, FileRow, Outcome
from chatui.retrieval.schema import transaction


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


def of_collection(db: sqlite3.Connection, collection_id: int) -> dict[str, FileRow]:
    """By absolute path."""
    rows = db.execute(
        "SELECT id, path, source, size, mtime_ns, sha256, recipe, outcome, reason, title "
        "FROM files WHERE collection_id = ?",
        (collection_id,),
    )
    return {row[1]: FileRow(*row) for row in rows}


def put(
    db: sqlite3.Connection, collection_id: int, file: FileState, chunks: Sequence[Chunk]
) -> Change:
    """Sets the file's row and its chunks, all or nothing.

    A chunk whose text and prefix stood in the file before keeps its id, its words and its
    vector; only its place is set anew.
    """
    with transaction(db):
        file_id = _put_row(db, collection_id, file)
        return _put_chunks(db, collection_id, file_id, file.path, chunks)


def touch(db: sqlite3.Connection, file_id: int, source: str, size: int, mtime_ns: int) -> None:
    """The same content was found again, under a new time or from another folder."""
    with transaction(db):
        db.execute(
            "UPDATE files SET source = ?, size = ?, mtime_ns = ? WHERE id = ?",
            (source, size, mtime_ns, file_id),
        )


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
        "outcome, reason, title, ingested) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (collection_id, path) DO UPDATE SET source = excluded.source, "
        "size = excluded.size, mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, "
        "recipe = excluded.recipe, outcome = excluded.outcome, reason = excluded.reason, "
        "title = excluded.title, ingested = excluded.ingested RETURNING id",
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
        ),
    ).fetchone()
    return int(row[0])


def _put_chunks(
    db: sqlite3.Connection, collection_id: int, file_id: int, path: str, chunks: Sequence[Chunk]
) -> Change:
    new = dict(zip(chunk_ids(collection_id, path, chunks), enumerate(chunks), strict=True))
    rows = db.execute("SELECT chunk_id FROM chunks WHERE file_id = ?", (file_id,))
    old = {chunk_id for (chunk_id,) in rows}
    gone = old - new.keys()
    db.executemany("DELETE FROM chunks WHERE chunk_id = ?", [(chunk_id,) for chunk_id in gone])
    for chunk_id, (place, chunk) in new.items():
        if chunk_id in old:
            _move(db, chunk_id, place, chunk)
        else:
            _insert(db, file_id, chunk_id, place, chunk)
    return Change(added=len(new) - len(old) + len(gone), removed=len(gone))


def chunk_ids(collection_id: int, path: str, chunks: Sequence[Chunk]) -> list[str]:
    """Ids that stay while a chunk's words stay, wherever in the file it moves to."""
    seen: dict[bytes, int] = {}
    ids = []
    for chunk in chunks:
        words = text_hash(chunk.indexed_text)
        seen[words] = seen.get(words, 0) + 1
        key = f"{collection_id}\0{path}\0{seen[words]}\0".encode() + words
        ids.append(blake2b(key, digest_size=16).hexdigest())
    return ids


def text_hash(text: str) -> bytes:
    """The key of a text's vector."""
    return blake2b(text.encode(), digest_size=16).digest()


def _insert(db: sqlite3.Connection, file_id: int, chunk_id: str, place: int, chunk: Chunk) -> None:
    db.execute("DELETE FROM removals WHERE chunk_id = ?", (chunk_id,))
    added = db.execute(
        "INSERT INTO chunks (chunk_id, collection_id, file_id, place, prefix, heading, page, "
        "char_start, char_end, line_start, line_end, text, text_hash) "
        "SELECT ?, collection_id, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM files WHERE id = ?",
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
            file_id,
        ),
    )
    db.execute(
        "INSERT INTO chunk_words (rowid, prefix, text) VALUES (?, ?, ?)",
        (added.lastrowid, index_text(chunk.prefix), index_text(chunk.text)),
    )


def _move(db: sqlite3.Connection, chunk_id: str, place: int, chunk: Chunk) -> None:
    db.execute(
        "UPDATE chunks SET place = ?, heading = ?, page = ?, char_start = ?, char_end = ?, "
        "line_start = ?, line_end = ? WHERE chunk_id = ?",
        (
            place,
            chunk.heading,
            chunk.page,
            chunk.char_start,
            chunk.char_end,
            chunk.line_start,
            chunk.line_end,
            chunk_id,
        ),
    )
