"""Keeping the documents fresh while the chat is open: `/ingest PATH --watch`."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.app_work import WATCH
from chatui.errors import UsageError

if TYPE_CHECKING:
    from chatui.app import ChatuiApp

STOP = "/ingest --stop"


def start(window: ChatuiApp, paths: list[Path]) -> None:
    """Watches these paths instead of those that were watched before."""
    window.begin(WATCH, watch, window, paths)


def stop(window: ChatuiApp) -> None:
    watching = window.at_work(WATCH)
    if not watching:
        raise UsageError("No folder is being watched: /ingest PATH --watch starts that.")
    for worker in watching:
        worker.cancel()
    window.say("The documents are not watched any more.")


async def watch(window: ChatuiApp, paths: list[Path]) -> None:
    from chatui.app_commands.documents import ended, how_far, summary
    from chatui.retrieval.following import Trouble, follow
    from chatui.retrieval.ingest_report import IngestReport

    services = await window.session.services()
    collection = window.session.settings.collection
    notice = window.view.notice
    first = True
    try:
        read = partial(services.ingestor.run, collection=collection)
        async with aclosing(follow(read, paths)) as events:
            async for event in events:
                match event:
                    case Trouble():
                        notice.end_progress()
                        window.say(event.text, "warning")
                    case IngestReport() if first:
                        first = False
                        notice.end_progress()
                        ended(window, event)
                        window.say(f"{summary(event)} Kept fresh until {STOP}.")
                    case IngestReport():
                        notice.end_progress()
                        window.say(summary(event), "warning" if event.failed else "info")
                    case _ if first or event.chunks_total != event.chunks_done:
                        notice.progress("Reading", *how_far(event))
                    case _:
                        notice.end_progress()
    finally:
        notice.end_progress()
