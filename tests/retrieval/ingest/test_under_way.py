"""A question that is asked while its documents are being read, here or by another process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from chatui.assistant.lookup import NOT_YET, NOTHING_READ, Found, Lookup, SearchDefaults
from chatui.assistant.prompt import attach
from chatui.domain.passage import Passage
from chatui.jobs.profiles import ReplySettings
from chatui.models.catalog import BUILTIN
from chatui.retrieval.ingest.report import IngestProgress
from chatui.retrieval.ingest.under_way import IngestsUnderWay
from tests.patience import patiently, until
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "Where is the key?"


def files(done: int, total: int) -> IngestProgress:
    return IngestProgress(done, total, 0, None, "", 0.0)


@dataclass
class Reader:
    """Asks a shelf while a test says how its ingests get on."""

    shelf: Shelf
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ingests = IngestsUnderWay(self.shelf.library)
        self.elsewhere = IngestsUnderWay(self.shelf.library)
        """Another process's: locks know no difference."""

    async def look_up(self, question: str = QUESTION) -> Found:
        collection = self.shelf.collection
        lookup = Lookup(
            self.shelf.retriever,
            SearchDefaults(collection=collection),
            on_warning=self.said.append,
            ingests=self.ingests,
        )
        settings = ReplySettings(collection=collection)
        return await lookup.look_up(question, (), settings, BUILTIN.name)

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[asyncio.Task[Found]]:
        """A question that waits."""
        before = len(self.ingests.awaited)
        asked = asyncio.create_task(self.look_up())
        await until(lambda: len(self.ingests.awaited) > before)
        try:
            yield asked
        finally:
            asked.cancel()

    async def read(self) -> None:
        self.shelf.write("key.md", "The key lies on the table.")
        await self.shelf.ingest()


@pytest.fixture
def reader(shelf: Shelf) -> Reader:
    return Reader(shelf)


def sources(found: Found) -> list[str] | None:
    passages: tuple[Passage, ...] | None = found.passages
    return None if passages is None else [one.source for one in passages]


async def test_a_question_waits_for_the_first_ingest_that_is_not_even_its_turn(
    reader: Reader,
) -> None:
    with reader.ingests.announced(reader.shelf.collection):
        async with reader.asking() as asked:
            await reader.read()
            assert not asked.done()
            reader.ingests.go_on()
            assert sources(await patiently(asked)) == ["key.md"]
    assert reader.said == ["Your documents are being read; the answer follows."]


async def test_it_waits_to_the_end_of_the_first_reading_although_something_is_there(
    reader: Reader,
) -> None:
    row = await reader.shelf.library.ensure_collection(reader.shelf.collection)
    running = reader.ingests.running(row, 10, first=True)
    async with running as note:
        await reader.read()
        note(files(3, 10))
        asking = reader.asking()
        asked = await asking.__aenter__()
        assert not asked.done()
    assert sources(await patiently(asked)) == ["key.md"]
    assert reader.said == ["Your documents are being read, 3 of 10 files; the answer follows."]


async def test_documents_that_were_there_before_answer_at_once(reader: Reader) -> None:
    await reader.read()
    row = await reader.shelf.library.ensure_collection(reader.shelf.collection)
    async with reader.ingests.running(row, 1, first=False):
        assert sources(await patiently(reader.look_up())) == ["key.md"]
    assert reader.said == [
        "Your documents are being read, 0 of 1 file: the answer is from those that are there."
    ]


async def test_an_ingest_that_waits_behind_documents_that_are_there_holds_nothing_up(
    reader: Reader,
) -> None:
    await reader.read()
    with reader.ingests.announced(reader.shelf.collection):
        assert sources(await patiently(reader.look_up())) == ["key.md"]


async def test_all_that_wait_go_on_with_what_is_there(reader: Reader) -> None:
    with reader.ingests.announced(reader.shelf.collection):
        async with reader.asking() as first, reader.asking() as second:
            assert reader.ingests.go_on()
            assert [sources(await patiently(one)) for one in (first, second)] == [None, None]
        assert not reader.ingests.go_on()
    assert reader.said[2:] == [NOT_YET, NOT_YET]
    assert reader.ingests.awaited == ()


async def test_an_ingest_that_reads_nothing_leaves_its_report_on_the_screen(
    reader: Reader,
) -> None:
    announced = reader.ingests.announce(reader.shelf.collection)
    async with reader.asking() as asked:
        reader.ingests.withdraw(announced)
        assert sources(await patiently(asked)) is None
    assert reader.said[1:] == []


async def test_another_processs_ingest_that_reads_nothing_says_so(reader: Reader) -> None:
    row = await reader.shelf.library.ensure_collection(reader.shelf.collection)
    async with reader.elsewhere.running(row, 1, first=True):
        asking = reader.asking()
        asked = await asking.__aenter__()
    assert sources(await patiently(asked)) is None
    assert reader.said[1:] == [NOTHING_READ]


async def test_an_ingest_that_fails_ends_the_wait(reader: Reader) -> None:
    row = await reader.shelf.library.ensure_collection(reader.shelf.collection)
    with pytest.raises(OSError, match="no disk"):
        async with reader.ingests.running(row, 1, first=True):
            asking = reader.asking()
            asked = await asking.__aenter__()
            raise OSError("no disk")
    assert sources(await patiently(asked)) is None


async def test_a_question_that_is_stopped_waits_no_more(reader: Reader) -> None:
    with reader.ingests.announced(reader.shelf.collection):
        async with reader.asking() as asked:
            asked.cancel()
            await until(lambda: asked.done() and not reader.ingests.awaited)


async def test_another_processs_ingest_is_waited_for_and_told(reader: Reader) -> None:
    row = await reader.shelf.library.ensure_collection(reader.shelf.collection)
    async with reader.elsewhere.running(row, 10, first=True) as note:
        note(files(3, 10))
        asking = reader.asking()
        asked = await asking.__aenter__()
        note(files(7, 10))
        await until(lambda: reader.ingests.awaited[0].files_done == 7)
        await reader.read()
    assert sources(await patiently(asked)) == ["key.md"]
    assert reader.said == ["Your documents are being read, 3 of 10 files; the answer follows."]


async def test_a_lock_file_that_a_dead_process_left_is_nobodys_ingest(reader: Reader) -> None:
    await reader.read()
    row = await reader.shelf.library.ensure_collection(reader.shelf.collection)
    async with reader.elsewhere.running(row, 10, first=True):
        assert await reader.ingests.into(reader.shelf.collection)
    assert await reader.ingests.into(reader.shelf.collection) == []


@pytest.mark.parametrize(
    "question",
    [
        "What does /ingest do in chatui?",
        "Hello",
        attach("Sum it up", [("a.txt", "It rains.")]),
    ],
    ids=["about chatui", "small talk", "with a text"],
)
async def test_a_question_that_is_not_for_the_documents_waits_for_none(
    reader: Reader, question: str
) -> None:
    with reader.ingests.announced(reader.shelf.collection):
        await patiently(reader.look_up(question))
    assert reader.said == []
