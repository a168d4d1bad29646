"""The window over hostile answers, documents, titles, names and errors: nothing of them reaches
the terminal."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from chatui.app.start import StartOptions
from chatui.config.schema import ProfileTable
from chatui.domain.conversation import FinishReason, Role
from chatui.domain.errors import BadResponse
from chatui.domain.passage import Passage
from chatui.domain.usage import Usage
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.store import ChatStore
from chatui.models.base import Finished, ReasoningDelta, TextDelta
from chatui.models.hosted.endpoint import Endpoint
from chatui.system.api_key import KeySource
from chatui.text.safety import drawable
from chatui.widgets.details import Details
from chatui.widgets.history_search import HistorySearch
from chatui.widgets.model_picker import ModelPicker
from chatui.widgets.picker import Picker
from chatui.widgets.sessions import SessionsScreen
from tests.app.scripted_chat import Chat, ScriptedModel, Step, says
from tests.app.test_pickers import rows
from tests.cli.hosted import running
from tests.hostile import CONTROLS, HOSTILE, WHOLE, raw
from tests.scripted_server import Exchange
from tests.widgets.turns import passage

LOUD = "a\x1b]52;c;aGVsbG8=\x07b\x1b[2Jc\x9b31md\u202ee\u2066f\x1bPq\x1b\\g\x07h\u200bi\x1bcj"
QUIET = "abcdefghij"
TALL = (120, 1000)
LINES = "\n\n".join(f"<{text}>" for text in (*CONTROLS, *WHOLE))


def is_safe(chat: Chat) -> bool:
    """Whether nothing raw stands on the screen; shows what does."""
    lines = [strip.text for strip in chat.window.screen._compositor.render_strips()]
    assert raw("".join(lines)) == []
    assert [line for line in lines if "\n" in line or "\t" in line] == []
    return True


async def test_a_conversation(chat: Chat) -> None:
    text = LINES.encode(errors="replace").decode()
    cut = [text[start : start + 200] for start in range(0, len(text), 200)]
    end = Finished(FinishReason.STOP, Usage(input=1, output=1))
    script: list[Step] = [*map(ReasoningDelta, cut), *map(TextDelta, cut), end]
    chat.model = ScriptedModel([script])
    async with chat.open(TALL) as pilot:
        await chat.write(pilot, f"a question\n{text[:3000]}")
        assert is_safe(chat)
        await pilot.press("ctrl+t")
        await chat.until(lambda: chat.idle)
        await pilot.pause()
        assert is_safe(chat)
        for whole in WHOLE:
            if whole.isalpha():
                assert whole in chat.screen


async def test_what_a_failed_reply_says(chat: Chat) -> None:
    chat.model = ScriptedModel([[TextDelta("so far "), BadResponse(LINES)]])
    async with chat.open(TALL) as pilot:
        await chat.write(pilot, "What?")
        await chat.until(lambda: "✗" in chat.screen)
        assert is_safe(chat)


async def test_sources_and_why(chat: Chat) -> None:
    def found(number: int, text: str) -> Passage:
        named = passage(number, f"{number} {text}", f"{text} heron")
        return replace(named, heading=text, title=text, collection=text, path=f"/x/{text}")

    chat.passages = tuple(map(found, range(1, 60), [LOUD, *CONTROLS[::7]]))
    chat.model = ScriptedModel([says(f"heron [1] and [2] and {LOUD} [3].")])
    async with chat.open((120, 200)) as pilot:
        await chat.write(pilot, "heron?")
        await pilot.press("ctrl+o")
        await chat.until(lambda: chat.idle)
        await pilot.pause()
        assert is_safe(chat)
        for _ in range(6):
            await pilot.press("down")
            assert is_safe(chat)
        chat.window.view.composer.focus()
        await chat.write(pilot, "/why")
        await chat.until(lambda: isinstance(chat.window.screen, Details))
        await pilot.pause()
        assert is_safe(chat)


async def stored(chat: Chat) -> None:
    """Conversations with hostile titles and questions."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    store = await ChatStore.open(chat.folder / "data/chats.db")
    texts = [text.encode(errors="replace").decode() for text in (*HOSTILE[::2], *WHOLE)]
    await store.add(
        [
            ImportedConversation(
                text, now, (ImportedMessage(Role.USER, f"heron {text}", now, model=text),)
            )
            for text in texts
        ]
    )
    await store.close()


@pytest.mark.parametrize(("key", "kind"), [("ctrl+s", SessionsScreen), ("ctrl+r", HistorySearch)])
async def test_stored_conversations_and_prompts_in_their_pickers(
    chat: Chat, key: str, kind: type[Picker]
) -> None:
    await stored(chat)
    async with chat.open((120, 60)) as pilot:
        await pilot.press(key)
        await all_pages_are_safe(chat, pilot, kind)
        await pilot.press("escape")
        await chat.until(lambda: chat.idle)


async def all_pages_are_safe(chat: Chat, pilot: Pilot[None], kind: type[Picker]) -> None:
    """Looks through the whole list of a picker that has more than 400 rows."""
    await chat.until(lambda: isinstance(chat.window.screen, kind) and len(rows(chat)) > 400)
    for _ in range(len(rows(chat)) // 20):
        await pilot.press("pagedown")
        assert is_safe(chat)


async def test_the_title_and_the_profile_on_the_composers_border(chat: Chat) -> None:
    chat.profiles = {LOUD: ProfileTable()}
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await chat.write(pilot, f"/rename {LOUD}")
        await chat.write(pilot, "/profile")
        await pilot.pause()
        assert is_safe(chat)
        assert QUIET in chat.screen
        await pilot.press("enter")
        await chat.until(lambda: chat.idle)
        await pilot.pause()
        assert is_safe(chat)
        assert QUIET in str(chat.window.view.composer.border_subtitle)
        for command in ("/context", "/cost", "/stats", "/tokens", "/help"):
            await chat.write(pilot, command)
            await pilot.pause()
            assert is_safe(chat)
            await pilot.press("escape")
            await chat.until(lambda: chat.idle)


async def test_names_of_files_that_are_completed(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = chat.folder / "files"
    folder.mkdir()
    for number, text in enumerate(CONTROLS):
        name = f"f{number % 10}{number} {text}".replace("/", "_").replace("\0", "")
        (folder / os.fsdecode(name.encode(errors="surrogatepass")[:200])).touch()
    monkeypatch.chdir(folder)
    async with chat.open() as pilot:
        for number in range(4):
            chat.window.view.composer.insert(f"@f{number}")
            await chat.until(lambda: chat.window.view.completions.is_open and chat.idle)
            for _ in range(24):
                await pilot.press("down")
                assert is_safe(chat)
            await pilot.press("tab")
            await pilot.pause()
            assert is_safe(chat)
            await pilot.press("ctrl+u", "ctrl+u")


async def test_notices_whatever_is_told(chat: Chat) -> None:
    async with chat.open() as pilot:
        for start in range(0, len(CONTROLS), 4):
            told = " ".join(CONTROLS[start : start + 4])
            chat.window.say(told, "error")
            chat.window.notify(told[:200], markup=False)
            await pilot.pause()
            assert is_safe(chat)
        chat.window.say("x" * 100_000, "error")
        assert len(chat.notice) == 1000
        chat.window.say("")
        chat.window.view.notice.progress(LOUD, 1, 2, LOUD)
        await pilot.pause()
        assert is_safe(chat)


async def test_a_name_that_would_be_another_one_on_the_screen_is_no_model(chat: Chat) -> None:
    async def listing(exchange: Exchange) -> None:
        names = ["good", *(f"{number} {text}" for number, text in enumerate(HOSTILE))]
        await exchange.answer(200, {"data": [{"id": name} for name in names]})

    with running(listing) as server:
        key = KeySource("mine", env="KEY", environ={"KEY": "k"})
        chat.endpoints = [Endpoint("mine", server.base_url, key)]
        async with chat.open((120, 60)) as pilot:
            await pilot.press("ctrl+l")
            await chat.until(lambda: isinstance(chat.window.screen, ModelPicker))
            await chat.until(lambda: any("good" in row for row in rows(chat)))
            assert len(rows(chat)) < 20
            assert is_safe(chat)


async def test_a_start_with_hostile_names(chat: Chat) -> None:
    chat.reopen(StartOptions(model=LOUD, profile=None, conversation_id=LOUD, collection=LOUD))
    async with chat.open() as pilot:
        await pilot.pause()
        assert is_safe(chat)
        await chat.write(pilot, f"/{LOUD}")
        await chat.write(pilot, f"/model {LOUD}")
        await chat.write(pilot, f"/import {LOUD}")
        assert is_safe(chat)


async def test_an_export_has_nothing_raw(chat: Chat, tmp_path: Path) -> None:
    chat.model = ScriptedModel([says(LINES.encode(errors="replace").decode())])
    async with chat.open() as pilot:
        await chat.write(pilot, f"Say {LOUD}")
        for name in ("chat.md", "chat.json", "chat.html", "chat.txt"):
            await chat.write(pilot, f"/export {tmp_path / name}")
        await chat.write(pilot, f"/export answer {tmp_path / 'answer.md'}")
    for name in ("chat.md", "chat.json", "chat.html", "chat.txt", "answer.md"):
        assert raw((tmp_path / name).read_text()) == []


def test_the_strings_here_are_what_they_claim() -> None:
    assert drawable(LOUD) == QUIET
