"""What becomes of each file that was found: passed over, read, or kept as it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from chatui.retrieval.ingest.moves import find_moves, reads_the_same
from chatui.retrieval.ingest.reading import ReadFile, ReadingLimits
from chatui.retrieval.ingest.report import IngestReport
from chatui.retrieval.ingest.walk import Findings, FoundFile
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import Change, CollectionRow, FileRow
from chatui.retrieval.library.tables.files import FilePlace, FileState

BLIND, RECOGNISED = "/blind", "/recognised"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Names how files are read and cut. A failure depends on the time limit as well, and what was
    made of pictures on whether text in them is recognised.

    What another installation has recognised stays where this one can't.
    """

    done: str
    failed: str
    ocr: Literal["on", "off", "missing"] = "off"

    def of(self, result: ReadFile) -> str:
        if result.outcome == "failed":
            return self.failed
        return self.done + (BLIND if result.blind else RECOGNISED if result.recognised else "")

    def is_of(self, row: FileRow) -> bool:
        """Whether the file would be read today as it was."""
        if row.outcome == "failed":
            return row.recipe == self.failed
        fitting = {self.done}
        if self.ocr != "on":
            fitting.add(self.done + BLIND)
        if self.ocr != "off":
            fitting.add(self.done + RECOGNISED)
        return row.recipe in fitting


@dataclass(slots=True)
class Intake:
    """The files of one collection: `known` as they were before, by path, and as they are
    found now. Every file lands in the report once."""

    collection: CollectionRow
    known: dict[str, FileRow]
    recipe: Recipe
    limits: ReadingLimits
    library: Library
    report: IngestReport

    async def follow_moves(self, found: Findings) -> None:
        """Files that were moved or renamed keep their rows and chunks, at their new paths."""
        new = [file for path, file in found.files.items() if str(path) not in self.known]
        if not new:
            return
        lost = [row for path, row in self.known.items() if Path(path) not in found.files]
        moves = await asyncio.to_thread(find_moves, new, lost)
        for file, row in moves:
            recipe = row.recipe if reads_the_same(row, file) else ""
            del self.known[row.path]
            self.known[str(file.path)] = replace(row, path=str(file.path), recipe=recipe)
        if moves:
            await self.library.place_files([_place(file, row) for file, row in moves])
            self.report.moved += len(moves)
            self.report.moves |= {row.path: str(file.path) for file, row in moves}

    async def pass_over(self, file: FoundFile) -> bool:
        """Whether the file need not be read: it has not changed, or it is too large."""
        row = self.known.get(str(file.path))
        limit = self.limits.max_file_mb
        if file.size > limit << 20:
            reason = f"larger than {limit} MB (ingest.max_file_mb)"
            if row is None or row.reason != reason:
                await self._commit(file, ReadFile("skipped", reason))
            else:
                self.report.note("skipped", file.source, reason)
            return True
        if row is None or (row.size, row.mtime_ns) != (file.size, file.mtime_ns):
            return False
        if not self.recipe.is_of(row):
            return False
        await self._keep(file, row)
        return True

    def known_sha256(self, file: FoundFile) -> str:
        """The hash with which the file need not be cut again, or ""."""
        row = self.known.get(str(file.path))
        return row.sha256 if row and self.recipe.is_of(row) else ""

    async def settle(self, file: FoundFile, result: ReadFile) -> Change:
        """Commits what reading the file came to."""
        row = self.known.get(str(file.path))
        if result.outcome == "unchanged" and row is not None:
            await self._keep(file, row)
            return Change()
        if result.outcome == "failed":
            await self._fail(file, row, result)
            return Change()
        return await self._commit(file, result)

    async def remove_vanished(self, found: Findings) -> None:
        gone = [row for path, row in self.known.items() if found.vanished(Path(path))]
        if gone:
            change = await self.library.remove_files([row.id for row in gone])
            self.report.removed += sum(row.outcome == "read" for row in gone)
            self.report.chunks_removed += change.removed

    async def _keep(self, file: FoundFile, row: FileRow) -> None:
        self.report.unseen += row.recipe.endswith(BLIND)
        if (row.source, row.size, row.mtime_ns) != (file.source, file.size, file.mtime_ns):
            await self.library.place_files([_place(file, row)])
        if row.outcome == "read":
            self.report.unchanged += 1
            self.report.note_lacks(file.source, row.lacks)
        else:
            self.report.note(row.outcome, file.source, row.reason)

    async def _fail(self, file: FoundFile, row: FileRow | None, result: ReadFile) -> None:
        reason = result.reason
        if row is not None and row.outcome == "read":
            reason += "; its earlier content is kept"
        elif result.lasting:
            await self.library.put_file(self.collection.id, self._state(file, result))
        self.report.note("failed", file.source, reason)

    async def _commit(self, file: FoundFile, result: ReadFile) -> Change:
        row = self.known.get(str(file.path))
        change = await self.library.put_file(
            self.collection.id, self._state(file, result), result.chunks
        )
        if result.outcome != "read":
            self.report.note(result.outcome, file.source, result.reason)
        elif row is not None and row.outcome == "read":
            self.report.updated += 1
            # Without a recipe it was renamed, and has another title now.
            cut_anew = bool(row.recipe) and not row.recipe.startswith(self.recipe.done)
            self.report.reread += cut_anew and row.sha256 == result.sha256
        else:
            self.report.added += 1
        self.report.note_lacks(file.source, result.lacks)
        self.report.unseen += result.blind
        self.report.note_recognised(file.source, result.chunks)
        self.report.chunks_added += change.added
        self.report.chunks_removed += change.removed
        return change

    def _state(self, file: FoundFile, result: ReadFile) -> FileState:
        if result.outcome == "unchanged":
            raise ValueError("an unchanged file has no new state")
        return FileState(
            path=str(file.path),
            source=file.source,
            size=file.size,
            mtime_ns=file.mtime_ns,
            sha256=result.sha256,
            recipe=self.recipe.of(result),
            outcome=result.outcome,
            reason=result.reason,
            title=result.title,
            lacks=result.lacks,
        )


def _place(file: FoundFile, row: FileRow) -> FilePlace:
    return FilePlace(row.id, str(file.path), file.source, file.size, file.mtime_ns)
