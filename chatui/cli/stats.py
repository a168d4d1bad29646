"""`chatui stats`: tokens, cost, waits and speed, by day, model, conversation or profile."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click

from chatui.cli.chats import with_store
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import Part, Styled, print_lines, print_text, warn
from chatui.cost.stats.values import Grouping
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.cost.stats.plots import Ink, Line
    from chatui.cost.stats.values import Stats

DAYS = 30
PLOT_HEIGHT = 6
WIDEST = 120
STDOUT = "-"
COLOURS: dict[Ink, str] = {
    "first": "cyan",
    "second": "yellow",
    "third": "green",
    "muted": "bright_black",
}


@click.command()
@click.option("--days", type=click.IntRange(min=0, max=36_500), default=DAYS, show_default=True,
              help="How many days, today included; 0 is all.")  # fmt: skip
@click.option("--by", type=click.Choice(get_args(Grouping)), default="day", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--csv", "csv_file", type=click.Path(), help="Write CSV to this file; - prints it.")
@click.option("--force", is_flag=True, help="Replace the file when it is there.")
@shared_options
def stats(
    run: Invocation, days: int, by: str, as_json: bool, csv_file: str | None, force: bool
) -> None:
    """Show what was used and what it cost: plots on a terminal, else a table."""
    if as_json and csv_file == STDOUT:
        raise UsageError("Both --json and --csv - want to print; give --csv a file.")
    grouping, now = cast("Grouping", by), datetime.now().astimezone()
    found = with_store(run, lambda store: store.stats(grouping, days, now))
    if csv_file is not None:
        write_csv(found, csv_file, force)
    if as_json:
        from chatui.cost.stats import export

        print_text(export.as_json(found), end="")
    elif csv_file is None:
        from chatui.cost.prices.conversion import Conversion
        from chatui.cost.stats.converting import converted

        rates = run.config().conversion
        show(converted(found, Conversion(rates.currency, rates.rates)))


def write_csv(found: Stats, name: str, force: bool) -> None:
    from chatui.cost.stats.export import as_csv
    from chatui.system.files import write_export

    text = as_csv(found)
    if name == STDOUT:
        print_text(text, end="")
        return
    write_export(Path(name), text, replace=force, instead="give another name, or --force")
    warn(f"Wrote {name}.")


def show(found: Stats) -> None:
    from chatui.cost.stats.sheet import sheet

    terminal = on_terminal()
    plain = not terminal or bool(os.environ.get("NO_COLOR"))
    width = min(WIDEST, shutil.get_terminal_size().columns - 1)
    lines = sheet(found, max(40, width), PLOT_HEIGHT if terminal else 0, plain=plain)
    print_lines(written(line, plain) for line in lines)


def on_terminal() -> bool:
    return sys.stdout.isatty()


def written(line: Line, plain: bool) -> Sequence[Part]:
    if plain:
        return [span.text for span in line]
    return [
        Styled(
            span.text,
            fg=COLOURS.get(span.ink),
            bg=COLOURS.get(span.under) if span.under else None,
            bold=span.ink == "title",
        )
        for span in line
    ]
