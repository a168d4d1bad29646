"""Whether library.db is sound, and how it is mended; for doctor. Not for the event loop."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from chatui.domain.errors import LibraryFailed
from chatui.retrieval.library.library import plain_sentence
from chatui.retrieval.library.mending import set_aside
from chatui.retrieval.library.schema import create_database, open_database
from chatui.retrieval.library.tables.disk import mend_words
from chatui.system.sqlite import is_damage
from chatui.system.sqlite_check import Contradiction, contradiction, words_fault

WORDS = "chunk_words"


def check(path: Path) -> Contradiction | None:
    """None for a file that is sound, or not there yet. Changes nothing. Raises LibraryFailed where
    the fault is not the file's."""
    try:
        if not path.exists():
            return None
        with closing(open_database(path)) as connection:
            return contradiction(connection, WORDS) or words_fault(
                connection, WORDS, "SELECT id FROM chunks"
            )
    except (sqlite3.Error, OSError) as error:
        if is_damage(error):
            return Contradiction("file", str(error))
        raise LibraryFailed(plain_sentence(path, error)) from error


def mend(path: Path, found: Contradiction) -> str:
    """Mends what `check` has found; the sentence on what was done. Raises LibraryFailed."""
    try:
        if found.fault in ("indexes", "words"):
            with closing(create_database(path)) as connection:
                connection.execute("REINDEX")
                mend_words(connection)
            if check(path) is None:
                return f"{path}: its indexes were made anew."
        return set_aside(path)
    except (sqlite3.Error, OSError) as error:
        raise LibraryFailed(plain_sentence(path, error)) from error
