"""What was said and what was read, looked at again."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatui.app.commands.looking_back import FileLine, file_lines, remark
from chatui.retrieval.chunking.document import Lack
from chatui.retrieval.ingest.report import FileNote, IngestReport
from chatui.retrieval.library.records import FileRow, Outcome
from chatui.retrieval.sources import KnownFile
from chatui.widgets.details import Details
from chatui.widgets.picker import Picker
from tests.app.scripted_chat import Chat
from tests.app.test_documents import write_program


def known(
    path: str, outcome: Outcome = "read", reason: str = "", lacks: tuple[Lack, ...] = ()
) -> KnownFile:
    source = path.rpartition("/")[2]
    row = FileRow(1, path, source, 1, 1, "", "", outcome, reason, "", lacks)
    return KnownFile("default", row)


FILES = [
    known("/docs/a.md"),
    known("/docs/b.pdf", lacks=(Lack("it could not be loaded", (3,)),)),
    known("/docs/c.zip", "skipped", "it is an archive"),
    known("/docs/d.pdf", "failed", "it is damaged"),
]


async def test_notices_that_have_gone_are_read_again(chat: Chat) -> None:
    async with chat.open() as pilot:
        chat.window.say("The first thing.")
        chat.window.say("A second thing [bold]went[/] wrong.", "error")
        await chat.write(pilot, "/notices")
        await chat.until(lambda: isinstance(chat.window.screen, Details))
        await pilot.pause()
        lines = chat.screen.split("\n")
        newest = next(at for at, line in enumerate(lines) if "✗ A second thing [bold]went" in line)
        assert any("· The first thing." in line for line in lines[newest:])


async def test_notices_before_anything_was_said_say_so(chat: Chat) -> None:
    async with chat.open() as pilot:
        chat.window.view.notice.said.clear()
        await chat.write(pilot, "/notices")
        assert "Nothing has been said" in chat.notice


def test_what_was_left_out_stands_first_with_its_reason() -> None:
    lines = file_lines(FILES, None)
    assert [(line.source, line.outcome, line.reason) for line in lines] == [
        ("d.pdf", "failed", "it is damaged"),
        ("c.zip", "left out", "it is an archive"),
        ("b.pdf", "read in part", "page 3: it could not be loaded"),
        ("a.md", "read", ""),
    ]
    assert remark(lines) == "1 failed · 1 left out · 1 read in part · 1 read"


def test_what_the_last_reading_passed_over_is_told_too() -> None:
    report = IngestReport("default", skipped=[FileNote(".env", "hidden"), FileNote("c.zip", "x")])
    lines = file_lines(FILES, report)
    assert FileLine(".env", "left out", "hidden") in lines
    assert sum(line.source == "c.zip" for line in lines) == 1


@pytest.mark.parametrize("there", [True, False])
async def test_a_file_of_the_list_is_opened(
    chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    opened = tmp_path / "opened"
    viewer = write_program(tmp_path / "xdg-open", f'printf "%s" "$1" > {opened}')
    monkeypatch.setenv("PATH", f"{viewer.parent}:/usr/bin:/bin")
    file = tmp_path / "left out.pdf"
    if there:
        file.write_bytes(b"%PDF-")

    async def files(collection: str) -> list[KnownFile]:
        return [known(str(file), "skipped", "it has no text")]

    async with chat.open() as pilot:
        services = await chat.window.session.services()
        monkeypatch.setattr(services.documents.sources, "known", files)
        await chat.send(pilot, "/files")
        await chat.until(lambda: isinstance(chat.window.screen, Picker))
        await pilot.pause()
        assert "it has no text" in chat.screen
        await pilot.press(*"left", "enter")
        await chat.until(lambda: chat.idle and bool(chat.notice))
        assert ("Opening" if there else "not to be found") in chat.notice
