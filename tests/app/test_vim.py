"""Vim's keys in the window."""

from __future__ import annotations

from pathlib import Path

from chatui.app.kept_looks import KeptLooks, read_looks, write_looks
from chatui.app.start import StartOptions
from chatui.config.window import Ui
from tests.app.scripted_chat import Chat, says


async def switched_on(chat: Chat) -> None:
    await chat.window.view.use_vim(True)


def edge(chat: Chat) -> str:
    return str(chat.window.view.composer.border_subtitle)


async def test_the_border_tells_the_mode_and_what_was_begun(chat: Chat) -> None:
    async with chat.open() as pilot:
        await switched_on(chat)
        assert edge(chat).startswith("INSERT")
        await pilot.press(*"one two", "escape", "2", "d")
        assert edge(chat).startswith("NORMAL 2d")
        await pilot.press("b", "v")
        assert edge(chat).startswith("VISUAL")
        await pilot.press("escape", "V")
        assert edge(chat).startswith("VISUAL LINE")
        await pilot.press("escape", "i")
        assert edge(chat).startswith("INSERT")


async def test_a_question_is_edited_and_sent_from_normal_mode(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open() as pilot:
        await switched_on(chat)
        await pilot.press(*"what is what", "escape", "0", "c", "w", *"who", "escape", "enter")
        await chat.until(lambda: bool(chat.answers) and chat.idle)
        assert chat.questions == ["who is what"]
        # As a shell's line, the next one begins in insert mode.
        assert chat.window.view.composer.takes_text


async def test_letters_in_normal_mode_are_not_written_and_offer_nothing(chat: Chat) -> None:
    async with chat.open() as pilot:
        await switched_on(chat)
        await pilot.press(*"/them", "escape", *"qz", "x")
        await pilot.pause()
        composer = chat.window.view.composer
        assert composer.text == "/the"
        assert not composer.completions.is_open


async def test_a_burst_of_lines_in_normal_mode_sends_nothing(chat: Chat) -> None:
    from textual.events import Key

    async with chat.open() as pilot:
        await switched_on(chat)
        await pilot.press(*"draft", "escape")
        for key in ("k", "enter", "q"):
            chat.window.post_message(Key(key, key if len(key) == 1 else None))
        await chat.until(lambda: not chat.window.view.composer.is_behind)
        await pilot.pause()
        assert chat.questions == []
        assert chat.window.view.composer.text == "draft"


async def test_u_takes_back_what_was_written_and_what_was_pasted(chat: Chat) -> None:
    from textual.events import Paste

    async with chat.open() as pilot:
        await switched_on(chat)
        composer = chat.window.view.composer
        await pilot.press(*"one", "escape")
        composer.post_message(Paste(" pasted"))
        await chat.until(lambda: "pasted" in composer.text)
        await pilot.press("u")
        assert composer.text == "one"
        await pilot.press("u")
        assert composer.text == ""
        await pilot.press("ctrl+r", "ctrl+r")
        assert "pasted" in composer.text


async def test_a_folded_paste_goes_as_a_whole(chat: Chat) -> None:
    from textual.events import Paste

    async with chat.open() as pilot:
        await switched_on(chat)
        composer = chat.window.view.composer
        await pilot.press(*"see ")
        composer.post_message(Paste("line\n" * 30))
        await chat.until(lambda: "pasted" in composer.text)
        await pilot.press("escape", "x")
        assert composer.text == "see "


async def test_j_and_k_go_by_rows_and_then_to_other_prompts(chat: Chat) -> None:
    async with chat.open(size=(40, 24)) as pilot:
        await switched_on(chat)
        composer = chat.window.view.composer
        composer.past_prompts.add("earlier")
        await pilot.press(*"a line that is longer than the composer is wide", "escape")
        end = composer.cursor_location
        await pilot.press("k")
        assert composer.text != "earlier"
        assert composer.cursor_location < end
        await pilot.press("k")
        assert composer.text == "earlier"
        await pilot.press("j")
        assert composer.text.startswith("a line")


async def test_escape_pressed_more_often_changes_nothing(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open() as pilot:
        await switched_on(chat)
        await chat.write(pilot, "one")
        await pilot.press("escape", "escape", "escape", "escape")
        await pilot.pause()
        assert chat.window.editing is None
        assert chat.questions == ["one"]
        await pilot.press(*"ixy", "escape", "escape", "escape", "0", "x")
        await pilot.pause()
        assert chat.window.view.composer.text == "y"


async def test_the_transcript_has_them_while_nobody_writes(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open() as pilot:
        await switched_on(chat)
        for question in ("one", "two", "three"):
            await chat.write(pilot, question)
        transcript = chat.window.view.transcript
        assert transcript is not None
        keys = [key for key, _ in chat.window.session.path.turns]
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert transcript.has_focus
        await pilot.press("g", "g")
        await pilot.pause()
        assert transcript.selected == keys[0]
        await pilot.press("j")
        await pilot.pause()
        assert transcript.selected == keys[1]
        await pilot.press("y")
        await chat.until(lambda: chat.window.clipboard.strip() == "Hello")
        await pilot.press("i", *"more")
        assert chat.window.view.composer.text == "more"


async def test_who_writes_goes_on_writing_after_a_click_into_the_transcript(chat: Chat) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open() as pilot:
        await switched_on(chat)
        await chat.write(pilot, "one")
        await pilot.press(*"dra")
        transcript = chat.window.view.transcript
        assert transcript is not None
        transcript.focus()
        await pilot.press("j", "y")
        await pilot.pause()
        assert chat.window.view.composer.text == "drajy"


async def test_the_help_has_them_only_while_they_are_on(chat: Chat) -> None:
    from chatui.app.commands.help import vim_help

    async with chat.open():
        assert vim_help(chat.window) == ()
        await switched_on(chat)
        assert "Enter" in dict(vim_help(chat.window))


async def test_vim_is_switched_in_the_window_and_kept(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/vim on")
        assert chat.window.looks.vim is True
        assert chat.window.view.composer.vim is not None
        await chat.write(pilot, "/vim")
        assert chat.window.looks.vim is None
        assert chat.window.view.composer.vim is None
        await chat.write(pilot, "/vim maybe")
        assert chat.notice == "Write /vim on or /vim off."


async def test_the_config_or_what_was_kept_has_them_on_from_the_start(chat: Chat) -> None:
    chat.reopen(StartOptions(), ui=Ui(vim=True))
    async with chat.open():
        assert chat.window.view.composer.vim is not None
    chat.reopen(StartOptions(), ui=Ui(vim=True))
    chat.window.looks = KeptLooks(vim=False)
    async with chat.open():
        assert chat.window.view.composer.vim is None


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    for kept in (True, False, None):
        write_looks(tmp_path / "looks.json", KeptLooks(vim=kept))
        assert read_looks(tmp_path / "looks.json").vim is kept
