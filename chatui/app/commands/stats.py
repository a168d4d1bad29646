"""`/stats`, which shows what was used and what it cost; `/concise`, which asks for less."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on

from chatui.app.commands.command import Command
from chatui.app.commands.transfer import given_path, write_new
from chatui.cost.stats.converting import converted
from chatui.cost.stats.export import as_csv, as_json
from chatui.cost.stats.values import GROUPINGS, Grouping, Stats
from chatui.domain.errors import ChatuiError, UsageError
from chatui.widgets.stats import StatsScreen

if TYPE_CHECKING:
    from chatui.app.window import Window

DAYS = 30
MOST_DAYS = 36_500
USAGE = "[day|model|conversation|profile] [DAYS] [export FILE]"


@dataclass(frozen=True, slots=True)
class Wish:
    by: Grouping = "day"
    days: int = DAYS
    file: str | None = None


def read_wish(argument: str) -> Wish:
    """What the words behind `/stats` ask for. Raises UsageError."""
    by: Grouping = "day"
    days = DAYS
    before, export, file = argument.partition("export")
    for word in before.split():
        if word in GROUPINGS:
            by = word
        elif word == "all":
            days = 0
        elif word.isascii() and word.isdecimal() and int(word[:9]) <= MOST_DAYS:
            days = int(word[:9])
        else:
            raise UsageError(
                f"/stats does not know {word}; it takes {', '.join(GROUPINGS)}, a number of "
                "days or all, and export FILE."
            )
    return Wish(by, days, file.strip() if export else None)


async def stats(window: Window, argument: str) -> None:
    wish = read_wish(argument)
    found = await read(window, wish.by, wish.days)
    if wish.file is not None:
        window.say(f"Wrote {await written(found, wish.file)}.")
    else:
        services = await window.session.services()
        shown = converted(found, services.prices.conversion)
        await window.push_screen_wait(StoredStats(window, shown))


async def read(window: Window, by: Grouping, days: int) -> Stats:
    store = (await window.session.services()).store
    return await store.stats(by, days, datetime.now().astimezone())


async def written(found: Stats, name: str = "") -> str:
    """The file that the figures are in now: CSV, or JSON when its name ends so. Raises
    UsageError when it was there before."""
    path = given_path(name or f"stats-by-{found.by}-{found.until}.csv")
    text = as_json(found) if path.suffix.lower() == ".json" else as_csv(found)
    await asyncio.to_thread(write_new, path, text)
    return str(path)


async def choices(window: Window) -> list[str]:
    return [*GROUPINGS, "all", "export"]


class StoredStats(StatsScreen):
    """The statistics, with the store behind them."""

    def __init__(self, window: Window, found: Stats) -> None:
        super().__init__(found)
        self._window = window

    @on(StatsScreen.Wanted)
    def _look(self, event: StatsScreen.Wanted) -> None:
        self._window.begin("stats", self._show, event.by, event.days)

    @on(StatsScreen.ExportWanted)
    def _export(self, event: StatsScreen.ExportWanted) -> None:
        self._window.begin("stats", self._write, event.by, event.days)

    async def _show(self, by: Grouping, days: int) -> None:
        services = await self._window.session.services()
        found = await read(self._window, by, days)
        self.show_stats(converted(found, services.prices.conversion))

    async def _write(self, by: Grouping, days: int) -> None:
        """A refusal is told in the panel, which hides the window's notice."""
        try:
            self.say(f"Wrote {await written(await read(self._window, by, days))}.")
        except ChatuiError as error:
            self.say(f"{error} /stats export FILE takes another name.")


async def concise(window: Window, argument: str) -> None:
    """Asks for brief answers from now on, or no more; without a word it changes over."""
    if argument not in {"", "on", "off"}:
        raise UsageError("/concise takes on or off; without a word it changes over.")
    session = window.session
    wanted = argument == "on" or (not argument and not session.settings.concise)
    session.choices.set_concise(wanted)
    window.show_state()
    if not wanted:
        window.say("Answers are as long as the model makes them.")
    elif await session.quotes_only():
        window.say("Other models are asked for brief answers now; the built-in one only quotes.")
    else:
        window.say("Brief answers from now on; /stats shows what it saves, /concise off ends it.")


async def concise_choices(window: Window) -> list[str]:
    return ["on", "off"]


COMMANDS = (
    Command(
        "stats", USAGE, "Show tokens, cost, waits and speed as plots", stats, choices, leads=True
    ),
    Command("concise", "[on|off]", "Ask for brief answers", concise, concise_choices),
)
