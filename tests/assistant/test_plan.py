from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.assistant.ask import Ask
from chatui.assistant.plan import ASSUMED_CONTEXT, Plan, Planner
from chatui.config.schema import Budget
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.margin import UNKNOWN
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.errors import ContextTooLong
from chatui.domain.passage import Passage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryChoice, MemoryPolicy
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo
from tests.properties import examples

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MODEL = ModelInfo("mine/small", context_size=600)
SETTINGS = ReplySettings(model="mine/small", system="Be brief.")
POLICY = MemoryPolicy(reserve=100)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


def turn(number: int, words: int = 20, *, pinned: bool = False) -> StoredTurn:
    text = f"answer {number} " + "word " * words
    said = Turn(f"question {number}", NOW, TurnState.COMPLETE, Reply(text=text), pinned=pinned)
    return StoredTurn(f"t{number}", None, f"q{number}", f"r{number}", said)


def passage(number: int, words: int = 60) -> Passage:
    return Passage(
        rank=number, score=1.0, source=f"{number}.md", path=f"/{number}.md", title="", heading="",
        page=None, char_start=0, char_end=1, line_start=1, line_end=1, text="fact " * words,
        collection="default", chunk_id=f"c{number}",
    )  # fmt: skip


def planner(store: ChatStore, policy: MemoryPolicy = POLICY) -> Planner:
    return Planner(store, TokenCounter(), PriceBook(), policy, Budget())


def ask(past: list[StoredTurn], question: str = "And now?") -> Ask:
    return Ask(past=past, question=question, settings=SETTINGS)


def sent_tokens(plan: Plan) -> int:
    return TokenCounter().count_messages(plan.request.messages, plan.info.name).tokens


async def test_the_count_of_a_plan_is_the_count_of_its_messages(store: ChatStore) -> None:
    plan = await planner(store).plan(ask([turn(1), turn(2)]), MODEL)

    assert plan.prompt.tokens == sent_tokens(plan)


async def test_the_oldest_turns_leave_first_and_are_counted(store: ChatStore) -> None:
    plan = await planner(store).plan(ask([turn(n) for n in range(40)]), MODEL)

    contents = [message.content for message in plan.request.messages]
    assert contents[0].startswith("Be brief.")
    assert contents[1] == f"question {plan.memory.dropped_turns}"
    assert contents[-1] == "And now?"
    assert sent_tokens(plan) <= 500


async def test_a_pinned_turn_stays_when_others_leave(store: ChatStore) -> None:
    past = [turn(0, pinned=True), *(turn(n) for n in range(1, 40))]

    plan = await planner(store).plan(ask(past), MODEL)

    assert plan.request.messages[1].content == "question 0"
    assert plan.memory.dropped_turns > 0


async def test_passages_that_do_not_fit_are_left_out_last_ones_first(store: ChatStore) -> None:
    asked = replace(ask([]), passages=tuple(passage(n) for n in range(1, 20)))

    plan = await planner(store).plan(asked, MODEL)

    kept = [one.rank for one in plan.request.passages]
    assert kept == list(range(1, len(kept) + 1))
    assert 0 < len(kept) < 19
    assert sent_tokens(plan) <= 500


async def test_passages_give_way_to_pinned_turns_but_not_to_one_beyond_the_cap(
    store: ChatStore,
) -> None:
    found = tuple(passage(n) for n in range(1, 8))
    pinned = await planner(store).plan(
        replace(ask([turn(0, 150, pinned=True)]), passages=found), MODEL
    )
    huge = await planner(store).plan(
        replace(ask([turn(0, 900, pinned=True)]), passages=found), MODEL
    )

    assert len(pinned.request.messages) == 4
    assert 0 < len(pinned.request.passages) < len(huge.request.passages)
    assert len(huge.request.messages) == 2


async def test_a_question_beyond_the_cap_is_refused(store: ChatStore) -> None:
    with pytest.raises(ContextTooLong):
        await planner(store).plan(ask([], question="word " * 600), MODEL)


async def test_the_next_plan_begins_where_the_last_one_did(store: ChatStore) -> None:
    past = [turn(n) for n in range(40)]
    first = await planner(store).plan(ask(past), MODEL)
    newest = replace(turn(40), window=first.mark("t40"))

    second = await planner(store).plan(ask([*past, newest], "Next?"), MODEL)

    before, after = first.request.messages, second.request.messages
    assert after[: len(before) - 1] == before[:-1]


async def test_an_unknown_context_size_is_taken_to_be_small(store: ChatStore) -> None:
    plan = await planner(store).plan(ask([]), ModelInfo("mine/unknown"))

    assert plan.cap == ASSUMED_CONTEXT - POLICY.reserve


async def test_the_configured_cap_holds_when_it_is_smaller(store: ChatStore) -> None:
    plan = await planner(store, MemoryPolicy(cap=200, reserve=100)).plan(ask([turn(1)]), MODEL)

    assert plan.cap == 200


async def test_what_is_counted_with_passages_is_what_is_sent(store: ChatStore) -> None:
    asked = replace(ask([turn(1)]), passages=(passage(1, 20), passage(2, 20)))

    plan = await planner(store).plan(asked, MODEL)

    assert plan.prompt.tokens == sent_tokens(plan)
    layout = plan.layout
    assert layout.passages > 40
    assert layout.system + layout.tokens(layout.history) + layout.passages + layout.question == (
        plan.prompt.tokens - 3
    )


async def test_an_estimate_keeps_a_margin_from_the_cap(store: ChatStore) -> None:
    past = [turn(n, 200) for n in range(40)]

    async def about(model: str) -> Plan:
        info = ModelInfo(model, context_size=8192)
        return await planner(store, MemoryPolicy(reserve=192)).plan(ask(past), info)

    exact, guessed = await about("openai/gpt-4o"), await about("mine/unknown")

    assert exact.layout.bounds.cap == exact.cap == guessed.cap == 8000
    assert guessed.layout.bounds.cap == int(8000 / UNKNOWN)
    assert guessed.prompt.tokens * UNKNOWN <= 8000


async def test_only_the_last_turns_stay_where_that_is_set(store: ChatStore) -> None:
    plan = await planner(store, MemoryPolicy(turns=2)).plan(
        ask([turn(n, 5) for n in range(5)]), MODEL
    )

    assert plan.memory.strategy == "last 2 turns + tokens"
    assert plan.memory.dropped_turns == 4
    assert [m.content for m in plan.request.messages[1::2]] == ["question 4", "And now?"]


async def test_a_profile_and_a_conversation_change_the_policy(store: ChatStore) -> None:
    cid = (await store.create()).id
    mine = replace(SETTINGS, memory=MemoryChoice(cap=300, turns=3))
    asked = replace(ask([turn(n, 5) for n in range(9)]), settings=mine, conversation_id=cid)
    by_profile = await planner(store).plan(asked, MODEL)
    await store.choose_memory(cid, MemoryChoice(turns=0))
    by_conversation = await planner(store).plan(asked, MODEL)

    assert (by_profile.cap, by_profile.memory.dropped_turns) == (300, 7)
    assert (by_conversation.cap, by_conversation.layout.bounds.turns) == (300, 0)
    assert by_conversation.memory.dropped_turns < 7


async def test_a_conversation_has_a_key_of_its_own_that_says_nothing_of_it(
    store: ChatStore,
) -> None:
    one, other = (await store.create()).id, (await store.create()).id

    async def key(cid: str | None, turns: int) -> str:
        asked = replace(ask([turn(n) for n in range(turns)]), conversation_id=cid)
        return (await planner(store).plan(asked, MODEL)).request.cache_key

    keys = [await key(one, 1), await key(one, 3), await key(other, 1)]
    assert keys[0] == keys[1] != keys[2]
    assert one not in keys[0]
    assert len(keys[0]) <= 64
    assert await key(None, 1) == ""


async def test_a_full_chat_gives_up_passages_before_it_refuses(store: ChatStore) -> None:
    full = planner(store, MemoryPolicy(full=True, reserve=100))
    fits = replace(ask([turn(n) for n in range(6)]), passages=tuple(passage(n) for n in (1, 2, 3)))

    plan = await full.plan(fits, MODEL)

    assert plan.memory.dropped_turns == 0
    assert len(plan.request.passages) < 3
    with pytest.raises(ContextTooLong, match="/context trim"):
        await full.plan(ask([turn(n) for n in range(30)]), MODEL)


async def test_a_question_beyond_the_cap_is_cut_where_that_is_wished(store: ChatStore) -> None:
    cutting = planner(store, MemoryPolicy(too_long="cut", reserve=100))
    long = "Begin. " + "word " * 3000 + "End?"

    plan = await cutting.plan(ask([turn(1)], long), MODEL)

    sent = plan.request.messages[-1].content
    assert sent.startswith("Begin. ")
    assert sent.endswith("End?")
    assert "tokens left out here" in sent
    assert plan.memory.cut_tokens > 2500
    assert sent_tokens(plan) * UNKNOWN <= 500


async def test_a_question_that_was_cut_stays_in_the_history_in_short(store: ChatStore) -> None:
    cutting = planner(store, MemoryPolicy(too_long="cut", reserve=100))
    said = replace(turn(1), turn=replace(turn(1).turn, question="word " * 3000))

    plan = await cutting.plan(ask([said]), MODEL)
    again = await cutting.plan(ask([said], "And then?"), MODEL)

    assert "tokens left out here" in plan.request.messages[1].content
    assert again.request.messages[:-1] == plan.request.messages[:-1]
    assert sent_tokens(plan) * UNKNOWN <= 500


async def test_a_failed_turn_leaves_no_two_questions_in_a_row(store: ChatStore) -> None:
    failed = replace(turn(2), turn=Turn("lost", NOW, TurnState.FAILED))

    plan = await planner(store).plan(ask([turn(1), failed, turn(3)]), MODEL)

    assert [message.role for message in plan.request.messages] == (
        ["system", "user", "assistant", "user", "assistant", "user"]
    )
    assert plan.memory.dropped_turns == 0


async def test_imported_replies_in_a_row_become_one(store: ChatStore) -> None:
    alone = replace(turn(2), turn=replace(turn(2).turn, question=""))

    plan = await planner(store).plan(ask([alone, turn(1), alone]), MODEL)

    assert [message.role for message in plan.request.messages] == (
        ["system", "user", "assistant", "user"]
    )
    assert "answer 1" in plan.request.messages[2].content
    assert "answer 2" in plan.request.messages[2].content


async def test_without_memory_only_the_question_is_sent(store: ChatStore) -> None:
    plan = await planner(store).plan(
        replace(ask([turn(1), turn(2)]), settings=replace(SETTINGS, remember=False)), MODEL
    )

    assert len(plan.request.messages) == 2
    assert (plan.memory.strategy, plan.memory.dropped_turns) == ("off", 2)


async def test_a_smaller_model_cuts_the_window_at_once_and_a_larger_one_opens_it(
    store: ChatStore,
) -> None:
    cid = (await store.create()).id
    laid_out = planner(store)
    past = [turn(n) for n in range(20)]
    plans = []
    for size in (8000, 600, 8000):
        stored = await store.begin_turn(cid, "q")
        info = ModelInfo("mine/any", context_size=size)
        plan = await laid_out.plan(ask(past), info)
        plans.append(plan)
        mark = plan.mark(stored.id)
        await store.save_window(stored.id, mark)
        past.append(replace(turn(99), id=stored.id, window=mark))

    assert [plan.cap for plan in plans] == [7900, 500, 7900]
    assert plans[0].memory.dropped_turns == plans[2].memory.dropped_turns == 0
    assert plans[1].memory.dropped_turns > 10


@examples(60)
@given(
    sizes=st.lists(st.integers(1, 120), max_size=30),
    failed=st.sets(st.integers(0, 29)),
    passages=st.integers(0, 6),
    policy=st.builds(
        MemoryPolicy,
        cap=st.integers(60, 500),
        turns=st.sampled_from([0, 0, 1, 4]),
        too_long=st.sampled_from(["error", "cut"]),
        reserve=st.just(100),
    ),
)
async def test_no_plan_is_ever_beyond_its_cap(
    store: ChatStore, sizes: list[int], failed: set[int], passages: int, policy: MemoryPolicy
) -> None:
    past = [turn(number, words) for number, words in enumerate(sizes)]
    past = [
        replace(each, turn=Turn("lost", NOW, TurnState.FAILED)) if number in failed else each
        for number, each in enumerate(past)
    ]
    asked = replace(ask(past), passages=tuple(passage(n) for n in range(1, passages + 1)))
    try:
        plan = await planner(store, policy).plan(asked, MODEL)
    except ContextTooLong:
        fixed = await planner(store, MemoryPolicy(reserve=100)).plan(replace(ask([])), MODEL)
        assert fixed.prompt.tokens * UNKNOWN > policy.cap
        return
    assert sent_tokens(plan) * UNKNOWN <= policy.cap
    said = [message.role.value for message in plan.request.messages]
    assert said == ["system", *["user", "assistant"] * (len(said) // 2 - 1), "user"]
    newest = plan.request.messages[-1].content
    assert newest.endswith("And now?") or "left out here" in newest


async def test_a_trim_is_foretold_before_its_prompt_is_sent(store: ChatStore) -> None:
    past = [turn(n) for n in range(12)]
    first = await planner(store).plan(ask(past[:11]), MODEL)
    past[11] = replace(past[11], window=first.mark("t11"))
    short = await planner(store).plan(ask(past, "And?"), MODEL)
    long = await planner(store).plan(ask(past, "word " * 180), MODEL)

    assert short.memory.leaving_turns == 0
    assert long.memory.leaving_turns == long.layout.window.start - short.layout.window.start > 0
    assert long.memory.leaving_tokens > 20 * long.memory.leaving_turns


async def test_passages_that_will_be_found_are_reckoned_with(store: ChatStore) -> None:
    past = [turn(n) for n in range(8)]
    drafted = replace(ask(past), likely=tuple(passage(n) for n in range(1, 4)))
    found = replace(ask(past), passages=tuple(passage(n) for n in range(1, 4)))
    foretold, sent = (
        await planner(store).plan(drafted, MODEL),
        await planner(store).plan(found, MODEL),
    )

    assert foretold.memory.leaving_turns == sent.memory.leaving_turns > 0
    assert foretold.prompt == (await planner(store).plan(ask(past), MODEL)).prompt


async def test_where_no_turn_may_leave_a_question_is_cut_to_what_they_leave(
    store: ChatStore,
) -> None:
    policy = replace(POLICY, full=True, too_long="cut")
    past = [turn(n) for n in range(4)]
    plan = await planner(store, policy).plan(ask(past, "word " * 900), MODEL)

    assert plan.memory.dropped_turns == 0
    assert plan.memory.cut_tokens > 0
    assert sent_tokens(plan) <= 500


async def test_where_no_turn_may_leave_a_question_keeps_half_or_is_refused(
    store: ChatStore,
) -> None:
    policy = replace(POLICY, full=True, too_long="cut")
    with pytest.raises(ContextTooLong, match="whole conversation"):
        await planner(store, policy).plan(ask([turn(n) for n in range(10)], "word " * 900), MODEL)
