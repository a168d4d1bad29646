"""An embedding endpoint that is paid for, under the budget of a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.assistant.embedding_account import EmbeddingAccount
from chatui.assistant.promised_budget import STILL_RUNNING, CallOf, PromisedBudget
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.budget import Limit
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import Cost, Usage
from chatui.memory.store.store import ChatStore
from chatui.retrieval.embedding.endpoint import EmbeddingCall

DOLLAR = ["word " * 10]
"""Some ten tokens, at a tenth of a dollar each."""
PRICES = PriceBook({"near/embed": PriceEntry(input=Decimal(100_000), output=Decimal(0))})


def account(folder: Path, budget: Budget) -> EmbeddingAccount:
    return EmbeddingAccount(
        folder / "chats.db", "near/embed", PRICES, TokenCounter(), budget=budget
    )


@pytest.fixture
async def purse(tmp_path: Path) -> AsyncIterator[EmbeddingAccount]:
    made = account(tmp_path, Budget(day=Decimal("2.5")))
    yield made
    await made.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


async def test_requests_that_run_at_once_are_held_to_one_budget(purse: EmbeddingAccount) -> None:
    async with purse.allowed(DOLLAR), purse.allowed(DOLLAR):
        with pytest.raises(BudgetExceeded, match=STILL_RUNNING):
            await purse.allowed(DOLLAR).__aenter__()
    async with purse.allowed(DOLLAR):
        pass


async def test_a_reply_under_way_is_held_against_it(
    purse: EmbeddingAccount, store: ChatStore
) -> None:
    def takes_two(limits: object) -> Cost:
        return Cost(Decimal(2), "USD", "config")

    today = Limit("today", Decimal("2.5"), "USD")
    async with PromisedBudget(store).promised(CallOf("c", "turn"), [today], takes_two):
        with pytest.raises(BudgetExceeded, match="for today is used up"):
            await purse.allowed(DOLLAR).__aenter__()


async def test_it_is_held_against_a_reply(purse: EmbeddingAccount, store: ChatStore) -> None:
    async with purse.allowed(DOLLAR):
        (held,) = await store.promises.others("turn")
        assert held.cost.amount is not None
        assert Decimal("0.5") < held.cost.amount < Decimal("1.5")
    assert await store.promises.others("turn") == []


async def test_what_was_spent_stays_spent_and_what_failed_does_not(
    purse: EmbeddingAccount,
) -> None:
    with pytest.raises(OSError, match="no answer"):
        async with purse.allowed(DOLLAR):
            raise OSError("no answer")
    spent = EmbeddingCall(DOLLAR, Usage(input=10), None, datetime.now(UTC), 0.1)
    for _ in range(2):
        async with purse.allowed(DOLLAR):
            await purse.book(spent)
    with pytest.raises(BudgetExceeded, match="what is embedded stays"):
        await purse.allowed(DOLLAR).__aenter__()


async def test_without_a_budget_nothing_is_held(tmp_path: Path, store: ChatStore) -> None:
    free = account(tmp_path, replace(Budget(), day=Decimal(0), month=Decimal(0)))
    async with free.allowed(DOLLAR):
        assert await store.promises.others("turn") == []
    await free.close()
