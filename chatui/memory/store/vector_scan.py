"""Compares a question's vector with those of all messages. Runs in a child process, which
has a connection of its own to chats.db."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chatui.system.sqlite import snapshot

SCOPES_KEPT = 3
"""Conversations whose vectors stay in memory; "all of them" counts as one."""

BUSY_SECONDS = 5.0

Among = tuple[str | None, Sequence[str] | None]
"""A conversation and some of its turns, each by id; None for all of them."""

Near = tuple[int, float, int, int]
"""(message number, cosine, start, end) of the piece of the message that is nearest."""


@dataclass(slots=True)
class _Pieces:
    """The vectors of one scope, a row each, up to the one of the number `last`."""

    last: int
    messages: Any
    spans: Any
    turns: list[str]
    matrix: Any


class VectorScan:
    """`path` is chats.db. Raises sqlite3.Error, also when the file is not there."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
        )
        self._kept: OrderedDict[tuple[str, str | None], _Pieces] = OrderedDict()

    def nearest(
        self,
        fingerprint: str,
        vector: bytes,
        k: int,
        among: Among = (None, None),
        named: Collection[int] = (),
    ) -> tuple[list[Near], float]:
        """The k messages nearest to the vector, the nearest first, and behind them those
        that are `named` by number; and the mean cosine of all pieces there are."""
        import numpy

        conversation, turns = among
        pieces = self._load(fingerprint, conversation)
        if pieces is None:
            return [], 0.0
        cosines = pieces.matrix @ numpy.frombuffer(vector, dtype="<f4")
        rows = numpy.arange(len(cosines))
        if turns is not None:
            wanted = frozenset(turns)
            rows = rows[[turn in wanted for turn in pieces.turns]]
        if not len(rows):
            return [], 0.0
        order = rows[numpy.argsort(-cosines[rows], kind="stable")]
        # The first row of a message is its nearest piece.
        _, firsts = numpy.unique(pieces.messages[order], return_index=True)
        best = order[numpy.sort(firsts)]
        also = best[k:][numpy.isin(pieces.messages[best[k:]], list(named))]
        chosen = numpy.concatenate([best[:k], also])
        found = zip(
            pieces.messages[chosen].tolist(),
            cosines[chosen].tolist(),
            *pieces.spans[chosen].T.tolist(),
            strict=True,
        )
        return list(found), float(cosines[rows].mean())

    def _load(self, fingerprint: str, conversation: str | None) -> _Pieces | None:
        """All vectors of the scope; only what has come since the last time is read."""
        key = (fingerprint, conversation)
        kept = self._kept.pop(key, None)
        with snapshot(self._db):
            total = _count(self._db, fingerprint, conversation)
            pieces = _read(self._db, fingerprint, conversation, kept)
            if pieces is not None and len(pieces.turns) != total:
                # Some of those that were kept are gone.
                pieces = _read(self._db, fingerprint, conversation, None)
        if pieces is not None:
            self._kept[key] = pieces
            while len(self._kept) > SCOPES_KEPT:
                self._kept.popitem(last=False)
        return pieces


def _scope(fingerprint: str, conversation: str | None) -> tuple[str, tuple[str, ...]]:
    if conversation is None:
        return "fingerprint = ?", (fingerprint,)
    return "fingerprint = ? AND conversation = ?", (fingerprint, conversation)


def _count(db: sqlite3.Connection, fingerprint: str, conversation: str | None) -> int:
    where, given = _scope(fingerprint, conversation)
    (count,) = db.execute(f"SELECT count(*) FROM message_vectors WHERE {where}", given).fetchone()
    return int(count)


def _read(
    db: sqlite3.Connection, fingerprint: str, conversation: str | None, kept: _Pieces | None
) -> _Pieces | None:
    """What was kept, with what is new behind it. None when there is nothing."""
    import numpy

    where, given = _scope(fingerprint, conversation)
    rows: Sequence[Any] = db.execute(
        "SELECT number, message, turn, char_start, char_end, vector FROM message_vectors"
        f" WHERE {where} AND number > ? ORDER BY number",
        (*given, kept.last if kept else 0),
    ).fetchall()
    if not rows:
        return kept
    numbers, messages, turns, starts, ends, vectors = zip(*rows, strict=True)
    new = _Pieces(
        numbers[-1],
        numpy.array(messages, dtype=numpy.int64),
        numpy.array([starts, ends], dtype=numpy.int64).T,
        list(turns),
        numpy.frombuffer(b"".join(vectors), dtype="<f4").reshape(len(rows), -1),
    )
    if kept is None:
        return new
    return _Pieces(
        new.last,
        numpy.concatenate([kept.messages, new.messages]),
        numpy.concatenate([kept.spans, new.spans]),
        kept.turns + new.turns,
        numpy.concatenate([kept.matrix, new.matrix]),
    )
