"""The contract's session JSON, written and read.

{"title","created","messages":[{"id","role","name","content","model","created","usage",
"cost"}]}, and "tags" where it has any. To these an assistant's message adds what else the turn
holds, where there is any: "reasoning", "citations" (number, mark in the text, passage),
"mark_prefix" ("s" where the marks are written `[s2]`), "state" and "error" when the reply did
not complete, "edited" where the user has changed it; "pinned" and "left_out" (of prompts) mark both
messages of a turn. A user's message with pictures or PDFs has them as "media": of each "name",
"mime", "hash" (SHA-256), "size" in bytes, "width" and "height" in pixels, "pages", and as "data"
the bytes themselves in base64. A user's message that was looked for in some files alone has their
names as "limited", and the conversation the paths of those that its next questions are limited to
as "only".
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from chatui.domain.conversation import Role, Turn, TurnState
from chatui.domain.media import MIMES, Medium, is_of, medium_of
from chatui.domain.passage import Citation
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.records import StoredConversation, StoredMessage
from chatui.memory.store.codec import (
    citation_from_json,
    citation_to_json,
    cost_from_json,
    cost_to_json,
    mark_prefix,
    passage_from_json,
    passage_to_json,
    usage_from_json,
    usage_to_json,
)
from chatui.memory.store.database import now
from chatui.memory.transfer.fields import digest
from chatui.text.citations.marks import PLAIN, MarkForm
from chatui.text.safety import one_line
from chatui.text.tags import tags_of

NO_DATA: Mapping[str, bytes] = MappingProxyType({})
MOST_PIXELS = 1_000_000
"""Of a side."""


def write(
    conversation: StoredConversation,
    messages: Sequence[StoredMessage],
    data: Mapping[str, bytes] = NO_DATA,
    tags: Sequence[str] = (),
    only: Sequence[str] = (),
) -> dict[str, Any]:
    """The path up to the head. Passages that the reply does not cite are left out. `data` are the
    bytes of its pictures and PDFs, by their hashes; those that are not there go without."""
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created": conversation.created.isoformat(),
        **({"tags": list(tags)} if tags else {}),
        **({"only": list(only)} if only else {}),
        "messages": [_message(message, data) for message in messages],
    }


def _message(message: StoredMessage, data: Mapping[str, bytes]) -> dict[str, Any]:
    turn = message.turn.turn
    of_reply = message.id == message.turn.reply_id
    usage = turn.reply.usage if of_reply else None
    cost = turn.reply.cost if of_reply else None
    written: dict[str, Any] = {
        "id": message.id,
        "role": message.role,
        "name": message.name,
        "content": message.content,
        "model": message.model or None,
        "created": message.created.isoformat(),
        "usage": usage_to_json(usage) if usage else None,
        "cost": cost_to_json(cost) if cost else None,
    }
    if turn.pinned:
        written["pinned"] = True
    if turn.left_out is not None:
        written["left_out"] = True
    if turn.limited and message.id == message.turn.question_id:
        written["limited"] = list(turn.limited)
    if turn.media and message.id == message.turn.question_id:
        written["media"] = [_medium(one, data.get(one.hash)) for one in turn.media]
    return written | _rest_of_reply(turn) if of_reply else written


def _medium(medium: Medium, data: bytes | None) -> dict[str, Any]:
    return medium.figures() | {"data": None if data is None else b64encode(data).decode("ascii")}


def _rest_of_reply(turn: Turn) -> dict[str, Any]:
    rest: dict[str, Any] = {"edited": True} if turn.reply.edited else {}
    if turn.reply.reasoning:
        rest["reasoning"] = turn.reply.reasoning
    if turn.reply.citations:
        form = MarkForm(turn.reply.mark_prefix)
        if form != PLAIN:
            rest["mark_prefix"] = form.prefix
        rest["citations"] = [
            {
                "n": citation.n,
                "mark": form.written([citation.n]),
                **passage_to_json(citation.passage),
                **citation_to_json(citation),
            }
            for citation in turn.reply.citations
        ]
    if turn.state is not TurnState.COMPLETE:
        rest["state"] = turn.state.value
    if turn.reply.error:
        rest["error"] = turn.reply.error
    return rest


def read(data: object) -> ImportedConversation:
    """Raises ValueError with a sentence that names the message and what is wrong in it."""
    if not isinstance(data, Mapping) or not isinstance(data.get("messages"), list):
        raise ValueError('it has no list of "messages", as a chatui session has')
    created = _time(data.get("created"), now())
    messages: list[ImportedMessage] = []
    time = created
    for number, entry in enumerate(data["messages"]):
        try:
            message = _read_message(entry, time, number - 1 if number else None)
        except ValueError as error:
            raise ValueError(f"in message {number + 1}, {error}") from error
        time = message.created
        messages.append(message)
    head = len(messages) - 1 if messages else None
    title = _text(data, "title")
    # Without an id only the whole is known again: two talks may well begin alike.
    name = _identity(data.get("id")) or digest([title, *(one.content for one in messages)])
    written = data.get("tags")
    tags = tags_of(written) if isinstance(written, list) else ()
    return ImportedConversation(
        title, created, tuple(messages), head, f"chatui:{name}", tags, _names(data.get("only"))
    )


def _read_message(entry: object, before: datetime, parent: int | None) -> ImportedMessage:
    if not isinstance(entry, Mapping):
        raise ValueError("there is no object with a role and a content")
    role = entry.get("role")
    if role not in list(Role):
        raise ValueError(f'the role is {role!r}, not "user", "assistant" or "system"')
    usage, cost = entry.get("usage"), entry.get("cost")
    state = TurnState(entry.get("state") or TurnState.COMPLETE)
    return ImportedMessage(
        role=Role(role),
        content=_text(entry, "content"),
        created=_time(entry.get("created"), before),
        parent=parent,
        id=_identity(entry.get("id")),
        name=_text(entry, "name") or None,
        model=_text(entry, "model"),
        reasoning=_text(entry, "reasoning"),
        usage=usage_from_json(usage) if isinstance(usage, Mapping) else None,
        cost=cost_from_json(cost) if isinstance(cost, Mapping) else None,
        citations=_citations(entry.get("citations")),
        mark_prefix=mark_prefix(entry.get("mark_prefix")),
        state=TurnState.INTERRUPTED if state is TurnState.PENDING else state,
        error=_text(entry, "error") or None,
        pinned=entry.get("pinned") is True,
        edited=entry.get("edited") is True,
        left_out=entry.get("left_out") is True,
        media=_media(entry.get("media")) if role == Role.USER else (),
        limited=_names(entry.get("limited")) if role == Role.USER else (),
    )


def _names(value: object) -> tuple[str, ...]:
    """The texts in a list, each as a line; none of what is no list."""
    names = value if isinstance(value, list) else []
    return tuple(one_line(name) for name in names if isinstance(name, str) and name.strip())


def _media(value: object) -> tuple[Medium, ...]:
    """What the message has with it; what has no bytes, or other ones than it says, is left out."""
    found = []
    for entry in value if isinstance(value, list) else []:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("data"), str):
            continue
        try:
            data = b64decode(entry["data"], validate=True)
        except ValueError:
            continue
        mime = entry.get("mime")
        if mime not in MIMES or not is_of(mime, data):
            continue
        width, height, pages = (_count(entry.get(key)) for key in ("width", "height", "pages"))
        name = one_line(_text(entry, "name")) or "picture"
        found.append(medium_of(data, mime, name, width=width, height=height, pages=pages))
    return tuple(found)


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST_PIXELS:
        return value
    return 0


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"the {key} is not a text")
    return value


def _identity(value: object) -> str:
    # Other programs number their messages; the number as text still names the message.
    return str(value) if isinstance(value, str | int) else ""


def _time(value: object, default: datetime) -> datetime:
    """ISO 8601, or seconds since 1970."""
    if value is None or value == "":
        return default
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise ValueError(f"{value!r} is not a time")


def _citations(value: object) -> tuple[Citation, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        citation_from_json(entry, entry["n"], passage_from_json(entry))
        for entry in value
        if isinstance(entry, Mapping) and isinstance(entry.get("n"), int)
    )
