"""The same road against a real server: llama.cpp's, with a tiny model of random weights."""

import asyncio
import json
from contextlib import suppress

import pytest

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import BadResponse, ContextTooLong, ModelError, ModelUnavailable
from chatui.models.base import Finished, ModelEvent, ModelRequest, SamplingOptions, TextDelta
from chatui.models.hosted.hosted import HostedModel
from tests.models.conftest import ModelMaker, ask
from tests.tiny_gguf import CONTEXT, WORDS

ATTEMPTS = 5


async def test_a_reply_streams_up_to_its_limit(llama_url: str, make_model: ModelMaker) -> None:
    events = [
        event
        async for event in make_model(llama_url).stream(ask(max_output_tokens=20, temperature=0.0))
    ]
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(pieces) > 10
    assert set("".join(pieces).split()) <= set(WORDS)
    # This server reports no usage: the count is for the meter to estimate.
    assert events[-1] == Finished(FinishReason.LENGTH, model="tiny")


async def test_the_same_seed_gives_the_same_reply(llama_url: str, make_model: ModelMaker) -> None:
    model = make_model(llama_url)
    request = ask(max_output_tokens=12, seed=7, temperature=1.0)
    first = [event async for event in model.stream(request)]
    assert [event async for event in model.stream(request)] == first


async def test_a_cancelled_reply_leaves_the_server_free_for_the_next(
    llama_url: str, make_model: ModelMaker
) -> None:
    model = make_model(llama_url)
    stream = model.stream(ask(max_output_tokens=480))
    assert isinstance(await anext(stream), TextDelta)
    await stream.aclose()
    events = [event async for event in model.stream(ask(max_output_tokens=5))]
    assert isinstance(events[-1], Finished)


async def test_a_reply_that_another_request_ends_is_told_as_broken_off(
    llama_url: str, make_model: ModelMaker
) -> None:
    # This server gives up what it is saying for whoever asks next, and says nothing of it.
    model, other = make_model(llama_url, retries=1), make_model(llama_url)
    stream = model.stream(ask(max_output_tokens=480, temperature=0.0))
    came = [await anext(stream)]
    asking = asyncio.create_task(answered(other))
    with pytest.raises(BadResponse, match="ended the reply before it was whole"):
        async for event in stream:
            came.append(event)
    assert all(isinstance(event, TextDelta) for event in came)
    assert isinstance((await asking)[-1], Finished)


async def test_a_prompt_beyond_the_context_is_told_as_that_and_the_next_one_works(
    llama_url: str, make_model: ModelMaker
) -> None:
    model = make_model(llama_url, retries=1)
    # This server notices late, and ends the stream or the connection without a word.
    with pytest.raises(ContextTooLong, match="The prompt is too long for test/tiny") as failure:
        _ = [event async for event in model.stream(ask("long " * CONTEXT))]
    assert failure.value.limit == CONTEXT
    assert failure.value.prompt is not None
    assert failure.value.prompt > CONTEXT
    assert failure.value.free
    assert isinstance((await answered(model))[-1], Finished)


async def answered(model: HostedModel) -> list[ModelEvent]:
    """A reply after a broken one. While this server puts the broken one away, it may cut the
    next one off too; the client must be able to go on asking."""
    for _ in range(ATTEMPTS - 1):
        with suppress(ModelError):
            return [event async for event in model.stream(ask(max_output_tokens=5))]
    return [event async for event in model.stream(ask(max_output_tokens=5))]


async def test_a_wrong_path_is_told_as_a_wrong_base_url(
    llama_url: str, make_model: ModelMaker
) -> None:
    with pytest.raises(ModelUnavailable, match="check base_url"):
        _ = [event async for event in make_model(llama_url + "/more").stream(ask())]


async def test_a_schema_is_kept_to_in_the_form_that_this_server_takes(
    llama_url: str, make_model: ModelMaker
) -> None:
    colours = {"type": "string", "enum": ["red", "blue"]}
    schema = {"type": "object", "properties": {"colour": colours}, "required": ["colour"]}
    model = make_model(llama_url)
    request = ask(json_schema=schema, max_output_tokens=60)
    for _ in range(2):
        events = [event async for event in model.stream(request)]
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert json.loads(text)["colour"] in ("red", "blue")


async def test_a_conversation_is_taken_whole(llama_url: str, make_model: ModelMaker) -> None:
    turns = (
        Message(Role.SYSTEM, "Be brief."),
        Message(Role.USER, "Hi"),
        Message(Role.ASSISTANT, "Hello"),
        Message(Role.USER, "日本語 🙂"),
    )
    request = ModelRequest(turns, options=SamplingOptions(max_output_tokens=5))
    events = [event async for event in make_model(llama_url).stream(request)]
    assert isinstance(events[-1], Finished)
