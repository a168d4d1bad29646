"""Writing a conversation that comes from elsewhere, all of it at once."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatui.domain.conversation import FinishReason, Role, TurnState
from chatui.memory.imported import ImportedConversation, ImportedMessage, ImportedTurn, turns_of
from chatui.memory.store import conversations, heads, media
from chatui.memory.store.codec import (
    citations_to_text,
    cost_to_json,
    passages_to_text,
    usage_to_json,
)
from chatui.memory.store.database import new_id, now, storable, time_text
from chatui.memory.store.titles import title_from

_INSERT_TURN = """
    INSERT INTO turns (id, conversation, parent, depth, state, pinned, asked, reasoning,
        finish_reason, error, usage, cost, passages, citations, edited, left_out,
        limited)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_MESSAGE = """
    INSERT INTO messages (id, conversation, turn, role, name, content, model, created)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_FINISH = {TurnState.COMPLETE: FinishReason.STOP, TurnState.INTERRUPTED: FinishReason.CANCELLED}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of an imported conversation: `new`, or one that was here, and how many `messages`
    were not."""

    conversation: str
    new: bool
    messages: int


def add(connection: sqlite3.Connection, imported: ImportedConversation) -> Arrival:
    """Writes an imported conversation. Messages keep their ids; one that is missing, or used twice
    in this conversation, gets a new one. Of a conversation whose origin is here already only the
    turns that are new are written, each where it belongs; its head goes on with them, unless it
    went on here."""
    conversation = _known(connection, imported.origin)
    new = conversation is None
    if conversation is None:
        conversation = new_id()
        title = imported.title or _first_title(imported.messages)
        conversations.insert(connection, conversation, storable(title), imported.created, "")
        connection.execute(
            "UPDATE conversations SET origin = ? WHERE id = ?",
            (storable(imported.origin), conversation),
        )
        conversations.put_tags(connection, conversation, imported.tags)
        if imported.only:
            conversations.choose(
                connection, conversation, json.dumps({"only": list(imported.only)})
            )
    messages = _identified(imported)
    turns, places = turns_of(messages)
    here = _turns_here(connection, conversation)
    taken = set(here)
    ids: list[str] = []
    depths: list[int] = []
    written = 0
    for turn in turns:
        known = here.get(turn.messages[-1].id)
        if known is not None:
            ids.append(known)
            depths.append(heads.depth_of(connection, conversation, known))
            continue
        parent = None if turn.parent is None else ids[turn.parent]
        depths.append(1 if turn.parent is None else depths[turn.parent] + 1)
        ids.append(new_id())
        _insert_turn(connection, turn, (ids[-1], conversation, parent, depths[-1]))
        _insert_messages(connection, turn, conversation, ids[-1], taken)
        if turn.question is not None:
            media.save(connection, ids[-1], turn.question.media)
        written += sum(message.id not in here for message in turn.messages if message.id)
    head = None if imported.head is None else ids[places[imported.head]]
    if new:
        heads.start_trail(connection, conversation, head)
    elif written and _is_imported(connection, conversation, {message.id for message in messages}):
        heads.move_head(connection, conversation, head)
    if written:
        _date(connection, conversation, imported)
    return Arrival(conversation, new, written)


def _known(connection: sqlite3.Connection, origin: str) -> str | None:
    if not origin:
        return None
    row = connection.execute(
        "SELECT id FROM conversations WHERE origin = ? AND origin <> ''", (storable(origin),)
    ).fetchone()
    return None if row is None else str(row["id"])


def _identified(imported: ImportedConversation) -> list[ImportedMessage]:
    """The messages, each with an id where the conversation is to be known again: one that has none
    is named by what it says and what it follows."""
    if not imported.origin:
        return list(imported.messages)
    messages: list[ImportedMessage] = []
    for message in imported.messages:
        identity = storable(message.id)
        if not identity:
            before = "" if message.parent is None else messages[message.parent].id
            said = f"{imported.origin}\0{before}\0{message.role}\0{message.content}"
            identity = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        messages.append(replace(message, id=identity))
    return messages


def _turns_here(connection: sqlite3.Connection, conversation: str) -> dict[str, str]:
    """The turn of each message that is stored."""
    rows = connection.execute(
        "SELECT id, turn FROM messages WHERE conversation = ?", (conversation,)
    )
    return {row["id"]: row["turn"] for row in rows}


def _is_imported(connection: sqlite3.Connection, conversation: str, ids: set[str]) -> bool:
    """Whether the turn at the head is one of those that came in, not one that was asked here."""
    head = heads.head_of(connection, conversation)
    if head is None:
        return True
    rows = connection.execute("SELECT id FROM messages WHERE turn = ?", (head,))
    return any(row["id"] in ids for row in rows)


def _date(
    connection: sqlite3.Connection, conversation: str, imported: ImportedConversation
) -> None:
    updated = max((m.created for m in imported.messages), default=imported.created)
    models = [m.model for m in imported.messages if m.model]
    connection.execute(
        "UPDATE conversations SET updated = max(updated, ?), model = ? WHERE id = ?",
        (time_text(updated), storable(models[-1]) if models else "", conversation),
    )


def _first_title(messages: Sequence[ImportedMessage]) -> str:
    return next((title_from(m.content) for m in messages if m.role is Role.USER), "")


def _insert_turn(
    connection: sqlite3.Connection,
    turn: ImportedTurn,
    place: tuple[str, str, str | None, int],
) -> None:
    reply = turn.reply
    state = reply.state if reply else TurnState.COMPLETE
    passages = tuple(citation.passage for citation in reply.citations) if reply else ()
    connection.execute(
        _INSERT_TURN,
        (
            *place,
            state,
            any(message.pinned for message in turn.messages),
            time_text((turn.question or turn.messages[0]).created),
            storable(reply.reasoning) if reply else "",
            _FINISH.get(state, FinishReason.ERROR) if reply else None,
            storable(reply.error) if reply and reply.error else None,
            json.dumps(usage_to_json(reply.usage)) if reply and reply.usage else None,
            json.dumps(cost_to_json(reply.cost)) if reply and reply.cost else None,
            passages_to_text(passages),
            citations_to_text(reply.citations, passages, reply.mark_prefix) if reply else None,
            reply is not None and reply.edited,
            time_text(now()) if any(message.left_out for message in turn.messages) else None,
            storable("\n".join(turn.question.limited)) if turn.question else "",
        ),
    )


def _insert_messages(
    connection: sqlite3.Connection,
    turn: ImportedTurn,
    conversation: str,
    turn_id: str,
    taken: set[str],
) -> None:
    """The turn's messages; an empty one stands for a question or a reply that is missing."""
    created = time_text(turn.messages[0].created)
    if turn.question is None:
        _insert_placeholder(connection, conversation, turn_id, Role.USER, created)
    for message in turn.messages:
        identity = storable(message.id)
        if not identity or identity in taken:
            identity = new_id()
        taken.add(identity)
        connection.execute(
            _INSERT_MESSAGE,
            (
                identity,
                conversation,
                turn_id,
                message.role,
                None if message.name is None else storable(message.name),
                storable(message.content),
                storable(message.model),
                time_text(message.created),
            ),
        )
    if turn.reply is None:
        _insert_placeholder(connection, conversation, turn_id, Role.ASSISTANT, created)


def _insert_placeholder(
    connection: sqlite3.Connection, conversation: str, turn: str, role: Role, created: str
) -> None:
    connection.execute(_INSERT_MESSAGE, (new_id(), conversation, turn, role, None, "", "", created))
