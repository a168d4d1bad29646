"""Reading the path of turns from a conversation's root to its head."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from chatui.conversation import FinishReason, Reply, Turn, TurnState
from chatui.memory.codec import (
    citations_from_text,
    cost_from_json,
    passages_from_text,
    timing_from_json,
    usage_from_json,
)
from chatui.memory.records import StoredTurn, WindowMark
from chatui.memory.writers import Writers

# The path is walked from the head up; UNION (not ALL) ends the walk even on a damaged tree.
_PATH = """
    WITH RECURSIVE path(id, depth, parent) AS (
        SELECT id, depth, parent FROM turns WHERE id = ?
        UNION
        SELECT turns.id, turns.depth, turns.parent FROM turns JOIN path ON turns.id = path.parent
    )
"""
# CROSS JOIN makes SQLite keep this order: left to itself it would begin with all the user
# messages of all conversations.
_TURNS = """
    SELECT turns.*, question.id AS question_id, question.content AS question,
        reply.id AS reply_id, reply.content AS reply, reply.model AS model
    FROM path CROSS JOIN turns ON turns.id = path.id
    CROSS JOIN messages AS question ON question.turn = turns.id AND question.role = 'user'
    CROSS JOIN messages AS reply ON reply.turn = turns.id AND reply.role = 'assistant'
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
        SELECT messages.* FROM path CROSS JOIN messages ON messages.turn = path.id
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
