"""The messages of a conversation or of all, as arrays: their vectors, their neighbours, and which
of them hold the words of a question. Runs in a child process, which has a connection of its own
to chats.db."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import log
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chatui.memory.store.database import forgiving_text, storable, time_of
from chatui.system.sqlite import snapshot
from chatui.text.fts.lexical import Term, conversation_word, query_terms
from chatui.text.function_words import latin
from chatui.text.languages import language_of
from chatui.text.terms import foreign_words, without_question_forms

SCOPES_KEPT = 3
"""Conversations that stay in memory; "all of them" counts as one."""
BUSY_SECONDS = 5.0
MAX_CHARACTERS = 10_000
"""How much of a query is looked at, from its start: a pasted page stays a quick search."""
MOST_ROWS = 10_000
"""Messages in which a word is looked for: of more, those said last. A word that so many hold
tells hardly one from another."""
SESSION_SECONDS = 6 * 3600.0
"""What was said after a longer pause is no neighbour of what was said before it."""
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(slots=True)
class MessageRows:
    """A scope. The first group has an entry for each message that says something, in the order of
    its number; of `pieces`, `spans` (start, end) and `matrix` each row is a vector, `pieces` has
    the place of its message, or -1. `around` has for each message the places of the two before it,
    the nearer one last, and of the one behind it; where there is none, the number of messages."""

    ids: list[str] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    speakers: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    said: dict[str, list[int]] = field(default_factory=dict)
    """The places of the messages of each turn."""
    parents: dict[str, str | None] = field(default_factory=dict)
    sessions_begun: list[int] = field(default_factory=list)
    """The place of the first message that was said in one go with each."""
    numbers: Any = None
    sessions: Any = None
    """The same as an array."""
    asking: Any = None
    by_people: Any = None
    """Whether a person said it: the user, or whoever an import names."""
    sizes: Any = None
    """The bytes of each text: a character of Chinese, which says more than a letter, has three."""
    days: Any = None
    """The day of each, as an ordinal."""
    around: Any = None
    last_vector: int = 0
    pieces: Any = None
    spans: Any = None
    matrix: Any = None

    def __len__(self) -> int:
        return len(self.ids)

    def window(self, place: int) -> list[str]:
        """The ids of that message and its neighbours, in the order in which they were said."""
        *before, behind = self.around[place].tolist()
        places = [*before, place, behind]
        return [self.ids[one] for one in places if one < len(self)]

    def spread(self, values: Any, shares: Sequence[float]) -> Any:
        """For each message the greatest of its own value and its neighbours', these times their
        shares."""
        import numpy

        found = values
        held = numpy.append(values, 0.0)
        for column, share in enumerate(shares):
            found = numpy.maximum(found, share * held[self.around[:, column]])
        return found

    def of_questions(self, values: Any) -> Any:
        """For each message of a person the value of the one right before it, where that asks."""
        import numpy

        return self.by_people * numpy.append(values * self.asking, 0.0)[self.around[:, 1]]

    def neighbours_mean(self, values: Any, shares: Sequence[float]) -> Any:
        """For each message the mean of its neighbours' values, weighed by the shares."""
        import numpy

        held = numpy.append(values, 0.0)
        there = self.around < len(self)
        weights = there * numpy.array(shares)
        return (held[self.around] * weights).sum(1) / numpy.maximum(weights.sum(1), 1e-9)


class MessageScan:
    """`path` is chats.db. Raises sqlite3.Error, also when the file is not there."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
        )
        self._db.text_factory = forgiving_text
        self._kept: OrderedDict[tuple[str, str | None], MessageRows] = OrderedDict()

    def load(self, fingerprint: str, conversation: str | None) -> MessageRows:
        """All that is in the scope; only what has come since the last time is read."""
        key = (fingerprint, conversation)
        kept = self._kept.pop(key, None)
        with snapshot(self._db):
            rows = kept or MessageRows()
            if not _brought_up(self._db, rows, fingerprint, conversation):
                # Some of what was kept is gone, or was said anew.
                rows = MessageRows()
                _brought_up(self._db, rows, fingerprint, conversation)
        self._kept[key] = rows
        while len(self._kept) > SCOPES_KEPT:
            self._kept.popitem(last=False)
        return rows

    def held_words(
        self, rows: MessageRows, query: str, conversation: str | None
    ) -> list[tuple[float, Any]]:
        """For each word of the query that tells something its rarity among the messages, and the
        places of those that hold it."""
        only = "" if conversation is None else f'"{conversation_word(conversation)}" AND '
        asked = storable(query[:MAX_CHARACTERS]).replace("\0", " ")
        found = []
        with snapshot(self._db):
            for term in telling_terms(asked):
                places = self._places(rows, term, only)
                count = len(places)
                rarity = log(1 + (len(rows) - count + 0.5) / (count + 0.5))
                found.append((rarity, places))
        return found

    def texts(self, numbers: Sequence[int], characters: int) -> dict[int, str]:
        """The beginnings of the messages with these numbers."""
        marks = ",".join("?" * len(numbers))
        found = self._db.execute(
            f"SELECT number, substr(content, 1, ?) FROM messages WHERE number IN ({marks})",
            (characters, *numbers),
        )
        return dict(found.fetchall())

    def _places(self, rows: MessageRows, term: Term, only: str) -> Any:
        import numpy

        numbers: list[int] = []
        for phrase in (term.phrase, " OR ".join(term.instead)):
            if not phrase or numbers:
                continue
            numbers = [
                number
                for (number,) in self._db.execute(
                    "SELECT rowid FROM message_words WHERE message_words MATCH ?"
                    " ORDER BY rowid DESC LIMIT ?",
                    (f"{only}({phrase})", MOST_ROWS),
                )
            ]
        if not numbers or not len(rows):
            return numpy.empty(0, numpy.int64)
        places = _places_of(rows, numbers)
        # What has come meanwhile is not among the rows.
        return places[places >= 0]


def telling_terms(question: str) -> list[Term]:
    """What to look for of a question: in any language without the words that only make it one,
    unless there are no others."""
    subject = without_question_forms(question)
    if not subject.strip(" ?？!！。"):
        subject = question
    found = query_terms(subject)
    # A short question may look English and have more words of another language all the same.
    forms = foreign_words(question) | latin().get(language_of(question), frozenset())
    telling = [term for term in found if forms.isdisjoint(term.phrase.strip('"').split())]
    return telling or found


def _brought_up(
    db: sqlite3.Connection, rows: MessageRows, fingerprint: str, conversation: str | None
) -> bool:
    """Reads what is new into the rows; False when what they had no longer is."""
    if len(rows) and not _still_there(db, int(rows.numbers[-1]), rows.ids[-1]):
        return False
    where, given = (
        ("", ()) if conversation is None else ("AND messages.conversation = ?", (conversation,))
    )
    _read_messages(db, rows, where, given)
    (total,) = db.execute(
        "SELECT count(*) FROM messages JOIN turns ON turns.id = messages.turn"
        f" WHERE {_SETTLED} {where}",
        given,
    ).fetchone()
    if len(rows) != total:
        return False
    return not total or _read_vectors(db, rows, fingerprint, conversation)


_SETTLED = "content <> '' AND turns.state <> 'pending'"


def _still_there(db: sqlite3.Connection, number: int, identity: str) -> bool:
    row = db.execute("SELECT id FROM messages WHERE number = ?", (number,)).fetchone()
    return row is not None and row[0] == identity


def _read_messages(
    db: sqlite3.Connection, rows: MessageRows, where: str, given: tuple[str, ...]
) -> None:
    import numpy

    last = int(rows.numbers[-1]) if len(rows) else 0
    new = db.execute(
        "SELECT messages.number, messages.id, turn, parent, coalesce(name, ''), messages.created,"
        " substr(rtrim(content), -1) IN ('?', '\uff1f', '\u061f'),"
        " length(CAST(content AS BLOB)), role = 'user' OR coalesce(name, '') <> ''"
        " FROM messages JOIN turns ON turns.id = messages.turn"
        f" WHERE {_SETTLED} {where} AND messages.number > ? ORDER BY messages.number",
        (*given, last),
    ).fetchall()
    if not new:
        if rows.numbers is None:
            rows.numbers = numpy.empty(0, numpy.int64)
        return
    first = len(rows)
    for _, identity, turn, parent, name, created, *_ in new:
        rows.parents[turn] = parent
        rows.ids.append(identity)
        rows.turns.append(turn)
        rows.speakers.append(name.casefold())
        rows.times.append(time_of(created).timestamp())
        _place_last(rows)
    rows.numbers = _joined(rows.numbers, [row[0] for row in new], numpy.int64)
    rows.asking = _joined(rows.asking, [row[6] for row in new], numpy.bool_)
    rows.sizes = _joined(rows.sizes, [row[7] for row in new], numpy.float64)
    rows.by_people = _joined(rows.by_people, [row[8] for row in new], numpy.bool_)
    rows.days = _joined(
        rows.days, [EPOCH + int(time // 86400) for time in rows.times[first:]], numpy.int64
    )
    count = len(rows)
    before = numpy.array([*rows.before, count])
    before[before < 0] = count
    behind = numpy.array(rows.behind)
    behind[behind < 0] = count
    rows.sessions = numpy.array(rows.sessions_begun)
    rows.around = numpy.stack([before[before[:-1]], before[:-1], behind], axis=1)


def _place_last(rows: MessageRows) -> None:
    """Finds the neighbours of the last message along its path: those of its turn, and of the turn
    before."""
    place, turn = len(rows) - 1, rows.turns[-1]
    own = rows.said.setdefault(turn, [])
    before = own[-1] if own else _last_said(rows, rows.parents[turn])
    if before >= 0 and abs(rows.times[place] - rows.times[before]) > SESSION_SECONDS:
        before = -1
    own.append(place)
    rows.before.append(before)
    rows.sessions_begun.append(rows.sessions_begun[before] if before >= 0 else place)
    rows.behind.append(-1)
    if before >= 0:
        rows.behind[before] = place


def _last_said(rows: MessageRows, turn: str | None) -> int:
    """The place of the last message of the turn, or of the nearest one before that has any."""
    while turn is not None and turn in rows.parents:
        if rows.said[turn]:
            return rows.said[turn][-1]
        turn = rows.parents[turn]
    return -1


def _read_vectors(
    db: sqlite3.Connection, rows: MessageRows, fingerprint: str, conversation: str | None
) -> bool:
    """False when some of the vectors that were kept are gone."""
    import numpy

    where, given = "fingerprint = ?", [fingerprint]
    if conversation is not None:
        where, given = f"{where} AND conversation = ?", [fingerprint, conversation]
    found: Sequence[Any] = db.execute(
        "SELECT number, message, char_start, char_end, vector FROM message_vectors"
        f" WHERE {where} AND number > ? ORDER BY number",
        (*given, rows.last_vector),
    ).fetchall()
    if found:
        numbers, messages, starts, ends, vectors = zip(*found, strict=True)
        rows.last_vector = numbers[-1]
        rows.pieces = _joined(rows.pieces, _places_of(rows, messages), numpy.int64)
        spans = numpy.array([starts, ends], dtype=numpy.int64).T
        matrix = numpy.frombuffer(b"".join(vectors), dtype="<f4").reshape(len(found), -1)
        rows.spans = spans if rows.spans is None else numpy.concatenate([rows.spans, spans])
        rows.matrix = matrix if rows.matrix is None else numpy.concatenate([rows.matrix, matrix])
    (total,) = db.execute(f"SELECT count(*) FROM message_vectors WHERE {where}", given).fetchone()
    return int(total) == (0 if rows.pieces is None else len(rows.pieces))


def _joined(kept: Any, new: Any, kind: Any) -> Any:
    import numpy

    made = numpy.array(new, dtype=kind)
    return made if kept is None else numpy.concatenate([kept, made])


def _places_of(rows: MessageRows, numbers: Sequence[int]) -> Any:
    """-1 for those that are not among the rows."""
    import numpy

    places = numpy.searchsorted(rows.numbers, numbers)
    places[places == len(rows)] = 0
    return numpy.where(rows.numbers[places] == numpy.array(numbers), places, -1)
