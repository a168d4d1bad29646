from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatui.domain.conversation import Reply, TurnState
from chatui.memory.records import StoredTurn
from chatui.memory.store.database import now, open_chats, time_text
from chatui.memory.store.search import search
from chatui.memory.store.store import ChatStore
from chatui.system.sqlite import snapshot

Ask = Callable[..., Awaitable[StoredTurn]]

HOSTILE = [
    "",
    " ",
    '"',
    "'",
    '"unbalanced',
    "a AND",
    "NOT",
    "OR OR OR",
    "NEAR(a b, 2)",
    "col:val",
    "-minus +plus ^caret",
    "star* **",
    "(((",
    "{a b} : c",
    "\0",
    "nul\0inside",
    "\ud800",
    "lone\ud800inside",
    "100%",
    "'; DROP TABLE messages; --",
    "🙂",
    "猫",
    "½ ² ⅷ",
    "\u0301",
    "x" * 1_000_000,
    "word " * 200_000,
    "猫犬" * 100_000,
]


async def found(store: ChatStore, query: str) -> list[str]:
    return [hit.text for hit in await store.search(query, 10)]


async def test_a_hit_tells_where_and_who(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create("Animals")
    turn = await ask(conversation.id, "What do cats eat?", "They eat herrings.")
    (hit,) = await store.search("herring", 5)
    assert (hit.conversation, hit.title) == (conversation.id, "Animals")
    assert (hit.message_id, hit.role) == (turn.reply_id, "assistant")
    assert hit.text == "They eat herrings."
    assert hit.score > 0


async def test_the_message_with_the_rarer_words_comes_first(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create()
    for n in range(5):
        await ask(conversation.id, f"the weather on day {n}", "fine")
    await ask(conversation.id, "the zebra", "striped")
    assert (await found(store, "the zebra"))[0] == "the zebra"


async def test_scores_fall_along_the_hits(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create()
    for n in range(5):
        await ask(conversation.id, f"cats and {'dogs ' * n}", "well")
    scores = [hit.score for hit in await store.search("cats dogs", 10)]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)


async def test_a_search_can_keep_to_one_conversation(store: ChatStore, ask: Ask) -> None:
    first, second = await store.create(), await store.create()
    await ask(first.id, "cats at home")
    await ask(second.id, "cats outside")
    hits = await store.search("cats", 10, second.id)
    assert {hit.conversation for hit in hits} == {second.id}


async def test_of_messages_that_hold_a_common_word_the_last_are_weighed(
    store: ChatStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.memory.store.search.MOST_SCORED", 4)
    monkeypatch.setattr("chatui.text.fts.matching.MOST_SCORED", 3)
    conversation = await store.create()
    for n in range(9):
        await ask(conversation.id, f"cats {n}", f"well {n}")
    await ask(conversation.id, "a zebra", "no cats")

    assert sorted(await found(store, "cats")) == ["cats 6", "cats 7", "cats 8", "no cats"]
    # A rarer word finds the oldest of all.
    assert (await found(store, "cats 0"))[0] == "cats 0"


async def test_of_a_word_that_most_messages_hold_the_last_ones_come_first(
    store: ChatStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often they hold it: they are not weighed."""
    monkeypatch.setattr("chatui.memory.store.search.MOST_SCORED", 4)
    monkeypatch.setattr("chatui.text.fts.matching.MOST_SCORED", 3)
    conversation = await store.create()
    for n in range(6):
        await ask(conversation.id, f"read_file {n} " + "read_file " * (6 - n), f"read_file to {n}")

    last = ["read_file to 5", "read_file 5 read_file ", "read_file to 4"]
    assert (await found(store, "read_file"))[:3] == last
    # A rarer word finds the oldest of all.
    assert (await found(store, "read_file 0"))[0] == "read_file to 0"


async def test_no_more_hits_than_asked_for(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create()
    for n in range(5):
        await ask(conversation.id, f"cats {n}")
    assert len(await store.search("cats", 3)) == 3
    assert await store.search("cats", 0) == []


async def test_a_retried_question_is_found_once_with_both_replies(
    store: ChatStore, ask: Ask
) -> None:
    conversation = await store.create()
    first = await ask(conversation.id, "Tell of cats", "cats purr")
    await ask(conversation.id, "Tell of cats", "cats sleep", parent=first.parent_id)
    assert sorted(await found(store, "cats")) == ["Tell of cats", "cats purr", "cats sleep"]


async def test_the_index_follows_a_reply_while_it_grows(store: ChatStore) -> None:
    conversation = await store.create()
    turn = await store.begin_turn(conversation.id, "Q")
    await store.save_partial(turn.id, "herring")
    assert await found(store, "herring") == ["herring"]
    await store.settle_turn(
        turn.id, replace(turn.turn, state=TurnState.COMPLETE, reply=Reply("salmon"))
    )
    assert await found(store, "herring") == []
    assert await found(store, "salmon") == ["salmon"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("He was running home", "run"),
        ("Ein Café in Köln", "cafe koln"),
        ("我非常喜欢小猫", "喜欢"),
        ("我非常喜欢小猫", "猫"),
        ("我非常喜欢小猫", "小猫在哪里"),
        ("東京タワーに行きました", "タワー"),
        ("ฉันชอบแมวมาก", "แมว"),
        ("मुझे हिन्दी पसंद है", "हिन्दी"),
        ("Я люблю кошек", "кошек"),
        ("مرحبا بالعالم", "بالعالم"),
        ("나는 고양이를 좋아한다", "고양이를"),
        ("mail me at ann@example.org", "ann@example.org"),
        ("call foo_bar.baz() there", "foo_bar.baz"),
        ("cafe\u0301 au lait", "caf\u00e9"),
    ],
)
async def test_words_of_many_scripts_are_found(
    store: ChatStore, ask: Ask, text: str, query: str
) -> None:
    conversation = await store.create()
    await ask(conversation.id, text, "yes")
    await ask(conversation.id, "nothing of it", "no")
    assert await found(store, query) == [text]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: repr(query[:12]))
async def test_no_query_is_taken_as_syntax(store: ChatStore, ask: Ask, query: str) -> None:
    conversation = await store.create()
    await ask(conversation.id, "an ordinary sentence")
    assert await found(store, query) == []


@pytest.fixture
def index(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database with one turn that messages can be added to."""
    connection = open_chats(tmp_path / "chats.db", 1)
    time = time_text(now())
    connection.execute(
        "INSERT INTO conversations (id, title, created, updated) VALUES ('c', '', ?, ?)",
        (time,) * 2,
    )
    connection.execute(
        "INSERT INTO turns (id, conversation, depth, state, asked)"
        " VALUES ('t', 'c', 1, 'complete', ?)",
        (time,),
    )
    yield connection
    connection.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_with_a_word_in_it_finds_itself(index: sqlite3.Connection, text: str) -> None:
    with snapshot(index):
        index.execute(
            "INSERT INTO messages (id, conversation, turn, role, content, created)"
            " VALUES ('m', 'c', 't', 'user', ?, ?)",
            (text, time_text(now())),
        )
        hits = search(index, text, 5, None)
    if any(character.isascii() and character.isalnum() for character in text):
        assert [hit.text for hit in hits] == [text]


def say(index: sqlite3.Connection, *texts: str) -> None:
    index.executemany(
        "INSERT INTO messages (id, conversation, turn, role, content, created)"
        " VALUES (lower(hex(randomblob(8))), 'c', 't', 'assistant', ?, ?)",
        [(text, time_text(now())) for text in texts],
    )


@pytest.mark.parametrize("conversation", ["c", None])
def test_of_nothing_but_common_words_the_messages_with_most_of_them_come_first(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, conversation: str | None
) -> None:
    monkeypatch.setattr("chatui.memory.store.search.MOST_SCORED", 4)
    say(index, "both cats and dogs", *["cats"] * 3, "all dogs and cats", *["dogs"] * 3)
    query = "cats dogs"
    found = [hit.text for hit in search(index, query, 3, conversation)]
    assert found == ["all dogs and cats", "both cats and dogs", "dogs"]


def test_a_common_word_beside_a_rare_one_costs_no_look_at_all_that_hold_it(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in what is asked of the index: a phrase that is scored is looked up everywhere."""
    monkeypatch.setattr("chatui.memory.store.search.MOST_SCORED", 4)
    say(index, "a zebra among cats", *["cats"] * 9)
    asked: list[str] = []
    index.set_trace_callback(asked.append)
    (hit,) = search(index, "zebra cats", 5, None)[:1]
    assert hit.text == "a zebra among cats"
    (scored,) = [one for one in asked if "-bm25" in one]
    assert "zebra" in scored
    assert "cats" not in scored
