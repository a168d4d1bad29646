"""A second conversation that begins as a copy of a path through the first."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from chatui.memory.store import budgets, conversations, heads, masks, media, sent
from chatui.memory.store.database import new_id, now, time_text


def fork(connection: sqlite3.Connection, conversation: str, turn: str) -> str:
    """Copies the path up to `turn` into a new conversation and returns its id. What the
    copied turns cost stays on the first conversation's account."""
    heads.depth_of(connection, conversation, turn)
    copy = new_id()
    created = time_text(now())
    row = _row(connection, "conversations", conversation)
    changes = {
        "id": copy,
        "created": created,
        "updated": created,
        "head": None,
        "move": 0,
        "ask": 0,
    }
    _insert_copy(connection, "conversations", row, changes)
    copies: dict[str | None, str | None] = {None: None}
    path = _path_ids(connection, turn)
    copies.update((original, new_id()) for original in path)
    summaries = _summary_ids(connection, conversation, copies)
    for original in path:
        _copy_turn(connection, original, copy, copies, summaries)
    for original, identity in summaries.items():
        _copy_summary(connection, original, identity, copy, copies)
    heads.start_trail(connection, copy, copies[turn])
    awaited = heads.compacted(connection, conversation)
    if awaited in summaries and heads.head_of(connection, conversation) == turn:
        heads.compact(connection, copy, summaries[awaited])
    sent.choose(connection, copy, sent.choice(connection, conversation))
    budgets.put(connection, copy, budgets.of(connection, conversation))
    conversations.choose(connection, copy, conversations.chosen(connection, conversation))
    masks.put(connection, copy, masks.of(connection, conversation))
    return copy


def _copy_turn(
    connection: sqlite3.Connection,
    original: str,
    conversation: str,
    copies: Mapping[str | None, str | None],
    summaries: Mapping[str, str],
) -> None:
    turn = _row(connection, "turns", original)
    changes = {
        "id": copies[original],
        "conversation": conversation,
        "parent": copies[turn["parent"]],
        # Nobody writes the copy: it is settled, or it reads as interrupted.
        "writer": None,
        "window_start": copies.get(turn["window_start"]),
    }
    _insert_copy(connection, "turns", turn, changes)
    media.copy(connection, original, str(copies[original]))
    mark = sent.of_turn(connection, original)
    if mark is not None:
        pinned = tuple(copies[each] or each for each in mark.pinned)
        refilled = tuple(copies[each] or each for each in mark.refilled)
        mark = replace(mark, pinned=pinned, refilled=refilled)
        mark = replace(mark, summary=summaries.get(mark.summary, ""))
        sent.save(connection, str(copies[original]), mark)
    messages = "SELECT * FROM messages WHERE turn = ? ORDER BY number"
    for message in connection.execute(messages, (original,)).fetchall():
        changes = {"id": new_id(), "conversation": conversation, "turn": copies[original]}
        _insert_copy(connection, "messages", message, {**changes, "number": None})


def _summary_ids(
    connection: sqlite3.Connection,
    conversation: str,
    copies: Mapping[str | None, str | None],
) -> dict[str, str]:
    """The summaries of the path, withdrawn ones too, each with the id of its copy."""
    rows = connection.execute(
        "SELECT id, upto FROM summaries WHERE conversation = ? ORDER BY created, rowid",
        (conversation,),
    )
    return {row["id"]: new_id() for row in rows if row["upto"] in copies}


def _copy_summary(
    connection: sqlite3.Connection,
    original: str,
    identity: str,
    conversation: str,
    copies: Mapping[str | None, str | None],
) -> None:
    summary = _row(connection, "summaries", original)
    turns = {each: copies.get(summary[each]) for each in ("upto", "head")}
    changes = {"id": identity, "conversation": conversation, **turns}
    _insert_copy(connection, "summaries", summary, changes)


def _row(connection: sqlite3.Connection, table: str, identity: str) -> sqlite3.Row:
    row: sqlite3.Row = connection.execute(
        f"SELECT * FROM {table} WHERE id = ?", (identity,)
    ).fetchone()
    return row


def _insert_copy(
    connection: sqlite3.Connection, table: str, row: sqlite3.Row, changes: Mapping[str, object]
) -> None:
    values = {**dict(row), **changes}
    marks = ", ".join("?" for _ in values)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
    )


def _path_ids(connection: sqlite3.Connection, turn: str | None) -> list[str]:
    path: list[str] = []
    while turn is not None:
        path.append(turn)
        (turn,) = connection.execute("SELECT parent FROM turns WHERE id = ?", (turn,)).fetchone()
    return path[::-1]
