"""`-o key value`: sampling options of one run."""

from __future__ import annotations

import click

PAIRS = click.option(
    "-o",
    "--option",
    "pairs",
    nargs=2,
    multiple=True,
    metavar="KEY VALUE",
    help="Sampling option, such as temperature 0.2; may be repeated.",
)
