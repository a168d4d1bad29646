from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.app.scripted_chat import Chat
from tests.hub_server import TINY, Hub, gguf, tiny_hub

Compare = Callable[..., bool]
MODEL = "local/tiny-Q8_0"
DATA = gguf(3_000_000)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with tiny_hub(monkeypatch, DATA) as hub:
        yield hub


@pytest.fixture
def hanging(hub: Hub) -> Iterator[Hub]:
    """A hub that says nothing more after a third of the file."""
    hub.stall, hub.cuts = threading.Event(), [1_000_000]
    yield hub
    hub.stall.set()


async def test_the_chat_goes_on_while_a_model_comes_and_esc_keeps_the_part(
    chat: Chat, hanging: Hub
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, f"/pull {TINY}")
        await chat.until(lambda: "/3 MB · Esc stops" in chat.screen)
        await chat.write(pilot, "hello")
        assert chat.answers == ["Hello there"]
        assert "Fetching" in chat.screen

        await chat.until(lambda: part_sizes(chat) == [1_000_000])
        await pilot.press("escape")
        await chat.until(lambda: "/pull" in chat.notice)

    assert chat.notice == f"Stopped. What has come is kept: /pull {TINY} goes on from there."
    assert part_sizes(chat) == [1_000_000]


def part_sizes(chat: Chat) -> list[int]:
    return [part.stat().st_size for part in chat.folder.glob("data/models/.parts/*")]


async def test_a_model_that_is_here_answers_after_one_key(chat: Chat, hub: Hub) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, f"/pull {TINY}")
        await chat.until(lambda: "is here" in chat.notice)
        assert chat.notice == f"{MODEL} is here (3 MB): F2 lets it answer."

        await pilot.press("f2")
        await chat.until(lambda: chat.idle and chat.window.session.settings.model == MODEL)

        assert chat.notice == f"{MODEL} answers."


async def test_esc_stops_the_reply_first_and_the_download_next(chat: Chat, hanging: Hub) -> None:
    waits = threading.Event()
    chat.model.scripts = [[lambda: chat.until(waits.is_set)]]
    async with chat.open() as pilot:
        await chat.write(pilot, f"/pull {TINY}")
        await chat.until(lambda: "/3 MB" in chat.screen)
        chat.window.ask("hello", None)
        await chat.until(lambda: bool(chat.model.requests))

        await pilot.press("escape")
        await chat.until(lambda: not chat.window.at_work("reply"))
        assert chat.window.at_work("pull")

        chat.window.stop_work()
        await chat.until(lambda: not chat.window.at_work("pull"))


async def test_a_new_conversation_does_not_end_the_download(chat: Chat, hanging: Hub) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, f"/pull {TINY}")
        await chat.write(pilot, "hello")
        await chat.write(pilot, "/new")

        assert chat.window.at_work("pull")


async def test_a_second_download_at_once_is_refused(chat: Chat, hanging: Hub) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, f"/pull {TINY}")
        await chat.write(pilot, "/pull qwen3-4b")

        assert chat.notice == "A model is being fetched already: Esc stops that."


async def test_what_goes_wrong_is_said(chat: Chat, hub: Hub) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/pull qwen3-06b")
        assert "did you mean qwen3-0.6b?" in chat.notice
        assert chat.window.view.composer.text == "/pull qwen3-06b"

        chat.window.view.composer.fill("")
        await chat.write(pilot, "/pull hf:owner/gone")
        await chat.until(lambda: "no repository owner/gone" in chat.notice)


async def test_without_a_name_there_is_a_list_to_choose_from(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/pull")
        await chat.until(lambda: chat.window.screen.is_modal)

        assert "smollm2-360m" in chat.screen
        assert "386 MB" in chat.screen
        assert "Apache-2.0" in chat.screen
        await pilot.press("escape")


async def test_the_curated_names_are_completed(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press(*"/pull qwen3")
        await chat.until(lambda: chat.idle and chat.window.view.completions.is_open)

        assert "qwen3-0.6b" in chat.screen


async def test_where_only_quotes_can_answer_a_model_is_offered(chat: Chat) -> None:
    chat.model_name = "auto"
    async with chat.open():
        await chat.until(lambda: "/pull" in chat.screen)

        assert "/pull smollm2-360m for a small model of your own (386 MB)" in chat.screen
        await chat.until(lambda: "free: it quotes your documents" in chat.screen)


async def test_where_a_model_is_there_none_is_offered(chat: Chat) -> None:
    chat.model_name = "auto"
    models = chat.folder / "data" / "models"
    models.mkdir(parents=True)
    (models / "mine.gguf").write_bytes(b"GGUF")
    async with chat.open():
        assert "/pull" not in chat.screen


async def test_who_chose_the_built_in_model_is_offered_none(chat: Chat) -> None:
    async with chat.open():
        assert "/pull" not in chat.screen


async def test_the_first_model_answers_by_itself(chat: Chat, hub: Hub) -> None:
    chat.model_name = "auto"
    async with chat.open() as pilot:
        await chat.write(pilot, f"/pull {TINY}")
        await chat.until(lambda: "is here" in chat.notice)

        assert chat.notice == f"{MODEL} is here (3 MB) and answers from the next question on."
        assert "/pull" not in chat.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_how_the_offer_looks(chat: Chat, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(_: Pilot[None]) -> None:
        chat.window.view.composer.cursor_blink = False
        await chat.until(lambda: chat.idle and chat.window.view.meter.reading is not None)
        await chat.until(lambda: bool(chat.window.view.welcome.facts.found))

    chat.model_name = "auto"
    assert snap_compare(chat.window, terminal_size=size, run_before=before)


def test_how_the_list_looks(chat: Chat, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[None]) -> None:
        chat.window.view.composer.cursor_blink = False
        await chat.until(lambda: chat.idle and chat.window.view.meter.reading is not None)
        await chat.write(pilot, "/pull")
        await chat.until(lambda: chat.window.screen.is_modal)
        chat.window.screen.query_one("#filter", Input).cursor_blink = False

    assert snap_compare(chat.window, terminal_size=(80, 24), run_before=before)
