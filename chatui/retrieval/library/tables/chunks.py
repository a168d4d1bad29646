"""Chunks, fetched by their ids, and those around them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeVar

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.library.tables import lacks

IDS_PER_STATEMENT = 500
"""SQLite before 3.32 takes 999 variables in a statement."""

_COLUMNS = (
    "c.chunk_id, f.source, f.path, f.title, c.heading, c.page, c.char_start, c.char_end, "
    "c.line_start, c.line_end, c.text, f.mtime_ns, c.file_id, c.place, c.gap, c.header, "
    "c.running_head, c.ocr, f.lacks"
)


def get(db: sqlite3.Connection, chunk_ids: Sequence[str]) -> dict[str, ChunkRow]:
    """By chunk id; unknown ids are left out."""
    found: dict[str, ChunkRow] = {}
    for ids in batches(chunk_ids):
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM chunks c JOIN files f ON f.id = c.file_id "
            f"WHERE c.chunk_id IN ({marks(ids)})",
            ids,
        )
        found.update((row[0], _row(row)) for row in rows)
    return found


def around(db: sqlite3.Connection, chunk_ids: Sequence[str], reach: int) -> list[ChunkRow]:
    """These chunks and up to `reach` before and behind each in its file, every one once."""
    found: dict[str, ChunkRow] = {}
    for ids in batches(chunk_ids):
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM chunks own JOIN chunks c ON c.file_id = own.file_id "
            "AND c.place BETWEEN own.place - ? AND own.place + ? "
            f"JOIN files f ON f.id = c.file_id WHERE own.chunk_id IN ({marks(ids)})",
            (reach, reach, *ids),
        )
        found.update((row[0], _row(row)) for row in rows)
    return list(found.values())


def of_file(db: sqlite3.Connection, file_id: int) -> list[ChunkRow]:
    """All of a file, in reading order."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM chunks c JOIN files f ON f.id = c.file_id "
        "WHERE c.file_id = ? ORDER BY c.place",
        (file_id,),
    )
    return [_row(row) for row in rows]


def ids_of_files(db: sqlite3.Connection, file_ids: Sequence[int]) -> list[str]:
    """The ids of the chunks of these files, as they follow each other."""
    found: list[str] = []
    for ids in batches(file_ids):
        statement = (
            f"SELECT chunk_id FROM chunks WHERE file_id IN ({marks(ids)}) ORDER BY file_id, place"
        )
        found += [str(row[0]) for row in db.execute(statement, ids)]
    return found


def beginnings(db: sqlite3.Connection, file_ids: Sequence[int]) -> dict[int, str]:
    """The text of the first two chunks of each of these files, by its id."""
    found: dict[int, str] = {}
    for ids in batches(file_ids):
        rows = db.execute(
            f"SELECT file_id, text FROM chunks WHERE file_id IN ({marks(ids)}) AND place < 2 "
            "ORDER BY file_id, place",
            ids,
        )
        for file_id, text in rows:
            found[file_id] = f"{found[file_id]}\n{text}" if file_id in found else text
    return found


def recognised(db: sqlite3.Connection, collection_id: int) -> dict[int, tuple[int, ...]]:
    """The pages of each file whose text was recognised in a picture, by the file's id; none where
    the file is the picture."""
    found: dict[int, set[int]] = {}
    rows = db.execute(
        "SELECT DISTINCT file_id, page FROM chunks WHERE collection_id = ? AND ocr",
        (collection_id,),
    )
    for file_id, page in rows:
        found.setdefault(file_id, set()).update([] if page is None else [page])
    return {file_id: tuple(sorted(pages)) for file_id, pages in found.items()}


def on_page(db: sqlite3.Connection, collection_id: int, page: int, most: int) -> list[str]:
    """The ids of the chunks on the pages, or slides, of that number, as they follow each other."""
    rows = db.execute(
        "SELECT chunk_id FROM chunks WHERE collection_id = ? AND page = ? "
        "ORDER BY file_id, place LIMIT ?",
        (collection_id, page, most),
    )
    return [str(row[0]) for row in rows]


def _row(row: tuple[Any, ...]) -> ChunkRow:
    values = [*row[:-2], bool(row[-2]), lacks.from_column(row[-1])]
    return ChunkRow(*values)


def count(db: sqlite3.Connection, collection_id: int) -> int:
    statement = "SELECT count(*) FROM chunks WHERE collection_id = ?"
    return int(db.execute(statement, (collection_id,)).fetchone()[0])


def count_indexed(db: sqlite3.Connection, collection_id: int) -> int:
    """Chunks that the index has said it holds."""
    statement = "SELECT count(*) FROM chunks WHERE collection_id = ? AND indexed > 0"
    return int(db.execute(statement, (collection_id,)).fetchone()[0])


def count_vectors(db: sqlite3.Connection, collection_id: int) -> int:
    """Vectors that the index has said it holds."""
    statement = "SELECT coalesce(sum(indexed), 0) FROM chunks WHERE collection_id = ?"
    return int(db.execute(statement, (collection_id,)).fetchone()[0])


Id = TypeVar("Id", str, int)


def batches(ids: Sequence[Id]) -> list[list[Id]]:
    return [list(ids[at : at + IDS_PER_STATEMENT]) for at in range(0, len(ids), IDS_PER_STATEMENT)]


def marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
