"""Reading the path of turns from a conversation's root to its head."""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable, Sequence

from chatui.domain.conversation import FinishReason, RecalledTurn, Reply, Turn, TurnState
from chatui.domain.media import Medium
from chatui.memory.records import StoredTurn, WindowMark
from chatui.memory.store import media, recalls
from chatui.memory.store.codec import (
    citations_from_text,
    cost_from_json,
    decoded,
    mark_prefix_in,
    numbers_from_text,
    passages_from_text,
    timing_from_json,
    usage_from_json,
)
from chatui.memory.store.database import text_of, time_of
from chatui.memory.store.writers import Writers

# The path is walked from the head up; UNION (not ALL) ends the walk even on a damaged tree.
_PATH = """
    WITH RECURSIVE path(id, depth, parent) AS (
        SELECT id, depth, parent FROM turns WHERE id = ?
        UNION
        SELECT turns.id, turns.depth, turns.parent FROM turns JOIN path ON turns.id = path.parent
    )
"""
_GIVEN = """
    WITH path(id) AS (SELECT value FROM json_each(?))
"""
# CROSS JOIN makes SQLite keep this order: left to itself it would begin with all the user
# messages of all conversations.
_TURNS = """
    SELECT turns.depth, turns.id, turns.parent, asked, state, writer, pinned,
        window_start, window_cap, window_cut, question.id, question.content, reply.id,
        reply.content, reply.model, reasoning, usage, cost, timing, finish_reason, error,
        passages, citations, dangling, searched, edited, left_out,
        limited
    FROM path CROSS JOIN turns ON turns.id = path.id
    CROSS JOIN messages AS question ON question.turn = turns.id AND question.role = 'user'
    CROSS JOIN messages AS reply ON reply.turn = turns.id AND reply.role = 'assistant'
"""
_STATES = frozenset(TurnState)
_FINISHES = {reason.value: reason for reason in FinishReason}
# As conversations of earlier versions have it.
_FINISHES["filter"] = FinishReason.FILTER
_DEPTH, _ID = 0, 1
"""Where the depth and the turn's id stand in a row."""


def read_path(
    connection: sqlite3.Connection, head: str | None, writers: Writers
) -> tuple[StoredTurn, ...]:
    """The turns from the root to `head`, oldest first."""
    rows = connection.execute(_PATH + _TURNS, (head,)).fetchall()
    # Not by SQLite, which would copy every passage to sort the rows.
    rows.sort(key=_depth)
    return tuple(_stored_turns(connection, rows, writers).values())


def read_turns(
    connection: sqlite3.Connection, ids: Sequence[str], writers: Writers
) -> dict[str, StoredTurn]:
    """The turns of these ids, those that are gone left out."""
    if not ids:
        return {}
    rows = connection.execute(_GIVEN + _TURNS, (json.dumps(ids),)).fetchall()
    return _stored_turns(connection, rows, writers)


def _stored_turns(
    connection: sqlite3.Connection, rows: Sequence[sqlite3.Row], writers: Writers
) -> dict[str, StoredTurn]:
    """By their ids, in the order of the rows."""
    alive = functools.cache(writers.alive)
    ids = [row[_ID] for row in rows]
    recalled, shown = recalls.of_turns(connection, ids), media.of_turns(connection, ids)
    return {
        row[_ID]: _stored_turn(row, alive, recalled.get(row[_ID], ()), shown.get(row[_ID], ()))
        for row in rows
    }


def _depth(row: sqlite3.Row) -> int:
    depth = row[_DEPTH]
    return depth if isinstance(depth, int) else 0


def read_messages(connection: sqlite3.Connection, head: str | None) -> list[sqlite3.Row]:
    """The rows of the path's messages, in order, without those that hold nothing."""
    query = """
        SELECT messages.* FROM path CROSS JOIN messages ON messages.turn = path.id
        WHERE messages.content <> '' ORDER BY path.depth, messages.number
    """
    return connection.execute(_PATH + query, (head,)).fetchall()


def _stored_turn(
    row: sqlite3.Row,
    alive: Callable[[str | None], bool],
    recalled: tuple[RecalledTurn, ...],
    shown: tuple[Medium, ...],
) -> StoredTurn:
    # Unpacked: looking each of them up by name takes a quarter of the time of a long load.
    (
        _, turn_id, parent, asked, state, writer, pinned, start, cap, cut,
        question_id, question, reply_id, text, model, reasoning,
        usage, cost, timing, finish, error, passages_text, citations, dangling,
        searched, edited, left_out, limited,
    ) = row  # fmt: skip
    if state == TurnState.PENDING and not alive(writer):
        state = TurnState.INTERRUPTED
    passages = passages_from_text(passages_text)
    reply = Reply(
        text=text_of(text),
        reasoning=text_of(reasoning),
        model=text_of(model),
        usage=decoded(usage, usage_from_json),
        cost=decoded(cost, cost_from_json),
        timing=decoded(timing, timing_from_json),
        finish_reason=_FINISHES.get(finish),
        citations=citations_from_text(citations, passages),
        dangling=numbers_from_text(dangling),
        mark_prefix=mark_prefix_in(citations),
        error=None if error is None else text_of(error),
        edited=bool(edited),
    )
    turn = Turn(
        question=text_of(question),
        asked=time_of(asked),
        # How it ended is not known; what came of it is there.
        state=TurnState(state) if state in _STATES else TurnState.INTERRUPTED,
        reply=reply,
        passages=passages,
        pinned=bool(pinned),
        searched=text_of(searched),
        limited=tuple(text_of(limited).splitlines()),
        cut=cut if isinstance(cut, int) else 0,
        recalled=recalled,
        left_out=None if left_out is None else time_of(left_out),
        media=shown,
    )
    window = WindowMark(start, cap) if start and isinstance(cap, int) else None
    return StoredTurn(turn_id, parent, question_id, reply_id, turn, window)
