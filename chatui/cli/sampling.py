"""Options of one run: `-o key value` for sampling, `--set name=value` for a prompt."""

from __future__ import annotations

from typing import Any

import click


def read(ctx: click.Context, param: click.Parameter, pairs: Any) -> dict[str, Any]:
    """The options by name with their values. Raises UsageError before anything is opened."""
    if not pairs:
        return {}
    from chatui.bootstrap.sampling import changes

    return changes(pairs)


SAMPLING = click.option(
    "-o",
    "--option",
    "options",
    nargs=2,
    multiple=True,
    callback=read,
    metavar="KEY VALUE",
    help="Sampling option, such as temperature 0.2; may be repeated.",
)


def assigned(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> dict[str, str]:
    """The values by name."""
    for word in words:
        if "=" not in word:
            raise click.BadParameter(f"{word} sets nothing; write NAME=VALUE.", ctx, param)
    return dict(word.split("=", 1) for word in words)


VARIABLES = click.option(
    "--set",
    "variables",
    multiple=True,
    callback=assigned,
    metavar="NAME=VALUE",
    help="Variable of the profile's prompt; may be repeated.",
)
