"""The lexical leg: chunks found by their words, scored with BM25."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from chatui.retrieval.library.tables.chunks import batches, marks
from chatui.text.fts.lexical import (
    PARTS_WEIGHT,
    PREFIX_WEIGHT,
    collection_word,
    index_parts,
    index_text,
)
from chatui.text.fts.matching import any_term, match


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


def search_within(
    db: sqlite3.Connection, file_ids: Sequence[int], query: str, k: int
) -> list[tuple[str, float]]:
    """The same in these files alone. All terms propose chunks: there are few of them, and a word
    that is common elsewhere may be what tells them apart."""
    expression = any_term(query)
    if not expression:
        return []
    found: list[tuple[str, float]] = []
    for ids in batches(file_ids):
        found += db.execute(
            "SELECT c.chunk_id, -bm25(chunk_words, 0.0, ?, 1.0, ?) AS score FROM chunk_words "
            "JOIN chunks c ON c.id = chunk_words.rowid WHERE chunk_words MATCH ? "
            f"AND c.file_id IN ({marks(ids)}) ORDER BY score DESC, c.id LIMIT ?",
            (PREFIX_WEIGHT, PARTS_WEIGHT, expression, *ids, k),
        ).fetchall()
    return sorted(found, key=lambda one: -one[1])[:k]


def _scope(db: sqlite3.Connection, collection_id: int) -> str:
    """The word that keeps a search to its collection; "" when there is no other."""
    if db.execute("SELECT 1 FROM collections WHERE id <> ?", (collection_id,)).fetchone() is None:
        return ""
    return collection_word(collection_id)
