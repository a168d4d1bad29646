"""Commands on what answers: the model, the profile, the system prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.switching import switch
from chatui.widgets.model_picker import ModelPicker, ModelRow
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.bootstrap.services import Services
    from chatui.models.base import ModelInfo


async def model(window: Window, argument: str) -> None:
    name = argument or await choose(window)
    if name:
        await switch(window, name)
    window.view.composer.focus()


async def choose(window: Window) -> str | None:
    """Opens the list at once and fills it as the providers answer."""
    reading = window.view.meter.reading
    current = reading.model if reading else window.session.settings.model
    picker = ModelPicker((), current, "Looking for models …")
    window.begin("listing", fill, window, picker)
    return await window.push_screen_wait(picker)


async def fill(window: Window, picker: ModelPicker) -> None:
    services = await window.session.services()
    names = await asyncio.to_thread(services.catalog.names)
    picker.show_models([ModelRow(name) for name in names], "Asking the providers …")
    listing = await services.catalog.listing()
    rows = await asyncio.to_thread(priced, listing.models, services)
    picker.show_models(rows, "\n".join(listing.notes))


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


async def system(window: Window, argument: str) -> None:
    if argument:
        window.session.set_system(argument)
        window.refresh_meter()
        window.say("This system prompt holds for the questions from now on.")
    else:
        window.view.composer.fill(f"/system {window.session.settings.system}")
        window.say("Change the system prompt and press Enter.")


async def profile(window: Window, argument: str) -> None:
    name: str | None = argument
    if not argument:
        names = await profile_names(window)
        if not names:
            window.say("The config has no [profiles] yet.", "warning")
            return
        rows = [
            PickerRow(known, (known,), mark="●" if known == window.session.profile else "")
            for known in names
        ]
        name = await window.push_screen_wait(Picker("Profiles", rows))
    if name:
        await window.session.use_profile(name)
        window.show_state()
        window.refresh_meter()
        window.say(f"The profile {name} holds for the questions from now on.")


async def profile_names(window: Window) -> list[str]:
    return sorted((await window.session.services()).profiles)


COMMANDS = (
    Command("model", "[MODEL]", "Choose the model that answers", model, model_names),
    Command("profile", "[NAME]", "Use a profile of the config", profile, profile_names),
    Command("system", "[TEXT]", "Change the system prompt", system),
)
