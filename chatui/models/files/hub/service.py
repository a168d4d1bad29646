"""The download process: finds the files of a model, fetches, checks and places them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub.errors import HfHubHTTPError

from chatui.domain.errors import DownloadFailed, UnknownModel
from chatui.models.files.hub.client import Hub, RemoteFile
from chatui.models.files.hub.names import HubSource, chosen, is_file, set_of
from chatui.models.files.hub.part import SHA256_DIGITS, Checksum, Part
from chatui.text.figures import size_text
from chatui.text.foreign_json import read_json

Step = dict[str, Any]

DESCRIPTION = "config.json"
MOST_DESCRIPTION = 2 << 20
"""Bytes. They have a few thousand."""
MARGIN = 256 << 20
"""Bytes of disk that stay free beside the file: chats, documents and everything else go on."""
TOLD_SECONDS = 0.1
PAUSES = (0.2, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try; counted anew when a try has brought something."""


class HubService:
    """Runs in a child process, so that the window never waits for an import, a hash or a
    server that says nothing."""

    def pull(self, repo: str, file: str, folder: str, sha256: str) -> Iterator[Step]:
        """Fetches the file, and the others that it is split into, into the folder. `sha256` is
        what the file must have, "" for whatever the hub has. Yields steps; the last one names
        the files. Raises a ChatuiError; what has come then is kept, if it may be right."""
        source, target = HubSource(repo, file), Path(folder)
        hub = Hub()
        files = list(self._find(hub, source))
        if sha256:
            files = [expected(one, sha256, source) for one in files]
        yield {"step": "found", "files": [one.name for one in files], "total": total(files)}
        missing = []
        for one in files:
            there = yield from self._is_there(one, target)
            if not there:
                missing.append(one)
        with ExitStack() as held:
            parts = [held.enter_context(Part(target, one.name, one.etag)) for one in missing]
            leave_room(target, total(missing) - sum(part.size for part in parts))
            resumed = sum(part.size for part in parts)
            for part, one in zip(parts, missing, strict=True):
                yield from self._fetch(hub, repo, part, one)
                yield from self._check(part, one)
            # The first of a split model last: with it the model is there, as a whole.
            for part, one in reversed(list(zip(parts, missing, strict=True))):
                part.finish(target / one.name)
        yield {
            "step": "done",
            "files": [
                {"path": str(target / one.name), "size": one.size, "etag": one.etag}
                for one in files
            ],
            "fetched": total(missing) - resumed,
            "resumed": resumed,
            "checked": all(Checksum(one.etag).known for one in files),
        }

    def describe(self, repo: str) -> dict[str, Any]:
        """What the hub's `config.json` of a model says. Raises a ChatuiError."""
        hub = Hub()
        found = hub.file(repo, DESCRIPTION)
        if found is None:
            raise UnknownModel(
                f"{repo} has no {DESCRIPTION}: name the model that it was made from, or its size "
                "(8B)."
            )
        body = bytearray()
        try:
            with hub.bytes_of(repo, found, 0) as response:
                for data in response.iter_raw():
                    body += data
                    if len(body) > MOST_DESCRIPTION:
                        break
        except (httpx2.TransportError, HfHubHTTPError) as error:
            raise DownloadFailed(f"{hub.host} broke off while it was read: try again.") from error
        try:
            config = read_json(bytes(body))
        except ValueError as error:
            raise UnknownModel(f"The {DESCRIPTION} of {repo} can't be read.") from error
        return config if isinstance(config, dict) else {}

    def _find(self, hub: Hub, source: HubSource) -> Iterator[RemoteFile]:
        first = hub.file(source.repo, source.file) if is_file(source.file) else None
        if first is None:
            path = chosen(source, hub.paths(source.repo))
            first = hub.file(source.repo, path)
        if first is None:
            raise UnknownModel(f"{source} was there a moment ago and is gone: try again.")
        for path in set_of(first.path):
            found = first if path == first.path else hub.file(source.repo, path)
            if found is None:
                raise UnknownModel(
                    f"{source.repo} lacks {path}, a part of the model: it is incomplete."
                )
            yield found

    def _is_there(self, file: RemoteFile, folder: Path) -> Generator[Step, None, bool]:
        path, checksum = folder / file.name, Checksum(file.etag)
        if not path.exists():
            return False
        if path.stat().st_size == file.size:
            for done in checksum.read(path):
                yield step("checking", file, done)
            if checksum.matches:
                return True
        raise DownloadFailed(
            f"{path} is there already and is another file: move it away, then pull again."
        )

    def _fetch(self, hub: Hub, repo: str, part: Part, file: RemoteFile) -> Iterator[Step]:
        if part.size > file.size:
            part.restart()
        part.check_magic()
        tries = 0
        while part.size < file.size:
            before, reason = part.size, None
            try:
                yield from self._read(hub, repo, part, file)
            except (httpx2.TransportError, HfHubHTTPError) as error:
                reason = error
            tries = 0 if part.size > before else tries + 1
            if part.size < file.size:
                if tries >= len(PAUSES):
                    raise DownloadFailed(
                        f"The connection to {hub.host} broke at {size_text(part.size)} of "
                        f"{size_text(file.size)}: run the same command again, it goes "
                        "on from there."
                    ) from reason
                yield step("waiting", file, part.size)
                time.sleep(PAUSES[tries])

    def _read(self, hub: Hub, repo: str, part: Part, file: RemoteFile) -> Iterator[Step]:
        told = 0.0
        with hub.bytes_of(repo, file, part.size) as response:
            if part.size and not continues(response, part.size):
                part.restart()
            for data in response.iter_raw():
                part.append(data)
                if part.size > file.size:
                    part.remove()
                    raise DownloadFailed(
                        f"{hub.host} sent more than {file.name} is long: try again."
                    )
                if time.monotonic() - told >= TOLD_SECONDS:
                    told = time.monotonic()
                    yield step("fetching", file, part.size)
        yield step("fetching", file, part.size)

    def _check(self, part: Part, file: RemoteFile) -> Iterator[Step]:
        checksum, told = Checksum(file.etag), 0.0
        for done in checksum.read(part.path):
            if time.monotonic() - told >= TOLD_SECONDS:
                told = time.monotonic()
                yield step("checking", file, done)
        if not checksum.matches:
            part.remove()
            raise DownloadFailed(
                f"{file.name} came damaged: its checksum is {checksum.found[:12]}…, not "
                f"{file.etag[:12]}…. It was removed; pull it again."
            )


def expected(file: RemoteFile, sha256: str, source: HubSource) -> RemoteFile:
    """The file, to be checked against the `sha256` that it is known to have."""
    if len(file.etag) == SHA256_DIGITS and file.etag != sha256:
        raise DownloadFailed(
            f"{source} is not the file any more that chatui's list means (its checksum is "
            f"another one): pull {source} by that name if you trust it."
        )
    return replace(file, etag=sha256)


def step(what: str, file: RemoteFile, done: int) -> Step:
    return {"step": what, "file": file.name, "done": done, "total": file.size}


def total(files: Sequence[RemoteFile]) -> int:
    return sum(file.size for file in files)


def continues(response: httpx2.Response, start: int) -> bool:
    """Whether the server goes on where it was asked to, and does not begin anew."""
    span = response.headers.get("Content-Range", "")
    return response.status_code == 206 and span.startswith(f"bytes {start}-")


def leave_room(folder: Path, needed: int) -> None:
    """Raises DownloadFailed when so many bytes don't fit on the folder's disk."""
    free = shutil.disk_usage(folder).free
    if needed + MARGIN > free:
        raise DownloadFailed(
            f"{size_text(needed)} are still to come, and {size_text(free)} are free in {folder}: "
            f"make room for {size_text(needed + MARGIN - free)} more."
        )
