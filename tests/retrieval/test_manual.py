"""chatui's own manual: read in when it is needed, and never among the user's documents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from chatui.assistant.lookup import Found, Lookup, SearchDefaults
from chatui.domain.passage import MANUAL
from chatui.jobs.profiles import ReplySettings
from chatui.models.catalog import BUILTIN
from chatui.retrieval.manual import READING, Manual, manual_pages
from tests.patience import patiently, until
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "Which key chooses the model?"
OTHER_MODEL = "openai/gpt-5-mini"


class Desk:
    """A shelf with a manual of one page beside it, and what was said of its reading."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self.shelf = shelf
        self.said: list[str] = []
        self.page = folder / "keys.md"
        self.page.write_text("# Keys\n\nCtrl+L chooses the model.\n")
        self.manual = self.opened()

    def opened(self, pages: Sequence[Path] | None = None) -> Manual:
        shelf, found = self.shelf, pages if pages is not None else [self.page]
        return Manual(shelf.library, shelf.ingestor, lambda: found, self.said.append)

    async def ask(self, question: str, model: str = BUILTIN.name, collection: str = "") -> Found:
        defaults = SearchDefaults(collection=self.shelf.collection)
        lookup = Lookup(self.shelf.retriever, defaults, manual=self.manual)
        settings = ReplySettings(collection=collection or self.shelf.collection)
        return await lookup.look_up(question, (), settings, model)

    async def sources(self, question: str, model: str = BUILTIN.name) -> list[str] | None:
        passages = (await self.ask(question, model)).passages
        return None if passages is None else sorted({one.source for one in passages})


@pytest.fixture
def desk(shelf: Shelf, tmp_path: Path) -> Desk:
    folder = tmp_path / "manual"
    folder.mkdir()
    return Desk(shelf, folder)


async def test_the_manual_answers_where_nothing_else_is_there(desk: Desk) -> None:
    assert await desk.sources(QUESTION) == ["keys.md"]


async def test_a_question_waits_until_it_is_read_and_is_told_so_once(desk: Desk) -> None:
    await desk.ask(QUESTION)
    await desk.ask(QUESTION)

    assert desk.said == [READING]


async def test_documents_of_the_user_are_asked_without_it(desk: Desk) -> None:
    desk.shelf.write("car.md", "The key of this model lies on the table.")
    await desk.shelf.ingest()

    assert await desk.sources(QUESTION) == ["car.md"]
    assert desk.said == []


async def test_a_question_about_chatui_is_asked_of_the_manual_alone(desk: Desk) -> None:
    desk.shelf.write("car.md", "The key of this model lies on the table.")
    await desk.shelf.ingest()

    assert await desk.sources("Which key chooses the model in chatui?") == ["keys.md"]
    assert await desk.sources("Which key is /model in chatui?", OTHER_MODEL) == ["keys.md"]


async def test_other_models_are_not_given_it_unasked(desk: Desk) -> None:
    assert await desk.sources(QUESTION, OTHER_MODEL) is None
    assert desk.said == []


async def test_its_collection_can_be_asked_by_name(desk: Desk) -> None:
    found = await desk.ask(QUESTION, OTHER_MODEL, MANUAL)

    assert [one.collection for one in found.passages or ()] == [MANUAL]


async def test_a_page_of_another_version_is_gone(desk: Desk, tmp_path: Path) -> None:
    assert await desk.manual.ready()
    newer = tmp_path / "newer.md"
    newer.write_text("# Keys\n\nCtrl+M chooses the model.\n")
    desk.manual = desk.opened([newer])

    assert await desk.sources(QUESTION) == ["newer.md"]
    assert desk.said == [READING]


async def test_without_pages_there_is_nothing_to_ask(desk: Desk) -> None:
    desk.manual = desk.opened([])

    assert await desk.sources(QUESTION) is None


async def test_the_examples_of_the_manual_are_no_part_of_it() -> None:
    pages = manual_pages()

    assert {page.name for page in pages} >= {"first-steps.md", "keys.md", "models.md"}
    assert not any("examples" in page.parts for page in pages)


async def test_it_gives_way_to_documents_that_are_being_read(shelf: Shelf, tmp_path: Path) -> None:
    page = tmp_path / "keys.md"
    page.write_text("# Keys\n\nCtrl+L chooses the model.\n")
    ingestor = shelf.ingestor
    manual = Manual(shelf.library, ingestor, lambda: [page])

    with ingestor.under_way.announced(shelf.collection):
        reading = asyncio.create_task(manual.passages())
        shelf.write("car.md", "The key of this model lies on the table.")
        async for _ in ingestor.run([shelf.folder], collection=shelf.collection):
            assert not reading.done()
        assert not await manual.is_read()

    assert await patiently(reading) > 0


async def test_it_gives_way_in_the_middle_and_goes_on_then(shelf: Shelf, tmp_path: Path) -> None:
    pages = [tmp_path / f"page{n}.md" for n in range(3)]
    for page in pages:
        page.write_text(f"# {page.name}\n\nCtrl+L chooses the model.\n")
    ingestor = shelf.ingestor
    manual = Manual(shelf.library, ingestor, lambda: pages)
    reading = asyncio.create_task(manual.passages())
    await until(lambda: bool(ingestor.under_way.others("")))

    with ingestor.under_way.announced(shelf.collection):
        await until(lambda: not ingestor.under_way.others(shelf.collection))
        assert not reading.done()

    assert await patiently(reading) == len(pages)


async def test_a_question_that_waits_for_it_is_not_held_up_by_an_ingest(desk: Desk) -> None:
    ingestor = desk.shelf.ingestor
    desk.manual = Manual(desk.shelf.library, ingestor, lambda: [desk.page])
    with ingestor.under_way.announced(desk.shelf.collection):
        assert await patiently(desk.sources("Which key chooses the model in chatui?"))


async def test_stopped_it_is_read_by_the_next_question(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.manual.passages())
    await asyncio.sleep(0)
    await desk.manual.close()

    assert await patiently(waiting) == 0
    assert await desk.sources(QUESTION) == ["keys.md"]
