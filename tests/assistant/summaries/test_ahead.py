"""Summaries that are ready before they are needed, and what happens when they are not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from chatui.memory.policy import MemoryChoice
from tests.assistant.summaries.conftest import CHEAP, FACTS, Chat, summarising
from tests.scripted_server import Exchange, Script, saying

SUMMARY = "What was said earlier"


async def test_a_summary_is_ready_for_the_trim_and_stands_for_what_left(chat: Chat) -> None:
    prompts = [await chat.ask(number) for number in range(26)]

    first = next(number for number, prompt in enumerate(prompts) if SUMMARY in prompt)
    assert chat.memory.dropped_turns > 0
    assert all("number 0?" in prompt for prompt in prompts[:first])
    assert "number 0?" not in prompts[first]
    assert FACTS[0] in prompts[first]
    assert chat.memory.summary_tokens > 0
    assert chat.warnings == []


async def test_it_rolls_on_from_the_one_before_and_reads_each_message_once(chat: Chat) -> None:
    await chat.ask(0, 39)

    read = [str(exchange.json["messages"][-1]["content"]) for exchange in chat.cheap.exchanges]
    assert len(read) > 2
    assert "summary so far" not in read[0]
    assert all("summary so far" in each for each in read[1:])
    times = [sum(f"number {number}?" in each for each in read) for number in range(40)]
    covered = (await chat.summaries())[-1].turns
    assert times == [1] * covered + [0] * (40 - covered)


async def test_the_prompts_beginning_holds_from_one_trim_to_the_next(chat: Chat) -> None:
    prompts = []
    for number in range(40):
        await chat.ask(number)
        prompts.append(chat.chat.exchanges[-1].json["messages"])

    changes = sum(after[: len(before) - 1] != before[:-1] for before, after in pairwise(prompts))
    kept = {mark.summary for mark in await chat.marks()} - {""}
    assert changes == len(kept) > 2


async def test_its_cost_is_booked_apart_for_the_conversation(chat: Chat) -> None:
    await chat.ask(0, 20)

    rows = [r for r in await chat.services.store.ledger(chat.conversation) if r.kind == "summary"]
    assert [(row.model, row.outcome, row.usage.input) for row in rows] == [(CHEAP, "complete", 100)]


async def test_a_summary_that_was_asked_for_is_booked_for_the_profile_it_was_asked_in(
    chat: Chat,
) -> None:
    await chat.ask(0, 3)
    assert chat.conversation is not None
    turns = [one.turn for one in (await chat.services.store.load(chat.conversation)).turns]
    settings = replace(chat.services.settings, profile="reviewer")

    await chat.services.summariser.summarise(chat.conversation, turns, settings=settings)

    rows = [r for r in await chat.services.store.ledger(chat.conversation) if r.kind == "summary"]
    assert [row.profile for row in rows] == ["reviewer"]


async def hanging(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.until_the_client_leaves()


async def failing(exchange: Exchange) -> None:
    await exchange.error(500, "out of memory")


def cut_off(text: str) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(text)
        await exchange.finish("length")
        await exchange.done()

    return script


BAD = {
    "fails": failing,
    "is cut off in its first line": cut_off("Facts: Anna Berger lives in"),
    "answers nothing": saying(""),
    "refuses": saying("I'm sorry, but I can't help with that."),
    "answers with an error": saying("Error: upstream connect timeout after 300 s"),
    "makes numbers up": saying("- Anna Berger, Leipzig, Lisbon, TP 77, 4711, 8123, 9999, 3333."),
}


@pytest.mark.parametrize("script", BAD.values(), ids=BAD.keys())
async def test_turns_leave_without_a_summary_when_the_model(chat: Chat, script: Script) -> None:
    chat.cheap.script(script)

    prompt = await chat.ask(0, 25)

    assert SUMMARY not in prompt
    assert (await chat.questions(), await chat.summaries()) == (26, [])
    assert chat.memory.dropped_turns > 0
    assert len(chat.warnings) == 1
    assert chat.warnings[0].startswith("Older turns will leave the prompt without a summary: ")


async def test_the_whole_lines_of_a_summary_that_was_cut_off_are_used(chat: Chat) -> None:
    chat.cheap.script(cut_off("- Anna Berger lives in Leipzig.\n- The train is the TP 77 to Lis"))

    prompt = await chat.ask(0, 25)

    assert "- Anna Berger lives in Leipzig." in prompt
    assert "TP 77 to Lis" not in prompt
    assert chat.warnings == []


async def test_lines_with_numbers_that_nobody_said_are_left_out_of_a_summary(chat: Chat) -> None:
    made_up = "- The codes are 4711, 8123, 9999 and 3333.\n- They talked of numbers."
    chat.cheap.script(saying(made_up))

    prompt = await chat.ask(0, 25)

    assert "- They talked of numbers." in prompt
    assert "4711" not in prompt
    assert chat.warnings == []


async def test_sending_never_waits_for_a_model_that_hangs(chat: Chat) -> None:
    chat.cheap.script(hanging)

    prompt = await chat.ask(0, 25, wait=False)

    assert SUMMARY not in prompt
    assert await chat.questions() == 26
    assert len(chat.cheap.exchanges) == 1


async def test_a_failed_summary_is_tried_again_when_turns_have_come(chat: Chat) -> None:
    chat.cheap.script(failing, failing, summarising)

    await chat.ask(0, 30)

    (first, *_) = await chat.summaries()
    assert first.turns > 3
    asked = [str(exchange.json["messages"][-1]["content"]) for exchange in chat.cheap.exchanges]
    assert all("number 0?" in each for each in asked[:3])
    assert len(chat.warnings) == 1


async def test_nothing_is_summarised_where_that_is_off(chat: Chat) -> None:
    await chat.ask(0)
    assert chat.conversation is not None
    await chat.services.store.choose_memory(chat.conversation, MemoryChoice(summarise=False))

    prompt = await chat.ask(1, 25)

    assert SUMMARY not in prompt
    assert chat.cheap.exchanges == []
    assert chat.memory.strategy == "tokens"


async def test_a_bound_on_turns_has_its_summary_too(chat: Chat) -> None:
    await chat.ask(0)
    assert chat.conversation is not None
    await chat.services.store.choose_memory(chat.conversation, MemoryChoice(turns=3))

    prompt = await chat.ask(1, 4)

    assert SUMMARY in prompt
    assert [one.turns for one in await chat.summaries()] == [2, 4]


async def test_another_branch_does_not_take_the_summary_of_turns_it_lacks(chat: Chat) -> None:
    await chat.ask(0, 24)
    assert chat.conversation is not None
    stored = await chat.services.store.load(chat.conversation)
    await chat.services.store.move_head(chat.conversation, stored.turns[0].id)

    assert SUMMARY not in await chat.ask(25)
