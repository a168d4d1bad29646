"""A conversation as the text of a file, in the form that the file's name or the user asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chatui.domain.conversation import Turn
from chatui.domain.errors import UsageError
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer import markdown, plain_text, session_json, web_page
from chatui.memory.transfer.talk import Talk, talk_of, talk_of_answer
from chatui.text.json_text import json_text

TALKS: Mapping[str, Callable[[Talk], str]] = MappingProxyType(
    {"md": markdown.write, "html": web_page.write, "txt": plain_text.write}
)
FORMATS = (*TALKS, "json")
_SUFFIXES = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".txt": "txt"}
_NAMES = ("id", "role", "model", "created", "amount", "currency")
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
    return session_json.write(conversation, await store.messages(conversation.id))


async def export_text(
    store: ChatStore, conversation_id: str, kind: str, change: Callable[[str], str] = str
) -> str:
    """The path up to the head in one of `FORMATS`, with `change` on each text."""
    if kind == "json":
        document = await export_json(store, conversation_id)
        return json_text(_changed(document, change), indent=2) + "\n"
    conversation = await store.load(conversation_id)
    messages = await store.messages(conversation.id)
    # In a thread: a page of ten thousand messages takes seconds.
    return await asyncio.to_thread(
        lambda: TALKS[kind](talk_of(conversation, messages).changed(change))
    )


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
