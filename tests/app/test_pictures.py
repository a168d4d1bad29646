"""Pictures in the window: mentioned, pasted and dropped, told before they are sent, and shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual.events import Paste

from chatui.app import external_programs
from chatui.config.schema import PriceEntry
from chatui.models.hosted.endpoint import Endpoint
from chatui.system.api_key import KeySource
from tests.app.scripted_chat import Chat, ScriptedModel, says
from tests.scripted_server import ScriptedServer, saying


def picture(width: int = 1024, height: int = 1024) -> bytes:
    written = BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "PNG")
    return written.getvalue()


def shown(server: ScriptedServer, at: int = -1) -> list[str]:
    """The kinds of the parts of the last message of a request."""
    content: Any = server.exchanges[at].json["messages"][-1]["content"]
    return [part["type"] for part in content] if isinstance(content, list) else ["text"]


def private_picture(name: str) -> bool:
    """Whether that is a picture which its owner alone may read."""
    path = Path(name)
    modes = [one.stat().st_mode & 0o777 for one in (path, path.parent)]
    return (path.suffix, modes) == (".png", [0o600, 0o700])


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer(saying("Teal.")) as running:
        yield running


@pytest.fixture
def chat(tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """A window whose model sees, in a folder with a picture."""
    (tmp_path / "pic.png").write_bytes(picture())
    monkeypatch.chdir(tmp_path)
    price = PriceEntry(input=Decimal(10), output=Decimal(10))
    return Chat(
        tmp_path,
        ScriptedModel([says("never")]),
        endpoints=[Endpoint("mine", server.base_url, KeySource("mine"), context_size=8000)],
        prices={"mine/*": price},
        model_name="mine/gpt-4o",
    )


async def test_what_is_mentioned_is_told_with_its_tokens_before_it_is_sent(chat: Chat) -> None:
    async with chat.open():
        chat.window.view.composer.insert("what is @pic.png?")
        await chat.until(lambda: chat.window.view.attached.display)
        await chat.until(lambda: "▣ pic.png · 1024×1024" in chat.screen)
        assert "≈ 765 tokens" in chat.screen
        chat.window.view.composer.fill("")
        chat.window.draft_changed()
        await chat.until(lambda: not chat.window.view.attached.display)


async def test_it_is_shown_to_the_model_and_stands_in_the_turn(
    chat: Chat, server: ScriptedServer
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "what is @pic.png?")
        assert shown(server) == ["image_url", "text"]
        await chat.until(lambda: "▣ pic.png · 1024×1024" in chat.screen)
        assert not chat.window.view.attached.display


async def test_asking_again_shows_it_again_though_its_file_is_gone(
    chat: Chat, server: ScriptedServer
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "what is @pic.png?")
        (chat.folder / "pic.png").unlink()
        await chat.write(pilot, "/retry")
        await chat.until(lambda: len(server.exchanges) == 2 and chat.idle)
        assert shown(server) == ["image_url", "text"]


async def test_an_edited_question_keeps_the_pictures_that_it_names(
    chat: Chat, server: ScriptedServer
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "what is @pic.png?")
        await chat.write(pilot, "/edit")
        chat.window.view.composer.fill("nothing")
        await pilot.press("enter")
        await chat.until(lambda: len(server.exchanges) == 2 and chat.idle)
        assert shown(server) == ["text"]


async def test_a_picture_is_pasted_as_a_chip_that_backspace_takes_off(
    chat: Chat, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.system.clipboard.picture", lambda: picture(30, 20))
    async with chat.open() as pilot:
        composer = chat.window.view.composer
        await pilot.press("ctrl+v")
        await chat.until(lambda: composer.text == "[clipboard 1.png] ")
        await pilot.press("backspace", "backspace")
        assert composer.text == ""

        await chat.write(pilot, "/paste")
        await chat.until(lambda: "[clipboard 2.png]" in composer.text)
        await chat.write(pilot, "what colour?")
        assert shown(server) == ["image_url", "text"]
        assert "▣ clipboard 2.png · 30×20" in chat.screen


async def test_without_a_picture_the_key_pastes_text(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.system.clipboard.picture", lambda: None)
    monkeypatch.setattr("chatui.system.clipboard.paste", lambda: "words")
    async with chat.open() as pilot:
        await pilot.press("ctrl+v")
        await chat.until(lambda: chat.window.view.composer.text == "words")


async def test_a_file_that_is_dropped_on_the_terminal_is_mentioned(chat: Chat) -> None:
    async with chat.open():
        composer = chat.window.view.composer
        composer.insert("see")
        composer.post_message(Paste(f"'{chat.folder}/pic.png'"))
        await chat.until(lambda: composer.text == f"see @{chat.folder}/pic.png ")


async def test_a_model_that_does_not_see_is_not_asked(
    chat: Chat, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.bootstrap.documents.is_installed", lambda: False)
    chat.model_name = "mine/gpt-3.5-turbo"
    async with chat.open() as pilot:
        await chat.write(pilot, "what is @pic.png?")
        assert "mine/gpt-3.5-turbo doesn't see pictures" in chat.notice
        assert chat.window.view.composer.text == "what is @pic.png?"
        assert not server.exchanges


async def test_a_picture_is_opened_by_another_program_when_that_is_asked_for(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[list[str]] = []
    monkeypatch.setattr(external_programs, "viewer_command", lambda path: ["see", str(path)])
    monkeypatch.setattr(external_programs, "show", opened.append)
    async with chat.open() as pilot:
        await chat.write(pilot, "/show")
        assert "no picture" in chat.notice
        chat.window.view.composer.fill("")
        await chat.write(pilot, "what is @pic.png?")
        await chat.write(pilot, "/show")
        await chat.until(lambda: bool(opened))
        assert private_picture(opened[0][1])
        await chat.write(pilot, "/show")
        await chat.until(lambda: len(opened) == 2)
        assert opened[0] == opened[1]
    assert not Path(opened[0][1]).parent.exists()
