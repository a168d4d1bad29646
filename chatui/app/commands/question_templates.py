"""The command for questions that are kept as templates."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.models import variables
from chatui.domain.errors import UsageError
from chatui.widgets.picker import Picker, PickerRow
from chatui.widgets.template_form import TemplateForm

if TYPE_CHECKING:
    from chatui.app.window import Window


async def template(window: Window, argument: str) -> None:
    """`NAME variable=value …`; what is not given is asked for. The question comes into the
    composer, where it can be read before it is sent."""
    services = await window.session.services()
    templates = services.templates
    try:
        words = shlex.split(argument)
    except ValueError:  # A lone quote, as in "name=it's".
        words = argument.split()
    name = words[0] if words else await chosen(window)
    if not name:
        return
    given = variables(words[1:])
    found = await asyncio.to_thread(templates.load, name)
    wanted = await asyncio.to_thread(found.variables)
    unknown = given.keys() - {one.name for one in wanted}
    if unknown:
        names = ", ".join(one.name for one in wanted) or "none"
        raise UsageError(f"{name} has no variable {min(unknown)}; it has {names}.")
    missing = [one for one in wanted if one.name not in given]
    if missing:
        hints = {one.name: one.default or "" for one in missing}
        form = TemplateForm(name, [one.name for one in missing], hints)
        answered = await window.push_screen_wait(form)
        if answered is None:
            return
        given |= answered
    model = await services.assistant.model_name(window.session.settings)
    text = await asyncio.to_thread(found.filled, model, given)
    window.view.composer.fill(text, whole=True)
    window.view.composer.focus()
    window.draft_changed()


async def chosen(window: Window) -> str | None:
    templates = (await window.session.services()).templates
    described = await asyncio.to_thread(templates.described)
    if not described:
        raise UsageError(
            f"There is no template yet: write a question, with {{{{ names }}}} for what changes, "
            f"into {templates.folder}/NAME.md."
        )
    rows = [PickerRow(name, (name, line)) for name, line in described.items()]
    return await window.push_screen_wait(Picker("Templates", rows, flexible=1))


async def names(window: Window) -> list[str]:
    templates = (await window.session.services()).templates
    return list(await asyncio.to_thread(templates.places))


async def first_lines(window: Window, names: Sequence[str]) -> Mapping[str, str]:
    templates = (await window.session.services()).templates
    return await asyncio.to_thread(templates.described)


COMMAND = Command(
    "template",
    "[NAME] [VARIABLE=VALUE …]",
    "Ask a question that is kept as a template",
    template,
    names,
    first_lines,
    leads=True,
)
