"""`/run`: a chain beside the chat, and its result as a conversation."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.shell import CHAIN, StillAtWork
from chatui.domain.errors import UsageError
from chatui.text import figures
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.assistant.chains.chain import Chain
    from chatui.assistant.chains.events import CallOutcome, RunEnded
    from chatui.assistant.chains.state import RunState

RESUME = "--resume"
VARIABLE = re.compile(r"(?:^|\s)([A-Za-z_][A-Za-z0-9_]*)=")


async def run(window: Window, argument: str) -> None:
    """`NAME variable=value …`, or `--resume ID`. Begins it; the chat stays usable, and Esc stops
    it. Raises UsageError, ConfigError and UnknownModel before anything is asked."""
    if window.at_work(CHAIN):
        raise StillAtWork("A chain is at work: Esc stops it, then run this one.", CHAIN)
    named, given = parsed(argument)
    name = named or await picked(window)
    if not name:
        return
    services = await window.session.services()
    chains = services.chains
    if name.startswith(RESUME):
        state = await asyncio.to_thread(chains.runs.load, name.removeprefix(RESUME).strip())
        state.given = {**state.given, **given}
    else:
        model = window.session.settings.model
        state = chains.runs.begun(chain="", file=name, given=given, model=model)
    chain = await asyncio.to_thread(chains.load, state.file, state.given, state.model)
    state.chain, state.file = chain.name, chain.file
    if state.max_cost is None and chain.max_cost is not None:
        state.max_cost = str(chain.max_cost)
    # Of one that is gone on with, steps may be done whose key is missing now.
    await services.check_chain(chain, to_run=not state.calls)
    window.begin(CHAIN, follow, window, chain, state)


def parsed(argument: str) -> tuple[str, dict[str, str]]:
    """The name, and the variables; a value goes on up to the next `name=`."""
    name, *rest = VARIABLE.split(argument)
    return name.strip(), {
        key: value.strip().strip("\"'") for key, value in zip(rest[::2], rest[1::2], strict=True)
    }


async def picked(window: Window) -> str:
    """The chain that is chosen from the list, "" for none. Raises UsageError without any."""
    chains = (await window.session.services()).chains
    listed = await asyncio.to_thread(chains.listed)
    if not listed:
        raise UsageError(f"There are no chains in {chains.folder} yet; put a .toml file there.")
    rows = [
        PickerRow(one.name, (one.name, one.wrong or one.description or " → ".join(one.steps)))
        for one in listed
    ]
    return await window.push_screen_wait(Picker("Chains", rows, flexible=1)) or ""


async def names(window: Window) -> list[str]:
    places = await asyncio.to_thread((await window.session.services()).chains.places)
    return list(places)


async def follow(window: Window, chain: Chain, state: RunState) -> None:
    """From the first call to the end of the last one."""
    from chatui.assistant.chains.events import CallEnded, RunEnded

    services = await window.session.services()
    before = window.session.conversation_id
    progress, end = RunProgress(window, chain), None
    events = services.assistant.chains.run(chain, state, services.chains.runs)
    try:
        async with aclosing(events):
            async for event in events:
                match event:
                    case CallEnded(outcome=outcome):
                        progress.count(outcome)
                    case RunEnded():
                        end = event
                progress.show(event)
    except asyncio.CancelledError:
        window.say(f"{chain.name} is stopped: /run {RESUME} {state.id} goes on.")
        raise
    finally:
        window.view.notice.end_progress()
    assert end is not None
    opened = await opened_here(window, before, state.conversation)
    window.meter.refresh()
    tell(window, chain, state, end, progress.told_cost(), opened=opened)
    if opened and chain.output is not None and end.output:
        # It stands in no turn.
        from chatui.widgets.text_box import TextBox

        await window.push_screen_wait(TextBox(chain.description or chain.name, end.output))


async def opened_here(window: Window, before: str | None, conversation: str) -> bool:
    """Shows the run's turns in the place of the chat, unless that is in use by now."""
    session = window.session
    moved = session.conversation_id not in {before, conversation}
    if moved or window.is_replying or window.view.composer.text or window.screen.is_modal:
        return False
    await session.resume(conversation)
    await window.show_conversation()
    return True


def tell(
    window: Window, chain: Chain, state: RunState, end: RunEnded, cost: str, *, opened: bool
) -> None:
    where = "" if opened else f" /resume {state.conversation} opens it."
    if end.output is not None:
        whole = (
            ""
            if opened or chain.output is None
            else (f" /run {RESUME} {state.id} shows the whole text.")
        )
        window.say(f"{chain.name} is done for {cost}.{where}{whole}")
        return
    failed = next((one for one in end.outcomes if one.error is end.error), None)
    label = f"{failed.place.label}: " if failed else ""
    reason = f"{label}{end.error}" if end.error else f"{chain.name} is stopped."
    window.say(f"{reason} /run {RESUME} {state.id} goes on.{where}", "error")


class RunProgress:
    """The steps that have ended, those under way with their tokens, and what it cost so far."""

    def __init__(self, window: Window, chain: Chain) -> None:
        self._window = window
        self._chain = chain
        self._under_way: dict[str, str] = {}
        self._steps: set[str] = set()
        self._outcomes: list[CallOutcome] = []

    def count(self, outcome: CallOutcome) -> None:
        self._outcomes.append(outcome)
        place = outcome.place
        of_step = [one for one in self._outcomes if one.place.step == place.step]
        if len(of_step) >= place.of:
            self._steps.add(place.step)

    def show(self, event: object) -> None:
        from chatui.assistant.chains.events import CallBegan, CallEnded, CallTold
        from chatui.assistant.events import MeterChanged, retry_told
        from chatui.models.base import Retrying

        match event:
            case CallBegan(place=place):
                self._under_way[place.label] = place.label
            case CallTold(place=place, event=MeterChanged(reading)):
                tokens = figures.tokens(reading.turn.output)
                self._under_way[place.label] = f"{place.label} {tokens} tokens"
            case CallTold(place=place, event=Retrying() as retry):
                self._under_way[place.label] = f"{place.label}: {retry_told(retry, retry.seconds)}"
            case CallEnded(outcome=outcome):
                self._under_way.pop(outcome.place.label, None)
        detail = " · ".join([*self._under_way.values(), self.told_cost()])
        self._window.view.notice.progress(
            self._chain.name, len(self._steps), len(self._chain.steps), detail
        )

    def told_cost(self) -> str:
        from chatui.domain.usage import total_cost

        made = [one.turn.reply.cost for one in self._outcomes if one.turn and one.ending != "kept"]
        costs = total_cost([cost for cost in made if cost is not None])
        return figures.moneys(costs) if costs else "nothing yet"


COMMANDS = (
    Command(
        "run",
        "[CHAIN] [NAME=VALUE …]",
        "Run a chain of prompts beside the chat",
        run,
        names,
        leads=True,
    ),
)
