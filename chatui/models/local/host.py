"""Which local models are loaded: a few processes, the least used ended first."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from chatui.domain.errors import ModelError, ModelUnavailable, WorkerDied, WorkerError
from chatui.models.files.model_files import ModelFile
from chatui.models.local.faults import death
from chatui.models.local.settings import LocalSettings
from chatui.models.local.together import Together
from chatui.workers.environment import COMPUTING
from chatui.workers.host import Worker, WorkerSpec

SERVICE = "chatui.models.local.service:LocalService"
CANCEL_SECONDS = 30.0
"""How long a computation may take to heed a cancel. It does at once; a graphics card finishes its
batch first."""
PATIENCE_SECONDS = 0.5
"""How long loading may take before it is told."""


@dataclass(slots=True)
class _Slot:
    """One process. `stamp` tells whether its file is still the same, `users` are the
    replies that stream from it or wait for it. `together` gathers replies, where the settings say
    that several are computed side by side."""

    worker: Worker
    stamp: tuple[int, int]
    together: Together | None
    users: int = 0
    used: float = 0.0
    idle: asyncio.TimerHandle | None = None


class LocalHost:
    """At most `most` models are loaded at a time. Another one takes the place of that which was
    used the longest ago, and waits while all of them answer. One that is not used for
    `idle_seconds` is ended; its memory is free then. `settings` gives how a file is run, and
    raises ModelUnavailable when it can't be; it is called in a thread. `memory_mb` bounds the
    addresses that a process may use. `on_loading` gets the
    name of a model that a reply has to wait for.
    """

    def __init__(
        self,
        settings: Callable[[ModelFile], LocalSettings],
        *,
        most: int = 1,
        idle_seconds: float = 900.0,
        log: Path | None = None,
        memory_mb: int | None = None,
        on_loading: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._most = most
        self._idle_seconds = idle_seconds
        self._log = log
        self._memory_mb = memory_mb
        self._on_loading = on_loading
        self._slots: dict[str, _Slot] = {}
        self._entering = asyncio.Lock()
        self._left = asyncio.Event()
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def pids(self) -> dict[str, int]:
        """The process of each model that is loaded."""
        slots = self._slots.items()
        return {name: pid for name, slot in slots if (pid := slot.worker.pid) is not None}

    def memory(self) -> int:
        """Bytes that the loaded models take, less their files' pages, which count as free."""
        return sum(_resident(pid) for pid in self.pids().values())

    @asynccontextmanager
    async def loaded(self, file: ModelFile, *, ahead: bool = False) -> AsyncGenerator[Worker, None]:
        """The process of a model, as soon as it stands. Raises ModelError."""
        slot = await self._enter(file)
        telling = None
        if self._on_loading is not None and not ahead:
            loop = asyncio.get_running_loop()
            telling = loop.call_later(PATIENCE_SECONDS, self._on_loading, file.name)
        try:
            try:
                await slot.worker.start()
            except WorkerDied as error:
                raise ModelUnavailable(death(file.name, True, str(error))) from error
            except WorkerError as error:
                raise ModelUnavailable(str(error)) from error
            finally:
                if telling is not None:
                    telling.cancel()
            yield slot.worker
        finally:
            self._leave(file.name, slot)

    def together(self, worker: Worker) -> Together | None:
        """What gathers replies of that process; None when they go one by one."""
        slots = self._slots.values()
        return next((slot.together for slot in slots if slot.worker is worker), None)

    def load_ahead(self, file: ModelFile) -> None:
        """Loads in the background. What is wrong with a file is told by its first reply."""
        if file.name in self._loading:
            return
        task = asyncio.get_running_loop().create_task(self._load(file))
        self._loading[file.name] = task
        task.add_done_callback(lambda _: self._loading.pop(file.name, None))

    async def unload(self, name: str) -> None:
        """Ends the process of a model, if it has one."""
        if name in self._loading:
            self._loading[name].cancel()
        slot = self._slots.pop(name, None)
        if slot is not None:
            await self._end(slot)
        # Those that were idle may still be on their way out, and nobody else waits for them.
        await asyncio.gather(*self._ending)

    async def _load(self, file: ModelFile) -> None:
        with suppress(ModelError):
            async with self.loaded(file, ahead=True):
                return

    async def _enter(self, file: ModelFile) -> _Slot:
        async with self._entering:
            stamp = await asyncio.to_thread(_stamp, file.path)
            slot = self._slots.get(file.name)
            if slot is not None and slot.stamp != stamp and not slot.users:
                await self._end(self._slots.pop(file.name))
            while (slot := self._slots.get(file.name)) is None:
                if len(self._slots) < self._most:
                    settings = await asyncio.to_thread(self._settings, file)
                    worker = self._worker(file, settings)
                    together = Together(worker) if settings.places > 1 else None
                    slot = _Slot(worker, stamp, together)
                    self._slots[file.name] = slot
                    break
                free = {one.used: name for name, one in self._slots.items() if not one.users}
                if free:
                    # Its memory has to be back before the next one is measured and loaded.
                    await self._end(self._slots.pop(free[min(free)]))
                else:
                    self._left.clear()
                    await self._left.wait()
            slot.users += 1
            if slot.idle is not None:
                slot.idle.cancel()
            return slot

    def _leave(self, name: str, slot: _Slot) -> None:
        loop = asyncio.get_running_loop()
        slot.users -= 1
        slot.used = loop.time()
        if not slot.users and self._slots.get(name) is slot:
            slot.idle = loop.call_later(self._idle_seconds, self._end_idle, name, slot)
        self._left.set()

    def _end_idle(self, name: str, slot: _Slot) -> None:
        if not slot.users and self._slots.get(name) is slot:
            del self._slots[name]
            task = asyncio.get_running_loop().create_task(self._end(slot))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self, slot: _Slot) -> None:
        if slot.idle is not None:
            slot.idle.cancel()
        await slot.worker.stop()

    def _worker(self, file: ModelFile, settings: LocalSettings) -> Worker:
        args = (file.name, str(file.path), asdict(settings))
        title = f"the process of {file.name}"
        return Worker(
            WorkerSpec(
                SERVICE,
                title,
                args,
                needs=COMPUTING,
                memory_mb=self._memory_mb,
                cancel_seconds=CANCEL_SECONDS,
                log=self._log,
            )
        )


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _resident(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
        return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
