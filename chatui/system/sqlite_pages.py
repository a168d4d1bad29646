"""The rows of a damaged SQLite file, read page by page, by the published file format
(https://sqlite.org/fileformat2.html).

SQLite itself gives up where a page contradicts another one. Here a page that makes no sense costs
what is in it: the others are found through the parents that are left, and the leaves of parents
that are gone by what their rows look like. Pages that are free are never looked into, because they
hold what was deleted.
"""

from __future__ import annotations

import mmap
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"SQLite format 3\0"
HEADER_BYTES = 100
PAGE_BYTES = 4096
"""What SQLite makes them by itself, for a file that no longer says."""
INDEX_NODE, TABLE_NODE, INDEX_LEAF, TABLE_LEAF = 2, 5, 10, 13
LOG_MAGIC = (0x377F0682, 0x377F0683)
LOG_HEADER, FRAME_HEADER = 32, 24
MOST_BYTES = 1 << 30
"""Of one row; a length beyond it is damage."""
MOST_WRONG = 0.2
"""Of a row's values: more of another kind, and the page is another table's."""

Value = str | bytes | int | float | None
Cell = tuple[int, list[Value]]
"""The number of a row, and its values."""


class Nonsense(Exception):
    """What a page says of itself can't be."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as its rows are laid out: its columns with their declared types, which of them is the
    number of the row ("" for none), and which may be NULL."""

    name: str
    root: int
    columns: tuple[str, ...]
    types: tuple[str, ...]
    number: str
    nullable: frozenset[str]

    def fits(self, values: Sequence[Value], most_wrong: float = 0.0) -> bool:
        """Whether a row of this table may look like that, with a share of wrong values."""
        if not 0 < len(values) <= len(self.columns):
            return False
        wrong = sum(
            name != self.number
            and not (value is None and name in self.nullable)
            and not isinstance(value, KINDS.get(kind, object))
            for name, kind, value in zip(self.columns, self.types, values, strict=False)
        )
        return wrong <= most_wrong * len(values)

    def row(self, number: int, values: Sequence[Value]) -> dict[str, Value]:
        """By column; those that a shorter row was written without are left out."""
        return {
            name: number if name == self.number else value
            for name, value in zip(self.columns, values, strict=False)
        }


KINDS: dict[str, type | tuple[type, ...]] = {
    "TEXT": str,
    "BLOB": bytes,
    "INTEGER": int,
    "REAL": (int, float),
}


class DamagedFile:
    """A database file with its write-ahead log, as far as both can be read. `shapes` are those of
    the tables that are wanted, as a sound file would have them."""

    def __init__(self, path: Path, shapes: Sequence[TableShape]) -> None:
        self._data = _mapped(path)
        log = _mapped(path.with_name(f"{path.name}-wal"))
        self._size = self._page_size(log)
        self._changed = _changed_pages(log, self._size)
        self._log = log
        sure = bytes(self._data[: len(MAGIC)]) == MAGIC and len(self._data) >= HEADER_BYTES
        self._usable = self._size - (self._data[20] if sure else 0)
        self._shapes = shapes

    def rows(self) -> Iterator[tuple[str, dict[str, Value]]]:
        """The name of a wanted table, and a row of it."""
        seen: set[int] = set()
        own = {shape.name: shape for shape in self._own_shapes(seen)}
        # A file that no longer says where its tables begin is laid out like a new one.
        shapes = [own.get(shape.name, shape) for shape in self._shapes]
        for shape in shapes:
            for page, cells in self._tree(shape.root, seen):
                fitting = [cell for cell in cells if shape.fits(cell[1], MOST_WRONG)]
                if len(fitting) * 2 < len(cells):
                    # Another table's, which it may be found to be.
                    seen.discard(page)
                    continue
                for number, values in fitting:
                    yield shape.name, shape.row(number, values)
        for number, values in self._strays(seen):
            alike = [
                shape
                for shape in shapes
                if len(shape.columns) == len(values) and shape.fits(values)
            ]
            if len(alike) == 1:
                yield alike[0].name, alike[0].row(number, values)

    def _page_size(self, log: bytes | mmap.mmap) -> int:
        said = int.from_bytes(self._data[16:18]) if len(self._data) >= HEADER_BYTES else 0
        logged = int.from_bytes(log[8:12]) if len(log) >= LOG_HEADER else 0
        for size in (65536 if said == 1 else said, logged):
            if 512 <= size <= 65536 and size & (size - 1) == 0:
                return size
        return PAGE_BYTES

    def _page(self, number: int) -> bytes:
        """The page as it was last committed. Raises Nonsense for one that isn't there."""
        at = self._changed.get(number)
        source = self._data if at is None else self._log
        at = (number - 1) * self._size if at is None else at
        page = bytes(source[at : at + self._size]) if number > 0 else b""
        if len(page) < self._size:
            raise Nonsense(f"page {number} is not there")
        return page

    @property
    def _count(self) -> int:
        return max(len(self._data) // self._size, *self._changed, 0)

    def _own_shapes(self, seen: set[int]) -> Iterator[TableShape]:
        """Those of all tables that the file itself names, and of its indexes, as trees to know."""
        named = [values for _, cells in self._tree(1, seen) for _, values in cells]
        for values in named:
            match values:
                case [("table" | "index"), str(name), _, int(root), None | str() as made] if root:
                    wanted = next((shape for shape in self._shapes if shape.name == name), None)
                    if wanted is None or made is None:
                        for _ in self._tree(root, seen):
                            pass
                        continue
                    try:
                        yield shape_of(name, root, made)
                    except sqlite3.Error:
                        yield TableShape(name, root, *_layout(wanted))

    def _tree(self, root: int, seen: set[int]) -> Iterator[tuple[int, list[Cell]]]:
        """The leaves of a table below that page, by number; of an index, or a table without row
        numbers, its nodes too."""
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            try:
                page = self._page(number)
                kind = page[HEADER_BYTES if number == 1 else 0]
                if kind not in (INDEX_NODE, TABLE_NODE, INDEX_LEAF, TABLE_LEAF):
                    continue
                seen.add(number)
                waiting += reversed(self._children(page, number, kind))
            except (Nonsense, struct.error, IndexError):
                continue
            if kind != TABLE_NODE:
                yield number, list(self._cells(page, number, kind))

    def _strays(self, seen: set[int]) -> Iterator[Cell]:
        """The rows of leaves that no parent leads to any more, unless it is not known which pages
        are free."""
        try:
            known = seen | self._free()
        except (Nonsense, struct.error):
            return
        for number in range(2, self._count + 1):
            if number in known:
                continue
            try:
                page = self._page(number)
            except Nonsense:
                continue
            if page[0] == TABLE_LEAF:
                yield from self._cells(page, number, TABLE_LEAF)

    def _free(self) -> set[int]:
        """The pages that hold nothing, or what was deleted. Raises Nonsense when they can't all
        be told."""
        first = self._page(1)
        if not first.startswith(MAGIC):
            raise Nonsense("no list of free pages")
        trunk, total = struct.unpack(">II", first[32:40])
        free: set[int] = set()
        while trunk and trunk not in free:
            page = self._page(trunk)
            free.add(trunk)
            trunk, count = struct.unpack(">II", page[:8])
            if count > self._usable // 4 - 2:
                raise Nonsense("a list of free pages is longer than its page")
            free.update(struct.unpack(f">{count}I", page[8 : 8 + 4 * count]))
        if len(free) != total:
            raise Nonsense("the free pages are not all listed")
        return free

    def _pointers(self, page: bytes, number: int, kind: int) -> tuple[int, ...]:
        """Where the page's cells begin."""
        head = HEADER_BYTES if number == 1 else 0
        (count,) = struct.unpack(">H", page[head + 3 : head + 5])
        head += 12 if kind in (INDEX_NODE, TABLE_NODE) else 8
        return struct.unpack(f">{count}H", page[head : head + 2 * count])

    def _children(self, page: bytes, number: int, kind: int) -> list[int]:
        if kind in (INDEX_LEAF, TABLE_LEAF):
            return []
        head = HEADER_BYTES if number == 1 else 0
        cells = self._pointers(page, number, kind)
        left = [int.from_bytes(page[at : at + 4]) for at in cells]
        return [*left, int.from_bytes(page[head + 8 : head + 12])]

    def _cells(self, page: bytes, number: int, kind: int) -> Iterator[Cell]:
        try:
            pointers = self._pointers(page, number, kind)
        except struct.error:
            return
        for pointer in pointers:
            try:
                at = pointer + (4 if kind == INDEX_NODE else 0)
                length, at = _varint(page, at)
                row = 0
                if kind == TABLE_LEAF:
                    row, at = _varint(page, at)
                # Row numbers are signed.
                row -= (row >> 63) << 64
                yield row, _record(self._payload(page, at, length, kind))
            except (Nonsense, struct.error, IndexError):
                continue

    def _payload(self, page: bytes, at: int, length: int, kind: int) -> bytes:
        if length > MOST_BYTES:
            raise Nonsense("a row is longer than it can be")
        usable = self._usable
        most = usable - 35 if kind == TABLE_LEAF else (usable - 12) * 64 // 255 - 23
        if length <= most:
            return _exactly(page[at : at + length], length)
        least = (usable - 12) * 32 // 255 - 23
        here = least + (length - least) % (usable - 4)
        here = here if here <= most else least
        parts = [page[at : at + here]]
        (following,) = struct.unpack(">I", page[at + here : at + here + 4])
        missing = length - here
        seen: set[int] = set()
        while missing > 0:
            if following in seen:
                raise Nonsense("a row leads back to itself")
            seen.add(following)
            over = self._page(following)
            parts.append(over[4 : min(usable, 4 + missing)])
            missing -= len(parts[-1])
            following = int.from_bytes(over[:4])
        return _exactly(b"".join(parts), length)


def shapes_of(connection: sqlite3.Connection) -> list[TableShape]:
    """Those of the tables that a database was made with, but for virtual ones."""
    made = connection.execute(
        "SELECT name, rootpage, sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
        " AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return [shape_of(name, root, sql) for name, root, sql in made]


def shape_of(name: str, root: int, made: str) -> TableShape:
    """By the statement that made the table. Raises sqlite3.Error."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(made)
        columns = db.execute(f'SELECT name, type, "notnull", pk FROM pragma_table_info({name!r})')
        rows = columns.fetchall()
    keys = [name for name, kind, _, key in rows if key and kind.upper() == "INTEGER"]
    one_key = sum(1 for *_, key in rows if key) == 1
    by_number = keys[0] if keys and one_key and "WITHOUT ROWID" not in made.upper() else ""
    if "WITHOUT ROWID" in made.upper():
        # The key comes first in such a row.
        rows = sorted(rows, key=lambda row: (not row[3], row[3]))
    return TableShape(
        name,
        root,
        tuple(row[0] for row in rows),
        tuple(str(row[1]).upper() for row in rows),
        by_number,
        frozenset(row[0] for row in rows if not row[2] and not row[3]),
    )


def _layout(
    shape: TableShape,
) -> tuple[tuple[str, ...], tuple[str, ...], str, frozenset[str]]:
    return shape.columns, shape.types, shape.number, shape.nullable


def _mapped(path: Path) -> bytes | mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        # There is none, or nothing is in it.
        return b""


def _changed_pages(log: bytes | mmap.mmap, size: int) -> dict[int, int]:
    """Where the log has the newest committed text of a page. A frame that is damaged, and all
    behind it, never counted."""
    if len(log) < LOG_HEADER:
        return {}
    magic, _, page_size = struct.unpack(">3I", log[:12])
    if magic not in LOG_MAGIC or page_size != size:
        return {}
    order = ">" if magic == LOG_MAGIC[1] else "<"
    sums = _checksum(log[:24], order, (0, 0))
    if sums != struct.unpack(">2I", log[24:32]):
        return {}
    committed: dict[int, int] = {}
    open_pages: dict[int, int] = {}
    at = LOG_HEADER
    while at + FRAME_HEADER + size <= len(log):
        head = log[at : at + FRAME_HEADER]
        number, commits = struct.unpack(">2I", head[:8])
        page = log[at + FRAME_HEADER : at + FRAME_HEADER + size]
        sums = _checksum(page, order, _checksum(head[:8], order, sums))
        if head[8:16] != log[16:24] or sums != struct.unpack(">2I", head[16:24]):
            break
        open_pages[number] = at + FRAME_HEADER
        if commits:
            committed |= open_pages
            open_pages.clear()
        at += FRAME_HEADER + size
    return committed


def _checksum(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins there, and where what follows begins."""
    number = 0
    for place in range(at, at + 8):
        number = (number << 7) | (data[place] & 0x7F)
        if data[place] < 0x80:
            return number, place + 1
    return (number << 8) | data[at + 8], at + 9


INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _record(payload: bytes) -> list[Value]:
    end, at = _varint(payload, 0)
    kinds: list[int] = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != end or not kinds:
        raise Nonsense("a row's head is none")
    values: list[Value] = []
    for kind in kinds:
        if kind in (10, 11):
            raise Nonsense("a value of no kind")
        length = INTEGERS.get(kind, 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0)
        values.append(_value(kind, _exactly(payload[at : at + length], length)))
        at += length
    return values


def _value(kind: int, data: bytes) -> Value:
    if kind == 0:
        return None
    if kind in INTEGERS:
        return int.from_bytes(data, signed=True)
    if kind == 7:
        (real,) = struct.unpack(">d", data)
        return float(real)
    if kind < 10:
        return kind - 8
    return data.decode("utf-8", "replace") if kind % 2 else data


def _exactly(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise Nonsense("a row is longer than what is left of it")
    return data
