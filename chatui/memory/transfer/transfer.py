"""Conversations out of the store and into it: the contract's session JSON, Markdown, and
ChatGPT's conversations.json."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatui.domain.errors import UsageError
from chatui.memory.imported import ImportedConversation
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer import chatgpt, markdown, session_json
from chatui.text.foreign_json import read_json

ZIP_MAGIC = b"PK\x03\x04"
MAX_UNZIPPED_BYTES = 2_000_000_000


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
    none. Raises UsageError when the file can't be read as one of these."""
    imported, skipped = await asyncio.to_thread(_read, path)
    ids = await store.add(imported)
    return ImportReport(tuple(ids), sum(len(one.messages) for one in imported), skipped)


def _read(path: Path) -> tuple[list[ImportedConversation], tuple[str, ...]]:
    try:
        data = read_json(_content(path))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise UsageError(f"{path} was not imported: {reason}.") from error
    except ValueError as error:
        raise UsageError(
            f"{path} was not imported: it is neither JSON nor ChatGPT's zip with a "
            "conversations.json in it."
        ) from error
    entries = data if isinstance(data, list) else [data]
    try:
        if any(chatgpt.recognises(entry) for entry in entries):
            return chatgpt.read(entries)
        return [session_json.read(entry) for entry in entries], ()
    except ValueError as error:
        raise UsageError(f"{path} was not imported: {error}.") from error


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        zipped = file.read(len(ZIP_MAGIC)) == ZIP_MAGIC
    return _unzipped(path) if zipped else path.read_bytes()


def _unzipped(path: Path) -> bytes:
    import lzma
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(path) as archive:
            # The size is looked at first: a small zip can hold more than the memory does.
            if archive.getinfo("conversations.json").file_size > MAX_UNZIPPED_BYTES:
                raise ValueError("conversations.json is too large")
            return archive.read("conversations.json")
    # RuntimeError is a password, NotImplementedError an unknown compression, and damaged bytes end
    # in the last three.
    except (
        KeyError,
        RuntimeError,
        NotImplementedError,
        zipfile.BadZipFile,
        EOFError,
        zlib.error,
        lzma.LZMAError,
    ) as error:
        raise ValueError("the zip cannot be read") from error
