"""A damaged chats.db: what can be read of it goes into a new file, and makes whole conversations
there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from chatui.domain.errors import StoreError
from chatui.memory.store.database import open_chats
from chatui.memory.store.schema import SCHEMA
from chatui.memory.store.writers import Writers
from chatui.system.locks import LockFile
from chatui.system.salvage import Salvage, salvaged

BUSY_SECONDS = 5.0
WORTH_KEEPING = ("conversations", "turns", "messages", "notes", "ledger")


def set_aside(path: Path, *, by_request: bool = False) -> str | None:
    """Puts a new file in the place of the damaged one, with what could be read of it, and keeps the
    damaged one beside it; the sentence that says so. None when nothing was done: another process
    has mended it meanwhile, or there is nothing in it that could be read. `by_request` it is done
    in any case. Raises StoreError, OSError and sqlite3.Error.
    """
    with LockFile(path.with_name(f"{path.name}-salvage")) as lock:
        lock.take()
        if not by_request and _is_sound(path):
            return None
        if Writers(path).any_alive():
            raise StoreError(
                f"{path} is damaged, and another chatui still writes in it: close that one and "
                "try again."
            )
        done = salvaged(
            path,
            SCHEMA,
            lambda new: open_chats(new, BUSY_SECONDS),
            make_whole,
            lambda rows: by_request or any(rows.get(name) for name in WORTH_KEEPING),
        )
    return None if done is None else _sentence(path, done)


def _is_sound(path: Path) -> bool:
    """As far as the tables go; doctor has looked closer before it asks for more."""
    try:
        connection = open_chats(path, BUSY_SECONDS)
    except (sqlite3.Error, OSError):
        return False
    connection.close()
    return True


def _sentence(path: Path, done: Salvage) -> str:
    conversations, messages = (done.rows.get(each, 0) for each in ("conversations", "messages"))
    return (
        f"{path} was damaged: {conversations:,} conversations with {messages:,} messages could be "
        f"read and are in a new file; the damaged one is kept as {done.kept.name}."
    )


def make_whole(db: sqlite3.Connection) -> None:
    """Gives every text a turn, every turn a conversation and a way to it, and every conversation a
    head, where those that they had are lost."""
    for statement in _STATEMENTS:
        db.execute(statement)


_STATEMENTS = (
    # Some of the calls that were added up may be lost.
    "DELETE FROM ledger_cells",
    "DELETE FROM ledger_summed",
    # Conversations whose own row is lost.
    """INSERT INTO conversations (id, title, created, updated)
    SELECT conversation, '', min(at), max(at) FROM (
        SELECT conversation, asked AS at FROM turns
        UNION ALL SELECT conversation, created FROM messages
    ) WHERE conversation NOT IN (SELECT id FROM conversations) GROUP BY conversation""",
    # Turns of which only the texts are left, as further beginnings until they are chained below.
    """INSERT INTO turns (id, conversation, parent, depth, state, asked)
    SELECT turn, conversation, NULL, 0, 'interrupted', min(created) FROM messages
    WHERE turn NOT IN (SELECT id FROM turns) GROUP BY turn""",
    # Turns of which a text is lost.
    *(
        f"""INSERT INTO messages (id, conversation, turn, role, content, created)
        SELECT lower(hex(randomblob(8))), conversation, id, '{role}', '', asked FROM turns
        WHERE id NOT IN (SELECT turn FROM messages WHERE role = '{role}')"""
        for role in ("user", "assistant")
    ),
    # Pictures without a turn, and names of those that are lost.
    "DELETE FROM turn_media WHERE turn NOT IN (SELECT id FROM turns)",
    "DELETE FROM turn_media WHERE hash NOT IN (SELECT hash FROM media)",
    "DELETE FROM media WHERE hash NOT IN (SELECT hash FROM turn_media)",
    # A turn whose parent is lost follows the one that was asked before it.
    """UPDATE turns SET parent = (
        SELECT earlier.id FROM turns AS earlier
        WHERE earlier.conversation = turns.conversation AND earlier.id <> turns.id
            AND (earlier.asked, earlier.rowid) < (turns.asked, turns.rowid)
        ORDER BY earlier.asked DESC, earlier.rowid DESC LIMIT 1
    ) WHERE depth = 0 OR parent NOT IN (SELECT id FROM turns)""",
    # How far each is from the beginning may have changed.
    """WITH RECURSIVE path(id, depth) AS (
        SELECT id, 1 FROM turns WHERE parent IS NULL
        UNION SELECT turns.id, path.depth + 1 FROM turns JOIN path ON turns.parent = path.id
    )
    UPDATE turns SET depth = path.depth FROM path WHERE path.id = turns.id
        AND turns.depth <> path.depth""",
    # Heads that are lost, or whose row was read as it had been before: the newest turn of the
    # longest way. An undo that was meant is undone by that, and no turn is out of reach.
    """UPDATE conversations SET head = (
        SELECT id FROM turns WHERE conversation = conversations.id
        ORDER BY depth DESC, asked DESC LIMIT 1
    ) WHERE head IS NULL OR head NOT IN (SELECT id FROM turns)
        OR head IN (SELECT parent FROM turns WHERE parent IS NOT NULL)""",
    # Trails that don't lead to their heads begin anew there.
    """DELETE FROM head_moves WHERE head NOT IN (SELECT id FROM turns)""",
    """DELETE FROM head_moves WHERE conversation IN (
        SELECT id FROM conversations WHERE NOT EXISTS (
            SELECT 1 FROM head_moves AS now WHERE now.conversation = conversations.id
                AND now.move = conversations.move AND now.head IS conversations.head
        )
    )""",
    """UPDATE conversations SET move = 0
    WHERE id NOT IN (SELECT conversation FROM head_moves)""",
    """INSERT INTO head_moves (conversation, move, head)
    SELECT id, 0, head FROM conversations
    WHERE id NOT IN (SELECT conversation FROM head_moves)""",
)
