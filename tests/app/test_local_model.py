"""The window with a model in a file: the real thing behind it, down to the process."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from chatui.app.app import ChatuiApp
from chatui.app.start import StartOptions
from chatui.bootstrap.services import Services, open_services
from chatui.config.paths import Paths
from chatui.config.schema import Config
from chatui.config.window import Keys, Ui
from tests.app.scripted_chat import Chat, ScriptedModel
from tests.tiny_gguf import CHATML, CHATML_MARKS, write_tiny_gguf


@pytest.fixture
def local(tmp_path: Path) -> Chat:
    """A chat with local/tiny, which never ends a reply by itself."""
    paths = Paths(*(tmp_path / name for name in ("config", "data", "state", "cache")))
    paths.models.mkdir(parents=True)
    write_tiny_gguf(
        paths.models / "tiny.gguf", context=500_000, template=CHATML, marks=CHATML_MARKS
    )
    plain = Config()
    config = replace(
        plain,
        local=replace(plain.local, threads=1, context_size=500_000),
        retrieval=replace(plain.retrieval, enabled=False),
    )
    chat = Chat(tmp_path, ScriptedModel([]))

    async def services() -> Services:
        return await open_services(config, paths, on_warning=chat.window.say_warning)

    chat.window = ChatuiApp(Ui(), Keys(), services, StartOptions(model="local/tiny"))
    return chat


async def test_esc_keeps_what_came_and_the_next_question_is_answered(local: Chat) -> None:
    async with local.open(size=(120, 40)) as pilot:
        await asked(local, pilot, "Tell me of the sea.")
        await pilot.press("escape")
        await local.until(lambda: local.idle)
        assert local.answers[0].split()

        await asked(local, pilot, "And of the hills?")
        await pilot.press("escape")
        await local.until(lambda: local.idle)
        assert "cached" in local.screen


async def test_a_process_that_is_killed_is_a_sentence_and_the_next_question_is_answered(
    local: Chat,
) -> None:
    async with local.open(size=(120, 40)) as pilot:
        await asked(local, pilot, "Tell me of the sea.")
        os.kill(child(), signal.SIGKILL)
        await local.until(lambda: local.idle)
        (_, turn), *_ = local.window.session.path.turns
        assert "was killed" in (turn.reply.error or "")
        await local.until(lambda: "was killed" in " ".join(local.screen.split()))

        await asked(local, pilot, "And of the hills?")
        await pilot.press("escape")
        await local.until(lambda: local.idle)


async def asked(chat: Chat, pilot: Pilot[None], question: str) -> None:
    """Sends it, and waits for the first words of a reply that never ends by itself."""
    view = chat.window.view
    before = view.live
    await chat.send(pilot, question)
    await chat.until(
        lambda: (
            view.live is not None and view.live is not before and len(view.live.text.split()) > 3
        )
    )


def child() -> int:
    """The process of the model."""
    import psutil

    children = psutil.Process().children(recursive=True)
    (found,) = [one.pid for one in children if "LocalService" in " ".join(one.cmdline())]
    return found
