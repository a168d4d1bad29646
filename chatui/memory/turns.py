"""Queries on turns and their messages. The functions of this room's query modules run on
the store's thread; those that write expect to be inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from chatui.conversation import FinishReason, Reply, Turn, TurnState
from chatui.errors import StoreError
from chatui.memory import heads
from chatui.memory.codec import (
    citations_from_text,
    citations_to_text,
    cost_from_json,
    cost_to_json,
    passages_from_text,
    passages_to_text,
    timing_from_json,
    timing_to_json,
    usage_from_json,
    usage_to_json,
)
from chatui.memory.database import new_id, now, storable, time_text
from chatui.memory.records import HEAD, StoredTurn, WindowMark
from chatui.memory.titles import title_from
from chatui.memory.writers import Writers
from chatui.passage import Passage

# The path is walked from the head up; UNION (not ALL) ends the walk even on a damaged tree.
_PATH = """
    WITH RECURSIVE path(id, depth, parent) AS (
        SELECT id, depth, parent FROM turns WHERE id = ?
        UNION
        SELECT turns.id, turns.depth, turns.parent FROM turns JOIN path ON turns.id = path.parent
    )
"""
_TURNS = """
    SELECT turns.*, question.id AS question_id, question.content AS question,
        reply.id AS reply_id, reply.content AS reply, reply.model AS model
    FROM path JOIN turns ON turns.id = path.id
    JOIN messages AS question ON question.turn = turns.id AND question.role = 'user'
    JOIN messages AS reply ON reply.turn = turns.id AND reply.role = 'assistant'
    ORDER BY turns.depth
"""


def read_path(
    connection: sqlite3.Connection, head: str | None, writers: Writers
) -> tuple[StoredTurn, ...]:
    """The turns from the root to `head`, oldest first."""
    alive: dict[str | None, bool] = {}
    turns = []
    for row in connection.execute(_PATH + _TURNS, (head,)):
        state = TurnState(row["state"])
        if state is TurnState.PENDING:
            writer = row["writer"]
            if writer not in alive:
                alive[writer] = writers.alive(writer)
            state = state if alive[writer] else TurnState.INTERRUPTED
        turns.append(_stored_turn(row, state))
    return tuple(turns)


def read_messages(connection: sqlite3.Connection, head: str | None) -> list[sqlite3.Row]:
    """The rows of the path's messages, in order, without those that hold nothing."""
    query = """
        SELECT messages.* FROM path JOIN messages ON messages.turn = path.id
        WHERE messages.content <> '' ORDER BY path.depth, messages.number
    """
    return connection.execute(_PATH + query, (head,)).fetchall()


def _stored_turn(row: sqlite3.Row, state: TurnState) -> StoredTurn:
    passages = passages_from_text(row["passages"])
    finish = row["finish_reason"]
    reply = Reply(
        text=row["reply"],
        reasoning=row["reasoning"],
        model=row["model"],
        usage=usage_from_json(json.loads(row["usage"])) if row["usage"] else None,
        cost=cost_from_json(json.loads(row["cost"])) if row["cost"] else None,
        timing=timing_from_json(json.loads(row["timing"])) if row["timing"] else None,
        finish_reason=FinishReason(finish) if finish else None,
        citations=citations_from_text(row["citations"], passages),
        error=row["error"],
    )
    turn = Turn(
        question=row["question"],
        asked=datetime.fromisoformat(row["asked"]),
        state=state,
        reply=reply,
        passages=passages,
        pinned=bool(row["pinned"]),
    )
    start = row["window_start"]
    return StoredTurn(
        id=row["id"],
        parent_id=row["parent"],
        question_id=row["question_id"],
        reply_id=row["reply_id"],
        turn=turn,
        window=WindowMark(start, row["window_cap"]) if start else None,
    )


def begin_turn(
    connection: sqlite3.Connection,
    conversation: str,
    question: str,
    *,
    parent: str | None,
    model: str,
    writer: str,
) -> StoredTurn:
    """Writes the pending turn with its empty reply and moves the head to it."""
    head = heads.head_of(connection, conversation)
    parent = head if parent == HEAD else parent
    question, model = storable(question), storable(model)
    asked = now()
    stored = StoredTurn(
        new_id(), parent, new_id(), new_id(), Turn(question, asked, reply=Reply(model=model))
    )
    connection.execute(
        "INSERT INTO turns (id, conversation, parent, depth, state, writer, asked)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            stored.id,
            conversation,
            parent,
            heads.depth_of(connection, conversation, parent) + 1,
            TurnState.PENDING,
            writer,
            time_text(asked),
        ),
    )
    connection.executemany(
        "INSERT INTO messages (id, conversation, turn, role, content, model, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (stored.question_id, conversation, stored.id, "user", question, "", time_text(asked)),
            (stored.reply_id, conversation, stored.id, "assistant", "", model, time_text(asked)),
        ],
    )
    heads.move_head(connection, conversation, stored.id)
    connection.execute(
        "UPDATE conversations SET updated = ?,"
        " title = CASE title WHEN '' THEN ? ELSE title END WHERE id = ?",
        (time_text(asked), title_from(question), conversation),
    )
    return stored


def save_partial(connection: sqlite3.Connection, turn: str, text: str, reasoning: str) -> None:
    """Overwrites the reply so far of a pending turn; a settled one is left as it is."""
    changed = connection.execute(
        "UPDATE turns SET reasoning = ? WHERE id = ? AND state = ?",
        (storable(reasoning), turn, TurnState.PENDING),
    )
    if changed.rowcount:
        _write_reply(connection, turn, text)
    else:
        _require(connection, turn)


def save_passages(connection: sqlite3.Connection, turn: str, passages: tuple[Passage, ...]) -> None:
    _update(connection, turn, "passages = ?", passages_to_text(passages))


def save_window(connection: sqlite3.Connection, turn: str, mark: WindowMark) -> None:
    _update(connection, turn, "window_start = ?, window_cap = ?", mark.start, mark.cap)


def pin(connection: sqlite3.Connection, turn: str, pinned: bool) -> None:
    _update(connection, turn, "pinned = ?", int(pinned))


def settle_turn(connection: sqlite3.Connection, turn_id: str, turn: Turn) -> None:
    """Writes how the turn ended. Its question, time and pin are what they were."""
    reply = turn.reply
    _update(
        connection,
        turn_id,
        "state = ?, writer = NULL, reasoning = ?, finish_reason = ?, error = ?, usage = ?,"
        " cost = ?, timing = ?, passages = ?, citations = ?",
        turn.state,
        storable(reply.reasoning),
        reply.finish_reason,
        None if reply.error is None else storable(reply.error),
        json.dumps(usage_to_json(reply.usage)) if reply.usage else None,
        json.dumps(cost_to_json(reply.cost)) if reply.cost else None,
        json.dumps(timing_to_json(reply.timing)) if reply.timing else None,
        passages_to_text(turn.passages),
        citations_to_text(reply.citations, turn.passages),
    )
    _write_reply(connection, turn_id, reply.text)
    model, settled = storable(reply.model), time_text(now())
    connection.execute(
        "UPDATE messages SET model = CASE ? WHEN '' THEN model ELSE ? END, created = ?"
        " WHERE turn = ? AND role = 'assistant'",
        (model, model, settled, turn_id),
    )
    connection.execute(
        "UPDATE conversations SET updated = ?, model = CASE ? WHEN '' THEN model ELSE ? END"
        " WHERE id = (SELECT conversation FROM turns WHERE id = ?)",
        (settled, model, model, turn_id),
    )


def _write_reply(connection: sqlite3.Connection, turn: str, text: str) -> None:
    connection.execute(
        "UPDATE messages SET content = ? WHERE turn = ? AND role = 'assistant'",
        (storable(text), turn),
    )


def _update(connection: sqlite3.Connection, turn: str, columns: str, *values: object) -> None:
    connection.execute(f"UPDATE turns SET {columns} WHERE id = ?", (*values, turn))
    _require(connection, turn)


def _require(connection: sqlite3.Connection, turn: str) -> None:
    if connection.execute("SELECT 1 FROM turns WHERE id = ?", (turn,)).fetchone() is None:
        raise StoreError(
            "This turn is no longer stored: its conversation was removed in the meantime."
        )
