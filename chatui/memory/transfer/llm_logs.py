"""The logs.db of `llm`: SQLite, in one of two forms, or both in one file.

Of late (0.36 does) a thread is a path through a tree of messages: threads (id, name,
tip_message_hash), turns (thread_id, parent_message_hash, tip_message_hash, model, input_tokens,
output_tokens, datetime_utc), messages (hash, parent_hash, role), parts (message_hash, position,
type, text, payload); a payload's "text_ref" is a list of {"fragment": ID} and {"literal": TEXT}.
Before it, conversations (id, name) hold responses (id, conversation_id, model, prompt, system,
response, reasoning, input_tokens, output_tokens, datetime_utc), with prompt_fragments.

The file is read, never written, and of it tables alone: what a view or a trigger does is not run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from chatui.domain.conversation import Role
from chatui.domain.usage import Usage
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.database import now
from chatui.memory.transfer.attachments import ATTACHMENT
from chatui.memory.transfer.fields import (
    digest,
    joined,
    mapping,
    mappings,
    moment,
    text,
    tokens,
)
from chatui.memory.transfer.trees import messages_of
from chatui.text.foreign_json import read_json

MAGIC = b"SQLite format 3\x00"
LONGEST_PATH = 100_000
"""Messages from the first to the last of a thread."""
LONGEST_TEXT = 32 << 20
"""Bytes of one value, as of one value of a JSON file."""


def conversations(path: Path) -> Iterator[ImportedConversation]:
    """Those that hold messages, one by one. Raises ValueError for another program's database and a
    damaged one."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as db:
            db.row_factory = sqlite3.Row
            db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_TEXT)
            db.execute("PRAGMA trusted_schema = OFF")
            tables = {
                name
                for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            }
            trees = {"threads", "turns", "messages", "parts"} <= tables
            if not trees and "responses" not in tables:
                raise ValueError("it is a database, but not the logs.db of llm")
            if "responses" in tables:
                yield from _responses(db, tables)
            if trees:
                yield from _threads(db, tables)
    except sqlite3.Error as error:
        raise ValueError(f"the database cannot be read: {error}") from error


def _responses(db: sqlite3.Connection, tables: set[str]) -> Iterator[ImportedConversation]:
    """The older form. A response that belongs to no conversation is one by itself."""
    columns = {row["name"] for row in db.execute("PRAGMA table_info(responses)")}
    wanted = ["id", "model", "prompt", "system", "response", "datetime_utc"]
    wanted += sorted(columns & {"reasoning", "input_tokens", "output_tokens"})
    named = {}
    if "conversations" in tables:
        named = {row["id"]: text(row["name"]) for row in db.execute("SELECT * FROM conversations")}
    fragments = {"prompt_fragments", "fragments"} <= tables
    rows = db.execute(
        f"SELECT {', '.join(wanted)}, coalesce(conversation_id, id) AS whole FROM responses"
        " ORDER BY whole, id"
    )
    for whole, of_one in groupby(rows, key=lambda row: text(row["whole"])):
        messages: list[ImportedMessage] = []
        for row in of_one:
            messages += _of_response(db, row, messages, fragments=fragments)
        if any(message.role is not Role.SYSTEM for message in messages):
            origin = f"llm:{whole or digest([message.content for message in messages])}"
            path, began = tuple(messages), messages[0].created
            yield ImportedConversation(named.get(whole, ""), began, path, len(path) - 1, origin)


def _of_response(
    db: sqlite3.Connection,
    row: sqlite3.Row,
    before: Sequence[ImportedMessage],
    *,
    fragments: bool,
) -> list[ImportedMessage]:
    """Its system prompt, unless the one `before` was told the same, its prompt and its answer."""
    time = moment(row["datetime_utc"]) or (before[-1].created if before else now())
    told = next((one.content for one in reversed(before) if one.role is Role.SYSTEM), "")
    system = text(row["system"]) if text(row["system"]) != told else ""
    given = _fragments_of(db, row["id"]) if fragments else []
    messages: list[ImportedMessage] = []
    for role, content in (
        (Role.SYSTEM, system),
        (Role.USER, joined([*given, text(row["prompt"])])),
        (Role.ASSISTANT, text(row["response"])),
    ):
        if not content.strip():
            continue
        place = len(before) + len(messages) - 1
        parent = place if place >= 0 else None
        name = f"{row['id']}-{role}"
        message = ImportedMessage(role, content, time, parent, name)
        if role is Role.ASSISTANT:
            thoughts = text(row["reasoning"]) if "reasoning" in row.keys() else ""  # noqa: SIM118
            message = _answer(message, row, thoughts)
        messages.append(message)
    return messages


def _fragments_of(db: sqlite3.Connection, response: object) -> list[str]:
    rows = db.execute(
        "SELECT content FROM prompt_fragments JOIN fragments ON fragments.id = fragment_id"
        ' WHERE response_id = ? ORDER BY "order"',
        (response,),
    )
    return [text(row["content"]) for row in rows]


def _threads(db: sqlite3.Connection, tables: set[str]) -> Iterator[ImportedConversation]:
    rows = db.execute("SELECT id, name, tip_message_hash, datetime_utc FROM threads ORDER BY id")
    for row in rows:
        if (found := _thread(db, row, fragments="fragments" in tables)) is not None:
            yield found


def _thread(
    db: sqlite3.Connection, thread: sqlite3.Row, *, fragments: bool
) -> ImportedConversation | None:
    created = moment(thread["datetime_utc"]) or now()
    turns = db.execute(
        "SELECT * FROM turns WHERE thread_id = ? ORDER BY datetime_utc, id", (thread["id"],)
    ).fetchall()
    answered = {turn["tip_message_hash"]: turn for turn in turns}
    asked = {turn["parent_message_hash"]: turn for turn in reversed(turns)}
    nodes = _tree(db, [thread["tip_message_hash"], *answered])

    def parent_of(key: str) -> str | None:
        parent = nodes[key]["parent"]
        return parent if parent in nodes else None

    def message_of(key: str, before: datetime) -> ImportedMessage | None:
        role = nodes[key]["role"]
        said, thoughts = _parts(db, key, fragments=fragments)
        if role not in list(Role) or not said:
            return None
        turn = answered.get(key) or asked.get(key)
        time = (moment(turn["datetime_utc"]) if turn is not None else None) or before
        message = ImportedMessage(Role(role), said, time, id=key)
        if role == Role.ASSISTANT and key in answered:
            return _answer(message, answered[key], thoughts)
        return message

    tip = thread["tip_message_hash"]
    messages, head = messages_of(nodes, parent_of, tip, created, message_of)
    if not any(message.role is not Role.SYSTEM for message in messages):
        return None
    origin = f"llm:{thread['id']}"
    return ImportedConversation(text(thread["name"]), created, messages, head, origin)


def _tree(db: sqlite3.Connection, tips: Sequence[object]) -> dict[str, dict[str, str]]:
    """The messages on the paths to `tips`, the first ones first."""
    nodes: dict[str, dict[str, str]] = {}
    for tip in tips:
        path = []
        key = tip
        while isinstance(key, str) and key not in nodes:
            row = db.execute(
                "SELECT parent_hash, role FROM messages WHERE hash = ?", (key,)
            ).fetchone()
            if row is None:
                break
            path.append((key, {"parent": text(row["parent_hash"]), "role": text(row["role"])}))
            if len(path) > LONGEST_PATH:
                raise ValueError("its messages follow each other in a circle")
            key = row["parent_hash"]
        nodes |= dict(reversed(path))
    return nodes


def _parts(db: sqlite3.Connection, message: str, *, fragments: bool) -> tuple[str, str]:
    """What the message says, and the thoughts before it."""
    said: list[str] = []
    thoughts: list[str] = []
    rows = db.execute(
        "SELECT type, text, payload FROM parts WHERE message_hash = ? ORDER BY position", (message,)
    )
    for row in rows:
        content = text(row["text"])
        if row["payload"] and not content and fragments:
            content = _referred(db, row["payload"])
        if row["type"] == "text":
            said.append(content)
        elif row["type"] == "reasoning":
            thoughts.append(content)
        elif row["type"] == "attachment":
            said.append(ATTACHMENT)
    return joined(said), joined(thoughts)


def _referred(db: sqlite3.Connection, payload: str) -> str:
    """A text that is put together of fragments, which are stored once."""
    try:
        pieces = mappings(mapping(read_json(payload)).get("text_ref"))
    except ValueError:
        return ""
    content = []
    for piece in pieces:
        row = db.execute(
            "SELECT content FROM fragments WHERE id = ?", (tokens(piece.get("fragment")),)
        ).fetchone()
        content.append(text(piece.get("literal")) or (text(row["content"]) if row else ""))
    return "".join(content).strip()


def _answer(message: ImportedMessage, turn: sqlite3.Row, thoughts: str) -> ImportedMessage:
    """With what the call's row tells of it; its columns came one by one."""
    known = set(turn.keys())
    prompt = tokens(turn["input_tokens"]) if "input_tokens" in known else 0
    usage = Usage(input=prompt, output=tokens(turn["output_tokens"])) if prompt else None
    return replace(message, model=text(turn["model"]), reasoning=thoughts, usage=usage)
