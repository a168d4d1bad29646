"""Notes in the window: kept, used, shown, changed, proposed, switched off."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, Static

from chatui.config.schema import Memory
from chatui.models.base import ModelInfo
from tests.app.scripted_chat import NAME, Chat, says

PROMPTED = ModelInfo("mine/scripted", context_size=8_000, local=True)
"""A model that reads its prompt, unlike the built-in one."""


@pytest.fixture
def chat(chat: Chat) -> Chat:
    chat.model.info = PROMPTED
    return chat


def head(chat: Chat) -> str:
    return chat.model.requests[-1].messages[0].content


async def listed(chat: Chat) -> list[tuple[int, str, str]]:
    store = (await chat.window.session.services()).store
    return [(note.number, note.text, note.state) for note in await store.notes.all()]


def remark(chat: Chat) -> str:
    return str(chat.window.screen.query_one("#remark", Static).content)


async def test_what_is_remembered_joins_the_prompts_of_other_chats(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/remember I live in [b]Leeds[/b].")
        assert chat.notice.startswith("Kept as note 1.")
        await chat.write(pilot, "/new")
        await chat.write(pilot, "Where am I?")
        assert "I live in [b]Leeds[/b]." in head(chat)


async def test_what_is_forgotten_leaves_the_prompt_and_can_come_back(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/remember I live in Leeds.")
        await chat.write(pilot, "/forget 1")
        assert "Forgot note 1: “I live in Leeds.”" in chat.notice
        await chat.write(pilot, "Where am I?")
        assert "Leeds" not in head(chat)
        assert "/remember I live in Leeds." in chat.window.view.composer.past_prompts.prompts


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/remember", "Say what to remember"),
        ("/forget", "Say which note"),
        ("/forget everything", "Say which note"),
        ("/forget 7", "There is no note 7"),
        ("/memory maybe", "/memory takes"),
    ],
)
async def test_a_command_that_makes_no_sense_says_so_and_comes_back(
    chat: Chat, typed: str, sentence: str
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, typed)
        assert sentence in chat.notice
        assert chat.window.view.composer.text == typed


async def test_the_panel_lists_and_edits_notes(chat: Chat) -> None:
    async with chat.open(size=(80, 24)) as pilot:
        await chat.write(pilot, "/remember I live in Leeds.")
        await chat.write(pilot, "/memory")
        assert "I live in Leeds." in chat.screen
        assert "The built-in model reads no notes" in remark(chat)
        await pilot.press("enter")
        chat.window.screen.query_one(Input).value = "I live in York."
        await pilot.press("enter")
        await chat.until(lambda: "York" in chat.screen)
        assert await listed(chat) == [(1, "I live in York.", "kept")]


async def test_an_edit_that_is_left_changes_nothing(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/remember I live in Leeds.")
        await chat.write(pilot, "/memory")
        await pilot.press("enter", "x", "escape", "escape")
        assert not chat.window.screen.is_modal
        assert await listed(chat) == [(1, "I live in Leeds.", "kept")]


async def test_a_note_is_forgotten_when_delete_is_pressed_twice(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/remember I live in Leeds.")
        await chat.write(pilot, "/memory")
        await pilot.press("delete")
        assert "Press Del again to forget" in remark(chat)
        assert await listed(chat) != []
        await pilot.press("delete")
        await chat.until(lambda: "No note is kept yet" in remark(chat))
        assert await listed(chat) == []


async def test_a_proposal_waits_in_the_panel_for_a_yes(chat: Chat) -> None:
    async with chat.open() as pilot:
        store = (await chat.window.session.services()).store
        await store.notes.propose(["I live in Leeds."], None)
        await chat.write(pilot, "Where am I?")
        assert "Leeds" not in head(chat)
        await chat.write(pilot, "/memory")
        assert "proposed" in chat.screen
        await pilot.press("enter")
        await chat.until(lambda: "proposed" not in chat.screen)
        await pilot.press("escape")
        await chat.write(pilot, "And now?")
        assert "I live in Leeds." in head(chat)


async def test_a_model_s_proposal_is_told_and_not_kept(chat: Chat) -> None:
    chat.note_memory = Memory(note_model=NAME)
    chat.model.scripts = [says("Nice."), says("I live in Leeds.")]
    async with chat.open() as pilot:
        await chat.write(pilot, "I live in Leeds, what is there to see?")
        await chat.until(lambda: "Worth a note?" in chat.notice)
        assert "I live in Leeds." in chat.notice
        assert await listed(chat) == [(1, "I live in Leeds.", "proposed")]


async def test_one_switch_turns_notes_off_and_on(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/remember I live in Leeds.")
        await chat.write(pilot, "/memory")
        await pilot.press("f4")
        await chat.until(lambda: "Notes are off" in remark(chat))
        await pilot.press("escape")
        await chat.write(pilot, "Where am I?")
        assert "Leeds" not in head(chat)
        await chat.write(pilot, "/memory on")
        await chat.write(pilot, "And now?")
        assert "Leeds" in head(chat)


async def test_the_config_s_switch_wins_and_is_told(chat: Chat) -> None:
    chat.note_memory = Memory(notes=False)
    async with chat.open() as pilot:
        await chat.write(pilot, "/remember I live in Leeds.")
        assert "The config has notes off" in chat.notice
        await chat.write(pilot, "Where am I?")
        assert "Leeds" not in head(chat)


async def test_notes_are_exported_to_a_file_that_was_not_there(chat: Chat, tmp_path: Path) -> None:
    name = str(tmp_path / "mine.md")
    async with chat.open() as pilot:
        await chat.write(pilot, "/remember I live in Leeds.")
        await chat.write(pilot, f"/memory export {name}")
        assert chat.notice == f"Wrote {name}."
        await chat.write(pilot, f"/memory export {name}")
        assert "is there already" in chat.notice
    assert "- I live in Leeds." in (tmp_path / "mine.md").read_text()


async def test_a_note_that_is_longer_than_its_line_is_shown_whole(chat: Chat) -> None:
    text = "I live in Leeds " + "with many people " * 8 + "at number 9"
    async with chat.open(size=(80, 24)) as pilot:
        await chat.write(pilot, f"/remember {text}")
        await chat.write(pilot, "/memory")
        await pilot.pause()
        assert "at number 9" in chat.screen


async def test_one_proposal_after_another_is_answered_with_enter(chat: Chat) -> None:
    async with chat.open() as pilot:
        store = (await chat.window.session.services()).store
        await store.notes.propose(["I live in Leeds.", "I like tea."], None)
        await chat.write(pilot, "/memory")
        await pilot.press("enter")
        await chat.until(lambda: chat.screen.count("proposed") == 1)
        await pilot.press("enter")
        await chat.until(lambda: "proposed" not in chat.screen)
        assert [state for _, _, state in await listed(chat)] == ["kept", "kept"]
