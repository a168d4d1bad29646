"""What was said and what was read, to be looked at again: the notices, and the files of a
collection with what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.app import external_programs
from chatui.app.commands.command import Command
from chatui.domain.errors import UsageError
from chatui.retrieval.chunking.lacks import in_words
from chatui.widgets.details import Details
from chatui.widgets.notice import MARKS
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.retrieval.ingest.report import IngestReport
    from chatui.retrieval.sources import KnownFile
    from chatui.widgets.notice import SaidNotice

OUTCOMES = {"failed": "failed", "skipped": "left out", "empty": "no text"}
PART, READ = "read in part", "read"
ORDER = (*OUTCOMES.values(), PART, READ)
"""What wants a look first."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file with what came of it, and why. `path` is "" where it is not known."""

    source: str
    outcome: str
    reason: str = ""
    path: str = ""


async def notices(window: Window, argument: str) -> None:
    """All that was said in this window, the newest first."""
    said = window.view.notice.said
    if not said:
        raise UsageError("Nothing has been said yet.")
    await window.push_screen_wait(Details("Notices", notice_facts(said)))


def notice_facts(said: Iterable[SaidNotice]) -> list[tuple[str, str]]:
    return [
        (f"{one.at.astimezone():%H:%M:%S}", f"{MARKS[one.tone][0]} {one.text}")
        for one in reversed(tuple(said))
    ]


async def files(window: Window, argument: str) -> None:
    """The files of the collection that answers look into, or of a named one; one that is chosen is
    opened."""
    services = await window.session.services()
    collection = argument or window.session.settings.collection
    known = await services.documents.sources.known(collection)
    report = window.last_ingest
    lines = file_lines(known, report if report and report.collection == collection else None)
    if not lines:
        raise UsageError(f"{collection} has no files yet: /ingest PATH reads some in.")
    chosen = await window.push_screen_wait(
        Picker(
            f"Files of {collection}",
            rows(lines),
            placeholder="Type a part of a name, or left out, failed, in part",
            remark=remark(lines),
            hint="↑↓ move · Enter opens the file · Esc close",
        )
    )
    if chosen is not None:
        await open_file(window, lines[int(chosen)])


def file_lines(known: Sequence[KnownFile], report: IngestReport | None) -> list[FileLine]:
    """Those of the collection, and what the last reading left out without looking into it."""
    lines = []
    for file in known:
        row = file.row
        reason = row.reason if row.outcome != "read" else in_words(row.lacks)
        outcome = OUTCOMES.get(row.outcome, PART if row.lacks else READ)
        lines.append(FileLine(file.source, outcome, reason, file.path))
    there = {line.source for line in lines}
    if report is not None:
        for name, notes in (("failed", report.failed), ("skipped", report.skipped)):
            lines += [
                FileLine(note.source, OUTCOMES[name], note.reason)
                for note in notes
                if note.source not in there
            ]
    return sorted(lines, key=lambda line: (ORDER.index(line.outcome), line.source))


def rows(lines: Sequence[FileLine]) -> list[PickerRow]:
    return [
        PickerRow(str(at), (line.source, line.outcome), line.reason, below=line.reason)
        for at, line in enumerate(lines)
    ]


def remark(lines: Sequence[FileLine]) -> str:
    """`2 left out · 1 read in part · 120 read`"""
    counts = {name: sum(line.outcome == name for line in lines) for name in ORDER}
    return " · ".join(f"{count:,} {name}" for name, count in counts.items() if count)


async def open_file(window: Window, line: FileLine) -> None:
    path = Path(line.path)
    if not line.path or not path.is_absolute() or not await asyncio.to_thread(path.is_file):
        raise UsageError(f"{line.source} is not to be found any more, so it is not opened.")
    command = await asyncio.to_thread(external_programs.viewer_command, path)
    await asyncio.to_thread(external_programs.show, command)
    window.say(f"Opening {line.source}.")


async def collection_names(window: Window) -> list[str]:
    return await window.session.collections()


COMMANDS = (
    Command("notices", "", "Show again what was said in this window", notices, leads=True),
    Command(
        "files",
        "[COLLECTION]",
        "Show what came of each file that was read",
        files,
        collection_names,
        leads=True,
    ),
)
