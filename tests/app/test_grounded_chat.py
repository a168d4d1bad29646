"""The whole product behind the window: documents read in, asked about, and cited."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chatui.app.app import ChatuiApp
from chatui.bootstrap.services import Services, open_services
from chatui.config.paths import Paths
from chatui.config.schema import Config
from chatui.config.window import Keys, Ui
from tests.app.scripted_chat import Chat, ScriptedModel


@pytest.fixture
def grounded(tmp_path: Path, embedder_cache: Path) -> Chat:
    """A chat on the built-in model, with an embedding model that is prepared already."""
    embedder_cache.mkdir(parents=True, exist_ok=True)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "embedders").symlink_to(embedder_cache)
    paths = Paths(*(tmp_path / name for name in ("config", "data", "state", "cache")))

    async def services() -> Services:
        return await open_services(Config(), paths)

    chat = Chat(tmp_path, ScriptedModel([]))
    chat.window = ChatuiApp(Ui(), Keys(), services)
    return chat


async def test_a_document_that_was_read_in_answers_with_a_citation(
    grounded: Chat, tmp_path: Path
) -> None:
    manual = tmp_path / "manual.md"
    manual.write_text("# The kettle\n\nThe kettle holds two litres of water.\n")
    async with grounded.open(size=(120, 30)) as pilot:
        await grounded.send(pilot, f"/ingest {manual}")
        await grounded.until(lambda: grounded.notice.startswith("Read 1 file: 1 new"))
        await grounded.write(pilot, "How much water does the kettle hold?")
        await grounded.until(lambda: grounded.idle)
        assert "two litres of water. [1]" in grounded.answers[0]
        await pilot.press("ctrl+o")
        await grounded.until(lambda: "manual.md" in grounded.screen.split("Sources")[-1])


async def test_files_wait_until_what_is_being_read_is_through(
    grounded: Chat, tmp_path: Path
) -> None:
    manual = tmp_path / "manual.md"
    manual.write_text("# The kettle\n\nThe kettle holds two litres of water.\n")
    through = asyncio.Event()

    async def reading() -> None:
        await through.wait()

    async with grounded.open() as pilot:
        grounded.window.begin("ingest", reading)
        await grounded.send(pilot, f"/ingest {manual}")
        await grounded.until(lambda: grounded.notice.startswith("Read as soon as"))
        assert not grounded.window.view.composer.text
        through.set()
        await grounded.until(lambda: grounded.notice.startswith("Read 1 file: 1 new"))


async def test_escape_stops_what_is_being_read_and_what_waits_behind_it(
    grounded: Chat, tmp_path: Path
) -> None:
    async def reading() -> None:
        await asyncio.Event().wait()

    async with grounded.open() as pilot:
        grounded.window.begin("ingest", reading)
        await grounded.send(pilot, f"/ingest {tmp_path}")
        await grounded.until(lambda: grounded.notice.startswith("Read as soon as"))
        await pilot.press("escape")
        await grounded.until(lambda: grounded.idle)
        assert not grounded.window.at_work("command", "ingest")


async def test_a_watched_folder_is_kept_fresh_until_told_otherwise(
    grounded: Chat, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "kettle.md").write_text("# The kettle\n\nThe kettle holds two litres of water.\n")
    async with grounded.open(size=(120, 30)) as pilot:
        await grounded.send(pilot, f"/ingest {notes} --watch")
        await grounded.until(lambda: "Kept fresh until /ingest --stop" in grounded.notice)
        (notes / "pan.md").write_text("# The pan\n\nThe pan weighs three kilos.\n")
        await grounded.until(lambda: "1 new" in grounded.notice and "2 files" in grounded.notice)
        await grounded.write(pilot, "How much does the pan weigh?")
        await grounded.until(lambda: grounded.idle)
        assert "three kilos. [1]" in grounded.answers[0]
        await grounded.write(pilot, "/ingest --stop")
        assert "not watched any more" in grounded.notice
        await grounded.until(lambda: not grounded.window.at_work("watch"))
        await grounded.write(pilot, "/ingest --stop")
        assert "No folder is being watched" in grounded.notice


@pytest.mark.parametrize("option", ["", " --watch"])
async def test_a_question_waits_for_the_documents_that_were_sent_before_it(
    grounded: Chat, tmp_path: Path, option: str
) -> None:
    manual = tmp_path / "manual.md"
    manual.write_text("# The kettle\n\nThe kettle holds two litres of water.\n")
    async with grounded.open(size=(80, 24)) as pilot:
        await grounded.send(pilot, f"/ingest {manual}{option}")
        await grounded.send(pilot, "How much water does the kettle hold?")
        await grounded.until(lambda: "Your documents are being read" in grounded.screen)
        await grounded.until(lambda: grounded.answers[:1] != [""] and grounded.idle)
        assert "two litres of water. [1]" in grounded.answers[0]


async def test_escape_answers_at_once_and_the_reading_goes_on(
    grounded: Chat, tmp_path: Path
) -> None:
    manual = tmp_path / "manual.md"
    manual.write_text("# The kettle\n\nThe kettle holds two litres of water.\n")
    through = asyncio.Event()

    async def reading() -> None:
        await through.wait()

    async with grounded.open() as pilot:
        grounded.window.begin("ingest", reading)
        await grounded.send(pilot, f"/ingest {manual}")
        await grounded.send(pilot, "How much water does the kettle hold?")
        await grounded.until(lambda: "Esc answers now" in grounded.screen)
        await pilot.press("escape")
        await grounded.until(lambda: not grounded.window.is_replying)
        assert "Your documents are being read, and nothing of them is there" in grounded.answers[0]
        through.set()
        await grounded.until(lambda: grounded.notice.startswith("Read 1 file: 1 new"))
