"""ChatGPT's export: conversations.json, or conversations-000.json and its like, each a list of
conversations with a tree of messages.

{"title","create_time","conversation_id","default_model_slug","mapping":{id:{"parent","children",
"message":{"id","author":{"role"},"create_time","recipient","content":{"content_type","parts"},
"metadata":{"model_slug","content_references","attachments"}}}},"current_node"}. Times are seconds
since 1970. What people don't see in ChatGPT (tool calls and their output, hidden and empty
messages, what it is told about the user) is passed over; the branches are all kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chatui.domain.conversation import Role
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.database import now
from chatui.memory.transfer.attachments import ATTACHMENT, attachment
from chatui.memory.transfer.fields import digest, joined, mapping, mappings, moment, text
from chatui.memory.transfer.trees import messages_of

_VISIBLE = ("text", "multimodal_text", "code")
_MARK = re.compile("( ?)\ue200([^\ue200\ue201]*+)\ue201")
"""What ChatGPT draws as a link, a name or pictures: a kind and its values, parted by U+E202."""
_FILE_MARK = re.compile(r"( ?)【[\d:]++†([^†【】]*+)(?:†[^【】]*+)?】")
_LINES = re.compile(r"L\d++(?:-L\d++)?")


def recognises(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("mapping"), Mapping)


def read(entry: Any) -> ImportedConversation | None:
    """One conversation that was recognised; None when it holds no messages."""
    nodes = {key: node for key, node in entry["mapping"].items() if isinstance(node, Mapping)}
    created = moment(entry.get("create_time")) or moment(entry.get("update_time")) or now()
    model = text(entry.get("default_model_slug"))
    thoughts: dict[str, str] = {}

    def parent_of(key: str) -> str | None:
        parent = nodes[key].get("parent")
        return parent if isinstance(parent, str) and parent in nodes else None

    def message_of(key: str, before: datetime) -> ImportedMessage | None:
        message = mapping(nodes[key].get("message"))
        earlier = thoughts.get(parent_of(key) or "", "")
        found = _message(message, before, model)
        if found is None:
            # Thoughts are messages of their own, before the one that they lead to.
            thoughts[key] = joined([earlier, _thoughts(mapping(message.get("content")))])
            return None
        return replace(found, reasoning=earlier) if found.role is Role.ASSISTANT else found

    messages, head = messages_of(nodes, parent_of, entry.get("current_node"), created, message_of)
    if not messages:
        return None
    name = text(entry.get("conversation_id")) or text(entry.get("id"))
    origin = name or digest([text(entry.get("title")), *(one.content for one in messages)])
    return ImportedConversation(
        text(entry.get("title")), created, messages, head, f"chatgpt:{origin}"
    )


def _message(message: Mapping[str, Any], before: datetime, model: str) -> ImportedMessage | None:
    author, metadata = mapping(message.get("author")), mapping(message.get("metadata"))
    role = author.get("role")
    hidden = metadata.get("is_visually_hidden_from_conversation") is True
    spoken = message.get("recipient") in (None, "all")
    content = _content(message.get("content"), metadata)
    if role not in list(Role) or hidden or not spoken or not content.strip():
        return None
    answered = role == Role.ASSISTANT
    return ImportedMessage(
        role=Role(str(role)),
        content=content,
        created=moment(message.get("create_time")) or before,
        id=text(message.get("id")),
        name=text(author.get("name")) or None,
        model=text(metadata.get("model_slug")) or (model if answered else ""),
    )


def _content(content: object, metadata: Mapping[str, Any]) -> str:
    if isinstance(content, str):
        return _without_marks(content, metadata)
    fields = mapping(content)
    if fields.get("content_type") not in _VISIBLE:
        return ""
    parts = fields.get("parts")
    if not isinstance(parts, list):
        return _without_marks(text(fields.get("text")), metadata)
    files = [
        attachment(text(file.get("name")))
        for file in mappings(metadata.get("attachments"))
        if not text(file.get("mime_type")).startswith("image/")
    ]
    said = "\n".join(part for part in map(_part, parts) if part)
    return joined([*files, _without_marks(said, metadata)], "\n")


def _part(part: object) -> str:
    if isinstance(part, Mapping):
        # The words of a spoken message are there as text; a picture is a file of its own.
        return text(part.get("text")) or ATTACHMENT
    return text(part)


def _thoughts(content: Mapping[str, Any]) -> str:
    if content.get("content_type") != "thoughts":
        return ""
    return joined([text(one.get("content")) for one in mappings(content.get("thoughts"))])


def _without_marks(content: str, metadata: Mapping[str, Any]) -> str:
    """With what stands in ChatGPT's window in their place: links, names, files."""
    shown = {
        text(reference.get("matched_text")): text(reference.get("alt"))
        for reference in mappings(metadata.get("content_references"))
    }

    def replaced(mark: re.Match[str]) -> str:
        words = shown.get(mark[0].lstrip(" ")) or _words_of(mark[2])
        return mark[1] + words if words else ""

    def named(mark: re.Match[str]) -> str:
        file = mark[2]
        # A web page has no name, and lines of a file say nothing without it.
        return "" if file == "source" or _LINES.fullmatch(file) else f"{mark[1]}({file})"

    return _FILE_MARK.sub(named, _MARK.sub(replaced, content))


def _words_of(mark: str) -> str:
    kind, *values = mark.split("\ue202")
    if kind == "entity" and values:
        try:
            named = json.loads(values[0])
        except (ValueError, RecursionError):
            return ""
        return text(named[1]) if isinstance(named, list) and len(named) > 1 else ""
    return values[0] if kind in ("url", "link_title") and values else ""
