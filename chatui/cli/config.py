"""`chatui config`: where the settings are, what they are, whether they are right."""

from __future__ import annotations

import click

from chatui.cli.groups import GroupWithDefault
from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import plain, print_json, print_line


@click.group(cls=GroupWithDefault, default="show")
def config() -> None:
    """Show where the settings are and what they are."""


@config.command()
@click.option("--json", "as_json", is_flag=True)
@shared_options
def path(run: Invocation, as_json: bool) -> None:
    """Print the config file's path; with --json the folders in use as well."""
    places = {
        "config": run.paths.config,
        "data": run.paths.data,
        "state": run.paths.state,
        "cache": run.paths.cache,
    }
    if as_json:
        print_json(places)
        return
    print_line(str(run.paths.config))


@config.command()
@click.option("--json", "as_json", is_flag=True)
@shared_options
def show(run: Invocation, as_json: bool) -> None:
    """Print every setting in force."""
    from chatui.config.load import flatten

    settings = run.config()
    if as_json:
        print_json(settings)
        return
    for key, value in flatten(settings):
        print_line(f"{key} = {plain(value)!r}")


@config.command()
@shared_options
def check(run: Invocation) -> None:
    """Say whether the config file is right (exit code 2 when it isn't)."""
    from chatui.bootstrap.filters import faults, open_filters
    from chatui.domain.errors import ConfigError

    settings = run.config()
    if wrong := faults(open_filters(settings, run.paths.config), settings):
        raise ConfigError(" ".join(wrong))
    known = run.paths.config.exists()
    print_line(f"{run.paths.config} is right." if known else "No config file: defaults hold.")
