"""`/stats` and `/concise` in the window, over the real ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatui.assistant.prompt import CONCISE
from chatui.config.schema import ProfileTable
from chatui.models.base import ModelInfo
from tests.app.scripted_chat import Chat

PROMPTED = ModelInfo("mine/scripted", context_size=8_000, local=True)


@pytest.fixture
def chat(chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chat:
    monkeypatch.chdir(tmp_path)
    chat.model.info = PROMPTED
    chat.profiles = {"reviewer": ProfileTable(system="Review.")}
    return chat


def head(chat: Chat) -> str:
    return chat.model.requests[-1].messages[0].content


def csv_in(folder: Path) -> str:
    (file,) = folder.glob("stats-by-day-*.csv")
    return file.read_text()


async def test_the_screen_shows_plots_and_figures_in_every_grouping(chat: Chat) -> None:
    async with chat.open(size=(100, 40)) as pilot:
        await chat.write(pilot, "/profile reviewer")
        await chat.write(pilot, "What is [b]true[/b]?")
        await chat.write(pilot, "/stats")
        assert "Statistics by day" in chat.screen
        assert "1 reply" in chat.screen
        # A plot of one day would be a single column.
        assert "■ output" not in chat.screen
        for named in ("builtin/extract", "What is [b]true[/b]?", "reviewer"):
            await pilot.press("tab")
            await chat.until(lambda named=named: named in chat.screen)  # type: ignore[misc]
            assert "■ output" in chat.screen


async def test_the_panel_is_as_small_as_what_it_says(chat: Chat) -> None:
    async with chat.open(size=(100, 40)) as pilot:
        await chat.write(pilot, "/stats")
        assert "No calls yet" in chat.screen
        assert chat.window.screen.query_one("VerticalScroll").size.height < 6
        await pilot.press("escape")
        await chat.write(pilot, "A question?")
        await chat.write(pilot, "/stats")
        assert "No calls yet" not in chat.screen
        assert chat.window.screen.query_one("VerticalScroll").size.height < 10


async def test_plus_and_minus_change_the_days(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "A question?")
        await chat.write(pilot, "/stats model 7")
        assert "Last 7 days" in chat.screen
        await pilot.press("plus")
        await chat.until(lambda: "Last 30 days" in chat.screen)
        await pilot.press("minus")
        await chat.until(lambda: "Last 7 days" in chat.screen)


async def test_f5_writes_csv_and_never_over_a_file(chat: Chat, tmp_path: Path) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "A question?")
        await chat.write(pilot, "/stats")
        await pilot.press("f5")
        await chat.until(lambda: "Wrote stats-by-day" in chat.screen)
        assert csv_in(tmp_path).startswith("day,title,calls,replies,input,")
        await pilot.press("f5")
        await chat.until(lambda: "is there already" in chat.screen)


async def test_figures_are_written_as_json_where_the_name_says_so(
    chat: Chat, tmp_path: Path
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "A question?")
        await chat.write(pilot, "/stats profile export out.json")
        assert "Wrote out.json" in chat.notice
        assert json.loads((tmp_path / "out.json").read_text())["rows"][0]["key"] == ""


async def test_without_calls_the_screen_says_so(chat: Chat) -> None:
    async with chat.open(size=(80, 24)) as pilot:
        await chat.write(pilot, "/stats")
        assert "No calls yet" in chat.screen


@pytest.mark.parametrize("typed", ["/stats yesterday", "/stats -3", "/concise maybe"])
async def test_a_command_that_makes_no_sense_says_so_and_comes_back(chat: Chat, typed: str) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, typed)
        assert "takes" in chat.notice
        assert chat.window.view.composer.text == typed


async def test_concise_joins_the_prompt_until_it_is_switched_off(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/concise on")
        assert "brief answers" in chat.screen
        await chat.write(pilot, "A question?")
        assert head(chat).endswith(CONCISE)
        await chat.write(pilot, "/concise")
        await chat.write(pilot, "Another question?")
        assert CONCISE not in head(chat)
        store = (await chat.window.session.services()).store
        assert [row.concise for row in await store.ledger()] == [True, False]
