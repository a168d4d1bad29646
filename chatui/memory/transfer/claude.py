"""Claude's export: conversations.json, a list of conversations.

{"uuid","name","created_at","chat_messages":[{"uuid","parent_message_uuid","sender","created_at",
"text","content":[{"type":"text","text"},{"type":"thinking","thinking"}],"attachments":[
{"file_name","extracted_content"}],"files":[{"file_name"}]}]}. Which model answered isn't in it.
Calls of tools and their results are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chatui.domain.conversation import Role
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.database import now
from chatui.memory.transfer.attachments import attachment, with_text
from chatui.memory.transfer.fields import digest, joined, mappings, moment, text
from chatui.memory.transfer.trees import messages_of

_ROLES = {"human": Role.USER, "assistant": Role.ASSISTANT}


def recognises(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("chat_messages"), list)


def read(entry: Any) -> ImportedConversation | None:
    """One conversation that was recognised; None when it holds no messages."""
    said = mappings(entry["chat_messages"])
    nodes = {text(one.get("uuid")) or f"#{place}": one for place, one in enumerate(said)}
    before = dict(zip(nodes, [None, *nodes], strict=False))
    created = moment(entry.get("created_at")) or now()

    def parent_of(key: str) -> str | None:
        parent = nodes[key].get("parent_message_uuid")
        if parent is None:
            return before[key]
        # A root is named by an id that no message has.
        return parent if isinstance(parent, str) and parent in nodes and parent != key else None

    def message_of(key: str, earlier: datetime) -> ImportedMessage | None:
        return _message(nodes[key], earlier)

    current = entry.get("current_leaf_message_uuid") or next(reversed(nodes), None)
    messages, head = messages_of(nodes, parent_of, current, created, message_of)
    if not messages:
        return None
    origin = text(entry.get("uuid")) or digest([one.content for one in messages])
    return ImportedConversation(
        text(entry.get("name")), created, messages, head, f"claude:{origin}"
    )


def _message(message: Mapping[str, Any], before: datetime) -> ImportedMessage | None:
    role = _ROLES.get(text(message.get("sender")))
    parts = mappings(message.get("content"))
    said = joined([text(part.get("text")) for part in parts if part.get("type") == "text"])
    files = [
        with_text(text(file.get("file_name")), text(file.get("extracted_content")))
        if text(file.get("extracted_content")).strip()
        else attachment(text(file.get("file_name")))
        for file in mappings(message.get("attachments"))
    ]
    files += [attachment(text(file.get("file_name"))) for file in mappings(message.get("files"))]
    content = joined([*files, said or text(message.get("text"))])
    if role is None or not content:
        return None
    return ImportedMessage(
        role=role,
        content=content,
        created=moment(message.get("created_at")) or before,
        id=text(message.get("uuid")),
        model=text(message.get("model")) if role is Role.ASSISTANT else "",
        reasoning=joined([text(part.get("thinking")) for part in parts]),
    )
