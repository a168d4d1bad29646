"""Open WebUI's export: a list of chats, each with a tree of messages.

{"id","title","created_at","chat":{"title","models","history":{"currentId","messages":{id:{
"parentId","childrenIds","role","content","timestamp","model","usage"}}}}}. Times are seconds since
1970. Reasoning stands in an answer as <details type="reasoning">, its lines quoted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chatui.domain.conversation import Role
from chatui.domain.usage import Usage
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.database import now
from chatui.memory.transfer.attachments import attachment
from chatui.memory.transfer.fields import digest, joined, mapping, mappings, moment, text, tokens
from chatui.memory.transfer.trees import messages_of

_OPEN = re.compile(r"<details ([^<>]*+)>")
_CLOSE = "</details>"
_SUMMARY = re.compile(r"\s*+<summary>[^<]*+</summary>")
_QUOTED = re.compile(r"^> ?", re.MULTILINE)


def recognises(entry: object) -> bool:
    chat = mapping(entry.get("chat")) if isinstance(entry, Mapping) else {}
    return isinstance(mapping(chat.get("history")).get("messages"), Mapping)


def read(entry: Any) -> ImportedConversation | None:
    """One conversation that was recognised; None when it holds no messages."""
    chat = mapping(entry["chat"])
    history = mapping(chat["history"])
    nodes = {key: one for key, one in history["messages"].items() if isinstance(one, Mapping)}
    created = moment(entry.get("created_at")) or moment(chat.get("timestamp")) or now()

    def parent_of(key: str) -> str | None:
        parent = nodes[key].get("parentId")
        return parent if isinstance(parent, str) and parent in nodes and parent != key else None

    def message_of(key: str, before: datetime) -> ImportedMessage | None:
        return _message(key, nodes[key], before)

    messages, head = messages_of(nodes, parent_of, history.get("currentId"), created, message_of)
    if not messages:
        return None
    title = text(entry.get("title")) or text(chat.get("title"))
    origin = (
        text(entry.get("id"))
        or text(chat.get("id"))
        or digest([title, *(one.content for one in messages)])
    )
    return ImportedConversation(title, created, messages, head, f"open-webui:{origin}")


def _message(key: str, message: Mapping[str, Any], before: datetime) -> ImportedMessage | None:
    role = message.get("role")
    said, thoughts = _parted(text(message.get("content")))
    files = [attachment(text(file.get("name"))) for file in mappings(message.get("files"))]
    content = joined([*files, said])
    if role not in list(Role) or not content:
        return None
    return ImportedMessage(
        role=Role(str(role)),
        content=content,
        created=moment(message.get("timestamp")) or before,
        id=text(message.get("id")) or key,
        model=text(message.get("model")) if role == Role.ASSISTANT else "",
        reasoning=thoughts,
        usage=_usage(mapping(message.get("usage"))),
    )


def _parted(content: str) -> tuple[str, str]:
    """The answer and the reasoning; calls of tools are neither."""
    said: list[str] = []
    thoughts: list[str] = []
    at = 0
    while opened := _OPEN.search(content, at):
        end = content.find(_CLOSE, opened.end())
        if end < 0:
            break
        if 'type="' not in opened[1]:
            said.append(content[at : opened.end()])
            at = opened.end()
            continue
        said.append(content[at : opened.start()])
        if 'type="reasoning"' in opened[1]:
            inner = content[opened.end() : end]
            summary = _SUMMARY.match(inner)
            inner = inner[summary.end() :] if summary else inner
            thoughts.append(html.unescape(_QUOTED.sub("", inner.strip())))
        at = end + len(_CLOSE)
    said.append(content[at:])
    return joined([part.strip() for part in said]), joined(thoughts)


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    """As the server that answered gave it: in OpenAI's form or in Ollama's."""
    prompt = tokens(usage.get("prompt_tokens")) or tokens(usage.get("prompt_eval_count"))
    written = tokens(usage.get("completion_tokens")) or tokens(usage.get("eval_count"))
    cached = tokens(mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    cached = min(cached, prompt)
    return Usage(prompt - cached, cached, output=written) if prompt else None
