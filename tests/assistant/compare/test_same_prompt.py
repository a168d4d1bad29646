"""One prompt for models that count differently: it fits each of them by its own vocabulary."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatui.assistant.ask import Ask
from chatui.assistant.compare.same_prompt import SamePrompt
from chatui.assistant.plan import Plan, Planner
from chatui.config.schema import Budget
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.errors import ContextTooLong
from chatui.domain.passage import Passage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHINESE = "算法工程师需要理解数据结构与复杂度。"


@pytest.fixture
async def same(tmp_path: Path) -> AsyncIterator[SamePrompt]:
    store = await ChatStore.open(tmp_path / "chats.db")
    tokens = TokenCounter()
    policy = MemoryPolicy(reserve=100)
    yield SamePrompt(Planner(store, tokens, PriceBook(), policy, Budget()), tokens)
    await store.close()


def turn(number: int, text: str) -> StoredTurn:
    said = Turn(f"question {number}", NOW, TurnState.COMPLETE, Reply(text=text))
    return StoredTurn(f"t{number}", None, f"q{number}", f"r{number}", said)


def passage(number: int, text: str) -> Passage:
    return Passage(
        rank=number, score=1.0, source=f"{number}.md", path=f"/{number}.md", title="", heading="",
        page=None, char_start=0, char_end=1, line_start=1, line_end=1, text=text,
        collection="default", chunk_id=f"c{number}",
    )  # fmt: skip


def asked(
    texts: list[str],
    question: str = "And now?",
    passages: tuple[str, ...] = (CHINESE,),
) -> Ask:
    return Ask(
        past=[turn(number, text) for number, text in enumerate(texts)],
        question=question,
        settings=ReplySettings(system="Be brief."),
        passages=tuple(passage(n, text) for n, text in enumerate(passages, 1)),
    )


async def laid_out(
    same: SamePrompt, infos: list[ModelInfo], texts: list[str], question: str = "And now?"
) -> list[Plan | ContextTooLong]:
    return list(await same.plans(asked(texts, question), infos))


def checked(same: SamePrompt, plans: list[Plan | ContextTooLong]) -> list[Plan]:
    """The plans, which all have the same request that fits each model."""
    found = []
    for plan in plans:
        assert not isinstance(plan, ContextTooLong)
        counted = same.tokens.count_messages(plan.request.messages, plan.info.name).tokens
        assert plan.cap is None or counted <= plan.cap
        assert plan.layout.window.tokens == counted
        found.append(plan)
    assert all(plan.request == found[0].request for plan in found)
    return found


# The old vocabulary takes about three tokens where the new one takes one.
@pytest.mark.parametrize("old", [700, 1200, 1800, 2400, 4000])
@pytest.mark.parametrize("new", [600, 900])
@pytest.mark.parametrize("order", [1, -1])
async def test_the_messages_fit_models_whose_vocabularies_disagree(
    same: SamePrompt, old: int, new: int, order: int
) -> None:
    infos = [ModelInfo("a/gpt2", context_size=old), ModelInfo("b/gpt-4o", context_size=new)]
    texts = [CHINESE * 4 if number % 3 else "plain words " * 30 for number in range(12)]

    plans = checked(same, await laid_out(same, infos[::order], texts))

    assert len(plans[0].request.messages) > 2


async def test_a_model_without_a_limit_gets_what_the_others_get(same: SamePrompt) -> None:
    infos = [ModelInfo("builtin/extract"), ModelInfo("b/gpt-4o", context_size=600)]

    plans = checked(same, await laid_out(same, infos, ["plain words " * 30] * 12))

    assert plans[0].memory.dropped_turns == plans[1].memory.dropped_turns > 0
    assert [plan.memory.cap for plan in plans] == [None, 500]
    assert plans[0].mark("new").cap == plans[1].mark("new").cap


async def test_each_plan_counts_as_its_own_model_does(same: SamePrompt) -> None:
    infos = [ModelInfo("a/gpt2", context_size=9000), ModelInfo("b/gpt-4o", context_size=9000)]

    old, new = checked(same, await laid_out(same, infos, [CHINESE * 4] * 3))

    assert old.prompt.tokens > 2 * new.prompt.tokens
    assert (old.layout.model, new.layout.model) == ("a/gpt2", "b/gpt-4o")
    assert sum(old.layout.sizes) > 2 * sum(new.layout.sizes)


async def test_a_model_that_can_not_hold_the_question_is_left_out_alone(same: SamePrompt) -> None:
    infos = [ModelInfo("a/gpt-4o", context_size=200), ModelInfo("b/gpt-4o", context_size=4000)]

    plans = await laid_out(same, infos, ["words " * 20] * 3, "word " * 500)

    assert isinstance(plans[0], ContextTooLong)
    assert len(checked(same, plans[1:])[0].request.messages) == 1 + 2 * 3 + 1


async def test_where_no_models_own_layout_fits_the_others_a_tighter_one_does(
    same: SamePrompt,
) -> None:
    """The one has room for both passages and few of the turns, which are long to it; the
    other for one passage and many turns."""
    infos = [ModelInfo("a/gpt2", context_size=1060), ModelInfo("b/gpt-4o", context_size=840)]
    both = asked([CHINESE] * 12, passages=("plain words " * 150, "more words " * 150))
    for info, other in (infos, infos[::-1]):
        own = await same.planner.plan(both, info)
        room = await same.planner.plan(both, other)
        counted = same.tokens.count_messages(own.request.messages, other.name).tokens
        assert counted > (room.cap or 0), "this test needs other sizes"

    plans = checked(same, list(await same.plans(both, infos)))

    assert len(plans[0].request.passages) == 1
