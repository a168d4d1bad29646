"""Notes in the store: kept, proposed, edited, forgotten."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chatui.domain.errors import UsageError
from chatui.memory.store.note_text import MOST_CHARACTERS
from chatui.memory.store.notes import MOST_PROPOSED
from chatui.memory.store.store import ChatStore


async def texts(store: ChatStore) -> list[tuple[int, str, str]]:
    return [(note.number, note.text, note.state) for note in await store.notes.all()]


async def test_a_note_is_there_when_the_store_is_opened_again(
    store: ChatStore, database: Path
) -> None:
    await store.notes.add("I live in Leeds.")
    await store.close()

    again = await ChatStore.open(database)
    assert await texts(again) == [(1, "I live in Leeds.", "kept")]
    await again.close()


async def test_a_note_is_one_line_that_no_terminal_obeys(store: ChatStore) -> None:
    note, _ = await store.notes.add("\x1b]52;c;eA==\x07call me\r\n  Sam\x9b2J \ud800 [red]!")

    assert note.text == "call me Sam \ufffd [red]!"


@pytest.mark.parametrize("text", ["", " \n", "\x1b[2J", "x" * (MOST_CHARACTERS + 1)])
async def test_what_can_be_no_note_is_refused(store: ChatStore, text: str) -> None:
    with pytest.raises(UsageError, match="note"):
        await store.notes.add(text)
    assert await store.notes.all() == []


async def test_what_is_known_is_not_kept_twice(store: ChatStore) -> None:
    first, new = await store.notes.add("I live in Leeds.")
    again, new_again = await store.notes.add("i live  in LEEDS")

    assert (new, new_again) == (True, False)
    assert again == first


async def test_the_number_of_a_forgotten_note_never_names_another(store: ChatStore) -> None:
    await store.notes.add("one")
    await store.notes.forget(1)
    note, _ = await store.notes.add("two")

    assert note.number == 2
    with pytest.raises(UsageError, match="There is no note 1"):
        await store.notes.forget(1)


@pytest.mark.parametrize("number", [0, -1, 7, 2**70])
async def test_a_number_that_no_note_has_is_told(store: ChatStore, number: int) -> None:
    for change in (store.notes.forget(number), store.notes.accept(number)):
        with pytest.raises(UsageError, match=f"no note {number}"):
            await change


async def test_an_edit_changes_the_text_and_drops_the_vector(store: ChatStore) -> None:
    note, _ = await store.notes.add("I live in Leeds.")
    await store.notes.save_vectors("model", {note: b"\0\0\0\0"})

    edited = await store.notes.edit(1, "I live in York.")

    assert (edited.text, edited.created) == ("I live in York.", note.created)
    assert await store.notes.vectors("model") == {}


async def test_a_vector_of_a_text_that_has_changed_is_not_stored(store: ChatStore) -> None:
    note, _ = await store.notes.add("I live in Leeds.")
    await store.notes.edit(1, "I live in York.")

    await store.notes.save_vectors("model", {note: b"\0\0\0\0"})

    assert await store.notes.vectors("model") == {}


async def test_an_edit_that_repeats_another_note_changes_nothing(store: ChatStore) -> None:
    await store.notes.add("one")
    await store.notes.add("two")

    with pytest.raises(UsageError, match="Note 1 says the same"):
        await store.notes.edit(2, "One.")
    assert await texts(store) == [(1, "one", "kept"), (2, "two", "kept")]


async def test_a_proposal_is_kept_when_it_is_accepted(store: ChatStore) -> None:
    (note,) = await store.notes.propose(["I live in Leeds."], None)
    assert await store.notes.kept() == []

    await store.notes.accept(note.number)

    assert [kept.text for kept in await store.notes.kept()] == ["I live in Leeds."]


async def test_remembering_what_was_proposed_accepts_it(store: ChatStore) -> None:
    await store.notes.propose(["I live in Leeds."], None)

    note, new = await store.notes.add("I live in Leeds")

    assert (note.number, note.state, new) == (1, "kept", True)


async def test_what_was_declined_or_forgotten_is_not_proposed_again(store: ChatStore) -> None:
    await store.notes.propose(["I smoke."], None)
    await store.notes.add("I live in Leeds.")
    await store.notes.forget(1)
    await store.notes.forget(2)

    assert await store.notes.propose(["i smoke", "I live in Leeds."], None) == []


async def test_a_forgotten_note_leaves_no_text_in_the_file(
    store: ChatStore, database: Path
) -> None:
    await store.notes.add("My sister is called Wilhelmina.")
    await store.notes.forget(1)
    await store.close()

    assert b"Wilhelmina" not in await asyncio.to_thread(database.read_bytes)


async def test_there_are_only_so_many_open_proposals(store: ChatStore) -> None:
    facts = [f"fact {number}" for number in range(MOST_PROPOSED + 5)]

    assert len(await store.notes.propose(facts, None)) == MOST_PROPOSED


async def test_a_deleted_conversation_takes_its_proposals_along_but_no_kept_note(
    store: ChatStore,
) -> None:
    cid = (await store.create()).id
    await store.notes.propose(["one", "two"], cid)
    await store.notes.accept(2)

    await store.remove(cid)

    (note,) = await store.notes.all()
    assert (note.text, note.conversation) == ("two", None)


async def test_a_conversation_that_is_gone_proposes_nothing(store: ChatStore) -> None:
    cid = (await store.create()).id
    await store.remove(cid)

    assert await store.notes.propose(["I live in Leeds."], cid) == []


async def test_the_switch_is_remembered(store: ChatStore, database: Path) -> None:
    assert await store.notes.are_on()
    await store.notes.switch(False)
    await store.close()

    again = await ChatStore.open(database)
    assert not await again.notes.are_on()
    await again.notes.switch(True)
    assert await again.notes.are_on()
    await again.close()


async def test_vectors_of_another_model_give_way(store: ChatStore) -> None:
    note, _ = await store.notes.add("one")
    await store.notes.save_vectors("old", {note: b"\0\0\0\0"})
    await store.notes.save_vectors("new", {note: b"\1\0\0\0"})

    assert await store.notes.vectors("old") == {}
    assert await store.notes.vectors("new") == {1: b"\1\0\0\0"}
