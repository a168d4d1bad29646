"""Keeps a collection as its files and folders are, round after round, until it is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chatui.domain.errors import ChatuiError
from chatui.retrieval.ingest.report import FileNote, IngestProgress, IngestReport
from chatui.retrieval.ingest.watching import Watch
from chatui.system.streams import closed_behind

TRY_AGAIN_SECONDS = (5.0, 15.0, 60.0)
"""After a round that failed; the last one from then on."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a round from being whole, in a sentence. It goes on by itself."""

    text: str


Event = IngestProgress | IngestReport | Trouble
Ingest = Callable[[Sequence[Path]], AsyncIterator[IngestProgress | IngestReport]]


async def follow(ingest: Ingest, paths: Sequence[Path]) -> AsyncGenerator[Event, None]:
    """Ingests, and ingests again whenever something changes. It only ends by being closed.

    What `ingest` yields, which is `Ingestor.run` but for its options, comes round after
    round, the report only when something became another since the one before, with what is
    new in it. Documents of a named path that is gone are kept until it is back. Raises what
    the first round raises.
    """
    watch = await asyncio.to_thread(Watch, paths)
    last: IngestReport | None = None
    missing: set[Path] = set()
    failures = 0
    async with closed_behind(watch.changes()) as changes:
        async for _ in changes:
            present = await asyncio.to_thread(watch.there)
            there = present if last else list(paths)
            gone = set(watch.paths) - set(present)
            for path in sorted(gone - missing):
                if last:
                    yield Trouble(f"{path} is gone; its documents are kept until it is back.")
            missing = gone
            if not there:
                continue
            try:
                async with closed_behind(ingest(there)) as events:
                    async for event in events:
                        if not isinstance(event, IngestReport):
                            yield event
                            continue
                        if last is None or is_news(event, last):
                            yield news(event, last)
                        last = event
                failures = 0
            except ChatuiError as error:
                if last is None:
                    raise
                watch.call_again(TRY_AGAIN_SECONDS[min(failures, len(TRY_AGAIN_SECONDS) - 1)])
                failures += 1
                yield Trouble(str(error))


def is_news(report: IngestReport, last: IngestReport) -> bool:
    """Whether the collection has changed in this round, or more files are left out."""
    told = news(report, last)
    counts = (told.added, told.updated, told.removed, told.moved, told.embedded)
    return any(counts) or bool(told.failed or told.skipped or told.empty or told.index_renewed)


def news(report: IngestReport, last: IngestReport | None) -> IngestReport:
    """The report without the notes that stood in the last one."""
    if last is None:
        return report
    return replace(
        report,
        skipped=_new(report.skipped, last.skipped),
        failed=_new(report.failed, last.failed),
        empty=_new(report.empty, last.empty),
    )


def _new(notes: list[FileNote], before: list[FileNote]) -> list[FileNote]:
    known = set(before)
    return [note for note in notes if note not in known]
