"""Finding messages again: by their words, and the questions asked last."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from math import log
from types import MappingProxyType

from chatui.memory.records import MessageHit
from chatui.memory.store.database import storable, text_of, time_of
from chatui.memory.store.message_scan import telling_terms
from chatui.text.fts.lexical import PARTS_WEIGHT, conversation_word
from chatui.text.fts.matching import Match, match

MAX_CHARACTERS = 10_000
"""How much of a query is looked at, from its start: a pasted page stays a quick search."""

MOST_SCORED = 10_000
"""Messages that are weighed against each other: where no word is rarer, those said last. Each takes
about a microsecond, and a word that so many hold tells hardly one from another."""

SAMPLES, SAMPLE = 32, 32
"""How many stretches of how many messages tell whether most of all hold a word."""

MOST_COMPARED = 1_000
"""Messages with a word that tells nothing which are looked at: those said last."""

LEAST_SCORE = 1e-6
"""Of a match that tells nothing, as BM25 has it."""

NAME_WEIGHT = 1.0
"""BM25 weight of a word in the speaker's name, against 1 in the text."""

_OF_TURNS = "SELECT number FROM messages WHERE turn IN (SELECT value FROM json_each(?))"

Scores = list[tuple[int, float]]
"""(number of a message, score), the best first."""


def search(
    connection: sqlite3.Connection, query: str, k: int, conversation: str | None
) -> list[MessageHit]:
    """The k messages that share the rarest words with the query (BM25), best first; of one
    conversation or of all. A question that was only asked again (a retry) counts once."""
    return hits(connection, words(connection, query, 2 * k + 20, conversation)[0], k)


def words(
    connection: sqlite3.Connection,
    query: str,
    k: int,
    conversation: str | None,
    turns: Collection[str] | None = None,
) -> tuple[Scores, float]:
    """The k messages that match the query's words best, with `turns` given, of these only;
    and the score of a message that holds them all."""
    only = "" if conversation is None else conversation_word(conversation)
    asked = storable(query[:MAX_CHARACTERS]).replace("\0", " ")
    (rows,) = connection.execute("SELECT coalesce(max(number), 0) FROM messages").fetchone()
    found = match(connection, "message_words", asked, only, rows)
    if not found.expression or k < 1:
        return [], 0.0
    common: set[str] = set()
    if rows > MOST_SCORED:
        common = {one for one in found.phrases if _held_by_most(connection, one, rows)}
    if not common:
        return _scored(connection, found.expression, k, turns), found.ideal
    telling = found.by(set(found.phrases) - common)
    scores = _scored(connection, telling.expression, k, turns)
    if len(scores) < k and not common.isdisjoint(found.proposing):
        known = {number for number, _ in scores}
        scores += _holding_most(connection, found, k - len(scores), turns, known)
    return scores, found.ideal


def shares(
    connection: sqlite3.Connection, query: str, k: int, conversation: str, turns: Collection[str]
) -> Scores:
    """The k messages of these turns that hold most of the words that tell something in the query,
    and how much of them that is, 0..1, by their rarity among those messages."""
    numbers = {number for (number,) in connection.execute(_OF_TURNS, (json.dumps(list(turns)),))}
    only = f'"{conversation_word(conversation)}" AND '
    asked = storable(query[:MAX_CHARACTERS]).replace("\0", " ")
    whole = 0.0
    found = defaultdict[int, float](float)
    for term in telling_terms(asked):
        holding: set[int] = set()
        for phrase in (term.phrase, " OR ".join(term.instead)):
            if phrase and not holding:
                rows = connection.execute(
                    "SELECT rowid FROM message_words WHERE message_words MATCH ?",
                    (f"{only}({phrase})",),
                )
                holding = numbers.intersection(number for (number,) in rows)
        rarity = log(1 + (len(numbers) - len(holding) + 0.5) / (len(holding) + 0.5))
        whole += rarity
        for number in holding:
            found[number] += rarity
    best = sorted(found.items(), key=lambda one: (-one[1], -one[0]))
    return [(number, held / whole) for number, held in best[:k]]


def _scored(
    connection: sqlite3.Connection, expression: str, k: int, turns: Collection[str] | None
) -> Scores:
    if not expression:
        return []
    first = 0 if turns is not None else _first_scored(connection, expression)
    # The plus keeps SQLite from looking each of the turns' messages up in the full-text index.
    among = f"AND +rowid IN ({_OF_TURNS})"
    scores = connection.execute(
        "SELECT rowid, -bm25(message_words, 0.0, ?, 1.0, ?) AS score FROM message_words"
        f" WHERE message_words MATCH ? AND rowid >= ? {'' if turns is None else among}"
        " ORDER BY score DESC, rowid DESC LIMIT ?",
        (
            NAME_WEIGHT,
            PARTS_WEIGHT,
            expression,
            first,
            *(() if turns is None else (json.dumps(list(turns)),)),
            k,
        ),
    )
    return [(number, score) for number, score in scores]


def _first_scored(connection: sqlite3.Connection, expression: str) -> int:
    """The number of the oldest message that is one of the MOST_SCORED last that match."""
    row = connection.execute(
        "SELECT rowid FROM message_words WHERE message_words MATCH ?"
        " ORDER BY rowid DESC LIMIT 1 OFFSET ?",
        (expression, MOST_SCORED - 1),
    ).fetchone()
    return int(row[0]) if row else 0


def _held_by_most(connection: sqlite3.Connection, phrase: str, rows: int) -> bool:
    """Whether about half of so many messages or more hold it, by some of them from all over. BM25
    gives a word that so many hold no weight, but goes through all of them for each place where it
    stands in an expression to find that out."""
    apart = max(1, rows // SAMPLES)
    each = min(SAMPLE, apart)
    held = sum(
        connection.execute(
            "SELECT count(*) FROM message_words"
            " WHERE message_words MATCH ? AND rowid BETWEEN ? AND ?",
            (phrase, start, start + each - 1),
        ).fetchone()[0]
        for start in range(1, rows + 1, apart)
    )
    return bool(2 * held > each * len(range(1, rows + 1, apart)))


def _holding_most(
    connection: sqlite3.Connection,
    found: Match,
    k: int,
    turns: Collection[str] | None,
    known: Collection[int],
) -> Scores:
    """Of messages that only common words propose those that hold most of the words, the last ones
    first."""
    held: Counter[int] = Counter()
    proposed: set[int] = set()
    for phrase in found.phrases:
        rows = connection.execute(
            "SELECT rowid FROM message_words WHERE message_words MATCH ?"
            " ORDER BY rowid DESC LIMIT ?",
            (f"{found.scope}({phrase})", MOST_COMPARED),
        )
        numbers = [number for (number,) in rows]
        held.update(numbers)
        if phrase in found.proposing:
            proposed.update(numbers)
    proposed.difference_update(known)
    if turns is not None:
        of_turns = connection.execute(_OF_TURNS, (json.dumps(list(turns)),))
        proposed.intersection_update(number for (number,) in of_turns)
    best = sorted(proposed, key=lambda number: (-held[number], -number))
    return [(number, LEAST_SCORE) for number in best[:k]]


def hits(
    connection: sqlite3.Connection,
    scores: Sequence[tuple[int, float]],
    k: int,
    windows: Mapping[int, tuple[str, ...]] = MappingProxyType({}),
) -> list[MessageHit]:
    """The first k of these messages as what a search shows, in their order. Those that are
    gone are left out, and a question that was only asked again counts once."""
    found = connection.execute(
        """SELECT messages.*, conversations.title AS title, turns.parent AS parent
        FROM messages JOIN conversations ON conversations.id = messages.conversation
        JOIN turns ON turns.id = messages.turn
        WHERE messages.number IN (SELECT value FROM json_each(?))""",
        (json.dumps([number for number, _ in scores]),),
    )
    rows = {row["number"]: row for row in found}
    made: list[MessageHit] = []
    questions: set[tuple[str, str | None, str]] = set()
    for number, score in scores:
        row = rows.get(number)
        if row is None or len(made) == k:
            continue
        if row["role"] == "user":
            question = (row["conversation"], row["parent"], row["content"])
            if question in questions:
                continue
            questions.add(question)
        made.append(_hit(row, score, windows.get(number, ())))
    return made


def _hit(row: sqlite3.Row, score: float, window: tuple[str, ...]) -> MessageHit:
    return MessageHit(
        conversation=row["conversation"],
        title=text_of(row["title"]),
        message_id=text_of(row["id"]),
        role=text_of(row["role"]),
        created=time_of(row["created"]),
        text=text_of(row["content"]),
        score=score,
        messages=window or (text_of(row["id"]),),
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
        seen[text_of(row["content"])] = None
    return list(seen)
