"""What is kept of a run, of a chain or of a batch, so that it can be gone on with: a private file
for each. What was asked and answered stands in chats.db alone.

A batch may have thousands of calls: those are added to a journal beside its file, a line for each.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatui.domain.errors import UsageError
from chatui.system.files import make_private_folder, touch_private_file, write_export
from chatui.system.locks import LockFile, is_held

VERSION = 1
LINES = "lines"
JOURNAL = "calls"
"""What the files of a batch end with, beside its `.json`."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call of a run: which thing of the list `index` (from 1; 0 without a loop), what it was
    made from as `digest` (Step.digest) and `item`, and its turn. `mark_prefix` is how its passages
    are marked (ModelRequest)."""

    step: str
    index: int
    digest: str
    item: str
    turn: str
    mark_prefix: str = ""


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part of a batch that is with a provider's batch endpoint: its `id` there, and the numbers
    of the lines in it. `at` is when it was sent, in ISO 8601."""

    id: str
    model: str
    at: str
    lines: tuple[int, ...]


@dataclass(slots=True)
class RunState:
    """`given` are the variables that were given for this run; `model` answers steps that name
    none, "" is the chat's; `max_cost` is USD. `ended` is how it did, "" while it runs."""

    id: str
    chain: str
    file: str
    given: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    max_cost: str | None = None
    conversation: str = ""
    begun: str = ""
    ended: str = ""
    batch: Mapping[str, Any] | None = None
    """The options of a batch, as its verb has them; None for a chain. `chain` is then the name of
    its file."""
    sent: list[SentPart] = field(default_factory=list)
    """What of a batch is with a provider, and not fetched yet."""
    calls: list[CallRecord] = field(default_factory=list)

    def record(self, made: CallRecord) -> None:
        """In the place of an earlier try of the same call."""
        self.calls = [
            one for one in self.calls if (one.step, one.index) != (made.step, made.index)
        ] + [made]

    def call(self, step: str, index: int) -> CallRecord | None:
        return next((one for one in self.calls if (one.step, one.index) == (step, index)), None)


class RunFiles:
    """The folder of all runs. Everything here reads and writes files: for a thread. Raises
    UsageError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begun(self, **values: Any) -> RunState:
        """A new run, which nothing is on the disk of yet."""
        return RunState(
            secrets.token_hex(6), begun=datetime.now(UTC).isoformat(timespec="seconds"), **values
        )

    def save(self, state: RunState) -> None:
        """Whole or not at all."""
        make_private_folder(self._folder)
        kept = asdict(state if state.batch is None else replace(state, calls=[]))
        text = json.dumps({"version": VERSION, **kept}, ensure_ascii=False, indent=1)
        write_export(self._path(state.id), text, replace=True, instead="")

    def load(self, prefix: str, *, batch: bool = False) -> RunState:
        """The run of a chain, or of a `batch`, whose id begins so."""
        found = [path for path in self._paths() if prefix and path.stem.startswith(prefix)]
        if not found:
            raise UsageError(f"There is no run {prefix}: `chatui run` lists those there are.")
        if len(found) > 1:
            raise UsageError(f"Several runs begin with {prefix}: give more of the id.")
        state = read(found[0])
        if batch and state.batch is None:
            raise UsageError(
                f"The run {state.id} is one of a chain: `chatui run --resume {state.id}` goes on."
            )
        if state.batch is not None and not batch:
            raise UsageError(
                f"The run {state.id} is a batch: `chatui ask --resume {state.id}` goes on."
            )
        if state.batch is not None:
            state.calls = self._journal(state.id)
        return state

    def keep_lines(self, run: str, text: str) -> None:
        """Keeps the prompts of a batch, which may have come from a pipe."""
        make_private_folder(self._folder)
        write_export(self._beside(run, LINES), text, replace=True, instead="")

    def lines(self, run: str) -> str:
        """The prompts of a batch."""
        try:
            return self._beside(run, LINES).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(
                f"The prompts of the batch {run} can't be read ({error}); give its file with "
                "--batch once more."
            ) from error

    def add(self, run: str, made: CallRecord) -> None:
        """Adds a call to the journal of a batch; it is on the disk when this returns."""
        line = json.dumps(asdict(made), ensure_ascii=False) + "\n"
        path = touch_private_file(self._beside(run, JOURNAL))
        descriptor = os.open(path, os.O_APPEND | os.O_WRONLY)
        try:
            os.write(descriptor, line.encode("utf-8", "replace"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _journal(self, run: str) -> list[CallRecord]:
        found = []
        with suppress(OSError):
            for line in self._beside(run, JOURNAL).read_bytes().splitlines():
                # The last one may have been cut off by the end of a process.
                with suppress(ValueError, TypeError):
                    found.append(CallRecord(**json.loads(line)))
        return found

    def all(self) -> list[RunState]:
        """The runs that are not at work, the newest first."""
        found = []
        for path in self._paths():
            # One that can't be read is told of when it is named.
            with suppress(UsageError):
                if not is_held(self._lock(path.stem)):
                    found.append(read(path))
        return sorted(found, key=lambda state: state.begun, reverse=True)

    def forget(self, run: str) -> None:
        """Removes what is kept of a run."""
        for path in (self._path(run), self._lock(run)):
            path.unlink(missing_ok=True)
        for kind in (LINES, JOURNAL):
            self._beside(run, kind).unlink(missing_ok=True)

    def taken(self, run: str) -> LockFile:
        """The run's lock, which says that it is at work."""
        make_private_folder(self._folder)
        lock = LockFile(self._lock(run))
        if not lock.try_take():
            lock.close()
            raise UsageError(f"The run {run} is at work in another process; wait for its end.")
        return lock

    def _paths(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.suffix == ".json")
        except OSError:
            return []

    def _path(self, run: str) -> Path:
        return self._folder / f"{run}.json"

    def _beside(self, run: str, kind: str) -> Path:
        return self._folder / f"{run}.{kind}"

    def _lock(self, run: str) -> Path:
        return self._folder / f"{run}.lock"


def read(path: Path) -> RunState:
    """Raises UsageError for a file that is none of a run."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("version") != VERSION:
            raise ValueError("it is of another version")
        calls = [CallRecord(**one) for one in data.pop("calls")]
        sent = [SentPart(**{**one, "lines": tuple(one["lines"])}) for one in data.pop("sent", ())]
        return RunState(calls=calls, sent=sent, **data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"What is kept of the run {path.stem} can't be read ({error}); run the chain anew."
        ) from error
