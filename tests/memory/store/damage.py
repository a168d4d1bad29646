"""Ways in which a chats.db comes to harm, each done to a real file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

PAGE = 4096

Damage = Callable[[Path], object]


def cut(share: float) -> Damage:
    def damage(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return damage


def overwritten(at: int, content: bytes) -> Damage:
    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(content)

    return damage


def roots(path: Path, name: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (page,) = db.execute(query, (name,)).fetchone()
    return int(page)


def root_zeroed(name: str) -> Damage:
    return lambda path: overwritten((roots(path, name) - 1) * PAGE, bytes(PAGE))(path)


def every_nth_page(nth: int, content: bytes) -> Damage:
    def damage(path: Path) -> None:
        for number in range(nth, path.stat().st_size // PAGE, nth):
            overwritten(number * PAGE, content)(path)

    return damage


def statements(*all_of_them: str) -> Damage:
    def damage(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            for statement in all_of_them:
                db.execute(statement)

    return damage


def page_of_another_database(path: Path) -> None:
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE things (one, two, three, four, five, six, seven, eight, nine)")
        db.executemany("INSERT INTO things VALUES (1, 2, 3, 4, 5, 6, 7, 8, 9)", [()] * 100)
        db.commit()
    page = other.read_bytes()[PAGE : 2 * PAGE]
    other.unlink()
    overwritten((roots(path, "turns") - 1) * PAGE, page)(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_text(path: Path) -> None:
    path.write_text("This is a letter and no database. " * 500)


def swapped_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    one, two = roots(path, "turns") - 1, roots(path, "messages") - 1
    first, second = slice(one * PAGE, (one + 1) * PAGE), slice(two * PAGE, (two + 1) * PAGE)
    data[first], data[second] = data[second], data[first]
    path.write_bytes(data)


def all_indexes_zeroed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT rootpage FROM sqlite_schema WHERE type = 'index'").fetchall()
    for (page,) in found:
        overwritten((page - 1) * PAGE, bytes(PAGE))(path)


def a_bit_in_every_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(PAGE + 1500, len(data), PAGE * 4):
        data[at] ^= 0x10
    path.write_bytes(data)


DAMAGES: dict[str, tuple[Damage, float]] = {
    "cut in the last page": (cut(0.999), 0.9),
    "a tenth cut off": (cut(0.9), 0.8),
    "cut in half": (cut(0.5), 0.3),
    "cut to a quarter": (cut(0.25), 0.05),
    "a wrong magic": (overwritten(0, b"SQLite format 4\0"), 1.0),
    "a page size that can't be": (overwritten(16, b"\x0b\xad"), 1.0),
    "the whole header zeroed": (overwritten(0, bytes(100)), 1.0),
    "a header of noise": (overwritten(0, b"\xa5" * 100), 1.0),
    "the first page zeroed": (overwritten(0, bytes(PAGE)), 1.0),
    "the first pages zeroed": (overwritten(0, bytes(8 * PAGE)), 0.9),
    "a page in the middle zeroed": (overwritten(60 * PAGE, bytes(PAGE)), 0.8),
    "every tenth page zeroed": (every_nth_page(10, bytes(PAGE)), 0.5),
    "every tenth page of noise": (every_nth_page(10, b"\xa5" * PAGE), 0.5),
    "the root of the conversations zeroed": (root_zeroed("conversations"), 1.0),
    "the root of the turns zeroed": (root_zeroed("turns"), 1.0),
    "the root of the messages zeroed": (root_zeroed("messages"), 1.0),
    "a page of another database": (page_of_another_database, 1.0),
    "two roots that changed places": (swapped_pages, 1.0),
    "an index zeroed": (root_zeroed("turns_parent"), 1.0),
    "all indexes zeroed": (all_indexes_zeroed, 1.0),
    "no table of the turns": (
        statements("PRAGMA foreign_keys = OFF", "PRAGMA writable_schema = ON",
                   "DELETE FROM sqlite_schema WHERE name = 'turns'"), 1.0),
    "no table of the conversations": (
        statements("PRAGMA foreign_keys = OFF", "DROP TABLE conversations"), 1.0),
    "no table of the words": (statements("DROP TABLE message_words"), 1.0),
    "a bit in every fourth page": (a_bit_in_every_page, 0.5),
    "a text in its place": (a_text, 0.0),
    "a folder in its place": (a_folder, 0.0),
    "nothing in it": (cut(0.0), 0.0),
}  # fmt: skip
"""Each with the share of the messages that has to be there afterwards at least."""
