"""The texts of all turns of a conversation, of every branch, as prompts were made of them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from chatui.cost.recount import SpokenTurn
from chatui.domain.media import Medium
from chatui.memory.store import media
from chatui.memory.store.database import text_of


@dataclass(frozen=True, slots=True)
class SentTurn:
    """A turn with what its prompt began with; None where no prompt is remembered."""

    spoken: SpokenTurn
    head: tuple[str, ...] | None


def read(connection: sqlite3.Connection, conversation: str) -> list[SentTurn]:
    """Each turn after the one it follows."""
    found = connection.execute(
        """SELECT turns.id, parent, reasoning, window_start, system, sent_prompts.pinned, summary,
            (SELECT content FROM messages WHERE turn = turns.id AND role = 'user') AS question,
            (SELECT content FROM messages WHERE turn = turns.id AND role = 'assistant') AS reply,
            (SELECT group_concat(json_extract(value, '$.text'), char(10) || char(10))
                FROM json_each(CASE WHEN json_valid(passages) THEN passages ELSE '[]' END)
                WHERE type = 'object') AS shown,
            (SELECT group_concat(content, char(10)) FROM
                (SELECT content FROM recalls JOIN messages ON messages.turn = recalls.recalled
                WHERE recalls.turn = turns.id ORDER BY place, number)) AS recalled
        FROM turns LEFT JOIN sent_prompts ON sent_prompts.turn = turns.id
        WHERE turns.conversation = ? ORDER BY depth, asked""",
        (conversation,),
    ).fetchall()
    shown = media.of_turns(connection, [row["id"] for row in found])
    return [_sent_turn(row, shown.get(row["id"], ())) for row in found]


def _sent_turn(row: sqlite3.Row, shown: tuple[Medium, ...]) -> SentTurn:
    question, reply, reasoning = map(text_of, (row["question"], row["reply"], row["reasoning"]))
    spoken = SpokenTurn(
        row["id"],
        row["parent"],
        question,
        reply,
        reasoning + reply,
        "\n\n".join(text for text in (row["recalled"], row["shown"]) if text),
        shown,
    )
    head = None
    if row["system"] is not None and row["window_start"] is not None:
        head = (row["window_start"], row["system"], row["pinned"], row["summary"])
    return SentTurn(spoken, head)
