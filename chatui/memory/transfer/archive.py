"""The texts of a file that conversations are in: of itself, or of those in a zip."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from chatui.system.files import opened_plain

ZIP_MAGIC = b"PK\x03\x04"
MOST_BYTES = 1_000_000_000
"""Of the text, unpacked. Five years of daily use have a tenth of that."""
STEP = 1 << 20
LARGEST_CONTENTS = 32 << 20
LONGEST_ENDING = (1 << 16) + 22
"""Where a zip says how long its list of files is, and a comment behind that."""

_CHATS = re.compile(r"conversations(?:-\d++)?\.json")
_OTHERS = re.compile(r"(?i).*\.json|conversation_\d++\.txt")


@dataclass(frozen=True, slots=True)
class ExportedText:
    """One text, piece by piece; `name` is its file's, without folder and suffix. `chats` is False
    for one that stands beside others and may be anything."""

    name: str
    pieces: Iterator[str]
    chats: bool = True


@contextmanager
def opened(path: Path) -> Iterator[Iterator[ExportedText]]:
    """The texts of the file, each to be read before the next. Raises OSError, ValueError."""
    with opened_plain(path) as file:
        if file.read(len(ZIP_MAGIC)) == ZIP_MAGIC:
            yield _members(path)
        else:
            file.seek(0)
            yield iter([ExportedText(path.stem, _text(file, _BytesLeft()))])


class _BytesLeft:
    """How many bytes may still be read, of all texts together."""

    def __init__(self) -> None:
        self._left = MOST_BYTES

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise ValueError(f"it has more than {MOST_BYTES // 10**6:,} MB")


def _text(file: IO[bytes], allowance: _BytesLeft) -> Iterator[str]:
    """Raises ValueError."""
    data = _step(file)
    decoder = codecs.getincrementaldecoder(json.detect_encoding(data))("surrogatepass")
    while data:
        allowance.take(len(data))
        yield decoder.decode(data)
        data = _step(file)
    yield decoder.decode(b"", final=True)


def _step(file: IO[bytes]) -> bytes:
    import zlib

    try:
        return file.read(STEP)
    except (BadZipFile, zlib.error, EOFError) as error:
        raise ValueError("the zip is damaged") from error


def _members(path: Path) -> Iterator[ExportedText]:
    """Those of ChatGPT's and Claude's exports by their names; of others all that may be one."""
    import zlib

    allowance = _BytesLeft()
    with ExitStack() as held:
        try:
            if _contents_size(path) > LARGEST_CONTENTS:
                raise ValueError("its table of contents is too large")
            archive = held.enter_context(ZipFile(path))
            chosen, chats = _chosen(archive.infolist())
            for info in chosen:
                # Others are rare, and some take memory by what the file says.
                if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                    raise ValueError("the zip cannot be read")
                with archive.open(info) as member:
                    name = PurePosixPath(info.filename).stem
                    yield ExportedText(name, _text(member, allowance), chats)
        except (
            RuntimeError,  # a password
            NotImplementedError,
            BadZipFile,
            zlib.error,
            EOFError,
        ) as error:
            raise ValueError("the zip cannot be read") from error


def _chosen(members: Sequence[ZipInfo]) -> tuple[list[ZipInfo], bool]:
    """The members to read, and whether their names say that they are chats."""

    def named(pattern: re.Pattern[str]) -> list[ZipInfo]:
        found = [one for one in members if pattern.fullmatch(PurePosixPath(one.filename).name)]
        return sorted(found, key=lambda one: one.filename)

    chats = named(_CHATS)
    found = chats or named(_OTHERS)
    if not found:
        raise ValueError("the zip holds no conversations")
    return found, bool(chats)


def _contents_size(path: Path) -> int:
    """Bytes of a zip's list of files, which zipfile reads as a whole."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LONGEST_ENDING))
        ending = file.read(LONGEST_ENDING)
    at = ending.rfind(b"PK\5\6")
    return int.from_bytes(ending[at + 12 : at + 16], "little") if at >= 0 else 0
