"""Where a conversation's prompts begin at present, and a compact that awaits the next one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from chatui.memory.records import Summary, WindowMark
from chatui.memory.store import heads, sent

# Walked from the head down, and left at the first that was sent: most often that is the head.
_NEWEST_SENT = """
    WITH RECURSIVE path(id, parent) AS (
        SELECT id, parent FROM turns WHERE id = ?
        UNION SELECT turns.id, turns.parent FROM turns JOIN path ON turns.id = path.parent
    )
    SELECT path.id FROM path CROSS JOIN turns ON turns.id = path.id
    CROSS JOIN sent_prompts ON sent_prompts.turn = path.id
    WHERE window_start IS NOT NULL LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """`mark` is that of the newest prompt on the path (None: none was sent), `summary` what
    it was sent with. `compact` is a summary that the user has accepted since."""

    mark: WindowMark | None = None
    summary: Summary | None = None
    compact: Summary | None = None


def standing(
    connection: sqlite3.Connection, conversation: str, summaries: Sequence[Summary]
) -> Standing:
    """`summaries` are the conversation's. Raises NoSuchConversation."""
    row = connection.execute(_NEWEST_SENT, (heads.head_of(connection, conversation),)).fetchone()
    mark = sent.of_turn(connection, row["id"]) if row else None
    known = {summary.id: summary for summary in summaries}
    return Standing(
        mark,
        known.get(mark.summary) if mark else None,
        known.get(heads.compacted(connection, conversation) or ""),
    )
