"""Queries on the pictures and PDFs of questions: stored once by their hash, named by each turn."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from chatui.domain.media import MIMES, Medium
from chatui.memory.store.database import storable, text_of


def save(connection: sqlite3.Connection, turn: str, media: Sequence[Medium]) -> None:
    """What a turn has with its question. Of one that comes without its bytes the store has them
    already; where it has not, the turn goes without."""
    for place, one in enumerate(media):
        if one.data:
            connection.execute(
                "INSERT OR IGNORE INTO media (hash, mime, width, height, pages, data)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (one.hash, one.mime, one.width, one.height, one.pages, one.data),
            )
        connection.execute(
            "INSERT INTO turn_media (turn, place, hash, name)"
            " SELECT ?, ?, hash, ? FROM media WHERE hash = ?",
            (turn, place, storable(one.name), one.hash),
        )


def copy(connection: sqlite3.Connection, original: str, turn: str) -> None:
    """Gives one turn what another one has."""
    connection.execute(
        "INSERT INTO turn_media (turn, place, hash, name)"
        " SELECT ?, place, hash, name FROM turn_media WHERE turn = ?",
        (turn, original),
    )


def of_turns(connection: sqlite3.Connection, turns: Sequence[str]) -> dict[str, tuple[Medium, ...]]:
    """What each of the turns has, without the bytes; those that have nothing are left out."""
    rows = connection.execute(
        """SELECT turn, media.hash, mime, name, length(data), width, height, pages
        FROM json_each(?) AS wanted CROSS JOIN turn_media ON turn_media.turn = wanted.value
        CROSS JOIN media ON media.hash = turn_media.hash
        ORDER BY turn, place""",
        (json.dumps(list(turns)),),
    )
    found: defaultdict[str, list[Medium]] = defaultdict(list)
    for turn, digest, mime, name, size, *figures in rows:
        if mime not in MIMES:
            continue  # Of another hand: nothing could be sent of it.
        width, height, pages = (one if isinstance(one, int) and one > 0 else 0 for one in figures)
        found[turn].append(
            Medium(text_of(digest), mime, text_of(name), size or 0, width, height, pages)
        )
    return {turn: tuple(media) for turn, media in found.items()}


def data_of(connection: sqlite3.Connection, hashes: Sequence[str]) -> Mapping[str, bytes]:
    """The bytes behind the hashes; those that are not there, or are not what they were, are left
    out."""
    rows = connection.execute(
        "SELECT hash, data FROM media WHERE hash IN (SELECT value FROM json_each(?))",
        (json.dumps(list(dict.fromkeys(hashes))),),
    )
    return {digest: data for digest, data in rows if _is_sound(digest, data)}


def damaged(connection: sqlite3.Connection) -> int:
    """How many are not what their hash says. Reads all of them."""
    rows = connection.execute("SELECT hash, data FROM media")
    return sum(not _is_sound(digest, data) for digest, data in rows)


def _is_sound(digest: object, data: object) -> bool:
    return isinstance(data, bytes) and hashlib.sha256(data).hexdigest() == digest
