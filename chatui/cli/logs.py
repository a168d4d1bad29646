"""`chatui logs`: the calls of models, as the request log has them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import print_json, print_line, print_table, warn
from chatui.text import figures
from chatui.text.foreign_json import read_json

Entry = dict[str, Any]
FOLLOW_SECONDS = 0.5
HEAD = ("time", "kind", "model", "in", "out", "cost", "first", "seconds", "outcome")
LONGEST_LINE = 64 << 20
"""Bytes; a line that is longer is no line of ours."""


@click.command()
@click.option("-n", "count", type=click.IntRange(min=0), default=20, help="The last N calls.")
@click.option("-f", "--follow", is_flag=True, help="Go on with those that come.")
@click.option("--model", help="Those of this model, or of names that have this in them.")
@click.option("--outcome", help="Those that ended so: complete, interrupted, or an error's name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, whole.")
@shared_options
def logs(
    run: Invocation,
    count: int,
    follow: bool,
    model: str | None,
    outcome: str | None,
    as_json: bool,
) -> None:
    """Show the calls of models: when, what for, how much and how fast, and how they ended."""

    def wanted(entry: Entry) -> bool:
        named = model is None or model.lower() in str(entry.get("model", "")).lower()
        ended = outcome is None or outcome.lower() == str(entry.get("outcome", "")).lower()
        return named and ended

    path = run.paths.requests
    before = path.with_name(f"{path.name}.1")
    found: deque[Entry] = deque(maxlen=count)
    end = 0
    for each in (before, path):
        lines, end = lines_of(each)
        found.extend(filter(wanted, entries(lines)))
    if as_json:
        for entry in found:
            print_json(entry, line=True)
    elif found:
        print_table(HEAD, [row(entry) for entry in found])
    elif not follow:
        print_line("No calls yet." if run.config().logs.requests else "The log is off.")
        if not run.config().logs.requests:
            warn("The config has logs.requests = false: no call is written down.")
    if follow:
        for entry in filter(wanted, entries(growing(path, end))):
            if as_json:
                print_json(entry, line=True)
            else:
                print_line("  ".join(row(entry)))


def lines_of(path: Path) -> tuple[list[bytes], int]:
    """The whole lines of a file and where they end; none of one that is not there."""
    try:
        with path.open("rb") as file:
            content = file.read()
    except OSError:
        return [], 0
    end = content.rfind(b"\n") + 1
    return content[:end].splitlines(), end


def growing(path: Path, start: int) -> Iterator[bytes]:
    """The lines that come behind `start`, until the user has seen enough. A file that was put in
    the place of the one before is read from its beginning."""
    while True:
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        if size < start:
            start = 0
        if size > start:
            with path.open("rb") as file:
                file.seek(start)
                content = file.read()
            end = content.rfind(b"\n") + 1
            yield from content[:end].splitlines()
            start += end
        # Other processes write it: there is no event to wait for.
        time.sleep(FOLLOW_SECONDS)


def entries(lines: Iterable[bytes]) -> Iterator[Entry]:
    """The objects of the lines; what is none is passed over."""
    for line in lines:
        if len(line) > LONGEST_LINE:
            continue
        try:
            entry = read_json(line.decode("utf-8", "replace"))
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def row(entry: Entry) -> tuple[str, ...]:
    def part(name: str) -> Entry:
        found = entry.get(name)
        return found if isinstance(found, dict) else {}

    usage, cost = part("usage"), part("cost")
    prompt = sum(amount(usage.get(name)) for name in ("input", "cache_read", "cache_write"))
    estimated = bool(usage.get("estimated"))
    first = entry.get("ttft_ms")
    return (
        str(entry.get("time", ""))[:19].replace("T", " "),
        str(entry.get("step") or entry.get("kind", "")),
        str(entry.get("model", "")),
        figures.approximate(figures.tokens(int(prompt)), estimated),
        figures.approximate(figures.tokens(int(amount(usage.get("output")))), estimated),
        f"{cost['amount']} {cost.get('currency', '')}" if cost.get("amount") else figures.UNKNOWN,
        figures.seconds(first / 1000 if isinstance(first, int | float) else None),
        figures.seconds(amount(entry.get("seconds"))),
        str(entry.get("outcome", "")),
    )


def amount(value: Any) -> float:
    return value if isinstance(value, int | float) else 0
