"""Files that a question mentions as `@path`, read to be sent with it as data: texts as they are,
and what else an ingest reads (PDF, Word, sheets, mails …) as the text that it finds there."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatui.domain.errors import ChatuiError, UsageError
from chatui.domain.passage import Passage
from chatui.system.files import at_home, read_plain
from chatui.text.safety import strip_controls

MENTION = re.compile(r'@(?:"([^"\n]+)"|([^\s"]+))')

TRAILING = ".,;:!?)]}'"

FILE_LIMIT = 256 * 1024

TOTAL_LIMIT = 1024 * 1024
"""Bytes. A larger text fits few models' contexts; ingesting it finds its passages instead."""

SLICE = 1200
"""Characters of a text that is cited as one."""

Attachment = tuple[str, str]
"""A file's name as the user wrote it, and its text."""


def mentioned_paths(text: str) -> tuple[str, ...]:
    """The paths behind `@`, as written, each once. What is no file is decided later."""
    found: dict[str, None] = {}
    # Looked for by its sign: a pattern that starts with what may stand before it takes as long as
    # all the rest of a reading.
    at = text.find("@")
    while at >= 0:
        match = MENTION.match(text, at) if not at or text[at - 1].isspace() else None
        if match is not None:
            found[match[1] or match[2]] = None
        at = text.find("@", match.end() if match else at + 1)
    return tuple(found)


ReadDocument = Callable[[Path, str], Awaitable[tuple[Passage, ...]]]
"""Reads a file as an ingest does, for its path and the name to show. Raises UsageError."""


@dataclass(frozen=True, slots=True)
class AttachedFiles:
    """The files, and what can be cited of them."""

    files: tuple[Attachment, ...] = ()
    passages: tuple[Passage, ...] = ()


NOTHING: frozenset[str] = frozenset()


async def read_attached(
    text: str, folder: Path, read: ReadDocument, shown: frozenset[str] = NOTHING
) -> AttachedFiles:
    """The files that the text mentions, relative to `folder`, but those that are `shown`. A mention
    of something that is not there is left alone: it may be a person's handle. Raises UsageError
    when a file can't be attached."""
    files: list[Attachment] = []
    passages: list[Passage] = []
    for name, path in await asyncio.to_thread(found_in, text, folder):
        if name in shown:
            continue
        content, held = await read_file(path, name, read)
        files.append((name, content))
        passages += held
        if sum(len(one.encode("utf-8", "surrogatepass")) for _, one in files) > TOTAL_LIMIT:
            raise UsageError(
                f"The attached files are larger than {size(TOTAL_LIMIT)} together: "
                "attach fewer, or read them in with /ingest."
            )
    return AttachedFiles(tuple(files), tuple(passages))


async def read_file(path: Path, shown: str, read: ReadDocument) -> tuple[str, tuple[Passage, ...]]:
    """The text of a file, and what can be cited of it. Raises UsageError when it can't be
    attached."""
    data = await asyncio.to_thread(read_start, path, shown)
    plain = await asyncio.to_thread(text_of, data)
    if plain is None or await asyncio.to_thread(is_marked_up, path, data):
        held = await read(path, shown)
        content = joined(held)
        if not content.strip():
            raise UsageError(f"{shown} holds no text to attach.")
        if len(content.encode()) > FILE_LIMIT:
            raise UsageError(
                f"The text of {shown} is larger than {size(FILE_LIMIT)}: read it in with "
                f"/ingest {shown}, and name it as #{path.name}."
            )
        return content, held
    if len(data) > FILE_LIMIT:
        raise UsageError(
            f"{shown} is larger than {size(FILE_LIMIT)}: read it in with /ingest {shown}."
        )
    content = strip_controls(plain)
    return content, await asyncio.to_thread(passages_of_text, content, path, shown)


def found_in(text: str, folder: Path) -> list[tuple[str, Path]]:
    """The mentioned files that are there. Raises UsageError."""
    found = []
    for name in mentioned_paths(text):
        there = find(name, folder)
        if there is not None:
            refuse_link_out(there[1], there[0], folder)
            found.append((there[0], there[1].absolute()))
    return found


def is_marked_up(path: Path, data: bytes) -> bool:
    """Whether what could pass for text is a format that has to be read: a PDF, rich text, mail, a
    notebook, a page as a browser saved it; a page that is worked on is sent as it is."""
    from chatui.domain.errors import ReadFailed
    from chatui.retrieval.chunking.document import Unreadable
    from chatui.retrieval.ingest.saved_pages import is_saved
    from chatui.retrieval.readers.kinds import FileKind, kind_of

    try:
        kind = kind_of(path.name, data)
        if kind is FileKind.HTML:
            return is_saved(path, data)
    except (Unreadable, ReadFailed):
        return False
    return kind in {
        FileKind.PDF,
        FileKind.RTF,
        FileKind.MAIL,
        FileKind.NOTEBOOK,
        FileKind.OPEN_TEXT,
        FileKind.OPEN_SLIDES,
        FileKind.SAVED_PAGE,
    }


def joined(passages: Sequence[Passage]) -> str:
    """The text of a document, with a line where a page begins."""
    parts: list[str] = []
    page = None
    for passage in passages:
        if passage.page != page and passage.page is not None:
            parts.append(f"[{passage.page_name}]")
        page = passage.page
        parts.append(f"{passage.header}\n{passage.text}" if passage.header else passage.text)
    return strip_controls("\n\n".join(parts))


def passages_of_text(text: str, path: Path, source: str) -> tuple[Passage, ...]:
    """Slices of a text, to be cited by their lines."""
    from chatui.retrieval.chunking.chunker import Chunker
    from chatui.retrieval.readers import plain
    from chatui.retrieval.sources import passage_of

    if not text.strip():
        return ()
    chunks = Chunker(SLICE).chunks(plain.read(text, path.stem))
    return tuple(passage_of(place, chunk, path, source) for place, chunk in enumerate(chunks, 1))


class DraftFiles:
    """The files that a question mentions while it is being written. One is read again only when
    its size or its time has changed; those that are no longer mentioned are forgotten."""

    def __init__(self, read: ReadDocument) -> None:
        self._read = read
        self._known: dict[Path, _DraftFile] = {}

    async def read(
        self, text: str, folder: Path, without: frozenset[str] = NOTHING
    ) -> list[Attachment]:
        """What `read_attached` would give, without the files that it would refuse: that is said
        when the question is sent."""
        known: dict[Path, _DraftFile] = {}
        attached: list[Attachment] = []
        for name in mentioned_paths(text):
            there = await asyncio.to_thread(find, name, folder)
            if there is None:
                continue
            shown, path = there
            if shown in without:
                continue
            known[path] = now = await self._now(shown, path, folder)
            if now.text is not None:
                attached.append((shown, now.text))
        self._known = known
        return attached

    async def _now(self, name: str, path: Path, folder: Path) -> _DraftFile:
        try:
            status = await asyncio.to_thread(path.stat)
        except OSError:
            return _DraftFile(0, 0, None)
        before = self._known.get(path)
        if before and (before.size, before.changed) == (status.st_size, status.st_mtime_ns):
            return before
        try:
            await asyncio.to_thread(refuse_link_out, path, name, folder)
            whole = await asyncio.to_thread(path.absolute)
            text, _ = await read_file(whole, name, self._read)
        except ChatuiError:
            return _DraftFile(status.st_size, status.st_mtime_ns, None)
        return _DraftFile(status.st_size, status.st_mtime_ns, text)


@dataclass(frozen=True, slots=True)
class _DraftFile:
    """`text` is None for one that can't be attached."""

    size: int
    changed: int
    text: str | None


def find(name: str, folder: Path) -> tuple[str, Path] | None:
    """The file of that name; punctuation behind a mention is not part of it."""
    for candidate in (name, name.rstrip(TRAILING)):
        path = folder / at_home(candidate)
        try:
            if candidate and path.exists():
                return candidate, path
        except OSError:
            # A name that no file can have, too long for instance.
            return None
    return None


def refuse_link_out(path: Path, name: str, folder: Path) -> None:
    """A link in the folder that leads out of it sends something else than it seems to. Raises
    UsageError with the path that says so."""
    inside = folder.resolve()
    named = Path(os.path.normpath(inside / path))
    real = path.resolve()
    if named.is_relative_to(inside) and not real.is_relative_to(inside):
        raise UsageError(
            f"{name} leads out of this folder, to {real}: attach it by that path if you mean it."
        )


def read_start(path: Path, name: str) -> bytes:
    """As much of the file as tells what it is, and all of a text that is not too large. Raises
    UsageError."""
    try:
        if path.is_dir():
            raise UsageError(f"{name} is a folder: read it in with /ingest {name}.")
        if not path.is_file():
            raise UsageError(f"{name} is not an ordinary file and can't be attached.")
        return read_plain(path, FILE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror or error}.") from error


def text_of(data: bytes) -> str | None:
    """The text of the bytes, in UTF-8 or what else they are in; None for what is no text."""
    if b"\0" not in data:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    from chatui.domain.errors import ReadFailed
    from chatui.retrieval.chunking.document import Unreadable
    from chatui.retrieval.readers import decoding

    try:
        text = decoding.decode(data)
    except (Unreadable, ReadFailed):
        return None
    # What is so short passes for UTF-16 by chance.
    return text if strip_controls(text) else None


def size(count: int) -> str:
    return f"{count // 1024} KB" if count < 1024 * 1024 else f"{count // (1024 * 1024)} MB"
