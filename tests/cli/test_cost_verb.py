"""`chatui cost`: the ledger of a conversation, and its replies on other models."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chatui.cost.prices.prices import PriceBook
from chatui.domain.conversation import Reply, TurnState
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage
from chatui.memory.records import LedgerRow, WindowMark
from chatui.memory.store.store import ChatStore
from tests.cli.conftest import Shell

MINI = "openai/gpt-5-mini"
ASKED = datetime(2026, 5, 1, 12, tzinfo=UTC)
USAGES = (Usage(2000, 0, 0, 100), Usage(1000, 2000, 0, 100))


async def book(shell: Shell) -> None:
    """Two turns of one model, cached in the second; an embedding; a summary nobody can price."""
    store, prices = await ChatStore.open(shell.data / "chats.db"), PriceBook()
    conversation = (await store.create("Clause 7")).id
    start = ""
    for number, usage in enumerate(USAGES):
        begun = await store.begin_turn(conversation, "What does clause 7 say?")
        start = start or begun.id
        await store.save_window(begun.id, WindowMark(start, 8000, model=MINI, system="f"))
        asked = ASKED + timedelta(minutes=number)
        cost = prices.cost(MINI, usage, at=asked)
        reply = Reply(text="Three months. " * 40, model=MINI, usage=usage, cost=cost)
        turn = replace(begun.turn, state=TurnState.COMPLETE, reply=reply)
        call = LedgerRow(
            kind="reply",
            model=MINI,
            started=asked,
            usage=usage,
            cost=cost,
            conversation_id=conversation,
            turn_id=begun.id,
            price=prices.row(MINI, cost, asked),
            seconds=1.0,
        )
        await store.settle_turn(begun.id, turn, call)
    for kind, paid in (("embedding", Cost(Decimal("0.5"), "CNY", "config")),
                       ("summary", UNKNOWN_COST)):  # fmt: skip
        row = LedgerRow(kind, "lab/x", ASKED, Usage(10), paid, conversation, start)
        await store.book(row)
    await store.close()


@pytest.fixture
def spent(shell: Shell) -> Shell:
    asyncio.run(book(shell))
    return shell


def test_the_bill_names_models_kinds_and_turns_and_what_the_cache_saved(spent: Shell) -> None:
    out = spent("cost").out
    # 3,000 in of gpt-5-mini at 0.25 and 2,000 at 0.025, 200 out at 2.
    assert "≈ $0.0012 + ≈ ¥0.5000" in out
    assert "the cache saved $0.0005" in out or "the cache saved $0.0004" in out
    assert "1 call of unknown price" in out
    summary = next(line for line in out.splitlines() if line.startswith("summary"))
    assert summary.split()[-1] == "—"
    assert "1 embedding: lab/x" in out


def test_on_the_model_that_answered_the_replies_cost_what_was_booked(spent: Shell) -> None:
    data = spent("cost", "--json", "-m", "openai/gpt-5-mini").json
    (there,) = data["what_if"]
    booked = [Decimal(one["cost"]["amount"]) for one in data["calls"] if one["kind"] == "reply"]
    assert abs(Decimal(there["with_caching"][0]["amount"]) - sum(booked)) <= Decimal("1e-9")
    assert there["answered"] == 2


def test_another_model_of_the_same_vocabulary_reads_the_prefix_from_its_cache(spent: Shell) -> None:
    data = spent("cost", "--json", "-m", "openai/gpt-5").json
    (there,) = data["what_if"]
    assert there["usage"]["cache_read"] == 1920, "in steps of 128 tokens"
    assert there["usage"]["input"] == 3080
    assert Decimal(there["without_caching"][0]["amount"]) == Decimal("0.00825")
    assert there["without_caching"][0]["estimated"] is False
    assert there["with_caching"][0]["estimated"] is True


def test_a_model_without_a_price_has_none_in_json_and_a_dash_in_the_table(spent: Shell) -> None:
    assert spent("cost", "--json", "-m", "lab/y").json["what_if"][0]["with_caching"][0][
        "amount"
    ] is None  # fmt: skip
    line = next(line for line in spent("cost", "-m", "lab/y").out.splitlines() if "lab/y" in line)
    assert line.split()[-3:] == ["—", "—", "—"]


def test_a_bare_name_that_nobody_has_is_refused_in_a_sentence(spent: Shell) -> None:
    refused = spent("cost", "-m", "nonesuch")
    assert refused.code == 2
    assert "give it as provider/model" in refused.err


def test_without_a_conversation_it_says_so(shell: Shell) -> None:
    refused = shell("cost")
    assert refused.code == 2
    assert "no conversation yet" in refused.err
