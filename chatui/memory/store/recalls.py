"""Which earlier turns came back into a turn's prompt, in chats.db."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from chatui.domain.conversation import RecalledTurn
from chatui.memory.store.codec import real_of
from chatui.memory.store.database import text_of, time_of

SHOWN_CHARACTERS = 200
"""How much of a recalled turn's question is read with the turn that recalled it."""


def save(connection: sqlite3.Connection, turn: str, recalled: Sequence[RecalledTurn]) -> None:
    """Those that were removed in the meantime are left out."""
    connection.executemany(
        "INSERT OR REPLACE INTO recalls (turn, place, recalled, score)"
        " SELECT ?, ?, id, ? FROM turns WHERE id = ?",
        [(turn, place, one.score, one.turn_id) for place, one in enumerate(recalled)],
    )


def of_turns(
    connection: sqlite3.Connection, turns: Sequence[str]
) -> dict[str, tuple[RecalledTurn, ...]]:
    """What each of the turns recalled, those that recalled nothing left out."""
    rows = connection.execute(
        # CROSS JOIN: SQLite would begin with all the user messages of all conversations.
        """SELECT recalls.turn, recalled, asked, substr(content, 1, ?), score
        FROM json_each(?) AS wanted CROSS JOIN recalls ON recalls.turn = wanted.value
        CROSS JOIN turns ON turns.id = recalled
        CROSS JOIN messages ON messages.turn = recalled AND role = 'user'
        ORDER BY recalls.turn, place""",
        (SHOWN_CHARACTERS, json.dumps(list(turns))),
    )
    found: defaultdict[str, list[RecalledTurn]] = defaultdict(list)
    for turn, recalled, asked, question, score in rows:
        one = RecalledTurn(recalled, time_of(asked), text_of(question), real_of(score) or 0.0)
        found[turn].append(one)
    return {turn: tuple(recalled) for turn, recalled in found.items()}
