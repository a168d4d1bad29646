"""Documents in the window: reading them in, sources, mentions, completion."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest
from textual import events

from chatui.app.commands.documents import summary
from chatui.domain.passage import Passage
from chatui.retrieval.ingest.report import FileNote, IngestReport
from chatui.retrieval.library.records import FileRow
from tests.app.scripted_chat import Chat


def passage(path: Path, page: int | None = None) -> Passage:
    return Passage(
        rank=1, score=1.0, source=path.name, path=str(path), title="Keys", heading="Keys",
        page=page, char_start=0, char_end=4, line_start=7, line_end=8, text="F1 helps.",
        collection="default", chunk_id="c1",
    )  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a few files in it."""
    folder = tmp_path / "here"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "cats and dogs.md").write_text("Cats purr.")
    (folder / "plan.txt").write_text("Buy milk.")
    monkeypatch.chdir(folder)
    return folder


def write_program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


async def test_a_mentioned_file_is_sent_as_data_and_shown_by_name(chat: Chat, here: Path) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "sum up @plan.txt, please")
        sent = chat.model.requests[0].messages[-1].content
        assert sent.startswith("sum up @plan.txt, please")
        assert "Buy milk." in sent
        assert "+ plan.txt" in chat.screen
        assert "Buy milk." not in chat.screen


async def test_a_file_that_is_too_large_is_refused_and_the_question_stays(
    chat: Chat, here: Path
) -> None:
    (here / "big.txt").write_text("x" * 300_000)
    async with chat.open() as pilot:
        await chat.write(pilot, "read @big.txt")
        assert "larger than 256 KB" in chat.notice
        assert chat.window.view.composer.text == "read @big.txt"
        assert chat.model.requests == []


async def test_files_are_completed_behind_an_at(chat: Chat, here: Path) -> None:
    async with chat.open() as pilot:
        await pilot.press(*"see @cats")
        await chat.until(lambda: chat.window.view.completions.is_open)
        await pilot.press("enter")
        assert chat.window.view.composer.text == 'see @"notes/cats and dogs.md" '


async def test_commands_are_completed_behind_a_slash(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press(*"/rea")
        await chat.until(lambda: chat.window.view.completions.is_open)
        await pilot.press("tab")
        assert chat.window.view.composer.text == "/reasoning "


async def test_a_whole_path_is_sent_by_enter_although_more_could_follow(
    chat: Chat, here: Path
) -> None:
    async with chat.open() as pilot:
        await pilot.press(*"/ingest plan.txt")
        await pilot.press("enter")
        await chat.until(lambda: chat.window.view.composer.text == "")
        await pilot.press("escape")
        await chat.until(lambda: chat.idle)


async def test_reading_nothing_that_is_there_says_so(chat: Chat, here: Path) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/ingest nosuchfolder")
        assert chat.notice == "There is no file or folder nosuchfolder."


async def test_escape_stops_reading_and_the_chat_goes_on(chat: Chat, here: Path) -> None:
    async with chat.open() as pilot:
        chat.window.view.composer.insert("/ingest .")
        await pilot.press("enter")
        await chat.until(lambda: bool(chat.window.at_work("ingest")))
        await pilot.press("escape")
        await chat.until(lambda: chat.idle)
        await chat.write(pilot, "Hi")
        assert chat.answers == ["Hello there"]


async def test_sources_open_and_escape_goes_back_to_the_composer(chat: Chat, here: Path) -> None:
    chat.passages = (passage(here / "plan.txt"),)
    async with chat.open(size=(120, 30)) as pilot:
        await chat.write(pilot, "Hi")
        await pilot.press("ctrl+o")
        await chat.until(lambda: not chat.window.view.composer.has_focus)
        sources = chat.window.view.sources
        assert sources is not None
        assert sources.region.width > 0
        await pilot.press("escape")
        assert chat.window.view.composer.has_focus
        await pilot.press("ctrl+o")
        await chat.until(lambda: not sources.region.width)


@pytest.fixture
def in_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library knows every passage's file, without an embedding model to read it in with."""

    async def known(_: object, asked: Passage) -> FileRow:
        return FileRow(1, asked.path, asked.source, 0, 0, "", "", "read", "", "")

    monkeypatch.setattr("chatui.app.commands.editor.known_file", known)


@pytest.mark.usefixtures("in_library")
async def test_a_pdf_opens_in_the_systems_viewer(
    chat: Chat, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = here / "bin"
    programs.mkdir()
    write_program(programs / "xdg-open", f'echo "$1" > {here}/opened')
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    document = here / "report.pdf"
    document.write_bytes(b"%PDF")
    async with chat.open():
        chat.window.open_passage(passage(document, page=3), 1)
        await chat.until(lambda: "has changed since it was read in" in chat.notice)
        await chat.until((here / "opened").exists)


@pytest.mark.usefixtures("in_library")
async def test_a_presentation_opens_in_its_own_program_which_is_told_no_slide(
    chat: Chat, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = here / "bin"
    programs.mkdir()
    write_program(programs / "xdg-open", f'echo "$@" > {here}/opened')
    write_program(programs / "evince", f"touch {here}/shown-as-a-pdf")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    document = here / "talk.pptx"
    document.write_bytes(b"PK")
    async with chat.open():
        chat.window.open_passage(passage(document, page=3), 1)
        await chat.until((here / "opened").exists)
        await chat.until(lambda: bool((here / "opened").read_text()))
    assert (here / "opened").read_text() == f"{document}\n"
    assert not (here / "shown-as-a-pdf").exists()


@pytest.mark.usefixtures("in_library")
async def test_a_passage_whose_file_has_gone_says_so(chat: Chat, here: Path) -> None:
    async with chat.open():
        chat.window.open_passage(passage(here / "gone.md"), 1)
        await chat.until(lambda: "not there any more" in chat.notice)


async def test_no_editor_is_one_plain_sentence(
    chat: Chat, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "nosucheditor")
    async with chat.open() as pilot:
        await pilot.press("d", "ctrl+g")
        await chat.until(lambda: chat.notice.startswith("The editor nosucheditor is not there"))
        assert chat.window.view.composer.text == "d"


async def test_a_dropped_file_of_two_megabytes_does_not_stop_the_window(chat: Chat) -> None:
    async with chat.open() as pilot:
        chat.window.view.composer.post_message(events.Paste("word " * 400_000))
        await pilot.press("enter")
        await chat.until(lambda: chat.answers == ["Hello there"])
        await asyncio.sleep(0)
        assert len(chat.questions[0]) > 1_900_000


def test_the_summary_of_an_ingest_tells_the_first_file_that_was_left_out() -> None:
    report = IngestReport("default", seen=3, added=2, chunks_total=9)
    report.failed.append(FileNote("bad.pdf", "it is damaged"))
    report.skipped.append(FileNote("cat.png", "it is no text"))
    assert summary(report) == (
        "Read 3 files: 2 new, 0 changed, 0 unchanged; default has 9 passages. "
        "Left out: bad.pdf (it is damaged), and 1 more. /files lists them all."
    )
