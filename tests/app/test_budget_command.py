"""`/budget`: what it shows and what it sets."""

from __future__ import annotations

from decimal import Decimal

import pytest
from textual.content import Content

from chatui.app.commands.budget import facts, read_allowance
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.budget import Allowance, Limit
from chatui.domain.errors import UsageError
from chatui.domain.usage import Cost
from chatui.memory.spending import BudgetSpan
from chatui.widgets.details import FactsText
from tests.app.scripted_chat import NAME, Chat, says


def box(chat: Chat) -> str:
    content = chat.window.screen.query_one(FactsText).render()
    assert isinstance(content, Content)
    return content.plain


async def test_it_shows_what_is_left_of_each_span(chat: Chat) -> None:
    chat.prices = {NAME: PriceEntry(input=Decimal(0), output=Decimal(1_000_000))}
    chat.budget = Budget(turn=Decimal(50), day=Decimal(80))
    async with chat.open(size=(80, 24)) as pilot:
        await chat.write(pilot, "one")
        spent = (await chat.window.session.reading("")).today[0].amount
        assert spent
        await chat.write(pilot, "/budget")
        assert "This turn" in box(chat)
        assert "at most $50.00" in box(chat)
        assert f"${80 - spent:.2f} left of $80.00" in box(chat)
        assert f"This month         ${spent:.2f} spent, no limit" in box(chat)


def test_what_a_limit_cannot_count_is_said() -> None:
    limit = Limit("today", Decimal(2), "USD")
    spent = [Cost(None), Cost(Decimal(3), "CNY")]
    told = [text for _, text in facts([BudgetSpan("today", spent, limit)])]
    assert "not counted: calls of unknown price, ¥3.00" in told


async def test_it_limits_this_chat_alone_and_refuses_what_is_beyond(chat: Chat) -> None:
    chat.prices = {NAME: PriceEntry(input=Decimal(0), output=Decimal(1_000_000))}
    async with chat.open() as pilot:
        await chat.write(pilot, "/budget 0.5")
        assert chat.notice == "This chat may cost $0.5000; $0.5000 left."
        await chat.write(pilot, "one")
        assert chat.model.requests == []
        assert "0.5 USD for this conversation" in chat.screen
        await chat.write(pilot, "/new")
        await chat.write(pilot, "two")
        assert len(chat.model.requests) == 1


async def test_four_fifths_of_a_budget_are_told_once(chat: Chat) -> None:
    # Forty tokens come back each time: four dollars.
    chat.prices = {NAME: PriceEntry(input=Decimal(0), output=Decimal(100_000))}
    chat.budget = Budget(day=Decimal(9))
    chat.model.scripts = [says(" ".join(["word"] * 40))]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        assert "of the budget" not in chat.notice
        await chat.write(pilot, "two")
        await chat.until(lambda: "% of the budget of $9.00 for today is spent" in chat.notice)
        chat.window.view.notice.dismiss()
        await chat.window.meter.read(0)
        assert chat.notice == ""


async def test_its_limit_can_be_lifted(chat: Chat) -> None:
    chat.budget = Budget(conversation=Decimal(2))
    async with chat.open() as pilot:
        await chat.write(pilot, "/budget off")
        assert "no limit of its own" in chat.notice
        await chat.write(pilot, "/budget default")
        assert chat.notice == "This chat may cost $2.00; $2.00 left."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2.50", Allowance(Decimal("2.50"), "CNY")),
        ("$2", Allowance(Decimal(2), "USD")),
        (".5 eur", Allowance(Decimal("0.5"), "EUR")),
        ("off", Allowance(Decimal(0), "CNY")),
        ("default", None),
    ],
)
def test_an_amount_is_in_the_currency_of_the_config_unless_it_names_one(
    typed: str, meant: Allowance | None
) -> None:
    assert read_allowance(typed, "CNY") == meant


@pytest.mark.parametrize("typed", ["0", "-1", "two", "1e9", "NaN", "1 dollars", "1.2.3", "٣"])
def test_what_is_no_amount_is_said(typed: str) -> None:
    with pytest.raises(UsageError, match="is not an amount"):
        read_allowance(typed, "USD")
