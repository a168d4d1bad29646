"""Where a passage stands in its file now, which may have changed since it was read in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.domain.errors import UsageError
from chatui.system.files import is_file

if TYPE_CHECKING:
    from chatui.domain.passage import Passage
    from chatui.retrieval.library.records import FileRow

LARGEST_TEXT = 50_000_000
"""Bytes; in a larger file the line is taken as it was."""

SOUGHT_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Place:
    """`line` is 1-based in the file as it is now; None where no editor can show the passage,
    because its text was taken out of a document of another format."""

    line: int | None
    changed: bool = False


def find_place(passage: Passage, line: int, known: FileRow) -> Place:
    """The place of the passage's line `line`, as it was numbered when the file was read in.
    `known` is what the library knows of the file. Blocks; raises UsageError when the file
    is gone or can't be read."""
    path = Path(passage.path)
    if not is_file(path):
        raise UsageError(f"{path} is not there any more: read it in again with /ingest.")
    try:
        if passage.page is not None:
            return Place(None, _has_changed(path, known))
        size = path.stat().st_size
        text = _text(path.read_bytes()) if size <= LARGEST_TEXT else None
        return _place_in(text, passage, line, changed=_has_changed(path, known))
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}.") from error


def _place_in(text: str | None, passage: Passage, line: int, *, changed: bool) -> Place:
    within = line - passage.line_start
    if text is None:
        return Place(None, changed)
    if passage.summarised:
        return Place(min(line, text.count("\n") + 1), changed)
    if text[passage.char_start : passage.char_end] == passage.text:
        return Place(line)
    if (moved := text.find(passage.text)) >= 0:
        return Place(_line_at(text, moved) + within, changed=True)
    if changed:
        return Place(min(line, text.count("\n") + 1), changed=True)
    # The text of the passage was taken out of this one, as that of a web page is.
    lines = passage.text.split("\n")
    sought = lines[min(within, len(lines) - 1)].strip()[:SOUGHT_CHARACTERS]
    found = text.find(sought) if sought else -1
    return Place(_line_at(text, found) if found >= 0 else None)


def _line_at(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _text(data: bytes) -> str | None:
    """The file as text; None for what is none."""
    from chatui.retrieval.chunking.document import Unreadable
    from chatui.retrieval.readers.decoding import decode

    try:
        return None if b"\0" in data[:1024] and data[:2] == b"PK" else decode(data)
    except Unreadable:
        return None


def _has_changed(path: Path, known: FileRow) -> bool:
    """Whether the file is another one than the library read."""
    found = path.stat()
    if (found.st_size, found.st_mtime_ns) == (known.size, known.mtime_ns):
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != known.sha256
