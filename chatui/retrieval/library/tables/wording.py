"""The lexical leg: chunks found by their words, scored with BM25."""

from __future__ import annotations

import sqlite3

from chatui.text.fts.lexical import (
    PARTS_WEIGHT,
    PREFIX_WEIGHT,
    collection_word,
    index_parts,
    index_text,
)
from chatui.text.fts.matching import match


def put(db: sqlite3.Connection, row_id: int, prefix: str, text: str) -> None:
    """Indexes the chunk with that row id."""
    db.execute(
        "INSERT INTO chunk_words (rowid, collection, prefix, text, parts) "
        "SELECT id, collection_word(collection_id), ?, ?, ? FROM chunks WHERE id = ?",
        (index_text(prefix), index_text(text), index_parts(f"{prefix}\n{text}"), row_id),
    )


def search(
    db: sqlite3.Connection, collection_id: int, query: str, k: int
) -> tuple[list[tuple[str, float]], float]:
    """(chunk id, BM25 score), the best first; scores are positive and have no upper end. Behind
    them about the score of a chunk that holds every word of the query once."""
    (rows,) = db.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()
    found = match(db, "chunk_words", query, _scope(db, collection_id), rows)
    if not found.expression:
        return [], found.ideal
    hits = db.execute(
        "SELECT c.chunk_id, best.score FROM ("
        "SELECT rowid AS id, -bm25(chunk_words, 0.0, ?, 1.0, ?) AS score FROM chunk_words "
        "WHERE chunk_words MATCH ? ORDER BY score DESC, rowid LIMIT ?"
        ") AS best JOIN chunks c ON c.id = best.id ORDER BY best.score DESC, c.id",
        (PREFIX_WEIGHT, PARTS_WEIGHT, found.expression, k),
    )
    return [(chunk_id, score) for chunk_id, score in hits], found.ideal


def _scope(db: sqlite3.Connection, collection_id: int) -> str:
    """The word that keeps a search to its collection; "" when there is no other."""
    if db.execute("SELECT 1 FROM collections WHERE id <> ?", (collection_id,)).fetchone() is None:
        return ""
    return collection_word(collection_id)
