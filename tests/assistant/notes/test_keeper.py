"""Which notes a prompt gets: with the real store, counter and embedding model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.assistant.notes.keeper import NoteKeeper, called
from chatui.assistant.prompt import listed
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.errors import EmbedderFailed
from chatui.jobs.profiles import ReplySettings
from chatui.memory.records import Note
from chatui.memory.store.store import ChatStore
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.patience import EmbedderPatience

pytestmark = pytest.mark.asyncio(loop_scope="module")
SETTINGS = ReplySettings(model="openai/gpt-5-mini")
NOTES = """I am allergic to peanuts and cashews.
I live in Leeds with my partner Tom.
I drive a blue Skoda Octavia from 2016.
Our production database is PostgreSQL 15.
My daughter Ida was born on 4 May 2019.
I prefer short answers without bullet points.
My passport expires in March 2028.
我住在北京，养了一只猫。""".splitlines()
TIGHT = 70
"""Tokens: about two of the notes in their fence."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def embedder(embedder_cache: Path) -> AsyncIterator[WorkerEmbedder]:
    """One process for all tests here, which run in the module's loop."""
    made = WorkerEmbedder("all-MiniLM-L6-v2", embedder_cache)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def noted(store: ChatStore) -> ChatStore:
    for text in NOTES:
        await store.notes.add(text)
    return store


class NoModel(WorkerEmbedder):
    """An embedding model whose process can't be started, or never answers."""

    def __init__(self, cache: Path, hangs: bool = False) -> None:
        super().__init__("all-MiniLM-L6-v2", cache)
        self._hangs = hangs

    async def fingerprint(self) -> str:
        return "prepared"

    async def embed_query(self, text: str) -> bytes:
        if self._hangs:
            await asyncio.Event().wait()
        raise EmbedderFailed("The model is damaged.")


def keeper(
    store: ChatStore,
    embedder: WorkerEmbedder,
    most: int = TIGHT,
    told: list[str] | None = None,
    seconds: float = 30.0,
) -> NoteKeeper:
    say = told.append if told is not None else None
    return NoteKeeper(
        store.notes,
        embedder,
        TokenCounter(),
        most_tokens=most,
        on_warning=say,
        patience=EmbedderPatience(seconds, seconds),
    )


def texts(notes: Sequence[Note]) -> list[str]:
    return [note.text for note in notes]


async def test_all_notes_stand_in_every_prompt_while_they_fit(
    noted: ChatStore, tmp_path: Path
) -> None:
    standing, found = await keeper(noted, NoModel(tmp_path), most=400).notes_for("hi", (), SETTINGS)

    assert (texts(standing), found) == (NOTES, ())


async def test_too_many_notes_are_called_by_what_is_asked(
    noted: ChatStore, embedder: WorkerEmbedder
) -> None:
    keeps = keeper(noted, embedder)

    for question, wanted in (
        ("Suggest a snack with nuts", NOTES[0]),
        ("Which engine oil does my car take?", NOTES[2]),
        ("How old is my child now?", NOTES[4]),
        ("我的猫应该吃什么？", NOTES[7]),
    ):
        standing, found = await keeps.notes_for(question, (), SETTINGS)
        assert standing == ()
        assert wanted in texts(found), question


async def test_called_notes_keep_to_their_tokens(
    noted: ChatStore, embedder: WorkerEmbedder
) -> None:
    question = "Tell me about Leeds, Tom, the Skoda, PostgreSQL, Ida and my passport"

    _, found = await keeper(noted, embedder).notes_for(question, (), SETTINGS)

    assert 1 <= len(found) < 6
    shown = listed(texts(found))
    assert TokenCounter().count(shown, SETTINGS.model).tokens <= TIGHT


async def test_small_talk_calls_for_no_note(noted: ChatStore, tmp_path: Path) -> None:
    assert await keeper(noted, NoModel(tmp_path)).notes_for("thank you!", (), SETTINGS) == ((), ())


async def test_vectors_are_made_once(noted: ChatStore, embedder: WorkerEmbedder) -> None:
    await keeper(noted, embedder).notes_for("Where do I live?", (), SETTINGS)
    vectors = await noted.notes.vectors(await embedder.fingerprint())

    assert len(vectors) == len(NOTES)
    await noted.notes.edit(2, "I live in York.")
    _, found = await keeper(noted, embedder).notes_for("Which city am I at home in?", (), SETTINGS)
    assert "I live in York." in texts(found)
    assert len(await noted.notes.vectors(await embedder.fingerprint())) == len(NOTES)


@pytest.mark.parametrize("hangs", [False, True])
async def test_without_the_embedding_model_words_find_notes_and_it_is_told_once(
    noted: ChatStore, tmp_path: Path, hangs: bool
) -> None:
    told: list[str] = []
    keeps = keeper(noted, NoModel(tmp_path, hangs), told=told, seconds=0.01 if hangs else 30.0)

    for _ in range(2):
        _, found = await keeps.notes_for("When does my passport expire?", (), SETTINGS)
        assert texts(found) == [NOTES[6]]
    assert len(told) == 1
    assert "words alone" in told[0]


async def test_the_switch_keeps_notes_out_of_prompts(noted: ChatStore, tmp_path: Path) -> None:
    await noted.notes.switch(False)

    assert await keeper(noted, NoModel(tmp_path), most=400).notes_for("hi", (), SETTINGS) == (
        (),
        (),
    )


async def test_proposals_join_no_prompt(store: ChatStore, tmp_path: Path) -> None:
    await store.notes.propose(["I live in Leeds."], None)

    assert await keeper(store, NoModel(tmp_path)).notes_for("where?", (), SETTINGS) == ((), ())


async def test_a_store_that_fails_costs_the_notes_and_no_more(
    noted: ChatStore, tmp_path: Path
) -> None:
    told: list[str] = []
    await noted.close()

    assert await keeper(noted, NoModel(tmp_path), told=told).notes_for("hi", (), SETTINGS) == (
        (),
        (),
    )
    assert "Notes were left out" in told[0]


async def test_what_has_nothing_to_do_with_the_question_is_not_called(noted: ChatStore) -> None:
    notes = await noted.notes.kept()

    assert called(notes, "What is the boiling point of ethanol?", {}) == []
    assert called(notes, "PostgreSQL", {}) == [4]
    assert called(notes, "photosynthesis", {1: 0.1, 2: 0.6, 3: -0.2}) == [2]
