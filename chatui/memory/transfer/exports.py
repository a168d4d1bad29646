"""A conversation as the text of a file, in the form that the file's name or the user asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chatui.domain.conversation import Turn
from chatui.domain.errors import UsageError
from chatui.memory.records import StoredConversation
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer import markdown, plain_text, session_json, web_page
from chatui.memory.transfer.talk import Talk, talk_of, talk_of_answer
from chatui.text.json_text import json_text

TALKS: Mapping[str, Callable[[Talk], str]] = MappingProxyType(
    {"md": markdown.write, "html": web_page.write, "txt": plain_text.write}
)
SHOWING = frozenset(("html",))
"""Those that pictures stand in."""
FORMATS = (*TALKS, "json")
_SUFFIXES = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".txt": "txt"}
_NAMES = ("id", "role", "model", "created", "amount", "currency", "mime", "hash", "data")
_NAMED = ".md, .html, .txt or .json"


def format_of(path: Path) -> str:
    """By the end of the file's name; Markdown where it has none. Raises UsageError for another."""
    suffix = path.suffix.lower()
    kind = "md" if not suffix else {**_SUFFIXES, ".json": "json"}.get(suffix)
    if kind is None:
        raise UsageError(f"{path.name} names no form that is written: end it in {_NAMED}.")
    return kind


async def export_json(store: ChatStore, conversation_id: str) -> dict[str, Any]:
    """The contract's session JSON, of the path up to the head."""
    conversation = await store.load(conversation_id)
    messages, data = await store.messages(conversation.id), await _media(store, conversation)
    tags, only = await store.tags(conversation.id), await store.limit(conversation.id)
    return await asyncio.to_thread(session_json.write, conversation, messages, data, tags, only)


async def _media(store: ChatStore, conversation: StoredConversation) -> Mapping[str, bytes]:
    return await store.media(
        [one.hash for stored in conversation.turns for one in stored.turn.media]
    )


async def export_text(
    store: ChatStore, conversation_id: str, kind: str, change: Callable[[str], str] = str
) -> str:
    """The path up to the head in one of `FORMATS`, with `change` on each text. Where there is
    anything to change the pictures are left out, whose insides can't be."""
    whole = change is str
    if kind == "json":
        document = await export_json(store, conversation_id)
        return json_text(document if whole else _masked(document, change), indent=2) + "\n"
    conversation = await store.load(conversation_id)
    messages = await store.messages(conversation.id)
    data = await _media(store, conversation) if whole and kind in SHOWING else {}
    tags = await store.tags(conversation.id)
    # In a thread: a page of ten thousand messages takes seconds.
    return await asyncio.to_thread(
        lambda: TALKS[kind](talk_of(conversation, messages, data, tags).changed(change))
    )


def _masked(document: dict[str, Any], change: Callable[[str], str]) -> Any:
    for message in document["messages"]:
        for medium in message.get("media", ()):
            medium["data"] = None
    return _changed(document, change)


def _changed(value: Any, change: Callable[[str], str], key: str = "") -> Any:
    """The JSON value with its texts changed; ids and names of things stay."""
    match value:
        case dict():
            return {name: _changed(one, change, name) for name, one in value.items()}
        case list():
            return [_changed(one, change, key) for one in value]
        case str() if key not in _NAMES:
            return change(value)
    return value


def answer_text(turn: Turn, question: str, kind: str) -> str:
    """One answer with its sources. Raises UsageError for JSON."""
    if kind not in TALKS:
        raise UsageError("One answer is written as .md, .html or .txt; JSON has conversations.")
    return TALKS[kind](talk_of_answer(turn, question))
