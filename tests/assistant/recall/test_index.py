"""The real store, embedding model and recall process; one of each for all of these tests."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.assistant.recall.index import MessageIndex
from chatui.domain.conversation import Reply, Role, TurnState
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.store import ChatStore
from chatui.retrieval.search.query import Query
from tests.memory_index import BEGAN, FACT, OTHERS, conversation, message_index

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = " ".join(f"On day {day} nothing of note was seen in the harbour." for day in range(80))


class Archive:
    def __init__(self, store: ChatStore, index: MessageIndex) -> None:
        self.store = store
        self.index = index

    async def add(self, *said: tuple[str, str], name: str | None = None) -> str:
        (arrival,) = await self.store.add([conversation(*said, name=name)])
        return arrival.conversation

    async def catch_up(self) -> int:
        """How many messages were embedded."""
        return max([step.done async for step in self.index.catch_up()], default=0)

    async def found(self, query: str, cid: str, k: int = 3) -> list[str]:
        return [hit.text for hit in await self.index.search(query, k, cid)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def archive(
    tmp_path_factory: pytest.TempPathFactory, embedder_cache: Path
) -> AsyncIterator[Archive]:
    folder = tmp_path_factory.mktemp("archive")
    async with message_index(folder, embedder_cache) as (store, index):
        yield Archive(store, index)


async def test_a_message_is_found_by_other_words_than_its_own(archive: Archive) -> None:
    cid = await archive.add((FACT, "Noted."), *OTHERS)
    await archive.catch_up()

    assert await archive.found("What is the date of my sibling's wedding?", cid, 1) == [FACT]


async def test_a_message_is_found_by_its_words_before_it_has_a_vector(archive: Archive) -> None:
    cid = await archive.add(("The part is called ZK-2291", "Noted."), *OTHERS)

    assert await archive.found("ZK-2291", cid, 1) == ["The part is called ZK-2291"]


async def test_a_message_is_embedded_once(archive: Archive) -> None:
    await archive.catch_up()
    await archive.add(*OTHERS[:2])

    assert (await archive.catch_up(), await archive.catch_up()) == (4, 0)


async def test_a_long_message_is_found_by_what_stands_in_its_middle(archive: Archive) -> None:
    middle = len(LONG) // 2
    text = f"{LONG[:middle]} The cook hid the emerald in a jar of lentils. {LONG[middle:]}"
    cid = await archive.add(("Read me the log", text), *OTHERS)
    await archive.catch_up()
    turns = [stored.id for stored in (await archive.store.load(cid)).turns]

    from chatui.retrieval.search.query import Query

    best = (
        await archive.index.find(
            Query("Where is the gemstone hidden?"), conversation=cid, turns=turns
        )
    )[0]

    assert "emerald" in text[best.start : best.end]


async def test_who_said_it_is_a_part_of_what_was_said(archive: Archive) -> None:
    cid = await archive.add(("I adopted a greyhound.", "How nice."), name="Caroline")
    await archive.add(("I adopted a greyhound.", "How nice."), name="Melanie")
    await archive.catch_up()

    best = (await archive.index.search("Did Caroline adopt an animal?", 1))[0]

    assert best.conversation == cid


async def test_an_answer_is_found_by_what_it_was_asked(archive: Archive) -> None:
    said = ("How high is the fee for the marina in Kiel?", "It has gone up to 310.")
    cid = await archive.add(*OTHERS[:3], said, *OTHERS[3:])
    await archive.catch_up()

    assert "It has gone up to 310." in await archive.found("fee for the marina in Kiel?", cid, 2)


async def test_what_was_said_long_after_is_no_neighbour(archive: Archive) -> None:
    asked = ImportedMessage(Role.USER, "The zither stands in the attic.", BEGAN, None, "q")
    later = ImportedMessage(Role.ASSISTANT, "Hm.", BEGAN + timedelta(days=2), 0, "a")
    imported = ImportedConversation("Talk", BEGAN, (asked, later), 1)
    (arrival,) = await archive.store.add([imported])
    cid = arrival.conversation
    await archive.catch_up()

    hits = await archive.index.search("zither", 5, cid)
    assert [hit.messages for hit in hits if hit.message_id == "q"] == [("q",)]


async def test_a_hit_has_the_messages_around_it(archive: Archive) -> None:
    cid = await archive.add(*OTHERS[:2], (FACT, "Noted."))
    await archive.catch_up()

    (best,) = await archive.index.search("sister Ana Porto", 1, cid)
    assert best.messages == ("q1", "a1", "q2", "a2")


async def test_a_time_in_the_question_is_looked_for(archive: Archive) -> None:
    texts = {"old": "We painted the fence green.", "new": "We painted the fence blue."}
    days = {"old": datetime(2025, 5, 12, tzinfo=UTC), "new": datetime(2025, 9, 3, tzinfo=UTC)}
    messages = tuple(
        ImportedMessage(Role.USER, text, days[name], place - 1 if place else None, name)
        for place, (name, text) in enumerate(texts.items())
    )
    imported = ImportedConversation("Talk", days["old"], messages, 1)
    (arrival,) = await archive.store.add([imported])
    cid = arrival.conversation
    await archive.catch_up()

    for month, name in (("May", "old"), ("September", "new")):
        (best,) = await archive.index.search(f"Which fence did we paint in {month} 2025?", 1, cid)
        assert best.message_id == name


async def test_a_time_by_itself_finds_what_was_said_then(archive: Archive) -> None:
    said = (
        ("may", "We are out of green paint.", datetime(2019, 5, 12, 9, tzinfo=UTC)),
        ("june", "The concert in May 2019 was loud.", datetime(2019, 6, 20, 9, tzinfo=UTC)),
        ("later", "Maybe a month in the mountains.", datetime(2021, 9, 3, 9, tzinfo=UTC)),
    )
    messages = tuple(
        ImportedMessage(Role.USER, text, time, place - 1 if place else None, name)
        for place, (name, text, time) in enumerate(said)
    )
    (arrival,) = await archive.store.add([ImportedConversation("T", said[0][2], messages, 2)])
    await archive.catch_up()

    async def found(query: str) -> list[str]:
        hits = await archive.index.search(query, 5, arrival.conversation)
        return [hit.message_id for hit in hits]

    assert await found("im Juni 2019") == ["june"]
    assert await found("What did we talk about in September 2021?") == ["later"]
    assert await found("May 2019") == ["june", "may"]
    assert await found("in May 2018") == []


async def test_who_is_named_in_the_question_is_listened_to(archive: Archive) -> None:
    said = (("Ida", "I bought a red bicycle."), ("Otto", "I bought a red bicycle too."))
    messages = tuple(
        ImportedMessage(Role.USER, text, BEGAN, place - 1 if place else None, name, name)
        for place, (name, text) in enumerate(said)
    )
    (arrival,) = await archive.store.add([ImportedConversation("Talk", BEGAN, messages, 1)])
    cid = arrival.conversation
    await archive.catch_up()

    for name in ("Ida", "Otto"):
        (best,) = await archive.index.search(f"What kind of bicycle did {name} buy?", 1, cid)
        assert best.message_id == name


async def test_a_question_that_asks_when_finds_what_tells_it(archive: Archive) -> None:
    said = ("I do love painting the fence!", "I painted the fence last week.", "Nice fence.")
    messages = tuple(
        ImportedMessage(Role.USER, text, BEGAN, place - 1 if place else None, f"m{place}")
        for place, text in enumerate(said)
    )
    (arrival,) = await archive.store.add([ImportedConversation("Talk", BEGAN, messages, 2)])
    await archive.catch_up()

    (best,) = await archive.index.search("When was the fence painted?", 1, arrival.conversation)

    assert best.message_id == "m1"


@pytest.mark.parametrize("turns_alone", [False, True])
async def test_what_a_person_answers_is_found_by_the_question(
    archive: Archive, turns_alone: bool
) -> None:
    said = (
        (Role.USER, "Our boat needs a new sail before summer."),
        (Role.ASSISTANT, "In which colour do you want the sail of the boat?"),
        (Role.USER, "Dark red, like my uncle had it."),
        (Role.ASSISTANT, "I see."),
        (Role.USER, "The harbour is full of boats with white sails these days."),
    )
    messages = tuple(
        ImportedMessage(role, text, BEGAN, place - 1 if place else None, f"m{place}")
        for place, (role, text) in enumerate(said)
    )
    (arrival,) = await archive.store.add([ImportedConversation("Boat", BEGAN, messages, 4)])
    cid = arrival.conversation
    await archive.catch_up()
    turns = [one.id for one in (await archive.store.load(cid)).turns] if turns_alone else None

    asked = Query("Which colour should the sail of the boat have?")
    found = await archive.index.find(asked, conversation=cid, turns=turns)
    hits = await archive.store.vectors.hits([(one.number, one.rank) for one in found], 3)

    assert "Dark red, like my uncle had it." in [hit.text for hit in hits][:2]


async def test_thanks_come_behind_what_says_something(archive: Archive) -> None:
    cid = await archive.add(("Lisbon!", "Lisbon has seven hills and a tram on each."), *OTHERS)
    await archive.catch_up()

    assert await archive.found("What about Lisbon?", cid, 1) == [
        "Lisbon has seven hills and a tram on each."
    ]


@pytest.mark.parametrize(("question", "best"), [("When did Ida sail?", 2), ("Did Otto sail?", 1)])
async def test_what_is_recalled_heeds_times_and_speakers_as_well(
    archive: Archive, question: str, best: int
) -> None:
    said = (("Ida", "I do love to sail!"), ("Otto", "I sail too."), ("Ida", "I sailed last week."))
    messages = tuple(
        ImportedMessage(Role.USER, text, BEGAN, place - 1 if place else None, f"m{place}", name)
        for place, (name, text) in enumerate(said)
    )
    (arrival,) = await archive.store.add([ImportedConversation("Sailing", BEGAN, messages, 2)])
    cid = arrival.conversation
    await archive.catch_up()
    turns = [one.id for one in (await archive.store.load(cid)).turns]

    (first, *_) = await archive.index.find(Query(question), conversation=cid, turns=turns)
    (hit,) = await archive.store.vectors.hits([(first.number, first.rank)], 1)

    assert hit.message_id == f"m{best}"


async def test_of_like_messages_those_of_the_right_conversation_come_first(
    archive: Archive,
) -> None:
    days = [BEGAN - timedelta(days=40 - place // 2 * 20) for place in range(6)]
    said = (
        "We looked at bicycles.", "The blue one it is.",
        "We looked at the new kitchen.", "The blue one it is.",
        "We looked at tents.", "The blue one it is.",
    )  # fmt: skip
    messages = tuple(
        ImportedMessage(Role.USER, text, days[place], place - 1 if place else None, f"m{place}")
        for place, text in enumerate(said)
    )
    (arrival,) = await archive.store.add([ImportedConversation("Talk", days[0], messages, 5)])
    await archive.catch_up()

    found = await archive.index.search("Which kitchen did we look at?", 2, arrival.conversation)

    assert [one.message_id for one in found] == ["m2", "m3"]


async def test_what_was_removed_and_said_anew_is_read_anew(archive: Archive) -> None:
    gone = await archive.add(("The gong hangs in the hall.", "Noted."))
    await archive.catch_up()
    await archive.index.search("gong", 3)
    await archive.store.remove(gone)
    kept = await archive.add(("The gong hangs in the shed.", "Noted."))
    await archive.catch_up()

    (best,) = await archive.index.search("Where does the gong hang?", 1)
    assert (best.conversation, best.text) == (kept, "The gong hangs in the shed.")


async def test_a_changed_reply_is_embedded_anew(archive: Archive) -> None:
    cid = (await archive.store.create()).id
    begun = await archive.store.begin_turn(cid, "Where are the keys?")
    done = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("In the drawer."))
    await archive.store.settle_turn(begun.id, done)
    await archive.catch_up()
    await archive.store.settle_turn(begun.id, replace(done, reply=Reply("Under the mat.")))

    assert await archive.catch_up() == 1


async def test_a_removed_conversation_leaves_nothing_to_be_found(archive: Archive) -> None:
    kept = await archive.add(("The boat is moored at pier nine.", "Noted."))
    gone = await archive.add(("The boat is moored at pier six.", "Noted."))
    await archive.catch_up()
    await archive.index.search("boat", 5)

    await archive.store.remove(gone)

    hits = await archive.index.search("Where is the boat moored?", 20)
    assert kept in {hit.conversation for hit in hits}
    assert gone not in {hit.conversation for hit in hits}
    with closing(sqlite3.connect(archive.store.path)) as db:
        left = db.execute("SELECT 1 FROM message_vectors WHERE conversation = ?", (gone,))
        assert left.fetchall() == []


async def test_scores_tell_what_is_about_a_question_from_what_is_not(archive: Archive) -> None:
    cid = await archive.add((FACT, "Noted."), *OTHERS)
    await archive.catch_up()

    (related,) = await archive.index.search("When does my sister get married?", 1, cid)
    (unrelated,) = await archive.index.search("How far away is the moon?", 1, cid)

    assert related.score > 2 * unrelated.score


@pytest.mark.parametrize("query", ["", "  ", "?", "\0", "\ud800", "word " * 5000])
async def test_any_text_may_be_searched_for(archive: Archive, query: str) -> None:
    cid = await archive.add(*OTHERS[:2])
    await archive.catch_up()

    assert len(await archive.index.search(query, 3, cid)) <= 3


async def test_what_nobody_spoke_of_is_not_found_by_its_meaning(archive: Archive) -> None:
    await archive.add((FACT, "Noted."), *OTHERS)
    await archive.catch_up()

    near = [hit.text for hit in await archive.index.about("When does my sibling marry?", 5)]
    assert FACT in near
    assert await archive.index.about("Quantum chromodynamics of gluons", 5) == []
