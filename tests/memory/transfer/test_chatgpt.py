from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.errors import UsageError
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.attachments import ATTACHMENT
from chatui.memory.transfer.transfer import import_file

FIXTURE = Path(__file__).with_name("conversations.json")


async def contents(store: ChatStore, conversation: str) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in await store.messages(conversation)]


async def test_the_path_that_chatgpt_shows_is_the_path_here(store: ChatStore) -> None:
    report = await import_file(store, FIXTURE)
    assert await contents(store, report.conversations[0]) == [
        ("user", "Name a planet."),
        ("assistant", "Mars is a planet."),
        ("user", "How far is it? Look it up."),
        ("assistant", "I will look."),
        ("assistant", "About 225 million km."),
        ("user", f"{ATTACHMENT}\nWhat is this?"),
        ("assistant", "It looks like Mars."),
    ]


async def test_titles_times_models_and_ids_are_kept(store: ChatStore) -> None:
    report = await import_file(store, FIXTURE)
    loaded = await store.load(report.conversations[0])
    assert loaded.title == "Planets"
    assert loaded.created == datetime(2024, 3, 9, 16, 0, tzinfo=UTC)
    messages = await store.messages(loaded.id)
    assert [m.id for m in messages[:2]] == ["msg-u1", "msg-a1b"]
    assert messages[1].model == "gpt-4o"
    assert messages[0].created == datetime(2024, 3, 9, 16, 0, 5, tzinfo=UTC)


async def test_the_reply_that_was_regenerated_is_still_found(store: ChatStore) -> None:
    await import_file(store, FIXTURE)
    hits = await store.search("Venus", 5)
    assert [hit.message_id for hit in hits] == ["msg-a1a"]


async def test_tool_calls_hidden_and_system_messages_stay_out(store: ChatStore) -> None:
    await import_file(store, FIXTURE)
    assert await store.search("search_query instructions secret", 5) == []


async def test_a_conversation_without_messages_is_told_and_skipped(store: ChatStore) -> None:
    report = await import_file(store, FIXTURE)
    assert report.skipped == ("Conversation 3 of the file holds no messages.",)
    assert len(report.conversations) == 2
    assert report.messages == 10


async def test_the_zip_is_read_as_well(store: ChatStore, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(FIXTURE, "conversations.json")
    assert len((await import_file(store, path)).conversations) == 2


async def test_another_zip_is_refused(store: ChatStore, tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    with pytest.raises(UsageError, match="the zip holds no conversations"):
        await import_file(store, path)


def node(parent: str | None, role: str, text: str) -> dict[str, Any]:
    message = {
        "id": text,
        "author": {"role": role},
        "content": {"content_type": "text", "parts": [text]},
    }
    return {"parent": parent, "message": message}


async def read(store: ChatStore, folder: Path, mapping: Mapping[str, Any], head: Any) -> str:
    path = folder / "conversations.json"
    path.write_text(json.dumps([{"title": "T", "mapping": mapping, "current_node": head}]))
    (conversation,) = (await import_file(store, path)).conversations
    return conversation


async def test_an_edited_question_is_a_branch(store: ChatStore, tmp_path: Path) -> None:
    mapping = {
        "a": node(None, "user", "first"),
        "b": node("a", "assistant", "one"),
        "c": node(None, "user", "edited"),
        "d": node("c", "assistant", "two"),
    }
    conversation = await read(store, tmp_path, mapping, "b")
    assert await contents(store, conversation) == [("user", "first"), ("assistant", "one")]
    assert len(await store.search("edited two", 5)) == 2


async def test_a_branch_out_of_a_question_copies_it(store: ChatStore, tmp_path: Path) -> None:
    mapping = {
        "a": node(None, "user", "first"),
        "b": node("a", "assistant", "one"),
        "c": node("a", "user", "more"),
        "d": node("c", "assistant", "two"),
    }
    conversation = await read(store, tmp_path, mapping, "d")
    messages = await store.messages(conversation)
    assert [m.content for m in messages] == ["first", "more", "two"]
    assert messages[0].id == "first"


@pytest.mark.parametrize("head", [None, "gone", 5, ["a"]])
async def test_without_a_head_the_newest_message_is_it(
    store: ChatStore, tmp_path: Path, head: object
) -> None:
    mapping = {"a": node(None, "user", "first"), "b": node("a", "assistant", "one")}
    conversation = await read(store, tmp_path, mapping, head)
    assert await contents(store, conversation) == [("user", "first"), ("assistant", "one")]


async def test_a_damaged_tree_gives_what_can_be_reached(store: ChatStore, tmp_path: Path) -> None:
    mapping = {
        "a": node("nowhere", "user", "first"),
        "b": node("c", "assistant", "circle"),
        "c": node("b", "user", "circle"),
        "d": {"parent": ["odd"], "message": {"author": 5, "content": None}},
        "e": "nothing",
        "f": {"parent": "a", "message": {"author": {"role": "user"}, "content": {"parts": 5}}},
    }
    conversation = await read(store, tmp_path, mapping, "c")
    assert await contents(store, conversation) == [("user", "first")]


async def test_a_tree_deeper_than_the_stack_is_read(store: ChatStore, tmp_path: Path) -> None:
    roles = ("user", "assistant")
    mapping = {
        str(n): node(str(n - 1) if n else None, roles[n % 2], f"message {n}") for n in range(3_000)
    }
    conversation = await read(store, tmp_path, mapping, "2999")
    assert len((await store.load(conversation)).turns) == 1_500


def link(
    number: int, role: str, content: object, *, parent: str | None = None, **keys: Any
) -> dict[str, Any]:
    return {
        "parent": parent or (f"n{number - 1}" if number else None),
        "children": [],
        "message": {
            "id": f"m{number}",
            "author": {"role": role},
            "create_time": None,
            "content": content,
            "recipient": "all",
            **keys,
        },
    }


def text_of(said: str) -> dict[str, Any]:
    return {"content_type": "text", "parts": [said]}


def chat_of(*links: dict[str, Any], **keys: Any) -> dict[str, Any]:
    mapping = {f"n{number}": one for number, one in enumerate(links)}
    current = f"n{len(links) - 1}"
    return {"title": "T", "create_time": 1.7e9, "mapping": mapping, "current_node": current, **keys}


async def replies(store: ChatStore, tmp_path: Path, *chats: dict[str, Any]) -> list[Any]:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps(chats), encoding="utf-8")
    (conversation,) = (await import_file(store, path)).conversations
    return [stored.turn.reply for stored in (await store.load(conversation)).turns]


async def test_newer_exports_are_many_files(store: ChatStore, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            chat = chat_of(link(0, "user", text_of(f"Question {number}")), id=f"c{number}")
            archive.writestr(f"data/conversations-{number:03}.json", json.dumps([chat]))
        archive.writestr("data/user.json", "{}")
    report = await import_file(store, path)
    titles = [(await store.messages(one))[0].content for one in report.conversations]
    assert titles == ["Question 0", "Question 1", "Question 2"]
    assert (await import_file(store, path)).known == 3


async def test_the_model_of_the_whole_is_that_of_answers_without_one(
    store: ChatStore, tmp_path: Path
) -> None:
    chat = chat_of(
        link(0, "user", text_of("Hi")),
        link(1, "assistant", text_of("Hello")),
        default_model_slug="gpt-5-thinking",
    )
    (reply,) = await replies(store, tmp_path, chat)
    assert reply.model == "gpt-5-thinking"


async def test_thoughts_stand_by_the_answer_that_they_lead_to(
    store: ChatStore, tmp_path: Path
) -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "x", "content": "Hm."}]}
    chat = chat_of(
        link(0, "user", text_of("Hi")),
        link(1, "assistant", thoughts),
        link(2, "assistant", {"content_type": "reasoning_recap", "content": "Thought for 5s"}),
        link(3, "assistant", text_of("Hello")),
    )
    (reply,) = await replies(store, tmp_path, chat)
    assert (reply.text, reply.reasoning) == ("Hello", "Hm.")


@pytest.mark.parametrize(
    ("written", "metadata", "shown"),
    [
        ("Beds \ue200cite\ue202turn0search0\ue202turn0search3\ue201.", {}, "Beds."),
        (
            "Beds \ue200cite\ue202turn0search0\ue201.",
            {
                "content_references": [
                    {
                        "matched_text": "\ue200cite\ue202turn0search0\ue201",
                        "alt": "([who](https://who.int))",
                    }
                ]
            },
            "Beds ([who](https://who.int)).",
        ),
        ('\ue200entity\ue202["company","Acme","maker"]\ue201 grew', {}, "Acme grew"),
        ("See \ue200url\ue202the page\ue202turn0\ue201", {}, "See the page"),
        ("In the file 【4:0†beds.pdf】.", {}, "In the file (beds.pdf)."),
        ("So 【12†source】 and 【3†L5-L9】", {}, "So and"),
        ("A lone \ue200", {}, "A lone \ue200"),
    ],
)
async def test_marks_become_what_chatgpt_shows_for_them(
    store: ChatStore, tmp_path: Path, written: str, metadata: dict[str, Any], shown: str
) -> None:
    chat = chat_of(
        link(0, "user", text_of("Hi")),
        link(1, "assistant", text_of(written), metadata=metadata),
    )
    (reply,) = await replies(store, tmp_path, chat)
    assert reply.text == shown


@pytest.mark.parametrize("content", [None, "", 7, [], {"content_type": "text", "parts": [None]}])
async def test_a_message_without_content_is_passed_over(
    store: ChatStore, tmp_path: Path, content: object
) -> None:
    chat = chat_of(
        link(0, "user", text_of("Hi")),
        link(1, "assistant", content),
        link(2, "assistant", "just words"),
    )
    (reply,) = await replies(store, tmp_path, chat)
    assert reply.text == "just words"


async def test_what_chatgpt_is_told_about_the_user_stays_out(
    store: ChatStore, tmp_path: Path
) -> None:
    told = {"content_type": "user_editable_context", "user_profile": "I am a nurse"}
    chat = chat_of(link(0, "user", told), link(1, "user", text_of("How many beds?")))
    await replies(store, tmp_path, chat)
    assert await store.search("nurse", 5) == []
