"""The meter's figures are those of the model and of the chat that it names."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chatui.app.start import StartOptions
from chatui.assistant.assistant import Assistant
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.reading import MeterReading
from chatui.domain.conversation import FinishReason, Reply, TurnState
from chatui.domain.errors import ModelError
from chatui.domain.usage import LimitLeft, Timing, Usage
from chatui.memory.store.store import ChatStore
from chatui.models.base import Finished, TextDelta
from tests.app.scripted_chat import NAME, Chat, says
from tests.models.conftest import endpoint_at

FAST, OTHER, THIRD = "fast/model", "other/model", "third/model"
SIZES = {"fast": 200_000, "other": 64_000, "third": 8_000}


async def stored_chat(chat: Chat, model: str, timing: Timing) -> str:
    """A conversation with one turn that the model answered."""
    store = await ChatStore.open(chat.folder / "data" / "chats.db")
    conversation = await store.create()
    stored = await store.begin_turn(conversation.id, "Which drive is it?")
    usage = Usage(input=900, output=201)
    reply = Reply("The Adler.", model=model, usage=usage, timing=timing)
    await store.settle_turn(stored.id, replace(stored.turn, state=TurnState.COMPLETE, reply=reply))
    await store.close()
    return conversation.id


@pytest.fixture
async def talk(chat: Chat) -> Chat:
    """A window on a chat that the fast model answered, at 100 tokens a second after 0.5 s."""
    chat.endpoints = [
        endpoint_at("https://example.invalid/v1", name=name, models=("model",), context_size=size)
        for name, size in SIZES.items()
    ]
    chat.prices = {f"{name}/*": PriceEntry(input=Decimal(1), output=Decimal(2)) for name in SIZES}
    chat.budget = Budget(ask_switch_above=Decimal(1))
    await stored_chat(chat, FAST, Timing(2.5, 0.5))
    chat.reopen(StartOptions(continue_last=True, model=FAST))
    return chat


async def shown(chat: Chat, model: str) -> MeterReading:
    """What the meter says once it has that model."""

    def current() -> MeterReading | None:
        return chat.window.view.meter.reading

    await chat.until(lambda: (reading := current()) is not None and reading.model == model)
    await chat.until(lambda: not chat.window.at_work("meter"))
    reading = current()
    assert reading is not None
    return reading


def meter(chat: Chat) -> str:
    return "\n".join(chat.screen.splitlines()[-2:])


def times(reading: MeterReading) -> tuple[float | None, float | None]:
    return reading.first_token, reading.tokens_per_second


@pytest.mark.parametrize("size", [(80, 24), (170, 40)])
async def test_a_newly_chosen_model_has_no_speed_and_the_old_one_has_its_own_again(
    talk: Chat, size: tuple[int, int]
) -> None:
    async with talk.open(size) as pilot:
        assert times(await shown(talk, FAST)) == (0.5, 100.0)
        assert "100 tok/s" in meter(talk)
        await talk.write(pilot, f"/model {OTHER}")
        reading = await shown(talk, OTHER)
        assert times(reading) == (None, None)
        assert (reading.turn.input, reading.context_size) == (900, 64_000)
        assert "first — " in meter(talk)
        assert "— tok/s" in meter(talk)
        await talk.write(pilot, f"/model {FAST}")
        assert times(await shown(talk, FAST)) == (0.5, 100.0)


async def test_a_resumed_chat_that_another_model_answered_lends_it_no_speed(talk: Chat) -> None:
    other = await stored_chat(talk, OTHER, Timing(1.5, 0.5))
    async with talk.open() as pilot:
        await talk.write(pilot, f"/model {FAST}")
        await talk.write(pilot, f"/resume {other}")
        assert times(await shown(talk, FAST)) == (None, None)
        await talk.write(pilot, "/new")
        reading = await shown(talk, FAST)
        assert (times(reading), reading.turn, reading.conversation) == ((None, None), Usage(), ())


async def test_a_model_that_is_chosen_while_a_reply_comes_has_the_meter_behind_it(
    talk: Chat,
) -> None:
    answer = asyncio.Event()
    talk.model.scripts = [[TextDelta("Hello "), answer.wait, *says("there")]]
    async with talk.open() as pilot:
        await talk.write(pilot, f"/model {NAME}")
        await talk.send(pilot, "one")
        await talk.until(lambda: "Hello" in talk.screen)
        talk.window.session.choices.answer_with(OTHER)
        talk.window.meter.refresh()
        answer.set()
        await talk.until(lambda: talk.idle)
        assert times(await shown(talk, OTHER)) == (None, None)


async def test_a_draft_that_is_written_while_a_reply_comes_is_quoted_behind_it(chat: Chat) -> None:
    answer = asyncio.Event()
    chat.model.scripts = [[TextDelta("Hello "), answer.wait, *says("there")]]
    async with chat.open() as pilot:
        await chat.send(pilot, "one")
        await chat.until(lambda: "Hello" in chat.screen)
        await pilot.press(*"and then")
        await chat.until(lambda: not chat.window.at_work("meter"))
        assert (await shown(chat, NAME)).quote is None
        answer.set()
        await chat.until(lambda: chat.idle)
        await chat.until(
            lambda: (r := chat.window.view.meter.reading) is not None and bool(r.quote)
        )


async def test_a_model_that_nothing_is_told_of_has_no_figures_of_the_one_before(
    talk: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Assistant.reading

    async def fails(self: Assistant, *arguments: Any) -> MeterReading:
        if arguments[2].model == OTHER:
            raise ModelError("The model's file is damaged.")
        return await read(self, *arguments)

    monkeypatch.setattr(Assistant, "reading", fails)
    async with talk.open() as pilot:
        before = await shown(talk, FAST)
        await talk.write(pilot, f"/model {OTHER}")
        reading = await shown(talk, OTHER)
        assert (times(reading), reading.context_size) == ((None, None), None)
        assert (reading.turn, reading.conversation) == (before.turn, before.conversation)


async def test_a_providers_limits_stay_with_its_model_and_run_out(chat: Chat) -> None:
    async def tell() -> None:
        told = chat.model.requests[-1].on_limits
        assert told is not None
        told((LimitLeft("tokens", 10, 100, 30.0), LimitLeft("requests", 5, 100)))

    done = Finished(FinishReason.STOP, Usage(input=10, output=2))
    chat.model.scripts = [[tell, TextDelta("Hello"), done]]
    chat.endpoints = [endpoint_at("https://example.invalid/v1", name="fast", models=("model",))]
    async with chat.open(size=(170, 40)) as pilot:
        await chat.write(pilot, "one")
        await pilot.press("a")
        await chat.until(
            lambda: (r := chat.window.view.meter.reading) is not None and bool(r.quote)
        )
        assert [one.what for one in (await shown(chat, NAME)).limits] == ["tokens", "requests"]
        said, limits = chat.window.replies._limits
        chat.window.replies._limits = said - 31, limits
        assert [one.what for one in chat.window.replies.limits] == ["requests"]
        await pilot.press("ctrl+c")
        chat.window.session.choices.answer_with(FAST)
        chat.window.meter.refresh()
        assert (await shown(chat, FAST)).limits == ()
