"""Commands on documents: read them in, keep them fresh, choose where to look, show the sources."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled, WorkerFailed

from chatui.app.choices import told_limit
from chatui.app.commands.command import Command
from chatui.app.rag_choice import ONLY, WORDS, choose_rag
from chatui.app.shell import WATCH
from chatui.domain.errors import UsageError
from chatui.system.files import at_home, is_there
from chatui.system.streams import closed_behind
from chatui.text.figures import counted, time_left

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.domain.conversation import Turn
    from chatui.retrieval.ingest.report import IngestProgress, IngestReport
    from chatui.retrieval.ingest.under_way import IngestUnderWay
    from chatui.retrieval.manual import Manual

STOP = "/ingest --stop"
READING_MANUAL = "Reading chatui's manual"
MANUAL_SECONDS = 0.5
"""How often it is told how far that is."""


def stop_watching(window: Window) -> None:
    watching = window.at_work(WATCH)
    if not watching:
        raise UsageError("No folder is being watched: /ingest PATH --watch starts that.")
    for worker in watching:
        worker.cancel()
    window.say("The documents are not watched any more.")


async def watch(window: Window, paths: list[Path], announced: IngestUnderWay) -> None:
    """Watches these paths instead of those that were watched before."""
    from chatui.retrieval.ingest.following import Trouble, follow
    from chatui.retrieval.ingest.report import IngestReport

    services = await window.session.services()
    notice = window.view.notice
    first = True
    try:
        read = partial(services.ingestor.run, collection=announced.collection)
        async with aclosing(follow(read, paths)) as events:
            async for event in events:
                match event:
                    case Trouble():
                        notice.end_progress()
                        window.say(event.text, "warning")
                    case IngestReport() if first:
                        first = False
                        services.ingestor.under_way.withdraw(announced)
                        notice.end_progress()
                        ended(window, event)
                        window.say(f"{summary(event)} Kept fresh until {STOP}.")
                    case IngestReport():
                        notice.end_progress()
                        window.session.choices.follow_moves(event.moves)
                        window.say(summary(event), "warning" if event.failed else "info")
                    case _ if first or event.chunks_total != event.chunks_done:
                        notice.progress("Reading", *how_far(event))
                    case _:
                        notice.end_progress()
    finally:
        services.ingestor.under_way.withdraw(announced)
        notice.end_progress()


async def rag(window: Window, argument: str) -> None:
    """Without an argument: turns looking into the documents on or off. `only` with names of files
    limits it to these."""
    settings = window.session.settings
    told = await choose_rag(window.session, argument or ("off" if settings.rag else "on"))
    window.show_state()
    window.meter.refresh()
    window.say(told)


async def rag_choices(window: Window) -> list[str]:
    names = await window.session.collections()
    return [*WORDS, *names, *await file_choices(window, f"{ONLY} ")]


async def rag_counts(window: Window, names: Sequence[str]) -> dict[str, str]:
    infos = await (await window.session.services()).library.collections()
    return {
        info.name: f"{counted(info.files, 'file')}, {counted(info.chunks, 'passage')}"
        for info in infos
    }


async def file_choices(window: Window, before: str = "") -> list[str]:
    """The files of the collection, as they are named behind `#` or `only`."""
    from chatui.text.file_naming import quoted

    services = await window.session.services()
    known = await services.documents.sources.known(window.session.settings.collection)
    return [before + quoted(file.source) for file in known if file.row.outcome == "read"]


async def sources(window: Window, argument: str) -> None:
    """Of the turn that is selected in the transcript, else of the last one."""
    await window.view.toggle_sources(chosen_turn(window))


def chosen_turn(window: Window) -> Turn | None:
    """The turn that is selected in the transcript, else the last one; None without turns."""
    transcript = window.view.transcript
    key = (transcript.selected_key if transcript else None) or window.session.path.head
    return window.session.path.turn(key) if key else None


async def ingest(window: Window, argument: str) -> None:
    """Starts reading; the chat stays usable and Esc stops it. With `--watch` it keeps up with
    the files until `--stop`."""
    argument, option = without_option(argument)
    if option == "--stop":
        stop_watching(window)
        return
    services = await window.session.services()
    under_way = services.ingestor.under_way
    # From now on a question waits for it.
    announced = under_way.announce(window.session.settings.collection)
    try:
        paths = await asyncio.to_thread(paths_in, argument)
        if not await agreed(window, paths) or not await its_turn(window):
            under_way.withdraw(announced)
            return
    # Whatever ends it, also a cancel: no question may wait for what won't be read.
    except BaseException:
        under_way.withdraw(announced)
        raise
    if option == "--watch":
        window.begin(WATCH, watch, window, paths, announced)
    else:
        window.begin("ingest", read, window, paths, announced)


async def agreed(window: Window, paths: list[Path]) -> bool:
    """Says what embedding the new files takes where that is paid, and asks where it is more than
    `budget.ask_above`. Whether to go on."""
    services = await window.session.services()
    quote = await services.documents.quotes.of(paths, window.session.settings.collection)
    if quote is None:
        return True
    if not quote.asks:
        window.say(quote.sentence)
        return True
    if await window.confirm_cost(f"{quote.sentence} Send it?"):
        return True
    window.say("Nothing was sent, and no file was read in.")
    return False


async def its_turn(window: Window) -> bool:
    """Waits until nothing that was asked for before is being read; False when that was stopped,
    which is meant for what waits behind it too."""
    while working := window.at_work("ingest"):
        window.view.notice.say("Read as soon as what is being read is through; Esc stops both.")
        try:
            await working[0].wait()
        except WorkerCancelled:
            return False
        except WorkerFailed:
            # Its own error has been shown; this one's files are others.
            continue
    return True


def without_option(argument: str) -> tuple[str, str]:
    """The argument without `--watch` or `--stop` at its start or end, and which it was."""
    for option in ("--watch", "--stop"):
        if argument == option or argument.startswith(f"{option} "):
            return argument.removeprefix(option).strip(), option
        if argument.endswith(f" {option}"):
            return argument.removesuffix(option).strip(), option
    return argument, ""


def paths_in(argument: str) -> list[Path]:
    """Paths as a shell would split them. Raises UsageError for none or a missing one."""
    try:
        words = shlex.split(argument)
    except ValueError:
        # A lone quote, as in "it's.md": then the whole argument is one path.
        words = [argument]
    whole = at_home(argument)
    paths = [whole] if argument and is_there(whole) else [at_home(w) for w in words]
    if not paths:
        raise UsageError("Say what to read: /ingest PATH.")
    if len(paths) > 1 and not any(map(is_there, paths)):
        raise UsageError(f"There is no file or folder {argument}.")
    for path in paths:
        if not is_there(path):
            raise UsageError(f"There is no file or folder {path}.")
    return paths


async def read(window: Window, paths: list[Path], announced: IngestUnderWay) -> None:
    from chatui.retrieval.ingest.report import IngestProgress, IngestReport

    services = await window.session.services()
    window.view.notice.progress("Reading", 0, 0)
    events = services.ingestor.run(paths, collection=announced.collection)
    try:
        async with closed_behind(events) as progress:
            async for event in progress:
                match event:
                    case IngestProgress():
                        window.view.notice.progress("Reading", *how_far(event))
                    case IngestReport():
                        ended(window, event)
    finally:
        services.ingestor.under_way.withdraw(announced)
        window.view.notice.end_progress()


async def read_manual(window: Window) -> None:
    """Reads chatui's own manual in, where that was not done; a question about it waits for that."""
    manual = (await window.session.services()).manual
    if await manual.is_read():
        await manual.passages()
        return
    telling = asyncio.create_task(tell_manual(window, manual))
    try:
        passages = await manual.passages()
    except asyncio.CancelledError:
        await manual.close()
        raise
    finally:
        telling.cancel()
        window.view.welcome.tell_reading("")
        if not window.at_work("ingest"):
            window.view.notice.end_progress()
    if passages:
        window.say(
            f"Read chatui's manual: it has {counted(passages, 'passage')}. Ask how to do something "
            "in chatui, or read in your own documents with /ingest PATH."
        )


async def tell_manual(window: Window, manual: Manual) -> None:
    """Says how far it is, until it is cancelled."""
    while True:
        if not window.at_work("ingest"):
            window.view.notice.progress(READING_MANUAL, manual.done, manual.total)
        far = f" {manual.done}/{manual.total}" if manual.total else ""
        window.view.welcome.tell_reading(f"chatui's manual{far}")
        await asyncio.sleep(MANUAL_SECONDS)


def how_far(event: IngestProgress) -> tuple[int, int, str]:
    left = event.time_left
    told = f" · {time_left(left)} left" if left is not None and left >= 1 else ""
    detail = f"files · {event.chunks_done:,} passages{told} · {event.doing}"
    return event.files_done, event.files_total, detail


def ended(window: Window, report: IngestReport) -> None:
    choices = window.session.choices
    choices.follow_moves(report.moves)
    told = summary(report)
    if window.session.settings.only:
        told += f" {told_limit(window.session.settings)}"
    else:
        choices.look_into(report.collection)
    window.last_ingest = report
    window.show_state()
    window.meter.refresh()
    window.say(told, "warning" if report.failed or report.partial else "info")


def summary(report: IngestReport) -> str:
    """One sentence on what was read, and one on the first thing that was not."""
    text = (
        f"Read {counted(report.seen, 'file')}: {report.added:,} new, {report.updated:,} changed, "
        f"{report.unchanged:,} unchanged; {report.collection} has "
        f"{counted(report.chunks_total, 'passage')}."
    )
    for remark in report.remarks():
        text += f" {remark}"
    left_out = [*report.failed, *report.skipped]
    if left_out:
        first, others = left_out[0], len(left_out) - 1
        more = f", and {others:,} more" if others else ""
        text += f" Left out: {first.source} ({first.reason}){more}."
    for source, what in islice(report.lacking().items(), 1):
        others = len(report.lacking()) - 1
        more = f", and {others:,} more" if others else ""
        text += f" Read in part: {source} ({what}){more}."
    if len(left_out) > 1 or len(report.lacking()) > 1:
        text += " /files lists them all."
    if wanted := report.want():
        text += f" {wanted}"
    return text


COMMANDS = (
    Command(
        "rag",
        "[on|off|COLLECTION|only FILE]",
        "Answer from documents, or without them",
        rag,
        rag_choices,
        rag_counts,
    ),
    Command("sources", "", "Show what the answer was drawn from", sources, leads=True),
    Command("ingest", "PATH… [--watch]", "Read files into the collection, and keep up", ingest),
)
