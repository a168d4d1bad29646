"""Writing a conversation that comes from elsewhere, all of it at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from chatui.domain.conversation import FinishReason, Role, TurnState
from chatui.memory.imported import ImportedConversation, ImportedMessage, ImportedTurn, turns_of
from chatui.memory.store import conversations, heads
from chatui.memory.store.codec import (
    citations_to_text,
    cost_to_json,
    passages_to_text,
    usage_to_json,
)
from chatui.memory.store.database import new_id, storable, time_text
from chatui.memory.store.titles import title_from

_INSERT_TURN = """
    INSERT INTO turns (id, conversation, parent, depth, state, pinned, asked, reasoning,
        finish_reason, error, usage, cost, passages, citations)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_MESSAGE = """
    INSERT INTO messages (id, conversation, turn, role, name, content, model, created)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_FINISH = {TurnState.COMPLETE: FinishReason.STOP, TurnState.INTERRUPTED: FinishReason.CANCELLED}


def add(connection: sqlite3.Connection, imported: ImportedConversation) -> str:
    """Writes an imported conversation and returns its new id. Messages keep their ids; one
    that is missing, or used twice in this conversation, gets a new one."""
    conversation = new_id()
    turns, places = turns_of(imported.messages)
    title = imported.title or _first_title(imported.messages)
    conversations.insert(connection, conversation, storable(title), imported.created, "")
    ids = [new_id() for _ in turns]
    depths: list[int] = []
    taken: set[str] = set()
    for place, turn in enumerate(turns):
        depths.append(1 if turn.parent is None else depths[turn.parent] + 1)
        parent = None if turn.parent is None else ids[turn.parent]
        _insert_turn(connection, turn, (ids[place], conversation, parent, depths[place]))
        _insert_messages(connection, turn, conversation, ids[place], taken)
    head = None if imported.head is None else ids[places[imported.head]]
    heads.start_trail(connection, conversation, head)
    updated = max((m.created for m in imported.messages), default=imported.created)
    models = [m.model for m in imported.messages if m.model]
    connection.execute(
        "UPDATE conversations SET updated = ?, model = ? WHERE id = ?",
        (time_text(updated), storable(models[-1]) if models else "", conversation),
    )
    return conversation


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
