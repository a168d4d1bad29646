"""`chatui logs`: the calls of models, as the request log has them."""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

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
PIECE = 1 << 20
"""Bytes that are read at a time."""
MOST_SHOWN = 1_000_000


@click.command()
@click.option(
    "-n", "count", type=click.IntRange(0, MOST_SHOWN), default=20, help="The last N calls."
)
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
    found: deque[Entry] = deque(maxlen=count)
    with GrowingLog(before(path)) as old:
        found.extend(filter(wanted, entries(old.more())))
    with GrowingLog(path) as log:
        found.extend(filter(wanted, entries(log.more())))
        show(run, found, follow=follow, as_json=as_json)
        if follow:
            for entry in filter(wanted, entries(growing(log))):
                if as_json:
                    print_json(entry, line=True)
                else:
                    print_line("  ".join(row(entry)))


def show(run: Invocation, found: Collection[Entry], *, follow: bool, as_json: bool) -> None:
    if as_json:
        for entry in found:
            print_json(entry, line=True)
    elif found:
        print_table(HEAD, [row(entry) for entry in found])
    elif not follow:
        print_line("No calls yet." if run.config().logs.requests else "The log is off.")
        if not run.config().logs.requests:
            warn("The config has logs.requests = false: no call is written down.")


def before(path: Path) -> Path:
    """The log that made room."""
    return path.with_name(f"{path.name}.1")


class GrowingLog:
    """The lines of a log, also while it is written to and another one takes its place. None of
    one that is not there, or is no plain file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = opened(path)
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def more(self) -> Iterator[bytes]:
        """The whole lines that have come since they were asked for last."""
        if self._file is None:
            self._file = opened(self._path)
        yield from self._whole()
        while self._file is not None and not is_at(self._path, self._file):
            # What was written to it until it was moved away, and after, by who still had it open.
            yield from self._whole()
            with GrowingLog(before(self._path)) as skipped:
                if skipped._file is not None and not is_same(skipped._file, self._file):
                    yield from skipped._whole()
            self._file.close()
            self._file, self._rest = opened(self._path), b""
            yield from self._whole()

    def _whole(self) -> Iterator[bytes]:
        if self._file is None:
            return
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            # Somebody has emptied it.
            self._file.seek(0)
            self._rest = b""
        while piece := self._file.read(PIECE):
            *lines, self._rest = (self._rest + piece).split(b"\n")
            yield from lines
            if len(self._rest) > LONGEST_LINE:
                self._rest = b""


def opened(path: Path) -> BinaryIO | None:
    try:
        # Without waiting for someone at the other end of a pipe.
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    return None


def is_at(path: Path, file: BinaryIO) -> bool:
    """Whether the file is still the one that its path leads to."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except OSError:
        return False


def is_same(one: BinaryIO, other: BinaryIO) -> bool:
    return os.path.samestat(os.fstat(one.fileno()), os.fstat(other.fileno()))


def growing(log: GrowingLog) -> Iterator[bytes]:
    """The lines that come, until the user has seen enough."""
    while True:
        yield from log.more()
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
