"""Text files that a question mentions as `@path`, read to be sent with it as data."""

from __future__ import annotations

import os
import re
from pathlib import Path

from chatui.domain.errors import UsageError
from chatui.system.files import read_plain
from chatui.text.safety import strip_controls

MENTION = re.compile(r'(?:^|(?<=\s))@(?:"([^"\n]+)"|([^\s"]+))')

TRAILING = ".,;:!?)]}'"

FILE_LIMIT = 256 * 1024

TOTAL_LIMIT = 1024 * 1024
"""Bytes. A larger text fits few models' contexts; ingesting it finds its passages instead."""

Attachment = tuple[str, str]
"""A file's name as the user wrote it, and its text."""


def mentioned_paths(text: str) -> tuple[str, ...]:
    """The paths behind `@`, as written, each once. What is no file is decided later."""
    found = [quoted or bare for quoted, bare in MENTION.findall(text)]
    return tuple(dict.fromkeys(found))


def read_mentions(text: str, folder: Path) -> list[Attachment]:
    """The files that the text mentions, relative to `folder`. A mention of something that is
    not there is left alone: it may be a person's handle. Blocks; for a thread.

    Raises UsageError when a mentioned file can't be attached.
    """
    attached: list[Attachment] = []
    total = 0
    for name in mentioned_paths(text):
        found = find(name, folder)
        if found is None:
            continue
        shown, path = found
        refuse_link_out(path, shown, folder)
        data = read_bounded(path, shown)
        total += len(data)
        if total > TOTAL_LIMIT:
            raise UsageError(
                f"The attached files are larger than {size(TOTAL_LIMIT)} together: "
                "attach fewer, or read them in with /ingest."
            )
        attached.append((shown, decode(data, shown)))
    return attached


def find(name: str, folder: Path) -> tuple[str, Path] | None:
    """The file of that name; punctuation behind a mention is not part of it."""
    for candidate in (name, name.rstrip(TRAILING)):
        path = folder / Path(candidate).expanduser()
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


def read_bounded(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            raise UsageError(f"{name} is a folder: read it in with /ingest {name}.")
        if not path.is_file():
            raise UsageError(f"{name} is not an ordinary file and can't be attached.")
        data = read_plain(path, FILE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror or error}.") from error
    if len(data) > FILE_LIMIT:
        raise UsageError(
            f"{name} is larger than {size(FILE_LIMIT)}: read it in with /ingest {name}."
        )
    return data


def decode(data: bytes, name: str) -> str:
    text = text_of(data)
    if text is None:
        raise UsageError(
            f"{name} is not a text file and can't be attached: /ingest {name} reads others."
        )
    return strip_controls(text)


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
