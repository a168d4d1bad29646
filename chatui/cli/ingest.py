"""`chatui ingest`: files and folders into a collection."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from chatui.cli import names
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.names import completing
from chatui.cli.output import print_json, print_line, warn
from chatui.cli.preparation import say_preparation
from chatui.cli.progress import progress_display, warn_above
from chatui.system.streams import closed_behind
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.bootstrap.documents import Documents
    from chatui.retrieval.ingest.report import FileNote, IngestReport, PagesNote


MOST_LISTED = 3
"""Files of one folder, left out for one reason, that have a line each."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option(
    "--collection",
    shell_complete=completing(names.collections),
    help="Collection to put the documents into.",
)
@click.option("--watch", is_flag=True, help="Stay, and keep up with the files until Ctrl+C.")
@click.option("--no-prune", is_flag=True, help="Keep documents whose files have vanished.")
@click.option(
    "--yes", is_flag=True, help="Embed without being asked, whatever the endpoint takes for it."
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Reader processes.")
@click.option("--json", "as_json", is_flag=True)
@shared_options
@click.pass_context
def ingest(
    ctx: click.Context,
    /,
    run: Invocation,
    paths: tuple[str, ...],
    collection: str | None,
    watch: bool,
    no_prune: bool,
    yes: bool,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Read the files and folders PATHS into a collection; unchanged ones cost nothing."""
    config = run.config()
    from chatui.bootstrap.documents import open_documents

    wanted = [Path(path) for path in paths]
    name = collection or config.retrieval.collection

    async def work() -> IngestReport | None:
        async with open_documents(config, run.paths, say_preparation, warn_above) as documents:
            if not await agreed(documents, wanted, name, yes=yes):
                return None
            if watch:
                await keep_up(documents, wanted, name, not no_prune, jobs, as_json=as_json)
            return await read_in(documents, wanted, collection=name, prune=not no_prune, jobs=jobs)

    report = asyncio.run(work())
    if report is None:
        raise click.Abort
    if as_json:
        print_json(report.as_json())
    else:
        print_report(report)
    if report.failed:
        ctx.exit(1)


async def agreed(documents: Documents, paths: list[Path], collection: str, *, yes: bool) -> bool:
    """Says what embedding the new files takes, and asks where that is more than
    `budget.ask_above`. Whether to go on. Raises BudgetExceeded where there is nobody to ask."""
    quote = await documents.quotes.of(paths, collection)
    if quote is None:
        return True
    if yes or not quote.asks:
        warn(quote.sentence)
        return True
    from chatui.cli.confirmation import asked_to_pay

    return await asked_to_pay(f"{quote.sentence} Send it?")


async def keep_up(
    documents: Documents,
    paths: list[Path],
    collection: str,
    prune: bool,
    jobs: int | None,
    *,
    as_json: bool,
) -> NoReturn:
    """Reads in what changes, and says so on a line of its own, until Ctrl+C."""
    from chatui.retrieval.ingest.following import Trouble, follow
    from chatui.retrieval.ingest.report import IngestReport

    run = partial(documents.ingestor.run, collection=collection, prune=prune, jobs=jobs)
    events = follow(run, paths)
    with progress_display(sys.stderr) as display:
        async with aclosing(events):
            async for event in events:
                match event:
                    case Trouble():
                        display.clear()
                        warn(event.text)
                    case IngestReport():
                        display.clear()
                        show = print_json_line if as_json else print_report
                        show(event)
                    case _:
                        display.show(event)
    raise AssertionError("a watch ends by being interrupted")


def print_json_line(report: IngestReport) -> None:
    print_json(report.as_json(), line=True)


async def read_in(
    documents: Documents, paths: list[Path], *, collection: str, prune: bool, jobs: int | None
) -> IngestReport:
    from chatui.retrieval.ingest.report import IngestReport

    events = documents.ingestor.run(paths, collection=collection, prune=prune, jobs=jobs)
    with progress_display(sys.stderr) as display:
        async with closed_behind(events):
            async for event in events:
                if isinstance(event, IngestReport):
                    return event
                display.show(event)
    raise AssertionError("an ingest ends with its report")


def print_report(report: IngestReport) -> None:
    print_notes("skipped", report.skipped)
    print_notes("empty", report.empty)
    print_notes("failed", report.failed)
    for source, what in report.lacking().items():
        warn(f"partly read: {source}: {what}")
    from chatui.text.figures import money

    for remark in report.remarks():
        warn(remark)
    for note in report.recognised:
        warn(f"recognised in pictures (OCR): {note.source}{in_pages(note)}")
    if wanted := report.want():
        warn(wanted)
    moved = f", {report.moved} moved" if report.moved else ""
    cost = f" for {money(report.cost)}" if report.charge.costs else ""
    print_line(
        f"{report.collection}: {report.added} added, {report.updated} updated, "
        f"{report.unchanged} unchanged, {report.removed} removed{moved}; "
        f"{counted(report.chunks_total, 'chunk')}, {report.embedded} embedded in "
        f"{report.seconds:.1f} s{cost}"
    )


def in_pages(note: PagesNote) -> str:
    from chatui.retrieval.chunking.lacks import pages_in_words

    return f": {pages_in_words(note.pages)}" if note.pages else ""


def print_notes(what: str, notes: list[FileNote]) -> None:
    """A line for each file; one for many of a folder that have the same reason."""
    for (folder, reason), same in groupby(notes, lambda note: (_folder(note.source), note.reason)):
        listed = list(same)
        if len(listed) > MOST_LISTED:
            warn(f"{what}: {len(listed)} files in {folder}: {reason}")
            continue
        for note in listed:
            warn(f"{what}: {note.source}: {reason}")


def _folder(source: str) -> str:
    return source.rpartition("/")[0] or "."
