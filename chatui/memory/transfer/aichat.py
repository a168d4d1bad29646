"""aichat's sessions, each a YAML file.

model: NAME
messages: [{role, content: TEXT | [{type: text, text}, {type: image_url, image_url}]}]
compressed_messages: those that the first of `messages` stands for as a summary. No message has a
time: the file's is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chatui.domain.conversation import Role
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.transfer.attachments import ATTACHMENT
from chatui.memory.transfer.fields import digest, joined, mapping, mappings, text


def recognises(session: object) -> bool:
    return isinstance(session, Mapping) and isinstance(session.get("messages"), list)


def read(session: Any, name: str, created: datetime) -> ImportedConversation | None:
    """The session that the file `name` holds; None when it holds no messages."""
    model = text(session.get("model"))
    earlier = mappings(session.get("compressed_messages"))
    later = mappings(session["messages"])
    if earlier and later and later[0].get("role") == Role.SYSTEM:
        later = later[1:]
    messages: list[ImportedMessage] = []
    for message in [*earlier, *later]:
        role, content = message.get("role"), _content(message.get("content"))
        if role not in list(Role) or not content:
            continue
        messages.append(
            ImportedMessage(
                role=Role(str(role)),
                content=content,
                created=created,
                parent=len(messages) - 1 if messages else None,
                model=model if role == Role.ASSISTANT else "",
            )
        )
    if not messages:
        return None
    origin = f"aichat:{digest([name, messages[0].content])}"
    return ImportedConversation(name, created, tuple(messages), len(messages) - 1, origin)


def _content(content: object) -> str:
    if isinstance(content, str):
        return content if content.strip() else ""
    parts = [
        ATTACHMENT if mapping(part).get("type") == "image_url" else text(part.get("text"))
        for part in mappings(content)
    ]
    return joined(parts)
