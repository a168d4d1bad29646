"""What is kept of the prompts that were sent, and what a conversation chose for its memory.

A prompt is not stored: where it began, which pinned turns stood before that and a
fingerprint of its system prompt say which of its beginning the next prompt has in common.
"""

from __future__ import annotations

import sqlite3

from chatui.memory.policy import NO_CHOICE, MemoryChoice
from chatui.memory.records import SentPrompt, WindowMark
from chatui.memory.store.database import text_of, time_of


def save(connection: sqlite3.Connection, turn: str, mark: WindowMark) -> None:
    connection.execute(
        "INSERT INTO sent_prompts (turn, model, system, turns, pinned, summary, refilled)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (turn) DO UPDATE SET model = excluded.model, system = excluded.system,"
        " turns = excluded.turns, pinned = excluded.pinned, summary = excluded.summary,"
        " refilled = excluded.refilled",
        (
            turn,
            mark.model,
            mark.system,
            mark.turns,
            " ".join(mark.pinned),
            mark.summary,
            " ".join(mark.refilled),
        ),
    )


def of_turn(connection: sqlite3.Connection, turn: str) -> WindowMark | None:
    """The mark of the turn's prompt; None when none was sent."""
    row = connection.execute(
        "SELECT window_start, window_cap, window_cut, sent_prompts.* FROM turns"
        " JOIN sent_prompts ON turn = turns.id WHERE turns.id = ? AND window_start IS NOT NULL",
        (turn,),
    ).fetchone()
    if row is None:
        return None
    return WindowMark(
        row["window_start"],
        row["window_cap"],
        turns=row["turns"],
        model=row["model"],
        system=row["system"],
        pinned=tuple(text_of(row["pinned"]).split()),
        summary=row["summary"],
        cut=row["window_cut"],
        refilled=tuple(text_of(row["refilled"]).split()),
    )


def last(connection: sqlite3.Connection, conversation: str) -> SentPrompt | None:
    """The prompt that was sent last, on whatever branch of the conversation."""
    row = connection.execute(
        "SELECT id, asked FROM turns WHERE conversation = ? AND window_start IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM sent_prompts WHERE turn = turns.id)"
        " ORDER BY asked DESC, turns.rowid DESC LIMIT 1",
        (conversation,),
    ).fetchone()
    mark = of_turn(connection, row["id"]) if row else None
    if mark is None:
        return None
    before = connection.execute(
        "WITH RECURSIVE path(id, parent, depth) AS ("
        " SELECT id, parent, depth FROM turns WHERE id = ?"
        " UNION SELECT turns.id, turns.parent, turns.depth FROM turns"
        " JOIN path ON turns.id = path.parent)"
        " SELECT id FROM path WHERE id <> ? ORDER BY depth",
        (row["id"], row["id"]),
    )
    asked = time_of(row["asked"])
    return SentPrompt(asked, mark, tuple(each["id"] for each in before))


def choice(connection: sqlite3.Connection, conversation: str) -> MemoryChoice:
    row = connection.execute(
        "SELECT * FROM memory_choices WHERE conversation = ?", (conversation,)
    ).fetchone()
    if row is None:
        return NO_CHOICE
    return MemoryChoice(
        cap=row["cap"],
        turns=row["turns"],
        full=_switch(row["whole"]),
        too_long=row["too_long"],
        summarise=_switch(row["summarise"]),
        recall=_switch(row["recall"]),
    )


def _switch(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def choose(connection: sqlite3.Connection, conversation: str, chosen: MemoryChoice) -> None:
    connection.execute("DELETE FROM memory_choices WHERE conversation = ?", (conversation,))
    if chosen != NO_CHOICE:
        switches = (chosen.summarise, chosen.recall)
        connection.execute(
            "INSERT INTO memory_choices"
            " (conversation, cap, turns, whole, too_long, summarise, recall)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (conversation, chosen.cap, chosen.turns, chosen.full, chosen.too_long, *switches),
        )
