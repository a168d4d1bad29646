"""Finding messages again: by their words, and the questions asked last."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from chatui.memory.database import storable
from chatui.memory.records import MessageHit
from chatui.memory.search_text import match_expression


def search(
    connection: sqlite3.Connection, query: str, k: int, conversation: str | None
) -> list[MessageHit]:
    """The k messages that share the rarest words with the query (BM25), best first; of one
    conversation or of all. A question that was only asked again (a retry) counts once."""
    expression = match_expression(storable(query))
    if not expression or k < 1:
        return []
    found = connection.execute(
        """WITH best AS (
            SELECT messages.number AS number, -bm25(message_words) AS score
            FROM message_words JOIN messages ON messages.number = message_words.rowid
            WHERE message_words MATCH ?1 AND (?2 IS NULL OR messages.conversation = ?2)
            ORDER BY score DESC, messages.number DESC LIMIT ?3
        )
        SELECT messages.*, conversations.title AS title, turns.parent AS parent, score
        FROM best JOIN messages USING (number)
        JOIN conversations ON conversations.id = messages.conversation
        JOIN turns ON turns.id = messages.turn
        ORDER BY score DESC, number DESC""",
        (expression, conversation, 2 * k + 20),
    )
    hits: list[MessageHit] = []
    questions: set[tuple[str, str | None, str]] = set()
    for row in found:
        if row["role"] == "user":
            question = (row["conversation"], row["parent"], row["content"])
            if question in questions:
                continue
            questions.add(question)
        hits.append(_hit(row))
        if len(hits) == k:
            break
    return hits


def _hit(row: sqlite3.Row) -> MessageHit:
    return MessageHit(
        conversation=row["conversation"],
        title=row["title"],
        message_id=row["id"],
        role=row["role"],
        created=datetime.fromisoformat(row["created"]),
        text=row["content"],
        score=row["score"],
    )


def prompts(connection: sqlite3.Connection, limit: int) -> list[str]:
    """The questions asked last, newest first, each once."""
    found = connection.execute(
        "SELECT content FROM messages WHERE role = 'user' AND content <> ''"
        " ORDER BY created DESC, number DESC"
    )
    seen: dict[str, None] = {}
    for row in found:
        if len(seen) >= limit:
            break
        seen[row["content"]] = None
    return list(seen)
