"""The vectors of messages, for finding them again by their meaning; in chats.db."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chatui.memory.records import MessageHit
from chatui.memory.store import search
from chatui.memory.store.query_thread import QueryThread
from chatui.memory.store.search import Scores


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A message without a vector. `number` is its place in chats.db, `name` who said it,
    where an import told that."""

    number: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class PieceVector:
    """The vector of the message's `text[start:end]`."""

    start: int
    end: int
    vector: bytes


class MessageVectors:
    """All methods raise StoreError. A message has vectors of one model, and loses them when
    its text changes or its conversation is removed.

    There is no other index beside them. Of 20,000 vectors in ten conversations the nearest
    fifty of one took 0.2 ms to find by comparing all of it, and 52 ms in Chroma with a filter;
    of all of them 8 and 7 ms. And an index would be a second place that deleted chats have to
    be taken out of, which on a server is not even the user's own machine.
    """

    def __init__(self, thread: QueryThread) -> None:
        self._thread = thread

    async def unembedded(
        self,
        fingerprint: str,
        limit: int,
        *,
        after: int = 0,
        turns: Collection[str] | None = None,
    ) -> list[Unembedded]:
        """Messages of settled turns without a vector of that model, of all conversations or
        of the given turns, by their numbers beyond `after`."""
        return await self._thread.read(lambda db: _unembedded(db, fingerprint, limit, after, turns))

    async def count_unembedded(self, fingerprint: str) -> int:
        return await self._thread.read(lambda db: _count_unembedded(db, fingerprint))

    async def save(
        self, fingerprint: str, items: Sequence[tuple[Unembedded, Sequence[PieceVector]]]
    ) -> None:
        """Replaces the vectors that the messages have. Those whose text is no longer the
        same are left alone."""
        await self._thread.write(lambda db: _save(db, fingerprint, items))

    async def words(
        self,
        query: str,
        k: int,
        conversation: str | None = None,
        turns: Collection[str] | None = None,
    ) -> tuple[Scores, float]:
        """The numbers of the k messages that match the query's words best (BM25), and the
        score of a message that holds them all."""
        return await self._thread.read(lambda db: search.words(db, query, k, conversation, turns))

    async def shares(self, query: str, k: int, conversation: str, turns: Collection[str]) -> Scores:
        """The numbers of the k messages of these turns that hold most of the query's words, and how
        much of them, 0..1."""
        return await self._thread.read(lambda db: search.shares(db, query, k, conversation, turns))

    async def hits(
        self, scores: Scores, k: int, windows: Mapping[int, tuple[str, ...]] | None = None
    ) -> list[MessageHit]:
        """The first k of the messages with these numbers, as a search shows them. `windows` are
        the ids of what each was found with."""
        return await self._thread.read(lambda db: search.hits(db, scores, k, windows or {}))

    async def conversation_of(self, turn_id: str) -> str:
        """The id of the turn's conversation; "" when the turn is gone."""
        return await self._thread.read(lambda db: _conversation_of(db, turn_id))

    async def turns_of(self, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
        """The id of each message's turn, and the message's role."""
        return await self._thread.read(lambda db: _turns_of(db, numbers))


_WITHOUT = """
    FROM messages JOIN turns ON turns.id = messages.turn
    WHERE content <> '' AND turns.state <> 'pending' AND NOT EXISTS (
        SELECT 1 FROM message_vectors
        WHERE message = messages.number AND fingerprint = ?)
"""


def _unembedded(
    connection: sqlite3.Connection,
    fingerprint: str,
    limit: int,
    after: int,
    turns: Collection[str] | None,
) -> list[Unembedded]:
    among = "" if turns is None else "AND turn IN (SELECT value FROM json_each(?))"
    given = () if turns is None else (json.dumps(list(turns)),)
    rows = connection.execute(
        f"SELECT messages.number, coalesce(name, ''), content {_WITHOUT}"
        f" AND messages.number > ? {among} ORDER BY messages.number LIMIT ?",
        (fingerprint, after, *given, limit),
    )
    return [Unembedded(*row) for row in rows]


def _count_unembedded(connection: sqlite3.Connection, fingerprint: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) {_WITHOUT}", (fingerprint,)).fetchone()
    return int(count)


def _save(
    connection: sqlite3.Connection,
    fingerprint: str,
    items: Sequence[tuple[Unembedded, Sequence[PieceVector]]],
) -> None:
    for message, pieces in items:
        connection.execute("DELETE FROM message_vectors WHERE message = ?", (message.number,))
        connection.executemany(
            "INSERT INTO message_vectors"
            " (message, conversation, turn, fingerprint, char_start, char_end, vector)"
            " SELECT number, conversation, turn, ?, ?, ?, ? FROM messages"
            " WHERE number = ? AND content = ?",
            [
                (fingerprint, piece.start, piece.end, piece.vector, message.number, message.text)
                for piece in pieces
            ],
        )


def _turns_of(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    rows = connection.execute(
        "SELECT number, turn, role FROM messages WHERE number IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    )
    return {number: (turn, role) for number, turn, role in rows}


def _conversation_of(connection: sqlite3.Connection, turn_id: str) -> str:
    row = connection.execute("SELECT conversation FROM turns WHERE id = ?", (turn_id,)).fetchone()
    return "" if row is None else str(row[0])
