"""Replies of a model in a file: a real llama.cpp in a real process, with a tiny model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import BadResponse, ContextTooLong, ModelUnavailable
from chatui.models.base import ModelRequest, TextDelta, UsageReported
from chatui.models.hosted.usage_report import read_usage
from chatui.models.local.local import LocalModel
from chatui.models.local.settings import LocalSettings
from tests.models.local_workshop import LocalMaker, chat, hosting, said, words
from tests.models.replies import end_of, reasoning_of, text_of
from tests.tiny_gguf import CHATML, CHATML_MARKS, WORDS, write_tiny_gguf

SCHEMA = {"type": "object", "properties": {"n": {"type": "boolean"}}, "required": ["n"]}
SLACK = 32

# One process for all: starting it takes longer than most of the tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    return write_tiny_gguf(folder / "tiny.gguf", context=8192, template=CHATML, marks=CHATML_MARKS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def make() -> AsyncIterator[LocalMaker]:
    async with hosting() as (_, maker):
        yield maker


@pytest.fixture
def model(make: LocalMaker, file: Path) -> LocalModel:
    return make(file)


async def test_a_reply_streams_up_to_its_limit(model: LocalModel) -> None:
    events = await said(model, chat("Hello?", max_output_tokens=20))
    assert set(text_of(events).split()) <= set(WORDS)
    assert len([event for event in events if isinstance(event, TextDelta)]) > 1
    end = end_of(events)
    assert end.reason is FinishReason.LENGTH
    assert end.usage is not None
    assert end.usage.output == 20
    assert not end.usage.estimated


async def test_the_prompt_is_counted_before_the_first_word(model: LocalModel) -> None:
    events = await said(model, chat("Hello?"))
    reported, end = events[0], end_of(events)
    assert isinstance(reported, UsageReported)
    assert end.usage is not None
    assert reported.usage.prompt == end.usage.prompt > 0


async def test_the_tokens_so_far_are_told_while_a_reply_streams(model: LocalModel) -> None:
    events = await said(model, chat("Hello?", max_output_tokens=2000))
    prompt = end_of(events).usage
    assert prompt is not None
    heard, told = "", 0
    for event in events[1:-1]:
        if isinstance(event, TextDelta):
            heard += event.text
        elif isinstance(event, UsageReported) and event.usage.output:
            told += 1
            # A word is a token here.
            assert event.usage.output == len(heard.split())
            assert event.usage.prompt == prompt.prompt
            assert event.usage.estimated
    assert told > 3


async def test_the_report_keeps_the_seconds_of_reading_and_writing(model: LocalModel) -> None:
    end = end_of(await said(model, chat("Hello?")))
    assert end.raw_usage is not None
    timings = end.raw_usage["timings"]
    assert timings["prompt_ms"] > 0
    assert timings["predicted_ms"] > 0
    assert read_usage(end.raw_usage) == end.usage == read_usage(None, timings)


async def test_a_second_turn_computes_only_what_is_new(model: LocalModel) -> None:
    question, more = words(20), "And now?"
    first = await said(model, chat(question, system="Be brief.", max_output_tokens=6))
    before = end_of(first).usage
    second = await said(model, chat(question, text_of(first), more, system="Be brief."))
    after = end_of(second).usage
    assert before is not None
    assert after is not None
    assert after.cache_read >= before.prompt + before.output - 1
    assert after.input <= len(more) + SLACK


async def test_passages_that_leave_the_prompt_keep_what_was_before_them(model: LocalModel) -> None:
    first = await said(model, chat("Once.", "Yes.", "Passages: " + words(50) + " Why?"))
    second = await said(model, chat("Once.", "Yes.", "Why?", text_of(first), "So?"))
    usage = end_of(second).usage
    assert usage is not None
    shared = end_of(await said(model, chat("Once.", "Yes."))).usage
    assert shared is not None
    assert usage.cache_read >= shared.prompt - SLACK


async def test_what_is_reused_answers_like_a_fresh_context(make: LocalMaker, file: Path) -> None:
    warm, request = make(file), chat("One.", "Two.", "Three?")
    await said(warm, chat("One."))
    again = await said(warm, request)
    async with hosting() as (_, fresh):
        assert text_of(await said(fresh(file), request)) == text_of(again)


async def test_the_same_seed_gives_the_same_reply(model: LocalModel) -> None:
    async def seeded(seed: int) -> str:
        request = chat("Hello?", temperature=2.0, top_k=0, top_p=1.0, min_p=0.0, seed=seed)
        return text_of(await said(model, request))

    assert await seeded(7) == (first := await seeded(7))
    assert {await seeded(seed) for seed in range(4)} != {first}


async def test_a_penalty_for_repeating_brings_other_words(model: LocalModel) -> None:
    plain = text_of(await said(model, chat("Hello?", max_output_tokens=30)))
    varied = await said(model, chat("Hello?", max_output_tokens=30, frequency_penalty=2.0))
    assert len(set(text_of(varied).split())) > len(set(plain.split()))


async def test_a_reply_ends_before_a_stop_string(model: LocalModel) -> None:
    whole = text_of(await said(model, chat("Hello?", temperature=1.0, seed=3)))
    second = whole.split()[1]
    end = whole.index(f" {second}", 1)
    events = await said(model, chat("Hello?", temperature=1.0, seed=3, stop=(f" {second}",)))
    assert text_of(events) == whole[:end]
    assert end_of(events).reason is FinishReason.STOP


async def test_a_schema_shapes_the_reply(model: LocalModel) -> None:
    events = await said(model, chat("A flag?", json_schema=SCHEMA, max_output_tokens=60))
    assert isinstance(json.loads(text_of(events))["n"], bool)
    assert end_of(events).reason is FinishReason.STOP


async def test_a_grammar_shapes_the_reply(model: LocalModel) -> None:
    events = await said(model, chat("Which?", grammar='root ::= "amber" | "birch"'))
    assert text_of(events) in {"amber", "birch"}


async def test_a_grammar_that_is_none_is_a_sentence_and_the_next_reply_works(
    model: LocalModel,
) -> None:
    with pytest.raises(BadResponse, match="grammar"):
        await said(model, chat("Which?", grammar="root ::= ("))
    assert text_of(await said(model, chat("Hello?")))


async def test_marks_in_a_message_are_text(model: LocalModel) -> None:
    plain = end_of(await said(model, chat("x"))).usage
    marked = end_of(await said(model, chat("x<|im_end|>"))).usage
    assert plain is not None
    assert marked is not None
    # As a control token it would be one token, and end the question.
    assert marked.prompt - plain.prompt >= len("<|im_end|>")


async def test_a_prompt_beyond_the_context_is_a_sentence_and_the_next_reply_works(
    make: LocalMaker, file: Path
) -> None:
    model = make(file)
    with pytest.raises(ContextTooLong, match=r"8,192"):
        await said(model, chat("x" * 9000))
    assert text_of(await said(model, chat("Hello?")))


async def test_a_context_grows_in_the_middle_of_a_reply(make: LocalMaker, file: Path) -> None:
    """What it holds goes along, so that the reply is the one of a large context."""
    request = chat("x" * 200, max_output_tokens=100)
    async with hosting(LocalSettings(context=2048, first_context=256)) as (_, maker):
        grown = text_of(await said(maker(file), request))
    assert grown == text_of(await said(make(file), request))


async def test_a_reply_ends_where_the_context_does(tmp_path: Path, file: Path) -> None:
    async with hosting(LocalSettings(context=600)) as (_, maker):
        events = await said(maker(file), chat("x" * 400, max_output_tokens=None))
    end = end_of(events)
    assert end.reason is FinishReason.LENGTH
    assert end.usage is not None
    assert end.usage.total == 600


async def test_the_models_own_end_ends_a_reply(tmp_path: Path, make: LocalMaker) -> None:
    path = write_tiny_gguf(tmp_path / "ending.gguf", ends_with="heron")
    events = await said(make(path), chat("Hello?", temperature=1.0, seed=1, max_output_tokens=200))
    end = end_of(events)
    assert end.reason is FinishReason.STOP
    assert "heron" not in text_of(events)
    assert end.usage is not None
    assert end.usage.output == len(text_of(events).split())


async def test_thoughts_that_the_template_opens_are_reasoning(
    tmp_path: Path, make: LocalMaker
) -> None:
    path = write_tiny_gguf(tmp_path / "thinking.gguf", template=CHATML + "<think>\n")
    events = await said(make(path), chat("Hello?"))
    assert reasoning_of(events).split()
    assert text_of(events) == ""
    usage = end_of(events).usage
    assert usage is not None
    assert usage.reasoning == usage.output == 12
    shaped = await said(make(path), chat("A flag?", json_schema=SCHEMA, max_output_tokens=60))
    assert "n" in json.loads(text_of(shaped))


@pytest.mark.parametrize("form", ["chatml", "a Jinja file"])
async def test_another_chat_format_can_be_named(tmp_path: Path, file: Path, form: str) -> None:
    if form != "chatml":
        jinja = tmp_path / "mine.jinja"
        jinja.write_text("{% for m in messages %}{{ m.role }}>{{ m.content }}{% endfor %}")
        form = str(jinja)
    async with hosting(LocalSettings(context=512, chat_format=form)) as (_, maker):
        usage = end_of(await said(maker(file), chat("x"))).usage
    assert usage is not None
    # With the token that begins every prompt; three marks, or the file's own.
    expected = len("user\nx\nassistant\n") + 3 if form == "chatml" else len("user>x")
    assert usage.prompt == 1 + expected


async def test_a_file_without_a_template_is_asked_in_chatml(
    tmp_path: Path, make: LocalMaker, file: Path
) -> None:
    bare = write_tiny_gguf(tmp_path / "bare.gguf", template=None, marks=CHATML_MARKS)
    own, usual = await said(make(file), chat("x")), await said(make(bare), chat("x"))
    assert end_of(own).usage == end_of(usual).usage


async def test_quantised_keys_and_values_answer(tmp_path: Path) -> None:
    wide = write_tiny_gguf(tmp_path / "wide.gguf", heads=2)
    settings = LocalSettings(context=512, cache_k="q8_0", cache_v="q4_0", flash_attention="on")
    async with hosting(settings) as (_, maker):
        assert text_of(await said(maker(wide), chat("Hello?")))


async def test_a_cache_type_that_the_model_has_no_room_for_is_a_sentence(file: Path) -> None:
    settings = LocalSettings(context=512, cache_k="q8_0")
    async with hosting(settings) as (_, maker):
        with pytest.raises(ModelUnavailable, match=r"local\.type_k"):
            await said(maker(file), chat("Hello?"))


async def test_two_questions_at_once_are_answered_one_after_the_other(model: LocalModel) -> None:
    requests: list[ModelRequest] = [chat("One?"), chat("Two?")]
    alone = [text_of(await said(model, request)) for request in requests]
    both = await asyncio.gather(*(said(model, request) for request in requests))
    assert [text_of(events) for events in both] == alone
