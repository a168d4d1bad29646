"""Queries on turns and their messages. The functions of this room's query modules run on
the store's thread; those that write expect to be inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.errors import StoreError
from chatui.domain.media import Medium, without_data
from chatui.domain.passage import Passage
from chatui.memory.records import HEAD, StoredTurn, WindowMark
from chatui.memory.store import conversations, heads, recalls
from chatui.memory.store import media as media_rows
from chatui.memory.store.codec import (
    citations_to_text,
    cost_to_json,
    numbers_to_text,
    passages_to_text,
    timing_to_json,
    usage_to_json,
)
from chatui.memory.store.database import new_id, now, storable, time_text
from chatui.memory.store.titles import title_from
from chatui.text.safety import one_line


def begin_turn(
    connection: sqlite3.Connection,
    conversation: str,
    question: str,
    *,
    parent: str | None,
    model: str,
    writer: str,
    move: bool = True,
    media: Sequence[Medium] = (),
) -> StoredTurn:
    """Writes the pending turn with its empty reply and moves the head to it, or leaves the
    head where it is."""
    head = heads.head_of(connection, conversation)
    parent = head if parent == HEAD else parent
    question, model = storable(question), storable(model)
    asked = now()
    turn = Turn(question, asked, reply=Reply(model=model), media=without_data(media))
    stored = StoredTurn(new_id(), parent, new_id(), new_id(), turn)
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
    media_rows.save(connection, stored.id, media)
    if move:
        if head is not None:
            conversations.become_chat(connection, conversation)
        heads.move_head(connection, conversation, stored.id)
    connection.execute(
        "UPDATE conversations SET updated = ? WHERE id = ?", (time_text(asked), conversation)
    )
    _entitle(connection, conversation, stored)
    return stored


def _entitle(connection: sqlite3.Connection, conversation: str, begun: StoredTurn) -> None:
    """Names the conversation after the first question that says something, and after what
    became of it when it was edited. A name that the user gave stays."""
    (title,) = connection.execute(
        "SELECT title FROM conversations WHERE id = ?", (conversation,)
    ).fetchone()
    if title and begun.parent_id is None:
        first = connection.execute(
            "SELECT content FROM turns CROSS JOIN messages ON messages.turn = turns.id"
            " WHERE turns.conversation = ? AND turns.parent IS NULL AND role = 'user'",
            (conversation,),
        )
        if any(title_from(question) == title for (question,) in first):
            title = ""
    if not title:
        connection.execute(
            "UPDATE conversations SET title = ? WHERE id = ?",
            (title_from(begun.turn.question), conversation),
        )


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


def reopen(connection: sqlite3.Connection, turn: str, writer: str) -> None:
    _update(connection, turn, "state = ?, writer = ?", TurnState.PENDING, writer)
    (conversation,) = connection.execute(
        "SELECT conversation FROM turns WHERE id = ?", (turn,)
    ).fetchone()
    conversations.become_chat(connection, conversation)


def save_passages(connection: sqlite3.Connection, turn: str, passages: tuple[Passage, ...]) -> None:
    _update(connection, turn, "passages = ?", passages_to_text(passages))


def save_window(connection: sqlite3.Connection, turn: str, mark: WindowMark) -> None:
    columns = "window_start = ?, window_cap = ?, window_cut = ?"
    _update(connection, turn, columns, mark.start or None, mark.cap, mark.cut)


def pin(connection: sqlite3.Connection, turn: str, pinned: bool) -> None:
    _update(connection, turn, "pinned = ?", int(pinned))


# Summaries that were made while the turn was left out, and stand for it: they know nothing of it.
_WITHDRAW_WITHOUT = """
    WITH RECURSIVE behind(id) AS (
        SELECT id FROM turns WHERE id = ?1
        UNION
        SELECT turns.id FROM turns JOIN behind ON turns.parent = behind.id
    )
    UPDATE summaries SET withdrawn = 1
    WHERE upto IN (SELECT id FROM behind)
        AND created >= (SELECT left_out FROM turns WHERE id = ?1)
"""


def leave_out(connection: sqlite3.Connection, turn: str, left_out: datetime | None) -> None:
    if left_out is None:
        connection.execute(_WITHDRAW_WITHOUT, (turn,))
    _update(connection, turn, "left_out = ?", None if left_out is None else time_text(left_out))


def settle_turn(connection: sqlite3.Connection, turn_id: str, turn: Turn) -> None:
    """Writes how the turn ended. Its question, time and pin are what they were."""
    reply = turn.reply
    _update(
        connection,
        turn_id,
        "state = ?, writer = NULL, reasoning = ?, finish_reason = ?, error = ?, usage = ?,"
        " cost = ?, timing = ?, passages = ?, citations = ?, dangling = ?,"
        " searched = ?, limited = ?",
        turn.state,
        storable(reply.reasoning),
        reply.finish_reason,
        None if reply.error is None else storable(reply.error),
        json.dumps(usage_to_json(reply.usage)) if reply.usage else None,
        json.dumps(cost_to_json(reply.cost)) if reply.cost else None,
        json.dumps(timing_to_json(reply.timing)) if reply.timing else None,
        passages_to_text(turn.passages),
        citations_to_text(reply.citations, turn.passages, reply.mark_prefix),
        numbers_to_text(reply.dangling),
        storable(turn.searched) or None,
        storable("\n".join(map(one_line, turn.limited))),
    )
    _write_reply(connection, turn_id, reply.text)
    recalls.save(connection, turn_id, turn.recalled)
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
