"""The lexical leg: chunks found by their words, scored with BM25."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from chatui.retrieval.library.tables.chunks import batches, marks
from chatui.text.fts.lexical import (
    PARTS_WEIGHT,
    PREFIX_WEIGHT,
    collection_word,
    index_parts,
    index_text,
    name_terms,
    sound_terms,
)
from chatui.text.fts.matching import ALL, Among, CountRows, match, match_terms, rows_of
from chatui.text.fts.sounds import index_sounds

SOUND_DOUBT = 4.0
"""What a sound counts for, among what is to be found, beside a word: the names of a question are
few among its words, and what the others sound like is found by chance. By 1 Arabic questions on
English texts had the right passage first in .49, by 4 in .67, by the vectors alone in .64."""

Hits = list[tuple[str, float]]
"""(chunk id, BM25 score), the best first; scores are positive and have no upper end."""

_Index = tuple[str, Sequence[float]]
"""A table and the BM25 weights of its columns."""
_WORDS: _Index = ("chunk_words", (0.0, PREFIX_WEIGHT, 1.0, PARTS_WEIGHT))
_SOUNDS: _Index = ("chunk_sounds", (0.0, 1.0))


def put(db: sqlite3.Connection, row_id: int, prefix: str, text: str) -> None:
    """Indexes the chunk with that row id."""
    db.execute(
        "INSERT INTO chunk_words (rowid, collection, prefix, text, parts) "
        "SELECT id, collection_word(collection_id), ?, ?, ? FROM chunks WHERE id = ?",
        (index_text(prefix), index_text(text), index_parts(f"{prefix}\n{text}"), row_id),
    )
    if sounds := index_sounds(f"{prefix}\n{text}"):
        db.execute(
            "INSERT INTO chunk_sounds (rowid, collection, sounds) "
            "SELECT id, collection_word(collection_id), ? FROM chunks WHERE id = ?",
            (sounds, row_id),
        )


def search(
    db: sqlite3.Connection,
    collection_id: int,
    query: str,
    k: int,
    files: Sequence[int] | None = None,
    *,
    count: CountRows | None = None,
) -> tuple[Hits, float]:
    """The best for the query's words, and about the score of a chunk that holds every word of it
    once. Where `files` are given, by their ids, the best of these.

    A name in another script is found by what it sounds like: it could not stand in the texts. So is
    one in Latin letters that does not stand in them.
    """
    (rows,) = db.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()
    scope, everywhere = _scope(db, collection_id), collection_word(collection_id)
    among = ALL if files is None else _among(db, files)
    found = match(
        db, "chunk_words", query, scope, rows, everywhere=everywhere, count=count, among=among
    )
    hits = _best(db, _WORDS, found.expression, k, among)
    abroad = name_terms(query, found.missing)
    asked = [*(sound_terms(query) if found.unheld else ()), *abroad]
    heard = match_terms(
        db, "chunk_sounds", asked, scope, rows, everywhere=everywhere, count=count, among=among
    )
    if not heard.expression:
        return hits, found.ideal
    scores = dict(hits)
    for chunk_id, score in _best(db, _SOUNDS, heard.expression, k, among):
        scores[chunk_id] = scores.get(chunk_id, 0.0) + score
    ideal = found.ideal
    if found.unheld:
        ideal += SOUND_DOUBT * found.unheld * heard.ideal - found.absent
    if abroad:
        unheld = len(abroad) / (len(abroad) + len(found.terms))
        ideal += (SOUND_DOUBT - 1) * unheld * found.ideal
    return sorted(scores.items(), key=lambda hit: -hit[1])[:k], ideal


def _best(db: sqlite3.Connection, index: _Index, expression: str, k: int, among: Among) -> Hits:
    if not expression:
        return []
    table, weights = index
    hits = db.execute(
        "SELECT c.chunk_id, best.score FROM ("
        f"SELECT rowid AS id, -bm25({table}, {marks(weights)}) AS score FROM {table} "
        f"WHERE {table} MATCH ? {among.clause} ORDER BY score DESC, rowid LIMIT ?"
        ") AS best JOIN chunks c ON c.id = best.id ORDER BY best.score DESC, c.id",
        (*weights, expression, *among.values, k),
    )
    return [(chunk_id, score) for chunk_id, score in hits]


def holding(
    db: sqlite3.Connection,
    collection_id: int,
    words: Sequence[str],
    *,
    count: CountRows | None = None,
) -> dict[str, int]:
    """In how many chunks of the collection each of the words stands; common ones are not counted to
    the end."""
    scope = _scope(db, collection_id)
    return {
        word: rows_of(db, "chunk_words", word, scope, count=count) for word in dict.fromkeys(words)
    }


def _among(db: sqlite3.Connection, files: Sequence[int]) -> Among:
    """Chunks of a file stand close to each other, mostly without a gap: their span is all that the
    index has to look at, and often all that there is to say."""
    ids = [
        row_id
        for some in batches(files)
        for (row_id,) in db.execute(f"SELECT id FROM chunks WHERE file_id IN ({marks(some)})", some)
    ]
    first, last = min(ids, default=0), max(ids, default=-1)
    span = "AND rowid BETWEEN ? AND ?"
    if last - first + 1 == len(ids):
        return Among(span, (first, last))
    # The plus keeps SQLite from asking the index for one id after the other.
    chosen = "AND +rowid IN (SELECT value FROM json_each(?))"
    return Among(f"{span} {chosen}", (first, last, json.dumps(ids)))


def _scope(db: sqlite3.Connection, collection_id: int) -> str:
    """The word that keeps a search to its collection; "" when there is no other."""
    if db.execute("SELECT 1 FROM collections WHERE id <> ?", (collection_id,)).fetchone() is None:
        return ""
    return collection_word(collection_id)
