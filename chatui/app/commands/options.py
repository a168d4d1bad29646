"""`/options`: the sampling options in force, where each is from, and setting them."""

from __future__ import annotations

import asyncio
import textwrap
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.bootstrap.sampling import accepted, changes, names, option_name, shown
from chatui.domain.errors import UsageError
from chatui.jobs.profiles import settings_on
from chatui.jobs.schema import load_schema
from chatui.widgets.details import Details, Fact

if TYPE_CHECKING:
    from chatui.app.window import Window

RESET = "reset"
NAMES_WIDE = 38
"""Cells of the names in a row, beside the first column on a screen of 80."""


async def options(window: Window, argument: str) -> None:
    await window.session.services()
    word, _, value = argument.partition(" ")
    if not word:
        await window.push_screen_wait(Details("Sampling options", await facts(window)))
    elif word == RESET:
        await reset(window, value.strip())
    else:
        await choose(window, word, value.strip())


async def choose(window: Window, key: str, text: str) -> None:
    """Sets one option for all that this window asks; another text of `stop` joins the first."""
    session, name = window.session, option_name(key)
    if not text:
        raise UsageError(f"Say what {name} is to be: {accepted(name)}, or default.")
    value = (await asyncio.to_thread(changes, [(name, text)]))[name]
    if name == "stop" and value:
        value = (*(session.choices.options.get(name) or ()), *value)
    await session.choices.choose_options({**session.choices.options, name: value})
    told = "left to the model" if value is None else shown(name, value)
    window.say(f"{name} is {told} from the next question on.")


async def reset(window: Window, key: str) -> None:
    """Takes back what was set here: one option, or all."""
    session = window.session
    name = option_name(key) if key else ""
    kept = {each: value for each, value in session.choices.options.items() if name and each != name}
    await session.choices.choose_options(kept)
    where = f"the profile {session.choices.profile}" if session.choices.profile else "the config"
    what = f"{name} is as {where} has it" if name else f"All options are as {where} has them"
    window.say(f"{what} again.")


async def facts(window: Window) -> list[Fact]:
    """Those that are set with their values and where they are from, and the names of the rest."""
    session = window.session
    services = await session.services()
    model = await services.assistant.model_name(session.settings)
    settings = await settings_on(session.settings, model)
    found: list[Fact] = []
    for name in [*names(), "json_schema"]:
        value = getattr(settings.options, name)
        source = session.settings.origin(name, model)
        if value is not None:
            found.append((name, f"{shown(name, value)} · {source}"))
        elif name in session.choices.options:
            found.append((name, f"left to the model · {source}"))
    told = {name for name, _ in found}
    rest = [name for name in names() if name not in told]
    lines = textwrap.wrap(", ".join(rest), NAMES_WIDE)
    found += [("", "")] if found else []
    found += [("left to the model" if line is lines[0] else "", line) for line in lines]
    return [
        *found,
        ("", ""),
        ("/options top_p 0.9", "sets one, from the next question on"),
        ("/options top_p default", "leaves it to the model"),
        ("/options reset", "goes back to the profile and the config"),
    ]


async def json_form(window: Window, argument: str) -> None:
    """Has answers fit a JSON schema from now on, or no more."""
    session = window.session
    await session.services()
    if not argument:
        form = session.settings.options.json_schema
        state = "Answers have no form" if form is None else "Answers have to fit a JSON schema"
        window.say(f"{state}; /json FILE sets one, /json off ends it.")
        return
    schema = None if argument == "off" else await asyncio.to_thread(load_schema, argument)
    await session.choices.choose_options({**session.choices.options, "json_schema": schema})
    window.show_state()
    if schema is None:
        window.say("Answers have no form from the next question on.")
    else:
        window.say("Answers have to fit the schema from the next question on; /json off ends it.")


async def choices(window: Window) -> list[str]:
    return [*names(), RESET]


COMMANDS = (
    Command(
        "options",
        "[KEY VALUE|reset]",
        "Show or set temperature, seed and the like",
        options,
        choices,
        leads=True,
    ),
    Command("json", "[FILE|off]", "Have answers fit a JSON schema", json_form),
)
