"""Recall over the real store, embedding model and recall process, one of each for all tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import pytest_asyncio

from chatui.assistant.background import Settled
from chatui.assistant.plan import Plan
from chatui.assistant.recall.index import IndexingProgress, MessageIndex
from chatui.assistant.recall.recaller import EXCERPT_CHARACTERS, TurnRecaller
from chatui.domain.errors import EmbedderFailed
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryChoice, MemoryPolicy
from chatui.memory.records import Recalled, StoredTurn, WindowMark
from chatui.memory.store.store import ChatStore
from chatui.retrieval.embedding.embedder import Embedder, WorkerEmbedder
from chatui.retrieval.embedding.patience import EmbedderPatience
from tests.memory_index import FACT, OTHERS, conversation, message_index

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEDDING = "What is the date of my sibling's wedding?"
SETTINGS = ReplySettings(model="mine/small")


class Chat:
    """A conversation whose last prompt held its two newest turns."""

    def __init__(self, store: ChatStore, index: MessageIndex, cid: str) -> None:
        self.store = store
        self.index = index
        self.cid = cid
        self.warnings: list[str] = []
        self.recaller = self.recaller_with(index)

    def recaller_with(
        self, index: MessageIndex, short: float = 60.0, long: float = 60.0
    ) -> TurnRecaller:
        return TurnRecaller(
            self.store,
            index,
            MemoryPolicy(recall=True),
            self.warnings.append,
            EmbedderPatience(short, long),
        )

    async def recall(
        self, question: str, settings: ReplySettings = SETTINGS
    ) -> tuple[Recalled, ...]:
        turns = (await self.store.load(self.cid)).turns
        return await self.recaller.recall(question, turns, settings)


class House:
    def __init__(self, store: ChatStore, index: MessageIndex) -> None:
        self.store = store
        self.index = index

    async def chat(self, *said: tuple[str, str], embedded: bool = True) -> Chat:
        (arrival,) = await self.store.add([conversation(*said)])
        cid = arrival.conversation
        turns = (await self.store.load(cid)).turns
        await self.store.save_window(turns[-1].id, WindowMark(turns[-2].id, 500))
        async for _ in self.index.catch_up([stored.id for stored in turns] if embedded else []):
            pass
        return Chat(self.store, self.index, cid)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, embedder_cache: Path
) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("recall")
    async with message_index(folder, embedder_cache) as (store, index):
        yield House(store, index)


async def test_a_turn_that_left_comes_back_for_a_question_about_it(house: House) -> None:
    chat = await house.chat((FACT, "Noted."), *OTHERS)

    recalled = await chat.recall(WEDDING)

    assert [one.stored.turn.question for one in recalled] == [FACT]


@pytest.mark.parametrize(
    "question",
    ["How far away is the moon?", "Who painted the Night Watch?", "What is dark matter?"],
)
async def test_a_question_about_something_else_recalls_nothing(house: House, question: str) -> None:
    chat = await house.chat((FACT, "Noted."), *OTHERS)

    assert await chat.recall(question) == ()


async def test_small_talk_recalls_nothing(house: House) -> None:
    chat = await house.chat(("Hello there", "Hello!"), *OTHERS)

    assert await chat.recall("hello") == ()


async def test_a_follow_up_is_looked_up_with_what_it_leans_on(house: House) -> None:
    said = (("The wedding of Ana is at the Casa da Música.", "Lovely."), *OTHERS[:4])
    chat = await house.chat(*said, ("Who marries Ana?", "You did not say."), OTHERS[5])

    recalled = await chat.recall("And where is her wedding?")

    assert "Casa da Música" in recalled[0].stored.turn.question


async def test_what_the_window_holds_is_not_recalled(house: House) -> None:
    chat = await house.chat(*OTHERS, (FACT, "Noted."))

    assert await chat.recall(WEDDING) == ()


async def test_other_conversations_are_not_recalled(house: House) -> None:
    await house.chat((FACT, "Noted."), *OTHERS)
    chat = await house.chat(*OTHERS)

    assert await chat.recall(WEDDING) == ()


async def test_a_pinned_turn_is_not_recalled_because_it_never_left(house: House) -> None:
    chat = await house.chat((FACT, "Noted."), *OTHERS)
    first = (await chat.store.load(chat.cid)).turns[0]
    await chat.store.pin(first.id, True)

    assert await chat.recall(WEDDING) == ()


@pytest.mark.parametrize("choice", [MemoryChoice(recall=False), MemoryChoice(full=True)])
async def test_recall_is_off_where_the_conversation_says_so(
    house: House, choice: MemoryChoice
) -> None:
    chat = await house.chat((FACT, "Noted."), *OTHERS)
    await chat.store.choose_memory(chat.cid, choice)

    assert await chat.recall(WEDDING) == ()


async def test_of_a_long_message_the_piece_that_matters_comes_back(house: House) -> None:
    filler = "The weather was mild and the harbour was calm that day. " * 60
    chat = await house.chat(("Tell the story", f"{filler}{FACT} {filler}"), *OTHERS)

    (recalled,) = await chat.recall("When does my sister Ana get married?")

    said = recalled.stored.turn.reply.text
    assert FACT in said
    assert len(said) <= EXCERPT_CHARACTERS + 4


CHAINS = (
    (("The dinner is for 12.", "No, it's 14, not 12."), "How many people is the dinner for?"),
    (("Der Umzug ist am 4. Oktober.", "Verschoben auf den 11."), "Wann ist der Umzug?"),
    (("Le train part à 8h12.", "Pardon, 8h42."), "À quelle heure part le train ?"),
    (
        (
            "牙医预约在周二。",
            "改到周四了。",
        ),
        "牙医预约是什么时候？",
    ),
    (
        ("We ordered 40 chairs.", "Make it 55.", "Hmm, 52 after all."),
        "How many chairs did we order?",
    ),
)


@pytest.mark.parametrize(("said", "question"), CHAINS)
async def test_what_was_corrected_never_comes_back_alone(
    house: House, said: tuple[str, ...], question: str
) -> None:
    chat = await house.chat(*((text, "Noted.") for text in said), *OTHERS)

    recalled = await chat.recall(question)

    texts = [one.stored.turn.question for one in recalled]
    # Whoever has room for one turn only gets the newest.
    assert texts[0] == said[-1]
    corrected = {one.stored.turn.question: one.corrected for one in recalled}
    newest = next(one.stored.turn.asked for one in recalled)
    assert corrected[said[0]] == newest
    assert corrected[said[-1]] is None


async def test_a_correction_that_the_prompt_holds_marks_the_turn_that_comes_back(
    house: House,
) -> None:
    last = ("The wedding of Ana in Porto got moved to 21 June.", "Noted.")
    chat = await house.chat((FACT, "Noted."), *OTHERS, last)

    recalled = await chat.recall(WEDDING)

    assert [one.stored.turn.question for one in recalled] == [FACT]
    assert recalled[0].corrected is not None


class Broken(WorkerEmbedder):
    async def _embed_query(self, text: str) -> bytes:
        raise EmbedderFailed("The embedding model is gone; prepare it again.")


def settled(chat: Chat, past: Sequence[StoredTurn]) -> Settled:
    """What is known after a turn whose prompt held nothing of the past."""
    window = SimpleNamespace(start=len(past))
    plan = SimpleNamespace(layout=SimpleNamespace(past=past, window=window))
    return Settled(chat.cid, "", past[-1].turn, cast("Plan", plan), SETTINGS)


async def test_a_broken_embedder_is_told_once(house: House, embedder_cache: Path) -> None:
    chat = await house.chat((FACT, "Noted."), *OTHERS)
    index = MessageIndex(house.store, Broken("all-MiniLM-L6-v2", embedder_cache))
    chat.recaller = chat.recaller_with(index)

    assert [await chat.recall(WEDDING) for _ in range(2)] == [(), ()]
    assert len(chat.warnings) == 1
    assert chat.warnings[0].endswith("Until then earlier turns are recalled by their words alone.")


BY_WORDS = (
    (FACT, "When does Ana get married?"),
    ("Der Umzug nach Bremen ist am 4. Oktober.", "Wann ist der Umzug nach Bremen?"),
    ("Le train pour Lyon part à 8h12.", "À quelle heure part le train pour Lyon ?"),
    ("牙医预约在周二下午三点。", "牙医预约是什么时候？"),
    ("歯医者の予約は火曜日の三時です。", "歯医者の予約はいつですか？"),
    ("Поезд в Казань отходит в 8:12.", "Когда отходит поезд в Казань?"),
    ("موعد طبيب الأسنان يوم الثلاثاء.", "متى موعد طبيب الأسنان؟"),
)


@pytest.mark.parametrize(("said", "question"), BY_WORDS)
async def test_a_turn_that_was_not_embedded_yet_comes_back_by_its_words(
    house: House, said: str, question: str
) -> None:
    chat = await house.chat((said, "Noted."), *OTHERS, embedded=False)

    assert [one.stored.turn.question for one in await chat.recall(question)] == [said]


class Hanging(WorkerEmbedder):
    """Its process never answers."""

    async def _embed_query(self, text: str) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError("it hangs")


@pytest.mark.parametrize("kind", [Broken, Hanging])
@pytest.mark.parametrize(("said", "question"), BY_WORDS)
async def test_without_the_model_a_turn_comes_back_by_its_words(
    house: House, embedder_cache: Path, kind: type[WorkerEmbedder], said: str, question: str
) -> None:
    chat = await house.chat((said, "Noted."), *OTHERS)
    index = MessageIndex(house.store, kind("all-MiniLM-L6-v2", embedder_cache))
    chat.recaller = chat.recaller_with(index, long=0.01)

    recalled = await chat.recall(question)

    assert [one.stored.turn.question for one in recalled] == [said]


@pytest.mark.parametrize(
    "question",
    [
        "How far away is the moon?",
        "Wer hat die Nachtwache gemalt?",
        "黑洞是什么？",
        "What is the best time to visit Norway?",
    ],
)
async def test_without_the_model_a_question_about_something_else_recalls_nothing(
    house: House, embedder_cache: Path, question: str
) -> None:
    said = ((text, "Noted.") for text, _ in BY_WORDS)
    chat = await house.chat(*said, *OTHERS)
    index = MessageIndex(house.store, Broken("all-MiniLM-L6-v2", embedder_cache))
    chat.recaller = chat.recaller_with(index)

    assert await chat.recall(question) == ()


async def test_recall_that_worked_in_between_is_told_of_again(
    house: House, embedder_cache: Path
) -> None:
    chat = await house.chat((FACT, "Noted."), *OTHERS)
    index = MessageIndex(house.store, Broken("all-MiniLM-L6-v2", embedder_cache))
    chat.recaller = chat.recaller_with(index)
    (arrival,) = await house.store.add([conversation(*OTHERS)])
    cid = arrival.conversation
    past = (await house.store.load(cid)).turns

    await chat.recall(WEDDING)
    await chat.recaller.index_what_left(settled(chat, past))
    await chat.recall(WEDDING)
    assert len(chat.warnings) == 2
    await chat.recaller.index_what_left(settled(chat, past))
    await chat.recall(WEDDING)
    assert len(chat.warnings) == 2


class Watched(MessageIndex):
    """Notes which turns it is asked to embed."""

    def __init__(self, store: ChatStore, embedder: Embedder) -> None:
        super().__init__(store, embedder)
        self.asked: list[list[str]] = []

    def catch_up(
        self, turns: Collection[str] | None = None, *, at_once: int = 16
    ) -> AsyncGenerator[IndexingProgress, None]:
        self.asked.append(list(turns or ()))
        return super().catch_up(turns, at_once=at_once)


async def test_turns_that_have_their_vectors_are_not_looked_at_again(house: House) -> None:
    index = Watched(house.store, house.index.embedder)
    recaller = TurnRecaller(house.store, index, MemoryPolicy(recall=True))
    chat = await house.chat(*OTHERS)
    past = (await house.store.load(chat.cid)).turns
    for count in (2, 2, 3):
        await recaller.index_what_left(settled(chat, past[:count]))
    await index.close()

    ids = [stored.id for stored in past]
    assert index.asked == [ids[:2], ids[2:3]]
