"""A damaged library.db: what can be read of it goes into a new file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from chatui.retrieval.library.schema import SCHEMA, create_database
from chatui.retrieval.library.tables import wording
from chatui.system.salvage import salvaged


def set_aside(path: Path) -> str:
    """Puts a new file in the place of the damaged one, with what could be read of it, and keeps the
    damaged one beside it; the sentence that says so. Nobody else may have the file open. Raises
    OSError and sqlite3.Error."""
    done = salvaged(path, SCHEMA, create_database, make_whole)
    assert done is not None
    files, vectors = (done.rows.get(name, 0) for name in ("files", "vectors"))
    return (
        f"{path} was damaged: what is known of {files:,} files and {vectors:,} vectors could be "
        f"read and is in a new file, the damaged one is kept as {done.kept.name}; ingest the "
        "documents again, which embeds what is lost, and run `chatui collections rebuild`."
    )


def make_whole(db: sqlite3.Connection) -> None:
    """Indexes the words of the chunks that are left, and has every file read again: some of its
    chunks may be lost."""
    if db.execute("SELECT count(*) FROM identity").fetchone() != (1,):
        db.execute("DELETE FROM identity")
        db.execute("INSERT INTO identity (library) VALUES (lower(hex(randomblob(10))))")
    db.execute("UPDATE files SET recipe = ''")
    for chunk in db.execute("SELECT id, prefix, text FROM chunks").fetchall():
        wording.put(db, *chunk)
