"""The conversation that was read last, kept so that only what has changed is read again.

It is asked for several times in every turn. Read whole each time, a conversation of 2,000 turns
made a turn ten times as slow as the first one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chatui.domain.conversation import TurnState
from chatui.memory.records import StoredConversation, StoredTurn
from chatui.memory.store import conversations, turn_path
from chatui.memory.store.database import text_of, time_of
from chatui.memory.store.writers import Writers

FEW = 64
"""Turns that are read one by one; beyond that the whole path is."""

# Deletes come from removing a conversation, also that of a turn that another one has recalled.
_WATCH = """
    CREATE TEMP TRIGGER watched_turn AFTER UPDATE ON main.turns
    BEGIN SELECT turn_changed(new.id); END;
    CREATE TEMP TRIGGER watched_message AFTER UPDATE ON main.messages
    BEGIN SELECT turn_changed(new.turn); END;
    CREATE TEMP TRIGGER watched_recall AFTER INSERT ON main.recalls
    BEGIN SELECT turn_changed(new.turn); END;
    CREATE TEMP TRIGGER watched_forgetting AFTER DELETE ON main.recalls
    BEGIN SELECT turn_changed(old.turn); END;
"""


@dataclass(slots=True)
class _Kept:
    """`places` are those of the turns, by their ids. `open` turns are read anew each time: they
    become interrupted ones without a write, when their writer dies. `others` changes with
    every write of another connection."""

    conversation: StoredConversation
    places: dict[str, int]
    open: set[str]
    others: int


class LastLoaded:
    """What this connection writes is heard of by triggers of its own; a write of any other
    one makes the next load read everything."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None
        self._changed: set[str] = set()

    def watch(self, connection: sqlite3.Connection) -> None:
        """Has to be called before the first load, outside of any transaction. What is rolled
        back is heard of as well, which costs a read and does no harm."""
        self._kept = None
        connection.create_function("turn_changed", 1, self._hear)
        connection.executescript(_WATCH)

    def _hear(self, turn: str) -> None:
        if self._kept is not None:
            self._changed.add(turn)

    def load(
        self, connection: sqlite3.Connection, prefix: str, writers: Writers
    ) -> StoredConversation:
        """As `conversations.load`. In a transaction, so that it sees one state of the file."""
        (others,) = connection.execute("PRAGMA data_version").fetchone()
        kept = self._kept
        loaded = None
        if kept is not None and kept.conversation.id == prefix and kept.others == others:
            loaded = self._brought_up(connection, kept, writers)
        if loaded is None:
            loaded = conversations.load(connection, prefix, writers)
            places = {stored.id: place for place, stored in enumerate(loaded.turns)}
            self._kept = _Kept(loaded, places, _open(loaded.turns), others)
        self._changed.clear()
        return loaded

    def _brought_up(
        self, connection: sqlite3.Connection, kept: _Kept, writers: Writers
    ) -> StoredConversation | None:
        """The kept conversation as it is now; None when that is better read whole."""
        before = kept.conversation
        row = connection.execute(
            "SELECT title, created, head FROM conversations WHERE id = ?", (before.id,)
        ).fetchone()
        path = None if row is None else _beyond(connection, row["head"], kept.places)
        if path is None:
            return None
        new, stays = path
        stale = [turn for turn in self._changed | kept.open if kept.places.get(turn, stays) < stays]
        if not new and not stale and stays == len(before.turns) and row["title"] == before.title:
            return before
        read = turn_path.read_turns(connection, [*new, *stale], writers)
        if len(read) != len(new) + len(stale):
            return None
        turns = before.turns[:stays]
        if stale:
            changed = list(turns)
            for turn in stale:
                changed[kept.places[turn]] = read[turn]
            turns = tuple(changed)
        for gone in before.turns[stays:]:
            del kept.places[gone.id]
        for turn in reversed(new):
            kept.places[turn] = len(kept.places)
        if new:
            turns += tuple(read[turn] for turn in reversed(new))
        kept.open = {turn for turn in kept.open if turn in kept.places and turn not in read}
        kept.open |= _open(read.values())
        created, title = time_of(row["created"]), text_of(row["title"])
        kept.conversation = replace(before, title=title, created=created, turns=turns)
        return kept.conversation


def _open(turns: Iterable[StoredTurn]) -> set[str]:
    return {stored.id for stored in turns if stored.turn.state is TurnState.PENDING}


def _beyond(
    connection: sqlite3.Connection, head: str | None, places: Mapping[str, int]
) -> tuple[list[str], int] | None:
    """The ids of the turns from the head down to the first that is known, the newest first, and
    how many of the known ones are on the path to it. None when they are more than FEW."""
    new: list[str] = []
    at = head
    while at is not None and at not in places:
        row = connection.execute("SELECT parent FROM turns WHERE id = ?", (at,)).fetchone()
        if row is None or len(new) == FEW:
            return None
        new.append(at)
        at = row["parent"]
    return new, 0 if at is None else places[at] + 1
