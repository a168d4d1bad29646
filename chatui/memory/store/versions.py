"""The versions of a turn: the turns that follow the same one, by an edit, by a retry, or because
undo had gone back to it; and the ways that go on from them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from chatui.domain.conversation import Turn, TurnState
from chatui.domain.errors import StoreError
from chatui.memory.records import TurnVersion, VersionPlace
from chatui.memory.store import conversations, heads, media, turns
from chatui.memory.store.codec import cost_from_json, decoded
from chatui.memory.store.database import new_id, now, storable, text_of, time_of, time_text

QUESTION_CHARACTERS = 200
_STATES = frozenset(TurnState)

_VERSION = f"""
    SELECT turns.id, turns.parent, asked, state, cost, edited, left_out,
        substr(question.content, 1, {QUESTION_CHARACTERS}) AS question, reply.model
    FROM turns
    CROSS JOIN messages AS question ON question.turn = turns.id AND question.role = 'user'
    CROSS JOIN messages AS reply ON reply.turn = turns.id AND reply.role = 'assistant'
"""
# The first turns of all conversations have the same parent, which is none.
_BESIDE = """
    (turns.parent = (SELECT parent FROM turns WHERE id = :turn)
    OR (turns.parent IS NULL AND turns.conversation =
        (SELECT conversation FROM turns WHERE id = :turn AND parent IS NULL)))
"""


def places(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, VersionPlace]:
    """Of those of the turns that have others beside them."""
    rows = connection.execute(
        """
        SELECT one.id, count(*) AS all_of_them, sum(other.rowid <= one.rowid) AS place
        FROM json_each(:ids) CROSS JOIN turns AS one ON one.id = json_each.value
        CROSS JOIN turns AS other ON other.parent = one.parent
        GROUP BY one.id HAVING all_of_them > 1
        UNION ALL
        SELECT one.id, count(*) AS all_of_them, sum(other.rowid <= one.rowid) AS place
        FROM json_each(:ids) CROSS JOIN turns AS one
            ON one.id = json_each.value AND one.parent IS NULL
        CROSS JOIN turns AS other INDEXED BY turns_first
            ON other.conversation = one.conversation AND other.parent IS NULL
        GROUP BY one.id HAVING all_of_them > 1
        """,
        {"ids": json.dumps(list(ids))},
    )
    return {row["id"]: VersionPlace(row["place"], row["all_of_them"]) for row in rows}


def versions_of(connection: sqlite3.Connection, turn: str) -> list[TurnVersion]:
    """In the order in which they were made."""
    rows = connection.execute(f"{_VERSION} WHERE {_BESIDE} ORDER BY turns.rowid", {"turn": turn})
    return [_version(row) for row in rows]


def tree(connection: sqlite3.Connection, conversation: str) -> list[TurnVersion]:
    """Each turn behind the one that it follows."""
    rows = connection.execute(
        f"{_VERSION} WHERE turns.conversation = ? ORDER BY turns.depth, turns.rowid",
        (conversation,),
    )
    return [_version(row) for row in rows]


def newest_behind(connection: sqlite3.Connection, turn: str) -> str:
    """The last turn of the way on from `turn` that was gone on with last; itself, where there is
    none. Raises StoreError."""
    row = connection.execute(
        """
        WITH RECURSIVE behind(id) AS (
            SELECT id FROM turns WHERE id = ?
            UNION
            SELECT turns.id FROM turns JOIN behind ON turns.parent = behind.id
        )
        SELECT turns.id FROM behind CROSS JOIN turns ON turns.id = behind.id
        WHERE NOT EXISTS (SELECT 1 FROM turns AS later WHERE later.parent = turns.id)
        ORDER BY asked DESC, turns.rowid DESC LIMIT 1
        """,
        (turn,),
    ).fetchone()
    if row is None:
        raise StoreError("This turn is no longer stored: its conversation was removed.")
    return str(row["id"])


def add_edited(connection: sqlite3.Connection, turn_id: str, turn: Turn) -> str:
    """Its call stays booked on the version before it, which alone was paid for."""
    row = connection.execute(
        "SELECT conversation, parent, depth, pinned FROM turns WHERE id = ?", (turn_id,)
    ).fetchone()
    if row is None:
        raise StoreError("This turn is no longer stored: its conversation was removed.")
    identity, written = new_id(), time_text(now())
    asked = time_text(turn.asked)
    connection.execute(
        "INSERT INTO turns (id, conversation, parent, depth, state, pinned, asked, edited)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
        (
            identity,
            row["conversation"],
            row["parent"],
            row["depth"],
            TurnState.COMPLETE,
            row["pinned"],
            asked,
        ),
    )
    connection.executemany(
        "INSERT INTO messages (id, conversation, turn, role, content, model, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (new_id(), row["conversation"], identity, "user", storable(turn.question), "", asked),
            (new_id(), row["conversation"], identity, "assistant", "", "", written),
        ],
    )
    media.copy(connection, turn_id, identity)
    turns.settle_turn(connection, identity, turn)
    conversations.become_chat(connection, row["conversation"])
    heads.move_head(connection, row["conversation"], identity)
    return identity


def _version(row: sqlite3.Row) -> TurnVersion:
    return TurnVersion(
        id=row["id"],
        parent_id=row["parent"],
        question=text_of(row["question"]),
        asked=time_of(row["asked"]),
        model=text_of(row["model"]),
        # One that was being written when its process died was broken off.
        state=TurnState(row["state"]) if row["state"] in _STATES else TurnState.INTERRUPTED,
        cost=decoded(row["cost"], cost_from_json),
        edited=bool(row["edited"]),
        left_out=row["left_out"] is not None,
    )
