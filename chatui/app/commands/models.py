"""Commands on what answers: the model, the profile, the system prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.switching import switch
from chatui.bootstrap.profiles import NO_PROFILE, described
from chatui.domain.errors import UsageError
from chatui.jobs.profiles import settings_on
from chatui.models.base import ModelInfo
from chatui.text.figures import short_tokens
from chatui.widgets.model_picker import ModelPicker, ModelRow
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.bootstrap.services import Services


RECENT_SHOWN = 5


async def model(window: Window, argument: str) -> None:
    name = argument or await choose(window)
    if name:
        await switch(window, name)
    window.view.composer.focus()


async def choose(window: Window) -> str | None:
    """Opens the list at once and fills it as the providers answer."""
    services = await window.session.services()
    current = await services.assistant.model_name(window.session.settings)
    recent = await services.store.recent_models(RECENT_SHOWN)
    picker = ModelPicker((), current, "Looking for models …", recent)
    window.begin("listing", fill, window, picker, [current, *recent])
    return await window.push_screen_wait(picker)


async def fill(window: Window, picker: ModelPicker, used: Sequence[str] = ()) -> None:
    services = await window.session.services()
    names = await asyncio.to_thread(services.catalog.names)
    keyless = services.catalog.without_key(used)
    lacking = [ModelRow(name, lacking=advice) for name, advice in keyless.items()]
    known = [ModelRow(name) for name in names]
    picker.show_models([*known, *lacking], "Asking the providers …")
    listing = await services.catalog.listing()
    infos = [ModelInfo(name) for name in keyless]
    rows = await asyncio.to_thread(priced, [*listing.models, *infos], services)
    told = [replace(row, lacking=keyless.get(row.name, "")) for row in rows]
    picker.show_models(told, notes_words(listing.notes))


def notes_words(notes: Sequence[str]) -> str:
    """The first of what went wrong, and how much else did: the list is what one looks for."""
    more = len(notes) - 1
    others = f" {more} more {'provider' if more == 1 else 'providers'} could not be asked."
    return notes[0] + others * (more > 0) if notes else ""


def priced(models: Sequence[ModelInfo], services: Services) -> list[ModelRow]:
    """The models with their prices. Blocks: the first price read loads the price list."""
    rows = []
    for info in models:
        price = services.prices.price(info.name)
        rows.append(
            ModelRow(
                name=info.name,
                context_size=info.context_size or services.prices.context_size(info.name),
                input_price=price.input.base if price and price.input else None,
                output_price=price.output.base if price and price.output else None,
                currency=price.currency if price else "USD",
                local=info.local,
                description=info.description,
            )
        )
    return rows


async def model_names(window: Window) -> list[str]:
    catalog = (await window.session.services()).catalog
    return list(await asyncio.to_thread(catalog.names))


async def model_figures(window: Window, names: Sequence[str]) -> dict[str, str]:
    """Context and prices of each, as far as they are known without asking anyone."""
    services = await window.session.services()

    def told() -> dict[str, str]:
        found = {}
        for name in names:
            price, size = services.prices.price(name), services.prices.context_size(name)
            parts = [f"{short_tokens(size)} context"] if size else []
            if price and price.input and price.output:
                sign = "$" if price.currency == "USD" else f"{price.currency} "
                costs = (price.input.base, price.output.base)
                given, back = (f"{sign}{cost.normalize():f}" for cost in costs)
                parts.append(f"{given} in, {back} out per million")
            found[name] = " · ".join(parts)
        return found

    return await asyncio.to_thread(told)


async def profile_lines(window: Window, names: Sequence[str]) -> dict[str, str]:
    services = await window.session.services()
    return dict(await asyncio.to_thread(described, services.profiles))


async def system(window: Window, argument: str) -> None:
    session = window.session
    if argument:
        session.choices.set_system(argument)
        window.meter.refresh()
        window.say("This system prompt holds for the questions from now on.")
    else:
        services = await session.services()
        name = await services.assistant.model_name(session.settings)
        sent = await settings_on(session.settings, name)
        window.view.composer.fill(f"/system {sent.system}")
        window.say("Change the system prompt and press Enter.")


async def profile(window: Window, argument: str) -> None:
    """`NAME`, `none`, or `NAME variable=value …`."""
    words = argument.split()
    at = next((at for at, word in enumerate(words) if "=" in word), len(words))
    name, rest = " ".join(words[:at]) or await chosen_profile(window), words[at:]
    if name == NO_PROFILE:
        window.session.choices.leave_profile()
    elif name:
        await window.session.choices.use_profile(name, variables(rest))
    else:
        return
    window.show_state()
    window.meter.refresh()
    left = "No profile holds" if name == NO_PROFILE else f"The profile {name} holds"
    lacking = await window.session.lacking()
    told = f"{left} for the questions from now on. {lacking}".rstrip()
    window.say(told, "warning" if lacking else "info")


def variables(words: Sequence[str]) -> dict[str, str]:
    """`name=value` of each word. Raises UsageError."""
    for word in words:
        if "=" not in word:
            raise UsageError(f"{word} sets no variable: write NAME=VALUE behind the profile.")
    return dict(word.split("=", 1) for word in words)


async def chosen_profile(window: Window) -> str:
    """The one that is picked from the list, "" for none of them."""
    services, current = await window.session.services(), window.session.choices.profile
    known = await asyncio.to_thread(described, services.profiles)
    rows = [
        PickerRow(name, (name, what), mark="●" if name == current else "")
        for name, what in [(NO_PROFILE, "the chat's own prompt and model"), *known]
    ]
    return await window.push_screen_wait(Picker("Profiles", rows, flexible=1)) or ""


async def profile_names(window: Window) -> list[str]:
    places = await asyncio.to_thread((await window.session.services()).profiles.places)
    return [NO_PROFILE, *places]


COMMANDS = (
    Command(
        "model",
        "[MODEL]",
        "Choose the model that answers",
        model,
        model_names,
        model_figures,
        leads=True,
    ),
    Command(
        "profile",
        "[NAME|none]",
        "Use a profile, or leave it",
        profile,
        profile_names,
        profile_lines,
        leads=True,
    ),
    Command("system", "[TEXT]", "Change the system prompt", system, leads=True),
)
