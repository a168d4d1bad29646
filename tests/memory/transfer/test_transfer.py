from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.conversation import FinishReason, Reply, TurnState
from chatui.domain.errors import UsageError
from chatui.domain.passage import Citation, Passage
from chatui.domain.usage import Cost, Usage
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.exports import export_json, export_text
from chatui.memory.transfer.transfer import import_file

Ask = Callable[..., Awaitable[StoredTurn]]

PASSAGE = Passage(
    1, 0.5, "cats.md", "/home/me/cats.md", "Cats", "Food", None, 0, 9, 3, 4, "Cats eat.", "d", "c1"
)


def write(folder: Path, data: object) -> Path:
    path = folder / "import.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


async def imported(store: ChatStore, folder: Path, data: object) -> str:
    (conversation,) = (await import_file(store, write(folder, data))).conversations
    return conversation


def session(*messages: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"title": "A talk", "messages": list(messages), **keys}


def said(role: str, content: str, **keys: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **keys}


async def rich_conversation(store: ChatStore, ask: Ask) -> str:
    conversation = await store.create("Animals")
    begun = await store.begin_turn(conversation.id, "What do cats eat?")
    reply = Reply(
        "Fish [1].",
        "They are cats.",
        "openai/x",
        Usage(10, 2, 0, 5, 3, estimated=True),
        Cost(Decimal("0.0012"), "EUR", "config"),
        finish_reason=FinishReason.STOP,
        citations=(Citation(1, PASSAGE),),
    )
    turn = replace(begun.turn, state=TurnState.COMPLETE, reply=reply, passages=(PASSAGE,))
    await store.settle_turn(begun.id, turn)
    await store.pin(begun.id, True)
    failed = await store.begin_turn(conversation.id, "And dogs?")
    cut = Reply("Bon", error="The line broke.", finish_reason=FinishReason.ERROR)
    await store.settle_turn(failed.id, replace(failed.turn, state=TurnState.FAILED, reply=cut))
    await store.begin_turn(conversation.id, "Hello?")
    return conversation.id


async def test_an_export_has_the_contracts_keys(store: ChatStore, ask: Ask) -> None:
    conversation = await rich_conversation(store, ask)
    exported = await export_json(store, conversation)
    assert {"title", "created", "messages"} <= exported.keys()
    keys = {"id", "role", "name", "content", "model", "created", "usage", "cost"}
    assert all(keys <= message.keys() for message in exported["messages"])
    question, answer = exported["messages"][:2]
    assert (question["role"], question["content"]) == ("user", "What do cats eat?")
    assert answer["usage"]["cache_read"] == 2
    assert answer["cost"] == {
        "amount": "0.0012",
        "currency": "EUR",
        "price_source": "config",
        "estimated": False,
    }
    json.dumps(exported)


async def test_chatuis_own_export_comes_back_whole(
    store: ChatStore, ask: Ask, tmp_path: Path
) -> None:
    original = await rich_conversation(store, ask)
    first = await export_json(store, original)
    copy = await imported(store, tmp_path, first)
    second = await export_json(store, copy)
    pending = second["messages"].pop()
    assert pending["content"] == first["messages"].pop()["content"]
    assert second["id"] != first["id"]
    assert {**second, "id": ""} == {**first, "id": ""}
    turns = (await store.load(copy)).turns
    original_turns = (await store.load(original)).turns
    assert turns[0].turn == original_turns[0].turn
    assert turns[1].turn.reply == original_turns[1].turn.reply


async def test_an_export_follows_the_path_to_the_head(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create()
    first = await ask(conversation.id, "one")
    await ask(conversation.id, "two", parent=first.parent_id)
    exported = await export_json(store, conversation.id)
    assert [message["content"] for message in exported["messages"]] == ["two", "About two"]


async def test_an_edited_answer_and_a_left_out_turn_come_back_as_such(
    store: ChatStore, tmp_path: Path, ask: Ask
) -> None:
    cid = await rich_conversation(store, ask)
    turns = (await store.load(cid)).turns
    await store.leave_out(turns[0].id, datetime.now(UTC))
    changed = replace(turns[2].turn, state=TurnState.COMPLETE, reply=Reply("Hi", edited=True))
    await store.add_edited(turns[2].id, changed)
    exported = await export_json(store, cid)
    copy = await imported(store, tmp_path, {**exported, "id": "another"})
    came = [
        (each.turn.left_out is not None, each.turn.reply.edited)
        for each in (await store.load(copy)).turns
    ]
    assert came == [(True, False), (False, False), (False, True)]


async def test_markdown_tells_who_said_what_and_where_it_is_from(
    store: ChatStore, ask: Ask
) -> None:
    text = await export_text(store, await rich_conversation(store, ask), "md")
    assert text.startswith("# Animals\n")
    assert "## You\n\nWhat do cats eat?\n\n## Assistant (openai/x)\n\nFish [1].\n" in text
    assert "- [1] `cats.md:3` · Food" in text
    assert "Bon\n\n*The reply failed: The line broke.*" in text
    assert text.endswith("Hello?\n")


async def test_imported_messages_keep_ids_names_and_times(store: ChatStore, tmp_path: Path) -> None:
    data = session(
        said("user", "Hi", id="m-1", name="Ann", created="2024-05-01T10:00:00+02:00"),
        said("assistant", "Hello", id="m-2", model="openai/x", created=1714550460),
        created="2024-05-01T08:00:00Z",
    )
    conversation = await imported(store, tmp_path, data)
    first, second = await store.messages(conversation)
    assert (first.id, first.name) == ("m-1", "Ann")
    assert first.created == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert (second.id, second.model) == ("m-2", "openai/x")
    assert second.created == datetime(2024, 5, 1, 8, 1, tzinfo=UTC)
    assert [hit.message_id for hit in await store.search("hello", 5)] == ["m-2"]
    assert [row.updated for row in await store.rows()] == [second.created]


async def test_messages_without_ids_and_times_get_some(store: ChatStore, tmp_path: Path) -> None:
    data = session(said("user", "Hi"), said("assistant", "Hello"), created="2024-05-01T08:00:00Z")
    messages = await store.messages(await imported(store, tmp_path, data))
    assert len({message.id for message in messages}) == 2
    assert {message.created for message in messages} == {datetime(2024, 5, 1, 8, tzinfo=UTC)}


async def test_numbers_as_ids_are_kept(store: ChatStore, tmp_path: Path) -> None:
    conversation = await imported(store, tmp_path, session(said("user", "Hi", id=7)))
    assert [message.id for message in await store.messages(conversation)] == ["7"]


async def test_an_id_used_twice_stays_with_the_first(store: ChatStore, tmp_path: Path) -> None:
    data = session(said("user", "Hi", id="same"), said("assistant", "Hello", id="same"))
    first, second = await store.messages(await imported(store, tmp_path, data))
    assert first.id == "same"
    assert second.id != "same"


async def test_roles_in_any_order_keep_theirs(store: ChatStore, tmp_path: Path) -> None:
    roles = ["assistant", "system", "user", "user", "system", "assistant", "assistant", "system"]
    data = session(*(said(role, f"text {n}", id=f"m{n}") for n, role in enumerate(roles)))
    conversation = await imported(store, tmp_path, data)
    messages = await store.messages(conversation)
    assert [message.id for message in messages] == [f"m{n}" for n in range(len(roles))]
    assert [message.role for message in messages] == roles
    exported = await export_json(store, conversation)
    assert [message["id"] for message in exported["messages"]] == [m.id for m in messages]


async def test_an_imported_conversation_goes_on(store: ChatStore, tmp_path: Path, ask: Ask) -> None:
    data = session(said("user", "one"), said("assistant", "1"), said("user", "two"))
    conversation = await imported(store, tmp_path, data)
    await ask(conversation, "three")
    turns = (await store.load(conversation)).turns
    assert [stored.turn.question for stored in turns] == ["one", "two", "three"]
    assert [await store.undo(conversation) for _ in range(4)] == [True, True, True, False]


async def test_a_list_of_sessions_is_imported_in_order(store: ChatStore, tmp_path: Path) -> None:
    data = [session(said("user", "one"), title="First"), session(said("user", "two"), title="")]
    report = await import_file(store, write(tmp_path, data))
    titles = [(await store.load(one)).title for one in report.conversations]
    assert (titles, report.messages, report.skipped) == (["First", "two"], 2, ())


async def test_an_empty_session_is_a_conversation(store: ChatStore, tmp_path: Path) -> None:
    conversation = await imported(store, tmp_path, session())
    assert (await store.load(conversation)).turns == ()


async def test_importing_twice_adds_nothing(store: ChatStore, tmp_path: Path) -> None:
    path = write(tmp_path, session(said("user", "Hi", id="m1")))
    await import_file(store, path)
    report = await import_file(store, path)
    assert (report.conversations, report.messages, report.known) == ((), 0, 1)
    assert len(await store.search("hi", 5)) == 1


async def test_two_talks_that_begin_alike_stay_two(store: ChatStore, tmp_path: Path) -> None:
    first = session(said("user", "Hi"), said("assistant", "Hello"))
    second = session(said("user", "Hi"), said("assistant", "Yes?"))
    report = await import_file(store, write(tmp_path, [first, second]))
    assert len(report.conversations) == 2


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("text", "message 2, there is no object"),
        (said("robot", "x"), "message 2, the role is 'robot'"),
        ({"content": "x"}, "message 2, the role is None"),
        (said("user", 5), "message 2, the content is not a text"),  # type: ignore[arg-type]
        (said("user", "x", created="yesterday"), "message 2, 'yesterday' is not a time"),
        (said("user", "x", created=1e300), "is not a time"),
        (said("assistant", "x", usage={"input": "many"}), "the input is not a whole number"),
        (said("assistant", "x", cost={"amount": "dear"}), "'dear' is not an amount"),
        (said("assistant", "x", cost={"amount": "NaN"}), "'NaN' is not an amount"),
        (said("assistant", "x", state="lost"), "lost"),
        (said("assistant", "x", citations=[{"n": 1, "text": 5}]), "the text is not a text"),
    ],
)
async def test_a_bad_message_is_named_and_nothing_is_imported(
    store: ChatStore, tmp_path: Path, message: Any, reason: str
) -> None:
    path = write(tmp_path, [session(said("user", "Hi")), session(said("user", "Hi"), message)])
    with pytest.raises(UsageError, match=reason):
        await import_file(store, path)
    assert await store.rows() == []


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b"\xff\xfe\x00", b"[" * 100_000, b"PK\x03\x04 no zip", b"5", b'{"a": 1}'],
)
async def test_a_file_that_is_something_else_is_refused_in_one_sentence(
    store: ChatStore, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.json was not imported: [^\n]+\.$"):
        await import_file(store, path)
    assert await store.rows() == []


async def test_a_missing_file_and_a_folder_are_told(store: ChatStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        await import_file(store, tmp_path / "missing.json")
    with pytest.raises(UsageError, match="no file in it holds a conversation"):
        await import_file(store, tmp_path)
