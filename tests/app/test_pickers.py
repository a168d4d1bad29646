"""Lists over the chat: models, conversations, earlier prompts, the palette."""

from __future__ import annotations

import pytest
from textual.containers import Vertical
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from chatui.app.start import StartOptions
from chatui.config.window import Keys
from chatui.widgets.drawn import keys_within
from chatui.widgets.help_list import HelpList
from chatui.widgets.history_search import HistorySearch
from chatui.widgets.model_picker import ModelPicker
from chatui.widgets.sessions import ASKS, CHATS, HINT, SessionsScreen
from tests.app.scripted_chat import NAME, Chat, says


def rows(chat: Chat) -> list[str]:
    listed = chat.window.screen.query_one(OptionList)
    return [str(option.prompt) for option in listed.options if not option.disabled]


async def test_the_model_picker_lists_models_and_enter_chooses(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press("ctrl+l")
        await chat.until(lambda: isinstance(chat.window.screen, ModelPicker) and bool(rows(chat)))
        await chat.until(lambda: "free" in rows(chat)[0])
        assert rows(chat)[0].startswith(f"● {NAME}")
        await pilot.press("enter")
        await chat.until(lambda: chat.idle)
        assert chat.notice == f"{NAME} answers."
        assert chat.window.view.composer.has_focus


async def test_f2_says_when_no_other_model_was_used(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press("f2")
        await chat.until(lambda: "No other model" in chat.notice)


async def test_a_stored_conversation_is_found_by_a_word_and_opened(chat: Chat) -> None:
    async with chat.open() as pilot:
        for question in ("about cats", "about dogs"):
            await chat.write(pilot, question)
            await chat.write(pilot, "/new")
        await pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
        await pilot.press(*"cats", "enter")
        await chat.until(lambda: chat.questions == ["about cats"])


async def test_a_conversation_is_renamed_in_the_list(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "about cats")
        await pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
        await pilot.press("f2", "ctrl+u", *"Felines", "enter")
        await chat.until(lambda: "Felines" in rows(chat)[0])
        assert chat.window.session.title == "Felines"


async def listed(chat: Chat, pilot: Pilot[None], *questions: str) -> None:
    """The list of conversations, the newest first."""
    for number, question in enumerate(questions):
        if number:
            await chat.write(pilot, "/new")
        await chat.write(pilot, question)
    await pilot.press("ctrl+s")
    await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
    await pilot.pause()


async def stored(chat: Chat) -> list[str]:
    store = (await chat.window.session.services()).store
    return [row.title for row in await store.rows()]


async def test_a_conversation_is_deleted_only_by_a_second_press(chat: Chat) -> None:
    async with chat.open() as pilot:
        await listed(chat, pilot, "about cats")
        await pilot.press("delete")
        assert len(rows(chat)) == 1
        await pilot.press("delete")
        await chat.until(lambda: rows(chat) == [])
        assert await stored(chat) == ["about cats"]
        await pilot.press("escape")
        await chat.until(lambda: chat.idle and chat.questions == [])
        assert await stored(chat) == []


async def test_what_was_deleted_is_brought_back_while_the_list_is_open(chat: Chat) -> None:
    async with chat.open() as pilot:
        await listed(chat, pilot, "about cats", "about dogs")
        await pilot.press("delete", "delete")
        assert len(rows(chat)) == 1
        await pilot.press("ctrl+z")
        assert len(rows(chat)) == 2
        await pilot.press("escape")
        await chat.until(lambda: chat.idle)
        assert await stored(chat) == ["about dogs", "about cats"]
        assert chat.questions == ["about dogs"]


async def test_several_that_are_marked_are_deleted_together(chat: Chat) -> None:
    async with chat.open() as pilot:
        await listed(chat, pilot, "about cats", "about dogs", "about tea")
        await pilot.press("tab", "tab", "delete", "delete")
        assert len(rows(chat)) == 1
        await pilot.press("enter")
        await chat.until(lambda: chat.questions == ["about cats"])
        assert await stored(chat) == ["about cats"]


async def test_a_mark_is_taken_off_by_the_same_key(chat: Chat) -> None:
    async with chat.open() as pilot:
        await listed(chat, pilot, "about cats", "about dogs")
        await pilot.press("tab", "up", "tab")

        assert not [row for row in rows(chat) if row.startswith("✓")]


async def test_a_pinned_conversation_stands_first_also_the_next_time(chat: Chat) -> None:
    async with chat.open() as pilot:
        await listed(chat, pilot, "about cats", "about dogs")
        await pilot.press("down", "f4")
        await chat.until(lambda: "about cats" in rows(chat)[0])
        await pilot.press("escape")
        await listed(chat, pilot)
        assert "about cats" in rows(chat)[0]


async def test_the_archive_is_out_of_the_list_until_all_is_asked_for(chat: Chat) -> None:
    async with chat.open() as pilot:
        await listed(chat, pilot, "about cats", "about dogs")
        await pilot.press("f6")
        await chat.until(lambda: len(rows(chat)) == 1)
        assert "about cats" in rows(chat)[0]
        await pilot.press("f3")
        await chat.until(lambda: len(rows(chat)) == 2)
        assert "about dogs" in rows(chat)[1]


async def test_an_archived_conversation_is_found_by_its_words(chat: Chat) -> None:
    async with chat.open() as pilot:
        await listed(chat, pilot, "about herons", "about dogs")
        await pilot.press("down", "f6")
        await chat.until(lambda: len(rows(chat)) == 1)
        await pilot.press(*"herons")
        await chat.until(lambda: any("herons" in row for row in rows(chat)))


@pytest.mark.parametrize(("typed", "fitting"), [("cte", 1), ("cats", 1), ("caat", 0)])
async def test_letters_scattered_over_a_title_count_up_to_three(
    chat: Chat, typed: str, fitting: int
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "about cats and tea")
        await pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
        await pilot.press(*typed)
        await pilot.pause()
        assert len(rows(chat)) == fitting


async def test_enter_before_the_messages_are_found_opens_the_first_that_is(chat: Chat) -> None:
    chat.model.scripts = [says("Herons fish."), says("Otters float.")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/new")
        await chat.write(pilot, "two")
        await pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
        await pilot.press(*"herons", "enter")
        await chat.until(lambda: chat.questions == ["one"])


async def test_ctrl_r_finds_an_earlier_prompt(chat: Chat) -> None:
    chat.model.scripts = [says("One"), says("Two")]
    async with chat.open() as pilot:
        await chat.write(pilot, "how do cats purr")
        await chat.write(pilot, "something else")
        await pilot.press("ctrl+r")
        await chat.until(lambda: isinstance(chat.window.screen, HistorySearch))
        await pilot.press(*"purr", "enter")
        await chat.until(lambda: chat.window.view.composer.text == "how do cats purr")


async def test_prompts_of_earlier_sessions_are_in_the_history(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "from before")
    chat.reopen(StartOptions())
    async with chat.open() as pilot:
        await pilot.press("up")
        assert chat.window.view.composer.text == "from before"


async def test_continue_opens_the_last_conversation(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "from before")
    chat.reopen(StartOptions(continue_last=True))
    async with chat.open():
        assert chat.questions == ["from before"]


async def test_an_unknown_model_at_the_start_leaves_a_window_that_works(chat: Chat) -> None:
    chat.reopen(StartOptions(model="nosuchmodel"))
    async with chat.open() as pilot:
        await chat.until(lambda: chat.window.view.notice.tone == "error")
        await chat.write(pilot, "Hi")
        assert chat.answers == ["Hello there"]


async def test_the_palette_runs_commands(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press("ctrl+p")
        await chat.until(lambda: chat.window.screen.is_modal)
        await pilot.press(*"every key")
        await chat.until(lambda: "/help" in rows(chat)[0])
        await pilot.press("enter")
        await chat.until(lambda: isinstance(chat.window.screen, HelpList))


async def test_keys_can_be_bound_otherwise(chat: Chat) -> None:
    chat.reopen(StartOptions(), Keys(help="f9", send="ctrl+x"))
    async with chat.open() as pilot:
        await pilot.press("f9")
        await chat.until(lambda: isinstance(chat.window.screen, HelpList))
        await pilot.press("escape")
        await chat.until(lambda: chat.idle)
        await pilot.press("H", "i", "ctrl+x")
        await chat.until(lambda: chat.answers == ["Hello there"])


async def test_typing_in_a_picker_keeps_the_cursor_in_its_field(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
        await pilot.press("a", "down", "b")
        assert chat.window.screen.query_one(Input).value == "ab"


async def test_f3_lists_what_was_asked_once_from_the_shell(chat: Chat) -> None:
    async with chat.open() as pilot:
        store = (await chat.window.session.services()).store
        await store.begin_turn((await store.create(ask=True)).id, "asked from the shell")
        await chat.write(pilot, "about cats")
        await chat.write(pilot, "/new")
        await pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
        assert len(rows(chat)) == 1
        assert "F3 all" in str(chat.window.screen.query_one(Vertical).border_subtitle)
        await pilot.press("f3")
        await chat.until(lambda: len(rows(chat)) == 2)
        assert "F3 chats" in str(chat.window.screen.query_one(Vertical).border_subtitle)
        await pilot.press("f3")
        await chat.until(lambda: len(rows(chat)) == 1)
        await pilot.press("f3")
        await chat.until(lambda: len(rows(chat)) == 2)
        await pilot.press(*"shell", "enter")
        await chat.until(lambda: chat.questions == ["asked from the shell"])
        await chat.write(pilot, "And more?")
        assert len(await store.rows(listed="chats")) == 2


def test_all_keys_of_the_list_of_conversations_are_told_on_80_columns() -> None:
    for hint in (HINT.format(asks=ASKS), HINT.format(asks=CHATS)):
        assert keys_within(hint, 80) == hint


@pytest.mark.parametrize(("key", "kept"), [("escape", False), ("enter", True)])
async def test_a_theme_is_tried_while_the_mark_is_on_it_and_esc_goes_back(
    chat: Chat, key: str, kept: bool
) -> None:
    async with chat.open() as pilot:
        before = chat.window.theme
        await chat.write(pilot, "/theme")
        await pilot.press("down")
        await chat.until(lambda: chat.window.theme != before)
        tried = chat.window.theme
        await pilot.press(key)
        await chat.until(lambda: chat.idle)
        assert chat.window.theme == (tried if kept else before)


async def test_the_model_picker_starts_on_the_model_that_answers(chat: Chat) -> None:
    async with chat.open() as pilot:
        store = (await chat.window.session.services()).store
        await store.remember_model("openai/gpt-5-mini")
        await pilot.press("ctrl+l")
        await chat.until(lambda: isinstance(chat.window.screen, ModelPicker) and bool(rows(chat)))
        assert isinstance(chat.window.screen, ModelPicker)
        assert chat.window.screen.chosen == NAME


async def test_the_palette_tells_each_commands_key_and_writes_what_takes_something(
    chat: Chat,
) -> None:
    chat.reopen(StartOptions(), Keys(models="f9"))
    async with chat.open() as pilot:
        await pilot.press("ctrl+p")
        await chat.until(lambda: chat.window.screen.is_modal and bool(rows(chat)))
        told = [row.strip() for row in rows(chat)]
        assert any(row.startswith("/model") and row.endswith("F9") for row in told)
        assert any("Next recent model" in row and row.endswith("F2") for row in told)
        await pilot.press(*"/ingest", "enter")
        await chat.until(lambda: chat.window.view.composer.text == "/ingest ")
