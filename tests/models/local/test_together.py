"""Replies that are computed side by side: a real llama.cpp in a real process, a tiny model."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import llama_cpp
import numpy as np
import pytest
import pytest_asyncio

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import BadResponse, ContextTooLong
from chatui.models.base import ModelRequest, TextDelta, UsageReported
from chatui.models.local.llama import Llama
from chatui.models.local.local import LocalModel
from chatui.models.local.settings import LocalSettings
from chatui.models.local.together import Together
from chatui.workers.host import Worker
from tests.models.local_workshop import LocalMaker, chat, hosting, said, words
from tests.models.replies import end_of, text_of
from tests.patience import PATIENCE
from tests.tiny_gguf import CHATML, CHATML_MARKS, WORDS, write_tiny_gguf

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = LocalSettings(context=8192, first_context=1024, places=4)
ROUNDING = 1.0
SCHEMA = {"type": "object", "properties": {"n": {"type": "boolean"}}, "required": ["n"]}
MANY = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 3},
        "list": {"anyOf": [{"type": "array", "prefixItems": [{"const": n}]} for n in range(2500)]},
    },
    "required": ["name", "list"],
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    return write_tiny_gguf(folder / "tiny.gguf", context=8192, template=CHATML, marks=CHATML_MARKS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def together(file: Path) -> AsyncIterator[LocalModel]:
    async with hosting(SETTINGS) as (_, maker):
        yield maker(file)


async def all_said(model: LocalModel, requests: Sequence[ModelRequest]) -> list[Sequence[Any]]:
    return list(await asyncio.gather(*(said(model, request) for request in requests)))


@pytest.fixture(scope="module")
def likely(file: Path) -> Llama:
    return Llama("tiny", file, LocalSettings(context=8192))


def assert_likeliest(llama: Llama, request: ModelRequest, events: Sequence[Any]) -> None:
    """Each word is the likeliest behind those before it, as the model sees them alone, but for
    rounding: another order of the same sums differs by 0.3 at most here, others by 14 on average.
    So two words that are equally likely may change places."""
    prompt = "".join(
        f"<|im_start|>{one.role.value}\n{one.content}<|im_end|>\n" for one in request.messages
    )
    before = llama.vocabulary.tokenise(f"{prompt}<|im_start|>assistant\n", special=True)
    usage = end_of(events).usage
    assert usage is not None
    # The template has a beginning of its own, or none.
    before = [*llama.vocabulary.first, *before]
    assert usage.prompt == len(before)
    llama.keep(0)
    llama.make_room(len(before) + usage.output)
    llama.evaluate(before)
    size = llama.vocabulary.size
    spelt = {
        llama.vocabulary.piece(token).decode("utf-8", "replace"): token for token in range(size)
    }
    said_words = re.findall(r" \w+", text_of(events))
    assert len(said_words) == usage.output
    for word in said_words:
        found = llama_cpp.llama_get_logits_ith(llama._context, -1)
        logits = np.ctypeslib.as_array(found, (size,))
        assert logits[spelt[word]] > logits.max() - ROUNDING
        llama.evaluate([spelt[word]])


async def assert_all_likeliest(
    model: LocalModel, llama: Llama, requests: Sequence[ModelRequest]
) -> None:
    for request, events in zip(requests, await all_said(model, requests), strict=True):
        assert_likeliest(llama, request, events)


@pytest.mark.parametrize("count", [1, 2, 4, 11])
async def test_a_reply_is_what_it_is_alone(together: LocalModel, likely: Llama, count: int) -> None:
    requests = [
        chat(words(1 + 9 * at, WORDS[at % len(WORDS)]), max_output_tokens=5 + 20 * at)
        for at in range(count)
    ]
    await assert_all_likeliest(together, likely, requests)


async def test_each_ends_where_the_model_ends_it(tmp_path: Path) -> None:
    path = write_tiny_gguf(
        tmp_path / "ending.gguf",
        context=8192,
        template=CHATML,
        marks=CHATML_MARKS,
        ends_with=WORDS[-1],
    )
    requests = [chat(word, max_output_tokens=300) for word in WORDS]
    async with hosting(SETTINGS) as (_, maker):
        for events in await all_said(maker(path), requests):
            usage = end_of(events).usage
            assert usage is not None
            ended = end_of(events).reason is FinishReason.STOP
            assert ended == (usage.output < 300)


async def test_replies_with_one_system_prompt_read_it_once(
    together: LocalModel, likely: Llama
) -> None:
    requests = [chat(word, system=words(60, "grey")) for word in (*WORDS, *"abc")]
    await assert_all_likeliest(together, likely, requests)
    again = await all_said(together, requests)
    for events in again:
        usage = end_of(events).usage
        assert usage is not None
        assert usage.cache_read >= usage.prompt // 2


async def test_they_make_room_for_each_other_in_a_small_context(file: Path, likely: Llama) -> None:
    """Each writes more than what is kept free for it, and all together more than there is."""
    small = LocalSettings(context=1536, first_context=512, places=4)
    requests = [chat(word, max_output_tokens=700) for word in WORDS[:4] + WORDS[:2]]
    async with hosting(small) as (_, maker):
        await assert_all_likeliest(maker(file), likely, requests)


async def test_a_prompt_longer_than_a_step_is_read_beside_replies(
    together: LocalModel, likely: Llama
) -> None:
    requests = [chat("short", max_output_tokens=60), chat("x " * 1000), chat("also short")]
    await assert_all_likeliest(together, likely, requests)


async def test_each_has_its_own_stop_limit_and_seed(together: LocalModel) -> None:
    free = text_of(await said(together, chat("Hello?", max_output_tokens=40)))
    stop = free.split()[3]
    stopped, cut, one, other = await all_said(
        together,
        [
            chat("Hello?", max_output_tokens=40, stop=(stop,)),
            chat("Hello?", max_output_tokens=3),
            chat("Hello?", temperature=2.0, seed=1),
            chat("Hello?", temperature=2.0, seed=2),
        ],
    )
    assert text_of(stopped) == free[: free.index(stop)]
    assert end_of(stopped).reason is FinishReason.STOP
    assert end_of(cut).reason is FinishReason.LENGTH
    assert text_of(cut).split() == free.split()[:3]
    assert text_of(one) != text_of(other)
    again = await said(together, chat("Hello?", temperature=2.0, seed=1))
    assert text_of(again) == text_of(one)


async def test_they_stream_by_turns(together: LocalModel) -> None:
    order: list[int] = []

    async def listen(number: int) -> None:
        async for event in together.stream(chat(WORDS[number], max_output_tokens=1500)):
            if isinstance(event, TextDelta):
                order.append(number)

    await asyncio.gather(listen(0), listen(1))
    changes = sum(one != two for one, two in pairwise(order))
    assert changes > 3


async def test_one_that_is_left_leaves_the_others_alone(
    together: LocalModel, likely: Llama
) -> None:
    async def leave() -> None:
        async with aclosing(together.stream(chat("Left.", max_output_tokens=4000))) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    return

    request = chat("Stays.", max_output_tokens=400)
    stayed, _ = await asyncio.gather(said(together, request), leave())
    assert_likeliest(likely, request, stayed)
    assert_likeliest(likely, request, await said(together, request))


async def test_the_last_one_that_is_left_ends_the_computation(together: LocalModel) -> None:
    stream = together.stream(chat("x" * 7000))
    assert isinstance(await anext(stream), UsageReported)
    await stream.aclose()
    assert text_of(await said(together, chat("And now?")))


async def test_one_that_is_too_long_is_refused_alone(together: LocalModel) -> None:
    async def refused() -> None:
        with pytest.raises(ContextTooLong):
            await said(together, chat("x" * 9000))

    fine, _ = await asyncio.gather(said(together, chat("Fine.")), refused())
    assert text_of(fine)


async def test_each_follows_its_own_form_amid_the_others(
    together: LocalModel, likely: Llama
) -> None:
    free = chat("One.", max_output_tokens=900)
    first, data, other, word = await all_said(
        together,
        [
            free,
            chat("Yes?", json_schema=SCHEMA, max_output_tokens=200),
            chat("Which?", json_schema={"enum": ["north", "south"]}, max_output_tokens=200),
            chat("Which?", grammar='root ::= "amber" | "birch"', max_output_tokens=200),
        ],
    )
    assert isinstance(json.loads(text_of(data))["n"], bool)
    assert json.loads(text_of(other)) in {"north", "south"}
    assert text_of(word) in {"amber", "birch"}
    assert_likeliest(likely, free, first)


async def test_a_form_that_cannot_be_followed_fails_its_own_reply_alone(
    together: LocalModel, likely: Llama
) -> None:
    async def refused(**form: Any) -> None:
        with pytest.raises(BadResponse, match=r"schema|grammar"):
            await said(together, chat("Which?", **form))

    free = chat("One.", max_output_tokens=300)
    first, *_ = await asyncio.gather(
        said(together, free),
        refused(json_schema={"$ref": "#"}),
        refused(json_schema={"enum": []}),
        # That there are too many shows behind the name, when it writes the list.
        refused(json_schema=MANY, max_output_tokens=300),
        refused(grammar="root ::= ("),
    )
    assert_likeliest(likely, free, first)


async def test_a_process_that_dies_fails_all_of_its_replies_and_a_new_one_answers(
    file: Path,
) -> None:
    async with hosting(SETTINGS) as (host, maker):
        model = maker(file)
        streams = [model.stream(chat(word, max_output_tokens=5000)) for word in WORDS[:2]]
        await asyncio.gather(*(anext(stream) for stream in streams))
        async with host.loaded(model._file) as worker:
            await worker.stop()
        for stream in streams:
            with pytest.raises(BadResponse, match="tiny"):
                async for _ in stream:
                    pass
        assert text_of(await said(model, chat("Again?")))


class Scripted:
    """A process that answers each call of its stream with what comes next."""

    def __init__(self, *calls: Sequence[Any] | BaseException) -> None:
        self._calls = iter(calls)

    async def stream(self, *_: Any) -> AsyncIterator[Any]:
        call = next(self._calls)
        if isinstance(call, BaseException):
            raise call
        for item in call:
            yield item


@pytest.mark.parametrize(
    "fault",
    [
        [(1, {"error": "WorkerError"})],
        ["no pair at all"],
        OSError("the pipe is gone"),
        asyncio.CancelledError(),
    ],
    ids=["an error without its words", "an event of no reply", "an error of the system", "an end"],
)
async def test_a_fault_in_the_gathering_fails_all_replies_and_the_next_one_is_answered(
    fault: Sequence[Any] | BaseException,
) -> None:
    answer = [(3, {"text": "Here."}), (3, {"end": "stop"})]
    replies = Together(cast(Worker, Scripted(fault, answer)))

    async def read() -> list[dict[str, Any]]:
        return [event async for event in replies.stream([], {})]

    async with asyncio.timeout(PATIENCE):
        found = await asyncio.gather(read(), read(), return_exceptions=True)
        assert [type(one) for one in found] == [RuntimeError, RuntimeError]
        assert found[0] is not found[1]
        assert all(isinstance(one, RuntimeError) and one.__cause__ is not None for one in found)
        assert await read() == [{"text": "Here."}, {"end": "stop"}]


async def test_a_chat_keeps_its_own_cache_of_the_prompt(make_alone: LocalMaker, file: Path) -> None:
    model = make_alone(file)
    await said(model, chat(words(20)))
    usage = end_of(await said(model, chat(words(20)))).usage
    assert usage is not None
    assert usage.input == 1


@pytest_asyncio.fixture(loop_scope="module")
async def make_alone() -> AsyncIterator[LocalMaker]:
    async with hosting() as (_, maker):
        yield maker
