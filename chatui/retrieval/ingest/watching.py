"""Says when something below the watched paths has changed; nothing of what has.

Whoever is told looks at everything anew, which takes a third of a second for a thousand
files, and so cannot be misled by an event that came twice, late or not at all.
"""

from __future__ import annotations

import asyncio
import importlib
import stat
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from chatui.system.files import at_home
from chatui.system.streams import closed_behind

LOOK_SECONDS = 0.5
"""How often the named paths themselves are looked at: a folder that is deleted and made again
takes its watch along, and an editor may put a new file in the place of a named one."""

QUIET_MS = 200
BURST_MS = 2000
"""A burst of changes is told once it has been quiet for so long, or has lasted for so long."""

Mark = tuple[int, ...]


class Watch:
    """Files and folders that are kept an eye on. They need not exist all the time. Making one,
    and asking what is there, looks at the disk."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = [at_home(path).resolve() for path in paths]
        self._folders: list[Path] = []
        self._polling = False
        self._again = 0.0

    def there(self) -> list[Path]:
        """Those of the paths that exist now."""
        return [path for path in self.paths if _mark(path)]

    def call_again(self, seconds: float) -> None:
        """Tells once more in so many seconds, also when nothing changes."""
        self._again = asyncio.get_running_loop().time() + seconds

    async def changes(self) -> AsyncIterator[None]:
        """Yields once at the start, when changes are noticed already, and after every burst."""
        while True:
            marks = await asyncio.to_thread(self._marks)
            self._folders = [path for path, mark in marks.items() if len(mark) == FOLDER_MARK]
            started = False
            async with closed_behind(self._bursts()) as bursts:
                async for burst in bursts:
                    now = await asyncio.to_thread(self._marks)
                    if burst or not started or now != marks or self._is_due():
                        started = True
                        yield
                    if self._replaced(marks, now):
                        break
                    marks = now

    def _marks(self) -> dict[Path, Mark]:
        return {path: _mark(path) for path in self.paths}

    def _replaced(self, before: dict[Path, Mark], now: dict[Path, Mark]) -> bool:
        """Whether the watch stands on a folder that is another now, or gone."""
        return any(
            before[path] != now[path] and FOLDER_MARK in (len(before[path]), len(now[path]))
            for path in self.paths
        )

    def _is_due(self) -> bool:
        due = 0 < self._again <= asyncio.get_running_loop().time()
        if due:
            self._again = 0.0
        return due

    async def _bursts(self) -> AsyncIterator[bool]:
        """Whether there was a change, after each burst and every LOOK_SECONDS. It ends when the
        folders cannot be watched any more."""
        if not self._folders:
            while True:
                yield False
                await asyncio.sleep(LOOK_SECONDS)
        try:
            async with closed_behind(self._notices()) as notices:
                async for changed in notices:
                    yield changed
        except OSError:
            # The folder went while the watch was being set up, or the system's limit of
            # watches is reached: then the folders are compared from time to time instead.
            marks = await asyncio.to_thread(self._marks)
            self._polling = all(marks.values())
            await asyncio.sleep(LOOK_SECONDS)

    async def _notices(self) -> AsyncIterator[bool]:
        """In threads: loading the watcher reads the disk, and to set the watch up takes a while
        for a large tree."""
        watch = (await asyncio.to_thread(importlib.import_module, "watchfiles")).watch
        stop = threading.Event()
        seen = watch(
            *self._folders,
            watch_filter=lambda _, path: self._counts(path),
            debounce=BURST_MS,
            step=QUIET_MS,
            stop_event=stop,
            rust_timeout=int(LOOK_SECONDS * 1000),
            yield_on_timeout=True,
            force_polling=self._polling or None,
            ignore_permission_denied=True,
        )
        try:
            while (changed := await asyncio.to_thread(next, seen, None)) is not None:
                yield bool(changed)
        finally:
            stop.set()

    def _counts(self, path: str) -> bool:
        """Hidden files are not read, but a `.gitignore` decides on others."""
        for folder in self._folders:
            if Path(path).is_relative_to(folder):
                *above, name = Path(path).relative_to(folder).parts or ("",)
                return not any(part.startswith(".") for part in above) and (
                    not name.startswith(".") or name == ".gitignore"
                )
        return True


FOLDER_MARK = 2


def _mark(path: Path) -> Mark:
    """What tells a path from what stood there before: of a folder only which one it is."""
    try:
        status = path.stat()
    except OSError:
        return ()
    if stat.S_ISDIR(status.st_mode):
        return (status.st_dev, status.st_ino)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
