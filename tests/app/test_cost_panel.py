"""/cost adds currencies up at the user's own rates, and only at those."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from chatui.cost.prices.conversion import NO_CONVERSION, Conversion
from chatui.domain.usage import Cost, Usage
from chatui.memory.records import LedgerRow
from tests.app.scripted_chat import Chat

EUROS = Conversion("EUR", {"CNY": Decimal("0.125")})


@pytest.mark.parametrize(
    ("conversion", "meter", "converted"),
    [(NO_CONVERSION, "¥8.00", None), (EUROS, "⇄ €1.00", "⇄ €1.00")],
    ids=["without rates", "with rates"],
)
async def test_yuan_are_shown_as_euros_where_the_user_has_a_rate(
    chat: Chat, conversion: Conversion, meter: str, converted: str | None
) -> None:
    async with chat.open((120, 40)) as pilot:
        await chat.write(pilot, "one")
        services = await chat.window.session.services()
        services.prices.conversion = conversion
        yuan = LedgerRow(
            kind="reply",
            model="lab/x",
            started=datetime.now(UTC),
            usage=Usage(input=10),
            cost=Cost(Decimal(8), "CNY", "config"),
            conversation_id=chat.window.session.conversation_id,
        )
        await services.store.book(yuan)
        await chat.write(pilot, "two")
        assert meter in chat.screen
        await chat.write(pilot, "/cost")
        assert "¥8.00" in chat.screen
        assert (f"at your own rates {converted}" in chat.screen) is (converted is not None)


async def test_the_panel_compares_with_the_models_that_are_named_and_fits_80_columns(
    chat: Chat,
) -> None:
    async with chat.open((80, 24)) as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/cost openai/gpt-5-mini lab/x")
        lines = [line for line in chat.screen.splitlines() if "≈" in line or "lab/x" in line]
        assert any("openai/gpt-5-mini" in line and "$" in line for line in lines)
        assert any("lab/x" in line and "—" in line for line in lines)
        assert all(len(line.rstrip()) <= 80 for line in lines)


async def test_counting_that_takes_long_is_told(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.app.commands.cost.PATIENCE_SECONDS", 0)
    said = list[str]()
    async with chat.open((120, 40)) as pilot:
        await chat.write(pilot, "one")
        monkeypatch.setattr(chat.window, "say", said.append)
        await chat.write(pilot, "/cost")
    assert said == ["Counting the conversation in the tokens of other models …"]
