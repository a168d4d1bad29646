"""What is kept of a run, so that it can be gone on with: a private file for each. What was asked
and answered stands in chats.db alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatui.domain.errors import UsageError
from chatui.system.files import make_private_folder, write_export
from chatui.system.locks import LockFile, is_held

VERSION = 1


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call of a run: which thing of the list `index` (from 1; 0 without a loop), what it was
    made from as `digest` (Step.digest) and `item`, and its turn."""

    step: str
    index: int
    digest: str
    item: str
    turn: str


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
        text = json.dumps({"version": VERSION, **asdict(state)}, ensure_ascii=False, indent=1)
        write_export(self._path(state.id), text, replace=True, instead="")

    def load(self, prefix: str) -> RunState:
        """The run whose id begins so."""
        found = [path for path in self._paths() if prefix and path.stem.startswith(prefix)]
        if not found:
            raise UsageError(f"There is no run {prefix}: `chatui run` lists those there are.")
        if len(found) > 1:
            raise UsageError(f"Several runs begin with {prefix}: give more of the id.")
        return read(found[0])

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
        self._path(run).unlink(missing_ok=True)
        self._lock(run).unlink(missing_ok=True)

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

    def _lock(self, run: str) -> Path:
        return self._folder / f"{run}.lock"


def read(path: Path) -> RunState:
    """Raises UsageError for a file that is none of a run."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("version") != VERSION:
            raise ValueError("it is of another version")
        calls = [CallRecord(**one) for one in data.pop("calls")]
        return RunState(calls=calls, **data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"What is kept of the run {path.stem} can't be read ({error}); run the chain anew."
        ) from error
