"""`chatui filters`: what is not to leave this machine, and what would become of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chatui.cli.given_text import read_stdin
from chatui.cli.groups import GroupWithDefault
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import complain, print_json, print_table, print_text, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatui.bootstrap.filters import Filters
    from chatui.config.schema import Config, FilterTable
    from chatui.jobs.filters.filters import Filter, Filtered

PIPED = "-"


@click.group(cls=GroupWithDefault, default="list")
def filters() -> None:
    """List filters, and show what they make of a text."""


@filters.command("list")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def list_(run: Invocation, as_json: bool) -> None:
    """List the filters of the config, and who is put through them."""
    config = run.config()
    rows = [
        (name, table.action, table.direction, looked_for(table), ", ".join(users(config, name)))
        for name, table in config.filters.items()
    ]
    names = ("name", "action", "direction", "looks for", "used by")
    if as_json:
        print_json([dict(zip((*names[:3], "finds", "used_by"), row, strict=True)) for row in rows])
        return
    print_table(names, rows)


def looked_for(table: FilterTable) -> str:
    patterns = [f"{len(table.patterns)} patterns"] if table.patterns else []
    return ", ".join([*table.words, *patterns, *table.detect])


def users(config: Config, name: str) -> list[str]:
    providers = [f"[providers.{one}]" for one, table in config.providers.items()
                 if name in table.filters]  # fmt: skip
    return providers + [
        f"[profiles.{one}]"
        for one, table in config.profiles.items()
        if name in (table.filters or ())
    ]


@filters.command()
@click.argument("text", required=False)
@click.option("-p", "--profile", help="The filters of a profile; all of the config without it.")
@click.option("--json", "as_json", is_flag=True)
@shared_options
def check(run: Invocation, text: str | None, profile: str | None, as_json: bool) -> None:
    """Show what the filters would make of TEXT, or of what is piped in: the text as it would be
    sent, and on stderr what was found. Ends with 2 where it would be blocked. Nothing is sent."""
    from chatui.bootstrap.filters import faults, open_filters
    from chatui.jobs.filters.filters import Direction, filtered
    from chatui.jobs.filters.masks import Masks

    config = run.config()
    known = open_filters(config, run.paths.config)
    wrong = faults(known, config)
    if wrong:
        for sentence in wrong:
            complain(sentence)
        click.get_current_context().exit(2)
    chosen = chosen_filters(run, config, known, profile)
    given = read_stdin() if text is None or text == PIPED else text
    found = filtered(given, [one for one in chosen if one.goes(Direction.OUT)], Masks())
    if as_json:
        print_json(as_object(given, found))
    else:
        if not found.blocked:
            print_text(found.text, end="" if found.text.endswith("\n") else "\n")
        for one in found.found:
            warn(f"{one.by}: {one.action} {given[one.start : one.end]!r} ({one.label}, {one.rule})")
        if not chosen:
            warn("No filter is in force: the text would be sent as it is.")
    if found.blocked:
        click.get_current_context().exit(2)


def chosen_filters(
    run: Invocation, config: Config, known: Filters, profile: str | None
) -> Sequence[Filter]:
    """Those of a profile and of every provider; without a profile all that there are."""
    from chatui.bootstrap.profiles import open_profiles
    from chatui.jobs.profiles import ReplySettings, apply

    if profile is None:
        return known.named(list(config.filters))
    job = apply(open_profiles(config, run.paths).load(profile), ReplySettings()).filters
    providers = [name for provider in config.providers.values() for name in provider.filters]
    return known.named(list(dict.fromkeys([*job, *providers])))


def as_object(given: str, found: Filtered) -> dict[str, Any]:
    return {
        "text": None if found.blocked else found.text,
        "blocked": bool(found.blocked),
        "found": [
            {
                "start": one.start,
                "end": one.end,
                "text": given[one.start : one.end],
                "label": one.label,
                "rule": one.rule,
                "filter": one.by,
                "action": one.action,
            }
            for one in found.found
        ],
    }
