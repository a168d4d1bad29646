"""`-o key value`: sampling options of one run."""

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
