"""A file on its way: what has come of it is kept, whatever ends the download."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from chatui.domain.errors import DownloadFailed
from chatui.system.locks import LockFile

PARTS = ".parts"
"""The folder of unfinished files, in the models folder; nothing takes them for models."""
MAGIC = b"GGUF"
READ = 1 << 20
SHA256_DIGITS = 64
SHA1_DIGITS = 40


class Part:
    """The beginning of the file called `name` whose content the hub knows by `etag`; another
    content has another part. Held by one process at a time: raises DownloadFailed when
    another has it, when the disk is full and when what comes is no GGUF file."""

    def __init__(self, folder: Path, name: str, etag: str) -> None:
        self.name = name
        self.folder = folder / PARTS
        self.path = self.folder / f"{name}.{etag[:16]}.part"

    def __enter__(self) -> Self:
        self._file = LockFile(self.path)
        self._handle = self._file.descriptor
        if not self._file.try_take():
            self._file.close()
            raise DownloadFailed(
                f"{self.name} is being fetched by another chatui already: wait for that one."
            )
        self.size = os.lseek(self._handle, 0, os.SEEK_END)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, data: bytes) -> None:
        at, view = self.size, memoryview(data)
        try:
            while view:
                written = os.pwrite(self._handle, view, self.size)
                self.size += written
                view = view[written:]
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise
            raise DownloadFailed(
                f"The disk is full ({self.folder.parent}): free some space and run the same "
                "command again, it goes on from there."
            ) from error
        if at < len(MAGIC):
            self.check_magic()

    def check_magic(self) -> None:
        """Looks at the first bytes, as far as they are here. A wrong file is not kept."""
        head = os.pread(self._handle, len(MAGIC), 0)
        if head != MAGIC[: len(head)]:
            self.remove()
            raise DownloadFailed(
                f"{self.name} is no GGUF file: what the server sent begins with other bytes."
            )

    def restart(self) -> None:
        """Begins at the beginning, because the server doesn't go on from here."""
        os.ftruncate(self._handle, 0)
        self.size = 0

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Gives the file its own name, at once and as a whole."""
        os.fsync(self._handle)
        self.path.replace(target)
        # Parts of what the file was in earlier versions are of no more use.
        for old in self.folder.glob(f"{self.name}.*.part"):
            old.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()  # Others may be on their way in it.
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Checksum:
    """Whether a file is the one that the hub calls `etag`: the SHA-256 of a large file, git's
    SHA-1 of a small one. Other etags tell nothing; `known` is false then."""

    def __init__(self, etag: str) -> None:
        digits = all(digit in "0123456789abcdef" for digit in etag)
        self.known = digits and len(etag) in {SHA256_DIGITS, SHA1_DIGITS}
        self._etag = etag
        self.found = ""

    def read(self, path: Path) -> Iterator[int]:
        """Reads the file, and yields the bytes so far. `matches` answers afterwards."""
        if not self.known:
            return
        digest = hashlib.sha256()
        if len(self._etag) == SHA1_DIGITS:
            digest = hashlib.sha1(usedforsecurity=False)
            digest.update(b"blob %d\0" % path.stat().st_size)
        done = 0
        with path.open("rb") as file:
            while data := file.read(READ):
                digest.update(data)
                done += len(data)
                yield done
        self.found = digest.hexdigest()

    @property
    def matches(self) -> bool:
        return not self.known or self.found == self._etag
