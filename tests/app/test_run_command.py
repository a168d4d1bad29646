"""`/run`: a chain beside the chat."""

from __future__ import annotations

import asyncio

import pytest

from chatui.assistant.chains.state import RunFiles
from chatui.domain.conversation import TurnState
from chatui.domain.errors import ModelUnavailable
from chatui.memory.store.store import ChatStore
from chatui.models.base import Retrying
from chatui.widgets.text_box import TextBox
from tests.app.scripted_chat import Chat, says

ART = """
description = "Two parts"
[vars]
brief = "tea"
[steps.opening]
prompt = "Open on {{ vars.brief }}"
[steps.ending]
prompt = "End after {{ steps.opening }}"
"""


@pytest.fixture
def art(chat: Chat) -> Chat:
    """A window with a chain `art` in its folder."""
    (chat.folder / "chains").mkdir()
    (chat.folder / "chains" / "art.toml").write_text(ART)
    chat.model.scripts = [says("Opened"), says("Ended")]
    return chat


def run_id(notice: str) -> str:
    return notice.partition("--resume ")[2].split()[0]


async def test_the_result_opens_as_a_conversation(art: Chat) -> None:
    async with art.open() as pilot:
        await art.write(pilot, "/run art brief=green tea")

        assert art.questions == ["Open on green tea", "End after Opened"]
        assert art.answers == ["Opened", "Ended"]
        assert art.window.session.title == "Two parts"
        assert art.notice.startswith("art is done for ")


async def test_the_whole_text_of_a_chain_is_shown_and_can_be_copied(art: Chat) -> None:
    joined = 'output = "# Whole\\n\\n{{ steps.opening }}, **then** {{ steps.ending }}"\n'
    (art.folder / "chains" / "art.toml").write_text(joined + ART)
    async with art.open() as pilot:
        await art.send(pilot, "/run art")
        await art.until(lambda: isinstance(art.window.screen, TextBox))
        await pilot.pause()
        assert "Opened, then Ended" in art.screen
        await pilot.press("y", "escape")
        await art.until(lambda: art.idle)

        assert art.window.clipboard == "# Whole\n\nOpened, **then** Ended"
        assert art.answers == ["Opened", "Ended"]
        assert art.notice.startswith("art is done for ")


async def test_the_whole_text_of_a_run_that_ended_beside_another_chat_is_shown_later(
    art: Chat,
) -> None:
    joined = 'output = "{{ steps.opening }}, then {{ steps.ending }}"\n'
    (art.folder / "chains" / "art.toml").write_text(joined + ART)
    go_on = asyncio.Event()
    art.model.scripts = [says("Opened"), [go_on.wait, *says("Ended")], says("Hello")]
    async with art.open(size=(200, 24)) as pilot:
        await art.send(pilot, "/run art")
        await art.until(lambda: len(art.model.requests) == 2)
        await art.send(pilot, "Hi")
        await art.until(lambda: art.answers == ["Hello"])
        go_on.set()
        await art.until(lambda: art.idle and "shows the whole text" in art.notice)
        await art.send(pilot, f"/run --resume {run_id(art.notice)}")
        await art.until(lambda: isinstance(art.window.screen, TextBox))
        await pilot.pause()

        assert "Opened, then Ended" in art.screen
        assert len(art.model.requests) == 3


async def test_how_far_it_is_stands_above_the_composer_and_the_chat_stays_usable(art: Chat) -> None:
    go_on = asyncio.Event()
    art.model.scripts = [says("Opened"), [go_on.wait, *says("Ended")], says("Hello")]
    async with art.open() as pilot:
        await art.send(pilot, "/run art")
        await art.until(lambda: len(art.model.requests) == 2 and "1/2" in art.screen)
        assert "ending" in art.screen
        await art.send(pilot, "Hi")
        await art.until(lambda: art.answers == ["Hello"])
        go_on.set()
        await art.until(lambda: art.idle)

        assert art.questions == ["Hi"]
        assert "/resume" in art.notice


async def test_esc_stops_it_and_it_goes_on_later_with_what_was_said(art: Chat) -> None:
    never = asyncio.Event()
    art.model.scripts = [says("Opened"), [never.wait], says("Ended")]
    async with art.open() as pilot:
        await art.send(pilot, "/run art")
        await art.until(lambda: len(art.model.requests) == 2)
        await art.until(lambda: not art.window.at_work("command"))
        await pilot.press("escape")
        await art.until(lambda: art.idle and "--resume" in art.notice)
        assert art.notice.startswith("art is stopped")
        await art.write(pilot, f"/run --resume {run_id(art.notice)}")

        assert len(art.model.requests) == 3
        assert art.answers[0] == "Opened"
        assert art.answers[-1] == "Ended"


async def test_a_step_that_is_asked_again_says_why(art: Chat) -> None:
    go_on = asyncio.Event()
    busy = Retrying("other is overloaded", 25.0, 2, 3)
    art.model.scripts = [[busy, go_on.wait, *says("Opened")], says("Ended")]
    async with art.open(size=(160, 24)) as pilot:
        await art.send(pilot, "/run art")
        told = "opening: other is overloaded; asking again in 25 s, attempt 2 of 3"
        await art.until(lambda: told in art.screen)
        go_on.set()
        await art.until(lambda: art.idle)


async def test_a_new_chat_does_not_stop_it(art: Chat) -> None:
    go_on = asyncio.Event()
    art.model.scripts = [[go_on.wait, *says("Opened")], says("Ended")]
    async with art.open() as pilot:
        await art.send(pilot, "/run art")
        await art.until(lambda: len(art.model.requests) == 1)
        await art.send(pilot, "/new")
        await art.until(lambda: not art.window.at_work("command"))
        assert art.window.at_work("chain")
        go_on.set()
        await art.until(lambda: art.idle)

        assert art.answers == ["Opened", "Ended"]


async def test_a_broken_file_is_told_with_its_line_and_nothing_is_asked(art: Chat) -> None:
    (art.folder / "chains" / "art.toml").write_text("[steps.a]\nprompt = '{{ steps.b }}'")
    async with art.open() as pilot:
        await art.write(pilot, "/run art")

        assert "line 2: there is no step b" in art.notice
        assert art.model.requests == []
        assert art.window.view.composer.text == "/run art"


async def test_a_step_that_fails_is_told_with_how_to_go_on(art: Chat) -> None:
    art.model.scripts = [says("Opened"), [ModelUnavailable("Nobody answers.")]]
    async with art.open() as pilot:
        await art.write(pilot, "/run art")

        assert art.notice.startswith("ending: Nobody answers. /run --resume ")
        assert art.answers[0] == "Opened"


async def test_the_list_of_chains_can_be_picked_from(art: Chat) -> None:
    async with art.open() as pilot:
        await art.write(pilot, "/run")
        assert "Two parts" in art.screen
        await pilot.press("enter")
        await art.until(lambda: art.answers == ["Opened", "Ended"])


async def test_leaving_settles_it_so_that_it_can_be_gone_on_with(art: Chat) -> None:
    never = asyncio.Event()
    art.model.scripts = [says("Opened"), [never.wait]]
    async with art.open() as pilot:
        await art.send(pilot, "/run art")
        await art.until(lambda: len(art.model.requests) == 2)
        await art.until(lambda: not art.window.at_work("command"))
        await pilot.press("ctrl+d")
        await art.until(lambda: not art.window.is_running)

    (run,) = await asyncio.to_thread(RunFiles(art.folder / "data" / "runs").all)
    store = await ChatStore.open(art.folder / "data" / "chats.db")
    turns = (await store.load(run.conversation)).turns
    await store.close()
    assert run.ended == "interrupted"
    assert [one.turn.state for one in turns] == [TurnState.COMPLETE, TurnState.INTERRUPTED]
