"""Files as a user means them: which are in the collections, what stands in them now, and the
passages of a whole one.

A file that has changed since it was read in, or is in no collection, is read anew by the readers
of an ingest, in a process of its own, and nothing of that is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatui.domain.errors import UsageError
from chatui.domain.passage import Passage
from chatui.retrieval.chunking.document import Chunk
from chatui.retrieval.chunking.lacks import in_words
from chatui.retrieval.ingest.reading import ReadFile, ReadingLimits, ReadingPool
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import ChunkRow, FileRow
from chatui.retrieval.library.tables.files import FileState

MEGABYTE = 1024 * 1024
OCR_HINT = " (the extra chatui[ocr] recognises text in pictures)"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of a collection, as the library knows it."""

    collection: str
    row: FileRow

    @property
    def source(self) -> str:
        return self.row.source

    @property
    def path(self) -> str:
        return self.row.path

    @property
    def title(self) -> str:
        return self.row.title


@dataclass(frozen=True, slots=True)
class WholeFile:
    """All passages of a file in reading order. `told` is a sentence on what is not as it was when
    it was read in, "" where all is."""

    passages: tuple[Passage, ...]
    told: str = ""


class FileReader:
    """Reads one file as an ingest would."""

    def __init__(self, limits: ReadingLimits, log: Path | None = None) -> None:
        self._limits = limits
        self._log = log
        self.seen: dict[str, FileRow] = {}
        """The files that were read here, by path: they may be opened, which what only a stored
        conversation names may not."""

    def note(self, path: Path, source: str) -> None:
        """Remembers a file that the user named. Raises UsageError where it is gone."""
        try:
            found = path.stat()
        except OSError as error:
            raise UsageError(f"{source} can't be read: {error.strerror or error}.") from error
        self.seen[str(path)] = FileRow(
            0, str(path), source, found.st_size, found.st_mtime_ns, "", "", "read", "", ""
        )

    async def read(self, path: Path, source: str) -> tuple[Passage, ...]:
        """Its passages, all of them; none of a file without text. Raises UsageError with the
        reason for one that can't be read."""
        size = await asyncio.to_thread(size_of, path)
        if size > self._limits.max_file_mb * MEGABYTE:
            raise UsageError(
                f"{source} is larger than {self._limits.max_file_mb} MB; raise "
                "ingest.max_file_mb, or name a smaller file."
            )
        await asyncio.to_thread(self.note, path, source)
        pool = ReadingPool(self._limits, 1, self._log)
        try:
            found = await pool.read(path, "", readers=1)
        finally:
            await pool.close()
        if found.outcome in {"failed", "skipped"}:
            hint = OCR_HINT if found.blind and self._limits.ocr == "missing" else ""
            raise UsageError(f"{source} can't be read: {found.reason}{hint}.")
        return passages_of(path, source, found)


def size_of(path: Path) -> int:
    """Raises UsageError."""
    try:
        if path.is_file():
            return path.stat().st_size
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}.") from error
    raise UsageError(f"{path} is not there any more, or no ordinary file; check the path.")


def passages_of(path: Path, source: str, found: ReadFile) -> tuple[Passage, ...]:
    return tuple(
        passage_of(place, chunk, path, source, found)
        for place, chunk in enumerate(found.chunks, start=1)
    )


def passage_of(
    rank: int, chunk: Chunk, path: Path, source: str, found: ReadFile | None = None
) -> Passage:
    """A chunk of a file that is in no library."""
    return Passage(
        rank=rank,
        score=1.0,
        source=source,
        path=str(path),
        title=found.title if found else "",
        heading=chunk.heading,
        page=chunk.page,
        char_start=chunk.char_start,
        char_end=chunk.char_end,
        line_start=chunk.line_start,
        line_end=chunk.line_end,
        text=chunk.text,
        collection="",
        chunk_id="",
        header=chunk.header,
        running_head=chunk.running_head,
        ocr=chunk.ocr,
        incomplete=in_words(found.lacks) if found else "",
    )


class Sources:
    """The files of all collections."""

    def __init__(self, library: Library, reader: FileReader) -> None:
        self._library = library
        self.reader = reader

    async def known(self, collection: str) -> list[KnownFile]:
        """The files of that collection, read or not; none for one that is not there. Raises
        LibraryFailed."""
        names = {info.name for info in await self._library.collections()}
        if collection not in names:
            return []
        row = await self._library.collection(collection)
        rows = await self._library.files(row.id)
        return [KnownFile(collection, one) for one in rows.values()]

    async def others(self, collection: str) -> list[KnownFile]:
        """Those of the other collections."""
        names = [info.name for info in await self._library.collections()]
        return [one for name in names if name != collection for one in await self.known(name)]

    async def changed(self, file: KnownFile) -> bool | None:
        """Whether it is another file than was read in; None where it is gone."""
        return await asyncio.to_thread(has_changed, file.row)

    async def whole(self, file: KnownFile) -> WholeFile:
        """Raises UsageError for a file that has changed so that it can't be read."""
        changed = await self.changed(file)
        if changed:
            found = await self.reader.read(Path(file.path), file.source)
            return WholeFile(
                found, f"{file.source} has changed since it was read in; its text is read anew."
            )
        rows = await self._library.file_chunks(file.row.id)
        return WholeFile(
            tuple(of_row(place, one, file.collection) for place, one in enumerate(rows, start=1)),
            gone(file.source) if changed is None else "",
        )

    async def by_words(
        self, passages: Sequence[Passage], query: str, most: int
    ) -> tuple[Passage, ...]:
        """Those of the passages that the words of the query find, the best first, of a file that is
        in no library; the first ones where none is found."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="chatui-"))
        library = Library(folder / "library.db")
        try:
            row = await library.ensure_collection("read")
            state = FileState("/read", "read", 0, 0, "", "", "read")
            await library.put_file(row.id, state, [_chunk(one) for one in passages])
            found, _ = await library.search_words(row.id, query, most)
            rows = await library.chunks([chunk_id for chunk_id, _ in found])
            places = [rows[chunk_id].place for chunk_id, _ in found]
        finally:
            await library.close()
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return tuple(passages[at] for at in places) or tuple(passages[:most])


def gone(source: str) -> str:
    return f"{source} is not there any more; what was read of it is taken."


def has_changed(row: FileRow) -> bool | None:
    try:
        found = os.stat(row.path)  # noqa: PTH116 - a path of the library's
        if (found.st_size, found.st_mtime_ns) == (row.size, row.mtime_ns):
            return False
        with Path(row.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != row.sha256
    except OSError:
        return None


def _chunk(passage: Passage) -> Chunk:
    return Chunk(
        text=passage.text,
        prefix=passage.heading,
        heading=passage.heading,
        page=passage.page,
        char_start=passage.char_start,
        char_end=passage.char_end,
        line_start=passage.line_start,
        line_end=passage.line_end,
    )


def of_row(rank: int, chunk: ChunkRow, collection: str) -> Passage:
    """A chunk of the library as a passage of its whole document."""
    return Passage(
        rank=rank,
        score=1.0,
        source=chunk.source,
        path=chunk.path,
        title=chunk.title,
        heading=chunk.heading,
        page=chunk.page,
        char_start=chunk.char_start,
        char_end=chunk.char_end,
        line_start=chunk.line_start,
        line_end=chunk.line_end,
        text=chunk.text,
        collection=collection,
        chunk_id=chunk.chunk_id,
        header=chunk.header,
        running_head=chunk.running_head,
        ocr=chunk.ocr,
        incomplete=in_words(chunk.lacks),
    )
