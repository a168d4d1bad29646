"""The texts that prompts were made of, for what they would have cost elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from chatui.cost.recount import Recounter
from chatui.cost.tokens.tokens import TokenCounter
from chatui.cost.what_if import ReplyCall
from chatui.domain.conversation import RecalledTurn, Reply, TurnState
from chatui.domain.usage import UNKNOWN_COST, Usage
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore

MODEL = "openai/gpt-5-mini"
QUESTION = "Where is the boat?"


async def test_what_was_recalled_is_no_beginning_of_the_next_prompt(
    store: ChatStore, ask: Callable[..., Awaitable[StoredTurn]]
) -> None:
    elsewhere, here = await store.create(), await store.create()
    old = await ask(elsewhere.id, "The boat is at pier nine.", "Noted.")
    begun = await store.begin_turn(here.id, QUESTION)
    back = RecalledTurn(old.id, old.turn.asked, old.turn.question, 0.5)
    reply = Reply("At pier nine.")
    done = replace(begun.turn, state=TurnState.COMPLETE, reply=reply, recalled=(back,))
    await store.settle_turn(begun.id, done)

    [sent] = await store.spoken(here.id)

    assert sent.spoken.shown == "The boat is at pier nine.\nNoted."
    tokens = TokenCounter()
    call = ReplyCall(
        model=MODEL,
        started=datetime(2026, 5, 1, tzinfo=UTC),
        usage=Usage(input=1000, output=5),
        cost=UNKNOWN_COST,
        turn_id=begun.id,
    )
    [count] = Recounter(tokens, [sent.spoken]).counts([call], MODEL)
    tail = tokens.count(sent.spoken.shown, MODEL).tokens + tokens.count(QUESTION, MODEL).tokens
    assert (count.prompt, count.prefix) == (1000, 1000 - tail)
