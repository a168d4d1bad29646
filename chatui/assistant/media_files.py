"""Pictures and PDFs as they are named, on their way to a model that sees them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from chatui.domain.errors import ReadFailed, UsageError, WorkerError
from chatui.domain.media import PDF, PDF_MIME, PICTURE, Medium, MediumKind, medium_of
from chatui.system.files import read_plain
from chatui.text.safety import one_line
from chatui.workers.host import Worker, WorkerSpec

HEAD = 4096
"""Bytes that tell what a file is."""
MOST_MB = {PICTURE: 64, PDF: 32}
"""Of a file. A picture gets smaller; a PDF is sent as it is, and Anthropic takes no larger
request."""
SECONDS = 60.0
HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevx", b"mif1", b"msf1")
HEIC_REFUSED = (
    "{name} is a HEIC picture, which can't be decoded here; save it as JPEG or PNG, and name that."
)


def kind_of(name: str, head: bytes) -> MediumKind | None:
    """What a file is that begins so; None for one that no model is shown. Raises UsageError for a
    picture that can't be decoded."""
    from chatui.retrieval.chunking.document import Unreadable
    from chatui.retrieval.readers.kinds import FileKind
    from chatui.retrieval.readers.kinds import kind_of as file_kind_of

    if head[4:8] == b"ftyp":
        if head[8:12] in HEIC:
            raise UsageError(HEIC_REFUSED.format(name=name))
        return PICTURE if head[8:12] in (b"avif", b"avis") else None
    try:
        found = file_kind_of(name, head)
    except (Unreadable, ReadFailed):
        # Of an archive this is the beginning alone, which can't be opened: none of them is shown.
        return None
    return {FileKind.PICTURE: PICTURE, FileKind.PDF: PDF}.get(found)


def kind_at(path: Path, name: str) -> MediumKind | None:
    """The same for a file; None too for what is no file that can be read. Blocks. Raises
    UsageError."""
    try:
        return kind_of(name, read_plain(path, HEAD)) if path.is_file() else None
    except OSError:
        return None


class MediaFiles:
    """Makes media of files and of bytes, in a process that ends with each."""

    def __init__(self, log: Path | None = None) -> None:
        self._spec = WorkerSpec(
            "chatui.assistant.picture_service:PictureService", "the picture process", log=log
        )

    async def read(self, path: Path, name: str, kind: MediumKind, longest: int) -> Medium:
        """The file at that path, with `longest` pixels of a picture's longer side. Raises
        UsageError."""
        most = MOST_MB[kind] << 20
        try:
            data = await asyncio.to_thread(read_plain, path, most + 1)
        except OSError as error:
            raise UsageError(f"{name} can't be read: {error.strerror or error}.") from error
        if len(data) > most:
            raise UsageError(
                f"{name} is larger than {MOST_MB[kind]} MB, and can't be sent; make it smaller."
            )
        return await self.made(data, name, kind, longest)

    async def made(self, data: bytes, name: str, kind: MediumKind, longest: int) -> Medium:
        """The same of bytes. Raises UsageError."""
        name = one_line(Path(name).name) or kind
        if kind == PDF:
            pages = await self._call(name, "pages", data)
            return medium_of(data, PDF_MIME, name, pages=pages)
        made = await self._call(name, "picture", data, longest)
        return medium_of(
            made["data"], made["mime"], name, width=made["width"], height=made["height"]
        )

    async def _call(self, name: str, method: str, *args: Any) -> Any:
        worker = Worker(self._spec)
        try:
            return await worker.call(method, *args, timeout=SECONDS)
        except ReadFailed as error:
            raise UsageError(f"{name} can't be sent: {error}.") from error
        except WorkerError as error:
            raise UsageError(f"{name} can't be sent, its decoder failed: {error}") from error
        finally:
            await worker.stop()
