"""Facts that are kept across conversations, in chats.db."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from chatui.domain.errors import UsageError
from chatui.memory.records import Note
from chatui.memory.store.database import now, text_of, time_of, time_text
from chatui.memory.store.note_text import digest, note_text, sense
from chatui.memory.store.query_thread import QueryThread

MOST_PROPOSED = 20
"""Proposals that wait for the user's word; there are no more until some have it."""


class Notes:
    """All methods raise StoreError, and UsageError for a number that no note has or a text
    that can't be one. A note's number is its own for ever."""

    def __init__(self, thread: QueryThread) -> None:
        self._thread = thread

    async def all(self) -> list[Note]:
        """Every note, kept or proposed, in the order of their numbers."""
        return await self._thread.read(_all)

    async def kept(self) -> list[Note]:
        return [note for note in await self.all() if note.state == "kept"]

    async def add(self, text: str) -> tuple[Note, bool]:
        """The note that says this, and whether it is new. One that was only proposed is kept
        from now on."""
        cleaned = note_text(text)
        return await self._thread.write(lambda db: _add(db, cleaned))

    async def propose(self, texts: Iterable[str], conversation: str | None) -> list[Note]:
        """Those of the texts that are new, as proposals: no note says the same, and none that
        was forgotten or declined did. None when the conversation is gone meanwhile."""
        cleaned = [note_text(text) for text in texts]
        return await self._thread.write(lambda db: _propose(db, cleaned, conversation))

    async def accept(self, number: int) -> Note:
        """Keeps what was proposed; a kept note stays as it is."""
        return await self._thread.write(lambda db: _accept(db, number))

    async def edit(self, number: int, text: str) -> Note:
        cleaned = note_text(text)
        return await self._thread.write(lambda db: _edit(db, number, cleaned))

    async def forget(self, number: int) -> Note:
        """Deletes the note, or declines the proposal, for good; it is not proposed again."""
        return await self._thread.write(lambda db: _forget(db, number))

    # The switch

    async def are_on(self) -> bool:
        """Whether the user lets notes join prompts and be proposed."""
        return await self._thread.read(_are_on)

    async def switch(self, is_on: bool) -> None:
        await self._thread.write(
            lambda db: db.execute("INSERT OR REPLACE INTO note_switch VALUES (1, ?)", (is_on,))
        )

    # Vectors, for finding notes by their meaning

    async def vectors(self, fingerprint: str) -> dict[int, bytes]:
        """Those of the embedding model with that fingerprint, by the notes' numbers."""
        return await self._thread.read(
            lambda db: {
                row["note"]: row["vector"]
                for row in db.execute(
                    "SELECT note, vector FROM note_vectors WHERE fingerprint = ?", (fingerprint,)
                )
            }
        )

    async def save_vectors(self, fingerprint: str, vectors: Mapping[Note, bytes]) -> None:
        """Replaces other models' vectors. Notes that have changed meanwhile are left out."""
        rows = [(fingerprint, vector, note.number, note.text) for note, vector in vectors.items()]

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM note_vectors WHERE fingerprint <> ?", (fingerprint,))
            db.executemany(
                "INSERT OR REPLACE INTO note_vectors (note, fingerprint, vector)"
                " SELECT number, ?1, ?2 FROM notes WHERE number = ?3 AND text = ?4",
                rows,
            )

        await self._thread.write(work)


def _all(connection: sqlite3.Connection) -> list[Note]:
    return [_note(row) for row in connection.execute("SELECT * FROM notes ORDER BY number")]


def _note(row: sqlite3.Row) -> Note:
    return Note(
        number=row["number"],
        text=text_of(row["text"]),
        created=time_of(row["created"]),
        updated=time_of(row["updated"]),
        # Whatever else it is: nothing joins a prompt that the user has not kept.
        state="kept" if row["state"] == "kept" else "proposed",
        conversation=row["conversation"],
    )


def _found(connection: sqlite3.Connection, number: int) -> Note:
    # SQLite knows no number beyond 64 bits.
    fits = 0 < number < 2**63
    row = None
    if fits:
        row = connection.execute("SELECT * FROM notes WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise UsageError(f"There is no note {number}; the list of notes shows their numbers.")
    return _note(row)


def _same(notes: Sequence[Note], text: str) -> Note | None:
    return next((note for note in notes if sense(note.text) == sense(text)), None)


def _insert(
    connection: sqlite3.Connection,
    text: str,
    state: Literal["kept", "proposed"],
    conversation: str | None,
) -> Note:
    moment = now()
    added = connection.execute(
        "INSERT INTO notes (text, state, created, updated, conversation) VALUES (?, ?, ?, ?, ?)",
        (text, state, time_text(moment), time_text(moment), conversation),
    )
    return _found(connection, int(added.lastrowid or 0))


def _add(connection: sqlite3.Connection, text: str) -> tuple[Note, bool]:
    there = _same(_all(connection), text)
    if there is None:
        return _insert(connection, text, "kept", None), True
    return _accept(connection, there.number), there.state == "proposed"


def _propose(
    connection: sqlite3.Connection, texts: Sequence[str], conversation: str | None
) -> list[Note]:
    there = "SELECT 1 FROM conversations WHERE id = ?"
    if conversation and connection.execute(there, (conversation,)).fetchone() is None:
        return []
    added = []
    for text in texts:
        notes = _all(connection)
        waiting = sum(note.state == "proposed" for note in notes)
        gone = connection.execute(
            "SELECT 1 FROM forgotten_notes WHERE digest = ?", (digest(text),)
        ).fetchone()
        if waiting < MOST_PROPOSED and gone is None and _same(notes, text) is None:
            added.append(_insert(connection, text, "proposed", conversation))
    return added


def _accept(connection: sqlite3.Connection, number: int) -> Note:
    if _found(connection, number).state == "proposed":
        connection.execute(
            "UPDATE notes SET state = 'kept', updated = ? WHERE number = ?",
            (time_text(now()), number),
        )
    return _found(connection, number)


def _edit(connection: sqlite3.Connection, number: int, text: str) -> Note:
    note = _found(connection, number)
    same = _same([other for other in _all(connection) if other.number != number], text)
    if same is not None:
        raise UsageError(f"Note {same.number} says the same; forget one of them instead.")
    if text != note.text:
        connection.execute(
            "UPDATE notes SET text = ?, updated = ? WHERE number = ?",
            (text, time_text(now()), number),
        )
        connection.execute("DELETE FROM note_vectors WHERE note = ?", (number,))
    return _found(connection, number)


def _forget(connection: sqlite3.Connection, number: int) -> Note:
    note = _found(connection, number)
    # What is forgotten must not be readable in the file's free pages.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("DELETE FROM notes WHERE number = ?", (number,))
    connection.execute("INSERT OR IGNORE INTO forgotten_notes VALUES (?)", (digest(note.text),))
    return note


def _are_on(connection: sqlite3.Connection) -> bool:
    row = connection.execute("SELECT is_on FROM note_switch").fetchone()
    return row is None or bool(row["is_on"])
