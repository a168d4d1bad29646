"""ChatGPT's conversations.json: a list of conversations, each a tree of messages.

{"title","create_time","mapping":{id:{"parent","children","message":{"id","author":{"role"},
"create_time","content":{"content_type","parts"},"metadata":{"model_slug"}}}},
"current_node"}. Times are seconds since 1970. What people don't see in ChatGPT (tool calls
and their output, hidden and empty messages) is passed over; the branches are all kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from chatui.domain.conversation import Role
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.database import now

ATTACHMENT = "[attachment, not imported]"
_VISIBLE = ("text", "multimodal_text", "code")


def recognises(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("mapping"), Mapping)


def read(entry: Any) -> ImportedConversation | None:
    """One conversation that was recognised; None when it holds no messages."""
    nodes = {key: node for key, node in entry["mapping"].items() if isinstance(node, Mapping)}
    current = _path(nodes, entry.get("current_node"))
    created = _time(entry.get("create_time")) or now()
    messages: list[ImportedMessage] = []
    places: dict[str, int | None] = {}
    head = None
    for key in _walk(nodes, current):
        before_key = _parent(nodes, key)
        parent = None if before_key is None else places[before_key]
        before = created if parent is None else messages[parent].created
        message = _message(nodes[key].get("message"), parent, before)
        if message is None:
            places[key] = parent
        else:
            places[key] = len(messages)
            messages.append(message)
        if key in current:
            head = places[key]
    if not messages:
        return None
    head = len(messages) - 1 if head is None else head
    return ImportedConversation(_str(entry.get("title")), created, tuple(messages), head)


def _path(nodes: Mapping[str, Any], key: object) -> set[str]:
    """The ids from the root to the node that ChatGPT shows last."""
    path: set[str] = set()
    while isinstance(key, str) and key in nodes and key not in path:
        path.add(key)
        key = _parent(nodes, key)
    return path


def _parent(nodes: Mapping[str, Any], key: str) -> str | None:
    parent = nodes[key].get("parent")
    return parent if isinstance(parent, str) and parent in nodes else None


def _walk(nodes: Mapping[str, Any], current: set[str]) -> Iterator[str]:
    """Every node once, parents first; the path that is shown before its branches, so that
    its messages are the ones that keep their ids when a branch needs a copy."""
    children: dict[str | None, list[str]] = {}
    for child in nodes:
        children.setdefault(_parent(nodes, child), []).append(child)
    waiting: list[str] = []
    key: str | None = None
    while True:
        branches = sorted(children.get(key, []), key=lambda branch: branch not in current)
        # A stack, because the tree is as deep as the conversation is long: the first on top.
        waiting += branches[::-1]
        if not waiting:
            return
        key = waiting.pop()
        yield key


def _message(message: object, parent: int | None, before: datetime) -> ImportedMessage | None:
    if not isinstance(message, Mapping):
        return None
    author, metadata = _dict(message.get("author")), _dict(message.get("metadata"))
    role = author.get("role")
    hidden = metadata.get("is_visually_hidden_from_conversation") is True
    spoken = message.get("recipient") in (None, "all")
    text = _text(_dict(message.get("content")))
    if role not in list(Role) or hidden or not spoken or not text.strip():
        return None
    return ImportedMessage(
        role=Role(str(role)),
        content=text,
        created=_time(message.get("create_time")) or before,
        parent=parent,
        id=_str(message.get("id")),
        name=_str(author.get("name")) or None,
        model=_str(metadata.get("model_slug")),
    )


def _text(content: Mapping[str, Any]) -> str:
    if content.get("content_type") not in _VISIBLE:
        return ""
    parts = content.get("parts")
    if not isinstance(parts, list):
        return _str(content.get("text"))
    return "\n".join(part for part in map(_part, parts) if part)


def _part(part: object) -> str:
    if isinstance(part, Mapping):
        # The words of a spoken message are there as text; a picture is a file of its own.
        return _str(part.get("text")) or ATTACHMENT
    return _str(part)


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
