"""Which sampling options go out, and what is told of those that a server does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import ModelError
from chatui.models.base import Finished, ModelInfo, TextDelta
from chatui.models.hosted.chat_request import request_body
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.dialect import Dialect, first_dialect, next_dialect
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.option_warnings import OptionWarnings
from tests.models.conftest import KEY, ModelMaker, ask, endpoint_at
from tests.models.replies import reply, text_of
from tests.scripted_server import Exchange, ScriptedServer, saying

EVERY: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 40,
    "min_p": 0.05,
    "repeat_penalty": 1.1,
    "presence_penalty": 0.5,
    "frequency_penalty": -0.5,
    "seed": 7,
    "stop": ("###", "\n"),
    "reasoning_effort": "low",
    "grammar": 'root ::= "yes" | "no"',
}


def refusing(*fields: str, words: str = "Unrecognized request argument supplied: {}") -> Any:
    async def script(exchange: Exchange) -> None:
        wrong = next((field for field in fields if field in exchange.json), None)
        if wrong is not None:
            await exchange.error(400, words.format(wrong))
        else:
            await saying("Hello")(exchange)

    return script


def telling(server: ScriptedServer, told: list[str]) -> HostedModel:
    connection = Connection(endpoint_at(server.base_url))
    return HostedModel(ModelInfo("test/tiny"), connection, OptionWarnings(told.append))


async def test_every_option_goes_to_a_server_of_which_nothing_is_known(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    await reply(make_model(server.base_url), ask(**EVERY))

    sent = server.exchanges[0].json
    assert {name: sent[name] for name in EVERY} == {**EVERY, "stop": ["###", "\n"]}
    assert sent["repetition_penalty"] == 1.1, "vLLM and others call it so"


async def test_an_option_that_is_not_set_is_left_to_the_server(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    await reply(make_model(server.base_url))

    assert set(server.exchanges[0].json) == {"model", "messages", "stream", "stream_options"}


async def test_a_refused_option_is_left_out_from_then_on_and_told_of_once(
    server: ScriptedServer,
) -> None:
    server.script(refusing("temperature", words="'{}' does not support 0.5 with this model."))
    told: list[str] = []
    model = telling(server, told)
    for _ in range(2):
        events = [event async for event in model.stream(ask(temperature=0.5, seed=7))]
        assert events == [TextDelta("Hello"), Finished(FinishReason.STOP)]

    assert [("temperature" in one.json, one.json["seed"]) for one in server.exchanges] == [
        (True, 7),
        (False, 7),
        (False, 7),
    ]
    assert told == [
        "test/tiny doesn't take temperature ('temperature' does not support 0.5 with this "
        "model); it was left out."
    ]


async def test_options_that_are_refused_one_by_one_are_all_told_of(server: ScriptedServer) -> None:
    server.script(refusing("top_k", "min_p"))
    told: list[str] = []

    assert text_of([e async for e in telling(server, told).stream(ask(top_k=4, min_p=0.1))])
    assert [sentence.split(" (")[0] for sentence in told] == [
        "test/tiny doesn't take top_k",
        "test/tiny doesn't take min_p",
    ]


async def test_the_repeat_penalty_counts_as_taken_when_one_of_its_names_is(
    server: ScriptedServer,
) -> None:
    server.script(refusing("repetition_penalty"))
    told: list[str] = []
    _ = [event async for event in telling(server, told).stream(ask(repeat_penalty=1.2))]

    assert server.exchanges[-1].json["repeat_penalty"] == 1.2
    assert told == []


async def test_a_refused_grammar_is_an_error_that_says_what_to_do(server: ScriptedServer) -> None:
    server.script(refusing("grammar"))

    with pytest.raises(ModelError, match=r"test/tiny can't follow a grammar .*JSON schema"):
        _ = [event async for event in telling(server, []).stream(ask(grammar="root ::= [a-z]"))]


async def test_a_key_in_a_refusals_words_is_not_shown(server: ScriptedServer) -> None:
    server.script(refusing("seed", words="{} is not for " + KEY))
    told: list[str] = []
    _ = [event async for event in telling(server, told).stream(ask(seed=1))]

    assert told
    assert KEY not in told[0]


@pytest.mark.parametrize(
    ("base_url", "provider", "left_out"),
    [
        ("https://api.openai.com/v1", "openai", "top_k min_p repeat_penalty grammar"),
        (
            "https://api.anthropic.com/v1",
            "anthropic",
            "top_k min_p repeat_penalty presence_penalty frequency_penalty seed "
            "reasoning_effort grammar",
        ),
        ("https://api.deepseek.com", "deepseek", "top_k min_p repeat_penalty seed grammar"),
        ("https://openrouter.ai/api/v1", "openrouter", "grammar"),
        ("http://10.0.0.2:11434/v1", "ollama", "top_k min_p repeat_penalty grammar"),
        ("http://127.0.0.1:8000/v1", "mine", ""),
    ],
)
def test_what_a_provider_ignores_without_a_word_is_known(
    base_url: str, provider: str, left_out: str
) -> None:
    dialect = first_dialect(base_url, provider)

    assert " ".join(dialect.left_out(ask(**EVERY).options)) == left_out
    assert not dialect.without & request_body("m", ask(**EVERY), dialect).keys()


@pytest.mark.parametrize(
    "words",
    [
        '{"message": "Unsupported parameter: \'stop\' is not supported", "param": "stop"}',
        '{"detail": [{"loc": ["body", "stop"], "msg": "Extra inputs are not permitted"}]}',
        '{"message": "stop: at most 4 sequences"}',
        '{"message": "Unrecognized request argument supplied: stop"}',
    ],
)
def test_a_refusal_of_stop_is_told_from_the_everyday_word(words: str) -> None:
    body = {"stop": ["###"], "seed": 1}

    assert next_dialect(Dialect(), words, body) == Dialect(without=frozenset(("stop",)))
    assert next_dialect(Dialect(), "We had to stop here; the cup didn't seed.", {"stop": 1}) is None


@pytest.fixture
def answering(llama_url: str, make_model: ModelMaker) -> Callable[..., Any]:
    """The whole reply of a real llama.cpp server."""

    async def asking(**options: Any) -> str:
        return text_of(await reply(make_model(llama_url), ask(max_output_tokens=12, **options)))

    return asking


async def test_a_real_server_follows_the_seed_the_grammar_and_the_stop(
    answering: Callable[..., Any],
) -> None:
    freely = {"temperature": 2.0, "top_p": 1.0, "min_p": 0.0}
    first = await answering(seed=1, **freely)
    assert await answering(seed=1, **freely) == first
    assert await answering(seed=2, **freely) != first
    assert await answering(grammar='root ::= "yes" | "no"') in {"yes", "no"}
    greedy = await answering(temperature=0.0)
    word = greedy.split()[2]
    assert await answering(temperature=0.0, stop=(word,)) == greedy.partition(word)[0]
    assert await answering(**freely, top_k=1) == greedy
