"""Keeps a collection as its files and folders are, round after round, until it is closed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

from chatui.errors import ChatuiError
from chatui.retrieval.ingest_report import FileNote, IngestProgress, IngestReport
from chatui.retrieval.watching import Watch

TRY_AGAIN_SECONDS = (5.0, 15.0, 60.0)
"""After a round that failed; the last one from then on."""


class FileReading(Protocol):
    """The part of `Ingestor` that is needed here."""

    def run(
        self, paths: Sequence[Path], *, collection: str, prune: bool = ..., jobs: int | None = ...
    ) -> AsyncIterator[IngestProgress | IngestReport]: ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a round from being whole, in a sentence. It goes on by itself."""

    text: str


Event = IngestProgress | IngestReport | Trouble


async def follow(
    reading: FileReading,
    paths: Sequence[Path],
    *,
    collection: str,
    prune: bool = True,
    jobs: int | None = None,
) -> AsyncGenerator[Event, None]:
    """Ingests, and ingests again whenever something changes. It only ends by being closed.

    What `Ingestor.run` yields comes round after round, the report only when something became
    another since the one before, with what is new in it. Documents of a named path that is
    gone are kept until it is back. Raises what the first round raises.
    """
    watch = Watch(paths)
    last: IngestReport | None = None
    missing: set[Path] = set()
    failures = 0
    async with aclosing(cast("AsyncGenerator[None, None]", watch.changes())) as changes:
        async for _ in changes:
            there = watch.there() if last else list(paths)
            gone = set(watch.paths) - set(watch.there())
            for path in sorted(gone - missing):
                if last:
                    yield Trouble(f"{path} is gone; its documents are kept until it is back.")
            missing = gone
            if not there:
                continue
            run = reading.run(there, collection=collection, prune=prune, jobs=jobs)
            try:
                async with aclosing(cast("AsyncGenerator[Event, None]", run)) as events:
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
    return any(counts) or bool(told.failed or told.skipped or told.empty)


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
