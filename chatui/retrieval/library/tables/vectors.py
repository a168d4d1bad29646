"""Vectors: the embedding cache, and what the index has yet to take in or to drop."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from chatui.retrieval.library.tables.chunks import batches, marks
from chatui.system.sqlite import transaction


def unembedded(
    db: sqlite3.Connection, collection_id: int, fingerprint: str, limit: int
) -> list[tuple[bytes, str, str]]:
    """(text hash, prefix, text) of chunks without vectors of that model, each text once."""
    rows = db.execute(
        "SELECT c.text_hash, c.prefix, c.text FROM chunks c "
        "WHERE c.collection_id = ? AND c.indexed = 0 AND NOT EXISTS (SELECT 1 FROM vectors v "
        "WHERE v.text_hash = c.text_hash AND v.fingerprint = ?) LIMIT ?",
        (collection_id, fingerprint, limit),
    )
    texts = {key: (key, prefix, text) for key, prefix, text in rows}
    return list(texts.values())


def count_unembedded(db: sqlite3.Connection, collection_id: int, fingerprint: str) -> int:
    row = db.execute(
        "SELECT count(*) FROM chunks c WHERE c.collection_id = ? AND c.indexed = 0 "
        "AND NOT EXISTS (SELECT 1 FROM vectors v "
        "WHERE v.text_hash = c.text_hash AND v.fingerprint = ?)",
        (collection_id, fingerprint),
    ).fetchone()
    return int(row[0])


def save(db: sqlite3.Connection, fingerprint: str, vectors: Sequence[tuple[bytes, bytes]]) -> None:
    """`vectors` are (text hash, vectors of its windows one behind the other)."""
    with transaction(db):
        db.executemany(
            "INSERT OR IGNORE INTO vectors (text_hash, fingerprint, vector) VALUES (?, ?, ?)",
            [(key, fingerprint, vector) for key, vector in vectors],
        )


def unindexed(
    db: sqlite3.Connection, collection_id: int, fingerprint: str, limit: int
) -> list[tuple[str, bytes]]:
    """(chunk id, vectors) of chunks that wait for nothing but the index."""
    rows = db.execute(
        "SELECT c.chunk_id, v.vector FROM chunks c JOIN vectors v "
        "ON v.text_hash = c.text_hash AND v.fingerprint = ? "
        "WHERE c.collection_id = ? AND c.indexed = 0 LIMIT ?",
        (fingerprint, collection_id, limit),
    )
    return rows.fetchall()


def mark_indexed(
    db: sqlite3.Connection, collection_id: int, held: Sequence[tuple[str, int]]
) -> None:
    """The index holds these chunks with so many vectors each. One that was deleted meanwhile is
    to be dropped again."""
    with transaction(db):
        for chunk_id, vectors in held:
            marked = db.execute(
                "UPDATE chunks SET indexed = ? WHERE chunk_id = ?", (vectors, chunk_id)
            )
            if not marked.rowcount:
                db.execute(
                    "INSERT INTO removals (collection_id, chunk_id, vectors) "
                    "SELECT id, ?, ? FROM collections WHERE id = ? ON CONFLICT DO UPDATE "
                    "SET vectors = max(vectors, excluded.vectors)",
                    (chunk_id, vectors, collection_id),
                )


def removals(db: sqlite3.Connection, collection_id: int, limit: int) -> list[tuple[str, int]]:
    """Deleted chunks that the index may still hold, with so many vectors each."""
    rows = db.execute(
        "SELECT chunk_id, vectors FROM removals WHERE collection_id = ? LIMIT ?",
        (collection_id, limit),
    )
    return rows.fetchall()


def settle_removals(db: sqlite3.Connection, collection_id: int, chunk_ids: Sequence[str]) -> None:
    """The index has dropped these. One that came back meanwhile is to be added again."""
    keys = [(collection_id, chunk_id) for chunk_id in chunk_ids]
    with transaction(db):
        db.executemany("DELETE FROM removals WHERE collection_id = ? AND chunk_id = ?", keys)
        db.executemany(
            "UPDATE chunks SET indexed = 0 WHERE collection_id = ? AND chunk_id = ?", keys
        )


def has_work(db: sqlite3.Connection, collection_id: int) -> bool:
    """Whether the index is behind."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM chunks WHERE collection_id = ?1 AND indexed = 0) "
        "OR EXISTS (SELECT 1 FROM removals WHERE collection_id = ?1)",
        (collection_id,),
    ).fetchone()
    return bool(row[0])


def of_chunks(
    db: sqlite3.Connection, fingerprint: str, chunk_ids: Sequence[str]
) -> dict[str, bytes]:
    """The stored vectors by chunk id, those of its windows one behind the other; chunks without
    any are left out."""
    found: dict[str, bytes] = {}
    for ids in batches(chunk_ids):
        rows = db.execute(
            "SELECT c.chunk_id, v.vector FROM chunks c JOIN vectors v "
            "ON v.text_hash = c.text_hash AND v.fingerprint = ? "
            f"WHERE c.chunk_id IN ({marks(ids)})",
            (fingerprint, *ids),
        )
        found.update(rows)
    return found


def indexed_after(
    db: sqlite3.Connection, collection_id: int, fingerprint: str, after: int, limit: int
) -> list[tuple[int, str, int, bytes]]:
    """(row, chunk id, how many vectors, vectors) of chunks that the index should hold, by rows
    beyond `after`."""
    rows = db.execute(
        "SELECT c.id, c.chunk_id, c.indexed, v.vector FROM chunks c JOIN vectors v "
        "ON v.text_hash = c.text_hash AND v.fingerprint = ? "
        "WHERE c.collection_id = ? AND c.indexed > 0 AND c.id > ? ORDER BY c.id LIMIT ?",
        (fingerprint, collection_id, after, limit),
    )
    return rows.fetchall()


def without_vector(db: sqlite3.Connection, collection_id: int, fingerprint: str) -> list[str]:
    """Ids of chunks that the index is said to hold, although their vectors are not stored."""
    rows = db.execute(
        "SELECT c.chunk_id FROM chunks c WHERE c.collection_id = ? AND c.indexed > 0 "
        "AND NOT EXISTS (SELECT 1 FROM vectors v "
        "WHERE v.text_hash = c.text_hash AND v.fingerprint = ?)",
        (collection_id, fingerprint),
    )
    return [chunk_id for (chunk_id,) in rows]


def forget_orphans(db: sqlite3.Connection) -> int:
    """Deletes the vectors of texts that no chunk holds any more; returns how many."""
    with transaction(db):
        return db.execute(
            "DELETE FROM vectors WHERE text_hash NOT IN (SELECT text_hash FROM chunks)"
        ).rowcount


def note_unused(db: sqlite3.Connection, now: float) -> None:
    """Notes which vectors are out of use since `now`, in seconds since the epoch.

    A vector is in use while a chunk has its text in a collection of its model. Others are
    kept for a while, because files come back and models are changed back.
    """
    with transaction(db):
        db.execute(f"UPDATE vectors SET unused = NULL WHERE unused IS NOT NULL AND {_IN_USE}")
        db.execute(f"UPDATE vectors SET unused = ? WHERE unused IS NULL AND NOT {_IN_USE}", (now,))


def forget_unused(db: sqlite3.Connection, before: float) -> int:
    """Deletes the vectors that were out of use before that; returns how many."""
    with transaction(db):
        return db.execute("DELETE FROM vectors WHERE unused < ?", (before,)).rowcount


_IN_USE = """EXISTS (
    SELECT 1 FROM chunks c JOIN collections n ON n.id = c.collection_id
    WHERE c.text_hash = vectors.text_hash AND n.fingerprint = vectors.fingerprint
)"""
