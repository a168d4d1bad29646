"""Conversations out of the store and into it: the contract's session JSON, Markdown, and
ChatGPT's conversations.json."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from chatui.domain.errors import UsageError
from chatui.memory.imported import ImportedConversation
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer import chatgpt, markdown, session_json
from chatui.system.files import opened_plain
from chatui.text.foreign_json import read_each

ZIP_MAGIC = b"PK\x03\x04"
MOST_BYTES = 1_000_000_000
"""Of the text, unpacked. Five years of daily use have a tenth of that."""
STEP = 1 << 20
LARGEST_CONTENTS = 32 << 20
LONGEST_ENDING = (1 << 16) + 22
"""Where a zip says how long its list of files is, and a comment behind that."""
MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`conversations` are the new ids. `skipped` tells what was left out, and why."""

    conversations: tuple[str, ...]
    messages: int
    skipped: tuple[str, ...] = ()


async def export_json(store: ChatStore, conversation_id: str) -> dict[str, Any]:
    """The contract's session JSON, of the path up to the head."""
    conversation = await store.load(conversation_id)
    return session_json.write(conversation, await store.messages(conversation.id))


async def export_markdown(store: ChatStore, conversation_id: str) -> str:
    conversation = await store.load(conversation_id)
    return markdown.write(conversation, await store.messages(conversation.id))


async def import_file(store: ChatStore, path: Path) -> ImportReport:
    """Adds every conversation of the file: chatui's session JSON, one or a list of them, or
    ChatGPT's conversations.json, also still in its zip. Either all of them are stored or
    none. They are read one by one, so that a file of any size takes the memory of the longest.
    Raises UsageError when the file can't be read as one of these."""
    file = ImportedFile(path)
    ids = await store.add(file.conversations())
    return ImportReport(tuple(ids), file.messages, file.left_out())


class ImportedFile:
    """One file on its way in. What it tells besides is known when all of it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._empty = self._entries = 0
        self._skipped: list[str] = []
        self.messages = 0

    def conversations(self) -> Iterator[ImportedConversation]:
        """Raises UsageError, in the middle too."""
        try:
            for one in self._read():
                self.messages += len(one.messages)
                yield one
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise UsageError(f"{self._path} was not imported: {reason}.") from error
        except _WrongEntry as error:
            raise UsageError(f"{self._path} was not imported: {error}.") from error
        except ValueError as error:
            raise UsageError(
                f"{self._path} was not imported: it is neither JSON nor ChatGPT's zip with a "
                f"conversations.json in it{_detail(error)}."
            ) from error

    def left_out(self) -> tuple[str, ...]:
        more = self._empty - len(self._skipped)
        told = f"{more:,} more hold none either." if more else ""
        return (*self._skipped, *([told] if told else []))

    def _read(self) -> Iterator[ImportedConversation]:
        """A ChatGPT file may hold entries that are no conversations; in a list of chatui's each
        has to be one."""
        wrong: ValueError | None = None
        from_chatgpt = False
        with _opened(self._path) as pieces:
            for number, entry in enumerate(read_each(pieces), 1):
                if chatgpt.recognises(entry):
                    from_chatgpt = True
                    if (conversation := chatgpt.read(entry)) is not None:
                        yield conversation
                    else:
                        self._skip(number)
                    continue
                try:
                    yield session_json.read(entry)
                except ValueError as error:
                    wrong = wrong or error
                    self._skip(number)
                    if not from_chatgpt and number >= MOST_TOLD:
                        break
        if wrong is not None and not from_chatgpt:
            raise _WrongEntry(str(wrong)) from wrong

    def _skip(self, number: int) -> None:
        self._empty += 1
        if len(self._skipped) < MOST_TOLD:
            self._skipped.append(f"Conversation {number} of the file holds no messages.")


class _WrongEntry(Exception):
    """What is wrong in a list of conversations, as the end of a sentence."""


def _detail(error: ValueError) -> str:
    """What a bound said; what a parser says of a text that is no JSON at all helps nobody."""
    said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return f" ({said})" if said.startswith(("a part has", "it has more", "its ")) else ""


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[str]]:
    """The text of the file, or of the conversations.json in it. Raises OSError, ValueError."""
    with opened_plain(path) as file:
        if file.read(len(ZIP_MAGIC)) == ZIP_MAGIC:
            with _unzipped(path) as member:
                yield _text(member)
        else:
            file.seek(0)
            yield _text(file)


def _text(file: IO[bytes]) -> Iterator[str]:
    """Raises ValueError."""
    data = _step(file)
    decoder = codecs.getincrementaldecoder(json.detect_encoding(data))("surrogatepass")
    read = 0
    while data:
        read += len(data)
        if read > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES // 10**6:,} MB")
        yield decoder.decode(data)
        data = _step(file)
    yield decoder.decode(b"", final=True)


def _step(file: IO[bytes]) -> bytes:
    import zipfile
    import zlib

    try:
        return file.read(STEP)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError("the zip is damaged") from error


@contextmanager
def _unzipped(path: Path) -> Iterator[IO[bytes]]:
    import zipfile
    import zlib

    with ExitStack() as opened:
        try:
            if _contents_size(path) > LARGEST_CONTENTS:
                raise ValueError("its table of contents is too large")
            archive = opened.enter_context(zipfile.ZipFile(path))
            info = archive.getinfo("conversations.json")
            # Others are rare, and some take memory by what the file says.
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("the zip cannot be read")
            member = opened.enter_context(archive.open(info))
        except (
            KeyError,
            RuntimeError,  # a password
            NotImplementedError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
        ) as error:
            raise ValueError("the zip cannot be read") from error
        yield member


def _contents_size(path: Path) -> int:
    """Bytes of a zip's list of files, which zipfile reads as a whole."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LONGEST_ENDING))
        ending = file.read(LONGEST_ENDING)
    at = ending.rfind(b"PK\5\6")
    return int.from_bytes(ending[at + 12 : at + 16], "little") if at >= 0 else 0
