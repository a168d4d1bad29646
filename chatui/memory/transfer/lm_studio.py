"""LM Studio's conversations, each a file NUMBER.conversation.json.

{"name","createdAt","systemPrompt","messages":[{"versions":[{"type":"singleStep","role","content":[
{"type":"text","text"}]},{"type":"multiStep","role","senderInfo":{"senderName"},"steps":[{"type":
"contentBlock","content":[…],"style":{"type":"thinking"},"genInfo":{"indexedModelIdentifier",
"stats":{"promptTokensCount","predictedTokensCount"}}}]}],"currentlySelected"}]}. Of a message's
versions each becomes a branch; what follows them follows the one that is selected.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chatui.domain.conversation import Role
from chatui.domain.usage import Usage
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.database import now
from chatui.memory.transfer.attachments import attachment
from chatui.memory.transfer.fields import digest, joined, mapping, mappings, moment, text, tokens


def recognises(entry: object) -> bool:
    if not isinstance(entry, Mapping):
        return False
    messages = mappings(entry.get("messages"))
    return bool(messages) and all(isinstance(one.get("versions"), list) for one in messages)


def read(entry: Any) -> ImportedConversation | None:
    """One conversation that was recognised; None when it holds no messages."""
    created = moment(entry.get("createdAt")) or now()
    model = text(mapping(entry.get("lastUsedModel")).get("identifier"))
    messages: list[ImportedMessage] = []
    head = None
    for said in mappings(entry["messages"]):
        versions = mappings(said["versions"])
        selected = tokens(said.get("currentlySelected"))
        follows = head
        for place, version in enumerate(versions):
            if (found := _message(version, follows, created, model)) is None:
                continue
            if place == selected or head == follows:
                head = len(messages)
            messages.append(found)
    if not messages:
        return None
    first = digest([text(entry.get("name")), messages[0].content])
    origin = str(tokens(entry.get("createdAt")) or first)
    return ImportedConversation(
        text(entry.get("name")), created, tuple(messages), head, f"lm-studio:{origin}"
    )


def _message(
    version: Mapping[str, Any], parent: int | None, created: datetime, model: str
) -> ImportedMessage | None:
    role = version.get("role")
    blocks = mappings(version.get("steps")) or [version]
    said: list[str] = []
    thought: list[str] = []
    for block in blocks:
        thinking = mapping(block.get("style")).get("type") == "thinking"
        (thought if thinking else said).append(_content(block))
    if role not in list(Role) or not joined(said):
        return None
    info = next((mapping(one.get("genInfo")) for one in reversed(blocks) if one.get("genInfo")), {})
    sender = text(mapping(version.get("senderInfo")).get("senderName"))
    named = text(info.get("indexedModelIdentifier")) or text(info.get("identifier")) or sender
    return ImportedMessage(
        role=Role(str(role)),
        content=joined(said),
        created=created,
        parent=parent,
        model=(named or model) if role == Role.ASSISTANT else "",
        reasoning=joined(thought),
        usage=_usage(mapping(info.get("stats"))),
    )


def _content(block: Mapping[str, Any]) -> str:
    return joined(
        [
            attachment(text(part.get("name")) or text(part.get("fileIdentifier")))
            if part.get("type") == "file"
            else text(part.get("text"))
            for part in mappings(block.get("content"))
        ]
    )


def _usage(stats: Mapping[str, Any]) -> Usage | None:
    prompt, written = tokens(stats.get("promptTokensCount")), stats.get("predictedTokensCount")
    return Usage(input=prompt, output=tokens(written)) if prompt else None
