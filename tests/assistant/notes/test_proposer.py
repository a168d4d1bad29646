"""Notes that a model proposes: what becomes one, what does not, and what a failure costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chatui.assistant.background import Settled
from chatui.assistant.notes.proposer import NoteProposer, facts_in
from chatui.assistant.plan import Plan, Planner
from chatui.assistant.side_call import SideCaller
from chatui.config.schema import Budget
from chatui.cost.charges import Charge, charging
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import FinishReason, Reply, Turn, TurnState
from chatui.domain.errors import ModelUnavailable
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import Note, StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.models.base import Finished, TextDelta
from chatui.models.catalog import Catalog
from chatui.models.files.model_files import ModelFiles
from tests.assistant.test_assistant import NAME, ScriptedModel

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SAID = "I moved to Leeds in 2019. What is the weather like?"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


class Proposals:
    """A proposer over a scripted model, with what it tells."""

    def __init__(
        self, store: ChatStore, folder: Path, script: list[Any], seconds: float = 30.0
    ) -> None:
        self.store, self.model = store, ScriptedModel(script)
        self.proposed: list[Note] = []
        self.told: list[str] = []
        tokens, prices = TokenCounter(), PriceBook()
        models = SideCaller(
            catalog=Catalog([], ModelFiles(folder), lambda: self.model),
            planner=Planner(store, tokens, prices, MemoryPolicy(), Budget()),
            store=store,
            tokens=tokens,
            prices=prices,
        )
        self.proposer = NoteProposer(
            store.notes,
            models,
            NAME,
            on_proposed=self.proposed.extend,
            on_warning=self.told.append,
            seconds=seconds,
        )

    async def after(self, question: str, before: str = "", **settings: Any) -> list[str]:
        """The texts proposed after a turn with that question, behind that reply."""
        turn = Turn(question, NOW, TurnState.COMPLETE, Reply("Well."))
        earlier = replace(turn, question="Hello?", reply=Reply(before))
        past = [StoredTurn("t0", None, "q0", "r0", earlier)] if before else []
        plan = cast("Plan", SimpleNamespace(layout=SimpleNamespace(past=past)))
        self.proposed.clear()
        cid = (await self.store.create()).id
        with charging(Charge(cid, None)):
            settled = Settled(cid, "t1", turn, plan, ReplySettings(**settings))
            await self.proposer.propose(settled)
        return [note.text for note in self.proposed]


def says(text: str, reason: FinishReason = FinishReason.STOP) -> list[Any]:
    return [TextDelta(text), Finished(reason)]


async def test_a_fact_that_the_user_told_is_proposed_and_booked_but_not_kept(
    store: ChatStore, tmp_path: Path
) -> None:
    proposals = Proposals(store, tmp_path, says("- I live in Leeds.\n"))

    assert await proposals.after(SAID) == ["I live in Leeds."]

    assert await store.notes.kept() == []
    (row,) = await store.ledger(proposals.proposed[0].conversation)
    assert (row.kind, row.outcome) == ("notes", "complete")


async def test_what_is_known_or_was_declined_is_not_proposed(
    store: ChatStore, tmp_path: Path
) -> None:
    await store.notes.add("I live in Leeds")
    proposals = Proposals(store, tmp_path, says("I live in Leeds.\nI moved in 2019."))

    assert await proposals.after(SAID) == ["I moved in 2019."]
    await store.notes.forget(2)
    assert await proposals.after(SAID) == []


async def test_the_model_sees_the_message_as_data_and_no_passages(
    store: ChatStore, tmp_path: Path
) -> None:
    await store.notes.add("I drive a Skoda.")
    proposals = Proposals(store, tmp_path, says("NONE"))

    await proposals.after("Leeds, since 2019.", before="Which city do you live in?")

    asked = proposals.model.requests[0].messages[-1].content
    assert "<<< the user's message" in asked
    assert all(part in asked for part in ("Leeds, since", "Which city", "I drive a Skoda."))


@pytest.mark.parametrize(
    ("question", "settings"), [("thank you!", {}), (SAID, {"remember": False})]
)
async def test_no_model_is_asked_where_there_is_nothing_to_remember(
    store: ChatStore, tmp_path: Path, question: str, settings: dict[str, Any]
) -> None:
    proposals = Proposals(store, tmp_path, says("I live in Leeds."))

    assert await proposals.after(question, **settings) == []
    assert proposals.model.requests == []


async def test_no_model_is_asked_when_notes_are_off(store: ChatStore, tmp_path: Path) -> None:
    await store.notes.switch(False)
    proposals = Proposals(store, tmp_path, says("I live in Leeds."))

    assert await proposals.after(SAID) == []
    assert proposals.model.requests == []


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_model_that_fails_is_told_of_once_and_costs_nothing_else(
    store: ChatStore, tmp_path: Path, hangs: bool
) -> None:
    script = [asyncio.Event().wait if hangs else ModelUnavailable("Nothing answers.")]
    proposals = Proposals(store, tmp_path, script, seconds=0.05 if hangs else 30.0)

    assert await proposals.after(SAID) == []
    assert await proposals.after(SAID) == []
    assert len(proposals.told) == 1
    assert "No notes could be proposed" in proposals.told[0]


async def test_a_model_that_fails_again_after_an_answer_is_told_of_again(
    store: ChatStore, tmp_path: Path
) -> None:
    script: list[Any] = [ModelUnavailable("Nothing answers.")]
    proposals = Proposals(store, tmp_path, script)

    await proposals.after(SAID)
    proposals.model.script = says("NONE")
    await proposals.after(SAID)
    proposals.model.script = script
    await proposals.after(SAID)
    assert len(proposals.told) == 2


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        ("I live in Leeds.", ["I live in Leeds."]),
        ("1. I live in Leeds.\n2. I moved in 2019.", ["I live in Leeds.", "I moved in 2019."]),
        ("NONE", []),
        ("none.", []),
        ("", []),
        ("I'm sorry, but I can't help with that.", []),
        ("I have lived in Leeds since 1987.", []),
        ("The capital of France is Paris.", []),
        ("My Leeds password is hunter2.", []),
        ("My Leeds card is 4111 1111 1111 1111.", []),
        ("Leeds " * 60, []),
    ],
)
def test_only_what_the_user_said_is_a_fact(answer: str, facts: list[str]) -> None:
    assert facts_in(answer, SAID) == facts


def test_a_key_is_never_a_fact() -> None:
    said = "My Leeds key is sk-abcdEFGH1234ijklMNOP5678, please remember it"

    assert facts_in("My Leeds key is sk-abcdEFGH1234ijklMNOP5678", said) == []


def test_an_answer_that_was_cut_off_loses_its_last_line() -> None:
    answer = "I live in Leeds.\nI moved to Lee"

    assert facts_in(answer, SAID, reason=FinishReason.LENGTH) == ["I live in Leeds."]
    assert facts_in(answer, SAID, reason=FinishReason.ERROR) == []
    assert facts_in(answer, SAID, reason=None) == []


def test_a_fact_in_a_script_without_spaces_is_known_again() -> None:
    assert facts_in("我住在北京。", "我去年搬到北京住了") == ["我住在北京。"]
