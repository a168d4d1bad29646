"""A value that no chatui writes costs its own row, in whatever reads it."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.app.shown import shown_path
from chatui.app.turn_path import TurnPath
from chatui.domain.conversation import FinishReason, Reply, TurnState
from chatui.domain.passage import Citation, Passage
from chatui.domain.usage import Cost, Timing, Usage
from chatui.memory.records import LedgerRow, Summary, WindowMark
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.exports import export_json, export_text
from chatui.text.json_text import json_text
from tests.memory.store.poison import COLUMNS, VALUES, poison

PASSAGE = Passage(1, 0.5, "a.md", "/a.md", "A", "", None, 0, 4, 1, 1, "text", "default", "c1")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


async def fill(path: Path) -> None:
    store = await ChatStore.open(path)
    for number in range(2):
        conversation = await store.create(f"Talk {number}")
        for question in ("First", "Second"):
            begun = await store.begin_turn(conversation.id, f"{question} question {number}")
            reply = Reply(
                f"{question} answer {number}",
                "Thinking.",
                "a/b",
                Usage(10, 0, 0, 5, 1),
                Cost(Decimal("0.01"), "USD", "list"),
                Timing(2.0, 0.5),
                FinishReason.STOP,
                (Citation(1, PASSAGE),),
                (3,),
            )
            turn = replace(
                begun.turn, state=TurnState.COMPLETE, reply=reply, passages=(PASSAGE,), searched="s"
            )
            usage, cost = reply.usage or Usage(), reply.cost or Cost(None)
            row = LedgerRow(
                "reply", "a/b", NOW, usage, cost, conversation.id, begun.id,
                {"in": 1}, {"input": "1"}, 0.5, 2.0,
            )  # fmt: skip
            await store.save_window(begun.id, WindowMark(begun.id, 4000))
            await store.settle_turn(begun.id, turn, row)
        await store.summaries.add(
            Summary("", conversation.id, begun.id, "They talked.", "rolling", "a/b", 1, NOW)
        )
        await store.notes.add(f"Note {number}.")
    await store.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "chats.db"
    asyncio.run(fill(path))
    return path


async def everything_read(store: ChatStore) -> tuple[int, int, int]:
    """Reads all that any surface reads. How many conversations, notes and calls there are."""
    rows = await store.rows()
    for row in rows:
        loaded = await store.load(row.id)
        path = TurnPath.of((one.id, one.turn) for one in loaded.turns)
        shown_path(path)
        for one in loaded.turns:
            _ = [*one.turn.passages], [*one.turn.reply.citations]
        json.loads(json_text(await export_json(store, row.id)))
        await export_text(store, row.id, "md")
        await store.spoken(row.id)
        await store.costs(row.id)
        await store.summaries.standing(row.id)
        await store.summaries.of(row.id)
        f"{row.updated.astimezone():%Y-%m-%d}"
    await store.search("question answer", 20)
    await store.prompts()
    for by in ("day", "model", "conversation", "profile"):
        await store.stats(by, 0, NOW.astimezone())
        await store.stats(by, 30, NOW.astimezone())
    calls = await store.ledger()
    await store.costs_since(NOW)
    return len(rows), len(await store.notes.all()), len(calls)


@pytest.mark.parametrize("table", COLUMNS)
async def test_a_value_that_no_chatui_writes_costs_its_row_alone(
    filled: Path, tmp_path: Path, table: str
) -> None:
    for number, value in enumerate(VALUES):
        path = Path(shutil.copy(filled, tmp_path / f"{number}.db"))
        poison(path, table, value)
        store = await ChatStore.open(path)
        found = await everything_read(store)
        await store.close()
        assert found == (2, 2, 4), value
