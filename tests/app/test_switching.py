"""The quote before a switch of the model: what it says, and that one key decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from textual.pilot import Pilot

from chatui.app.commands import switching
from chatui.app.start import StartOptions
from chatui.app.switch_quote import quote_switch
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.tokens.tokens import REPLY_TOKENS
from chatui.domain.conversation import Reply, TurnState
from chatui.domain.usage import Usage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo
from chatui.models.catalog import Catalog
from chatui.widgets.switch_panel import SwitchPanel
from tests.app.scripted_chat import NAME, Chat
from tests.models.conftest import endpoint_at

DEAR, CHEAP, SMALL, UNPRICED = "dear/model", "cheap/model", "small/model", "unpriced/model"
TWIN = "twin/model"
TURNS = 12
PRICES = {
    "dear/*": PriceEntry(input=Decimal(3), output=Decimal(15), cache_read=Decimal("0.3")),
    "twin/*": PriceEntry(input=Decimal(3), output=Decimal(15), cache_read=Decimal("0.3")),
    "cheap/*": PriceEntry(input=Decimal(2), output=Decimal(4), cache_read=Decimal("0.2")),
    "small/*": PriceEntry(input=Decimal(1), output=Decimal(2)),
}
SIZES = {"dear": 200_000, "twin": 200_000, "cheap": 64_000, "small": 2_000, "unpriced": 32_000}


@pytest.fixture
async def talk(chat: Chat) -> Chat:
    """A window on a stored conversation of twelve turns with the dear model."""
    chat.endpoints = [
        endpoint_at("https://example.invalid/v1", name=name, models=("model",), context_size=size)
        for name, size in SIZES.items()
    ]
    chat.prices = PRICES
    chat.budget = Budget(ask_switch_above=Decimal(0))
    store = await ChatStore.open(chat.folder / "data" / "chats.db")
    conversation = await store.create()
    for number in range(TURNS):
        question = f"Shall order {number} go to Frau Lindqvist on 3 May?"
        stored = await store.begin_turn(conversation.id, question)
        reply = Reply(
            "We decided for the Adler drive at 412 euros in Hamburg. " * 12,
            model=DEAR,
            usage=Usage(input=900, output=200),
        )
        turn = replace(stored.turn, state=TurnState.COMPLETE, reply=reply)
        await store.settle_turn(stored.id, turn)
    for name in (SMALL, CHEAP, DEAR):
        await store.remember_model(name)
    await store.close()
    chat.reopen(StartOptions(continue_last=True, model=DEAR))
    return chat


async def quoted(chat: Chat, pilot: Pilot[Any], command: str) -> None:
    """The panel with its figures."""
    await chat.write(pilot, command)
    await chat.until(lambda: "To read anew" in chat.screen)
    # Till then it may still quote the command, as if that were a question.
    await chat.until(lambda: not chat.window.at_work("meter") and not quotes_a_draft(chat))


def quotes_a_draft(chat: Chat) -> bool:
    reading = chat.window.view.meter.reading
    return reading is not None and reading.quote is not None


async def answer(chat: Chat, pilot: Pilot[Any], key: str) -> None:
    await pilot.press(key)
    await chat.until(lambda: chat.idle)


def chosen(chat: Chat) -> str:
    return chat.window.session.settings.model


async def test_the_model_changes_when_the_quote_is_confirmed(talk: Chat) -> None:
    async with talk.open() as pilot:
        await quoted(talk, pilot, f"/model {CHEAP}")
        assert chosen(talk) == DEAR
        await answer(talk, pilot, "enter")
        assert chosen(talk) == CHEAP
        assert talk.notice == f"{CHEAP} answers."


async def test_esc_keeps_the_old_model(talk: Chat) -> None:
    async with talk.open() as pilot:
        await quoted(talk, pilot, f"/model {CHEAP}")
        await answer(talk, pilot, "escape")
        assert chosen(talk) == DEAR
        assert talk.notice == f"{DEAR} answers as before."


async def test_the_panel_says_what_fits_and_when_the_switch_pays(talk: Chat) -> None:
    async with talk.open() as pilot:
        await quoted(talk, pilot, f"/model {CHEAP}")
        assert "200,000 tokens" in talk.screen
        assert "64,000 tokens" in talk.screen
        assert "all 12" in talk.screen
        assert "The switch pays from the next turn on." in talk.screen


async def test_turns_that_do_not_fit_are_counted(talk: Chat) -> None:
    async with talk.open() as pilot:
        await quoted(talk, pilot, f"/model {SMALL}")
        assert "turns leave the prompt. Nothing leaves the chat." in talk.screen


async def test_an_unknown_price_is_a_dash_and_no_verdict(talk: Chat) -> None:
    async with talk.open() as pilot:
        await quoted(talk, pilot, f"/model {UNPRICED}")
        row = next(line for line in talk.screen.splitlines() if "The next turn" in line)
        assert "≈ $" in row
        assert "—" in row
        assert "a price is missing" in talk.screen


async def test_a_prompt_beyond_the_new_models_context_is_told_before_the_switch(
    talk: Chat,
) -> None:
    async with talk.open() as pilot:
        talk.window.view.composer.insert("word " * 4_000)
        await pilot.press("ctrl+l")
        await talk.until(lambda: talk.window.screen.is_modal and "small/model" in talk.screen)
        await pilot.press(*"small", "enter")
        await talk.until(lambda: "The question with its instructions takes" in talk.screen)
        assert isinstance(talk.window.screen, SwitchPanel)


async def test_f2_quotes_the_models_used_before_one_after_the_other(talk: Chat) -> None:
    async with talk.open() as pilot:
        await pilot.press("f2")
        await talk.until(lambda: "F2 next model" in talk.screen and CHEAP in talk.screen)
        await pilot.press("f2")
        await talk.until(lambda: SMALL in talk.screen and "To read anew" in talk.screen)
        await answer(talk, pilot, "enter")
        assert chosen(talk) == SMALL


async def test_an_empty_chat_switches_at_once(talk: Chat) -> None:
    async with talk.open() as pilot:
        await talk.write(pilot, "/new")
        await talk.write(pilot, f"/model {CHEAP}")
        assert not talk.window.screen.is_modal
        assert chosen(talk) == CHEAP


async def test_the_model_that_answers_already_is_not_quoted(talk: Chat) -> None:
    async with talk.open() as pilot:
        await talk.write(pilot, f"/model {DEAR}")
        assert not talk.window.screen.is_modal
        assert talk.notice == f"{DEAR} answers."


async def test_the_figures_are_those_of_the_planned_prompt(talk: Chat) -> None:
    async with talk.open():
        services = await talk.window.session.services()
        cid = talk.window.session.conversation_id or ""
        settings = ReplySettings(model=DEAR, rag=False)
        quote = await quote_switch(services, cid, "And now?", settings, (DEAR, NAME))
        for side in (quote.old, quote.new):
            plan = await services.assistant.plan(
                cid, "And now?", replace(settings, model=side.model)
            )
            assert side.used == plan.prompt.tokens
            assert side.reread == plan.prompt.tokens - plan.layout.question
        cost = quote.old.costs.next_turn
        assert cost.amount == (Decimal(3) * (quote.old.used or 0) + 15 * 200) / 1_000_000
        assert quote.new.costs.next_turn.amount == 0


async def test_what_the_old_models_cache_holds_is_not_read_anew(talk: Chat) -> None:
    async with talk.open():
        services = await talk.window.session.services()
        cid = talk.window.session.conversation_id or ""
        settings = ReplySettings(model=DEAR, rag=False)
        plan = await services.assistant.plan(cid, "And now?", settings)
        first, newest = plan.layout.past[0], plan.layout.past[-1]
        sent = replace(plan.mark(newest.id), start=first.id)
        await services.store.save_window(newest.id, sent)
        quote = await quote_switch(services, cid, "And now?", settings, (DEAR, CHEAP))
        assert quote.new.reread == plan.prompt.tokens - plan.layout.question
        # The last exchange was never part of a prompt.
        assert quote.old.reread == plan.layout.sizes[-1] + REPLY_TOKENS


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
def test_how_the_quote_looks(
    talk: Chat, snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        talk.window.view.composer.cursor_blink = False
        await talk.until(lambda: talk.idle and talk.window.view.meter.reading is not None)
        await quoted(talk, pilot, f"/model {SMALL}")

    assert snap_compare(talk.window, terminal_size=size, run_before=before)


async def test_a_switch_that_costs_less_than_was_said_is_not_asked_about(talk: Chat) -> None:
    talk.budget = Budget(ask_switch_above=Decimal(1))
    async with talk.open() as pilot:
        await talk.write(pilot, f"/model {CHEAP}")
        await talk.until(lambda: chosen(talk) == CHEAP)
        assert not talk.window.screen.is_modal


@pytest.mark.parametrize(
    ("model", "sum_"), [(CHEAP, "0.000001"), (UNPRICED, "1000"), (SMALL, "1000"), (CHEAP, "0")]
)
async def test_one_that_costs_more_or_nobody_knows_what_or_drops_turns_is_asked_about(
    talk: Chat, model: str, sum_: str
) -> None:
    talk.budget = Budget(ask_switch_above=Decimal(sum_))
    async with talk.open() as pilot:
        await quoted(talk, pilot, f"/model {model}")
        assert chosen(talk) == DEAR


@pytest.mark.parametrize("sum_", ["0", "0.000001"])
async def test_a_switch_to_a_model_that_costs_the_same_is_not_asked_about(
    talk: Chat, sum_: str
) -> None:
    talk.budget = Budget(ask_switch_above=Decimal(sum_))
    async with talk.open() as pilot:
        await talk.write(pilot, f"/model {TWIN}")
        await talk.until(lambda: chosen(talk) == TWIN)
        assert not talk.window.screen.is_modal


def test_less_than_a_cent_is_not_worth_a_question() -> None:
    assert Budget().ask_switch_above == Decimal("0.01")


async def test_a_model_that_no_list_has_is_told_before_the_switch(talk: Chat) -> None:
    talk.budget = Budget(ask_switch_above=Decimal(1))
    async with talk.open() as pilot:
        await quoted(talk, pilot, "/model dear/modle")
        assert "No list of models or prices has dear/modle" in talk.screen
        assert chosen(talk) == DEAR


async def test_a_server_that_keeps_its_models_to_itself_is_told_of(
    talk: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = asyncio.Event()
    find = Catalog.info

    async def slow(catalog: Catalog, name: str) -> ModelInfo:
        await heard.wait()
        return await find(catalog, name)

    monkeypatch.setattr(switching, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(switching, "SLOW_SECONDS", 0.05)
    async with talk.open() as pilot:
        with monkeypatch.context() as patch:
            patch.setattr(Catalog, "info", slow)
            await talk.write(pilot, f"/model {CHEAP}")
            await talk.until(lambda: "cheap has not said yet what it knows" in talk.screen)
        heard.set()
        await talk.until(lambda: "To read anew" in talk.screen)


async def test_a_model_that_no_list_has_is_told_in_an_empty_chat_too(talk: Chat) -> None:
    async with talk.open() as pilot:
        await talk.write(pilot, "/new")
        await talk.write(pilot, "/model dear/modle")
        await talk.until(lambda: "No list of models or prices has dear/modle" in talk.notice)
        assert chosen(talk) == "dear/modle"
