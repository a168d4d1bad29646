"""`/pull`: fetches a model while the chat goes on, and offers it when it is there."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.shell import PULL, StillAtWork
from chatui.models.catalog import AUTO
from chatui.models.files.curated import FIRST, curated_models
from chatui.models.files.download import Pulled, PullProgress, meant
from chatui.models.files.model_files import LOCAL
from chatui.text.figures import size_text
from chatui.widgets.key_names import key_names
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.models.files.download import Downloads

MEGABYTE = 1_000_000
HEADS = ("", "size", "licence", "what it is good for")
REMARK = "/pull hf:OWNER/REPO:FILE.gguf fetches any other one of the hub."


async def pull(window: Window, argument: str) -> None:
    """Starts the download; the chat stays usable and Esc stops it. Raises UnknownModel."""
    if window.at_work(PULL):
        raise StillAtWork("A model is being fetched already: Esc stops that.", PULL)
    name = argument or await choose(window)
    if name:
        await asyncio.to_thread(meant, name)
        window.begin(PULL, fetch, window, name)
    window.view.composer.focus()


async def choose(window: Window) -> str | None:
    downloads = (await window.session.services()).downloads
    rows = await asyncio.to_thread(rows_of, downloads)
    picker = Picker(
        "Models to fetch", rows, remark=REMARK, heads=HEADS, right=frozenset({1}), flexible=3
    )
    return await window.push_screen_wait(picker)


def rows_of(downloads: Downloads) -> list[PickerRow]:
    return [
        PickerRow(
            model.name,
            (model.name, size_text(model.bytes), model.licence, model.note),
            search=f"{model.title} {model.quantisation}",
            mark="✓" if downloads.present(model.name) else "",
        )
        for model in curated_models().values()
    ]


async def fetch(window: Window, name: str) -> None:
    downloads = (await window.session.services()).downloads
    notice = window.view.notice
    notice.progress("Fetching", 0, 0, f"{name} …")
    try:
        async with aclosing(downloads.pull(name)) as events:
            async for event in events:
                match event:
                    case PullProgress():
                        notice.progress("Fetching", *how_far(event))
                    case Pulled():
                        await offer_pulled(window, event)
    except asyncio.CancelledError:
        window.say(f"Stopped. What has come is kept: /pull {name} goes on from there.")
        raise
    finally:
        notice.end_progress()


def how_far(event: PullProgress) -> tuple[int, int, str]:
    """For the notice, which counts megabytes."""
    words = event.words.partition(" · ")[2]
    detail = " · ".join(part for part in ("MB", words, "Esc stops") if part)
    return event.done // MEGABYTE, max(1, event.total // MEGABYTE), detail


async def offer_pulled(window: Window, done: Pulled) -> None:
    """Says that the model is there, and how it is chosen: by itself where there is no other,
    by the key for the next model else."""
    session, services = window.session, await window.session.services()
    here = f"{done.model} is here ({size_text(done.size)})"
    window.view.welcome.offer("")
    if not done.checked:
        here += ", unchecked, as the server told no checksum"
    if await services.assistant.model_name(session.settings) == done.model:
        window.say(f"{here} and answers from the next question on.")
    else:
        window.offered_model = done.model
        window.say(f"{here}: {key_names(window.keys.next_model)} lets it answer.")
    window.meter.refresh()
    window.refresh_welcome()


async def offer_first(window: Window) -> None:
    """Where nothing but the built-in model can answer, the welcome tells of `/pull`."""
    session = window.session
    if session.settings.model != AUTO or not await session.quotes_only():
        return
    catalog = (await session.services()).catalog
    names = await asyncio.to_thread(catalog.names)
    if not any(name.startswith(f"{LOCAL}/") for name in names):
        model = await asyncio.to_thread(lambda: curated_models()[FIRST])
        window.view.welcome.offer(f"/pull {model.name}", size_text(model.bytes))


async def names(window: Window) -> list[str]:
    return await asyncio.to_thread(lambda: list(curated_models()))


COMMAND = Command(
    "pull", "[NAME]", "Fetch a model that runs on this machine", pull, names, leads=True
)
