"""`chatui profiles`: jobs, and the prompt that each model gets for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.groups import GroupWithDefault
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import Styled, complain, print_json, print_line, print_table, print_text
from chatui.cli.sampling import VARIABLES
from chatui.text.figures import counted

if TYPE_CHECKING:
    from pathlib import Path

    from chatui.bootstrap.profiles import ProfilePlace, Profiles
    from chatui.jobs.profiles import ReplySettings


@click.group(cls=GroupWithDefault, default="list")
def profiles() -> None:
    """List jobs, show the prompt that each model gets for one, check and copy them."""


@profiles.command("list")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def list_(run: Invocation, as_json: bool) -> None:
    """List the profiles, and where each is from."""
    from chatui.bootstrap.profiles import described

    known = opened(run)
    places = known.places()
    rows = [(name, origin(places[name], run.paths.config), what) for name, what in described(known)]
    if as_json:
        names = ("name", "origin", "description")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    print_table(("profile", "from", "what it is for"), rows)


@profiles.command()
@click.argument("name")
@click.option("-m", "--model", "models", multiple=True, help="Model to show the prompt of.")
@VARIABLES
@click.option("--json", "as_json", is_flag=True)
@shared_options
def show(
    run: Invocation,
    name: str,
    models: tuple[str, ...],
    variables: dict[str, str],
    as_json: bool,
) -> None:
    """Show the prompt that a model gets with the profile NAME, and where each value is from.
    Without -m, for any model, and for those that the profile names."""
    from dataclasses import replace

    from chatui.bootstrap.settings import reply_settings
    from chatui.jobs.profiles import EVERY_MODEL, apply

    profile = opened(run).load(name).with_variables(variables)
    base = reply_settings(run.config())
    settings = apply(profile, base)
    # A pattern stands for a model that no other one matches better.
    asked = [full_name(run, model) for model in models] or [
        layer.pattern for layer in profile.layers
    ]
    found = [
        (model, replace(settings, model=profile.model or model).on(model), settings)
        for model in dict.fromkeys(asked)
    ]
    if as_json:
        print_json([as_object(name, *one) for one in found])
        return
    for model, filled, layered in found:
        title = "any model" if model == EVERY_MODEL else model
        print_line(Styled(f"── {name} · {title}", bold=True))
        print_text(filled.system)
        print_line()
        print_table(("value", "is", "from"), list(rows(model, filled, layered)))


def as_object(
    name: str, model: str, filled: ReplySettings, layered: ReplySettings
) -> dict[str, Any]:
    return {
        "profile": name,
        "model": model,
        "system": filled.system,
        "values": {key: {"value": value, "from": place}
                   for key, value, place in values(model, filled, layered)},
    }  # fmt: skip


def rows(
    model: str, filled: ReplySettings, layered: ReplySettings
) -> Iterator[tuple[str, str, str]]:
    from chatui.bootstrap.sampling import shown

    for key, value, place in values(model, filled, layered):
        match value:
            case str() if key == "system":
                text = f"{len(value):,} characters"
            case _ if key == "filters":
                text = ", ".join(value)
            case bool():
                text = "on" if value else "off"
            case _:
                text = shown(key, value)
        yield key, text, place


def values(
    model: str, filled: ReplySettings, layered: ReplySettings
) -> Iterator[tuple[str, Any, str]]:
    """What a call on the model is made with that is not left to the provider: its name, its
    value, and where that is from."""
    from dataclasses import fields

    whole = {"system": filled.system, "collection": filled.collection, "rag": filled.rag,
             "filters": filled.filters or None}  # fmt: skip
    for one in fields(filled.options):
        whole[one.name] = getattr(filled.options, one.name)
    for one in fields(filled.memory):
        whole[f"memory.{one.name}"] = getattr(filled.memory, one.name)
    for key, value in whole.items():
        if value is not None:
            yield key, value, layered.origin(key, model)


@profiles.command()
@shared_options
@click.pass_context
def check(ctx: click.Context, /, run: Invocation) -> None:
    """Say what is wrong with the profiles (exit code 2 when something is)."""
    from chatui.bootstrap.filters import open_filters, unknown_filters
    from chatui.bootstrap.profiles import faults

    known, wrong = opened(run), 0
    filters = open_filters(run.config(), run.paths.config)
    for name in known.places():
        for fault in [*faults(known, name), *unknown_filters(known, filters, name)]:
            complain(f"{name}: {fault}")
            wrong += 1
    for name, path in known.hidden():
        complain(f"{name}: [profiles.{name}] of the config hides {path}; rename one of them.")
        wrong += 1
    if wrong:
        ctx.exit(2)
    print_line(f"{counted(len(known.places()), 'profile is', 'profiles are')} right.")


@profiles.command()
@click.argument("name")
@click.argument("new_name", required=False)
@shared_options
def copy(run: Invocation, name: str, new_name: str | None) -> None:
    """Copy a profile that ships, or a file of yours, into your folder to change it; NEW_NAME is
    its own name where none is given."""
    for path in opened(run).copy(name, new_name or name):
        print_line(str(path))


def opened(run: Invocation) -> Profiles:
    from chatui.bootstrap.profiles import open_profiles

    return open_profiles(run.config(), run.paths)


def origin(place: ProfilePlace, config: Path) -> str:
    if place.file is None:
        return str(config)
    return "chatui" if place.shipped else str(place.file)


def full_name(run: Invocation, model: str) -> str:
    """The model's full name. Raises UnknownModel for a bare name that no provider has."""
    if "/" in model:
        return model

    async def resolved() -> str:
        from chatui.bootstrap.services import open_services

        async with await open_services(run.config(), run.paths) as services:
            return await services.catalog.resolve(model)

    return asyncio.run(resolved())
