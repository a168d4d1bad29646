"""Collections: named sets of files."""

from __future__ import annotations

import difflib
import sqlite3
import unicodedata
from datetime import UTC, datetime

from chatui.domain.errors import NoSuchCollection, UsageError
from chatui.retrieval.library.records import CollectionInfo, CollectionRow
from chatui.system.sqlite import transaction

MAX_NAME = 64


def ensure(db: sqlite3.Connection, name: str) -> CollectionRow:
    """The collection of that name, made now if there is none. Raises UsageError."""
    check_name(name)
    with transaction(db):
        db.execute(
            "INSERT OR IGNORE INTO collections (name, created) VALUES (?, ?)",
            (name, datetime.now(UTC).isoformat(timespec="seconds")),
        )
    return get(db, name)


def check_name(name: str) -> None:
    """Letters and digits of any script, `-`, `_` and `.`; it is typed in commands."""
    letters = all(unicodedata.category(c)[0] in "LMN" or c in "-_." for c in name)
    if not (0 < len(name) <= MAX_NAME and letters and name[0] not in "-."):
        raise UsageError(
            f"{name!r} cannot name a collection; use up to {MAX_NAME} letters, digits, "
            "'-', '_' and '.', beginning with a letter or a digit."
        )


def get(db: sqlite3.Connection, name: str) -> CollectionRow:
    """Raises NoSuchCollection, with the nearest name."""
    row = db.execute(
        "SELECT id, name, fingerprint, EXISTS (SELECT 1 FROM chunks WHERE collection_id = n.id "
        "AND indexed > 0) FROM collections n WHERE name = ?",
        (name,),
    ).fetchone()
    if row is None:
        raise NoSuchCollection(_unknown(name, names(db)))
    id_, found, fingerprint, is_indexed = row
    return CollectionRow(id_, found, fingerprint, bool(is_indexed))


def library_id(db: sqlite3.Connection) -> str:
    """20 hex digits that no other library has, unless it is a copy of this one."""
    (found,) = db.execute("SELECT library FROM identity").fetchone()
    return str(found)


def names(db: sqlite3.Connection) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM collections ORDER BY name")]


def _unknown(name: str, known: list[str]) -> str:
    if not known:
        return f"There is no collection {name!r} yet; make it with `chatui ingest PATH`."
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known[:10])}."
    return f"There is no collection {name!r}; {hint}"


_INFO = """
SELECT c.name, c.created,
    coalesce((SELECT max(ingested) FROM files f WHERE f.collection_id = c.id), ''),
    (SELECT count(*) FROM files f WHERE f.collection_id = c.id AND outcome = 'read'),
    (SELECT coalesce(sum(size), 0) FROM files f WHERE f.collection_id = c.id
        AND outcome = 'read'),
    (SELECT count(*) FROM chunks k WHERE k.collection_id = c.id),
    (SELECT count(*) FROM chunks k WHERE k.collection_id = c.id AND indexed = 0),
    c.fingerprint
FROM collections c
"""


def infos(db: sqlite3.Connection) -> list[CollectionInfo]:
    return [CollectionInfo(*row) for row in db.execute(_INFO + "ORDER BY c.name")]


def info(db: sqlite3.Connection, name: str) -> CollectionInfo:
    return CollectionInfo(*db.execute(_INFO + "WHERE c.id = ?", (get(db, name).id,)).fetchone())


def remove(db: sqlite3.Connection, collection_id: int) -> None:
    with transaction(db):
        db.execute("DELETE FROM files WHERE collection_id = ?", (collection_id,))
        db.execute("DELETE FROM collections WHERE id = ?", (collection_id,))


def set_fingerprint(db: sqlite3.Connection, collection_id: int, fingerprint: str) -> None:
    """From now on the index is to hold vectors of that model: all of them are to be added."""
    with transaction(db):
        db.execute(
            "UPDATE collections SET fingerprint = ? WHERE id = ?", (fingerprint, collection_id)
        )
        db.execute("UPDATE chunks SET indexed = 0 WHERE collection_id = ?", (collection_id,))
        db.execute("DELETE FROM removals WHERE collection_id = ?", (collection_id,))
