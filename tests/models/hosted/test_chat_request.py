from typing import Any

import pytest

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import BadResponse
from chatui.models.base import Finished, TextDelta
from chatui.models.hosted.chat_request import request_body
from chatui.models.hosted.dialect import Dialect, first_dialect
from tests.models.conftest import ModelMaker, ask
from tests.scripted_server import Exchange, ScriptedServer, saying

CLOSED = {
    "title": "A person!",
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


def refusing_field(field: str) -> Any:
    async def script(exchange: Exchange) -> None:
        if field in exchange.json:
            await exchange.error(400, f"Unrecognized request argument supplied: {field}")
        else:
            await saying("Hello")(exchange)

    return script


async def test_a_server_without_stream_options_is_asked_without_them_from_then_on(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(refusing_field("stream_options"))
    model = make_model(server.base_url)
    for _ in range(2):
        events = [event async for event in model.stream(ask())]
        assert events == [TextDelta("Hello"), Finished(FinishReason.STOP)]
    assert [("stream_options" in e.json) for e in server.exchanges] == [True, False, False]


async def test_the_output_limit_takes_the_name_that_the_server_wants(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        if "max_tokens" in exchange.json:
            words = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            await exchange.error(400, words, param="max_tokens")
        else:
            await saying("Hello")(exchange)

    server.script(script)
    _ = [event async for event in make_model(server.base_url).stream(ask(max_output_tokens=9))]
    assert server.exchanges[-1].json["max_completion_tokens"] == 9


async def test_a_server_that_refuses_every_form_is_not_asked_for_ever(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = "stream_options, max_tokens, max_completion_tokens and response_format are bad"
    server.script(lambda exchange: exchange.error(400, words))
    request = ask(max_output_tokens=9, json_schema=CLOSED)
    with pytest.raises(BadResponse):
        _ = [event async for event in make_model(server.base_url).stream(request)]
    assert len(server.exchanges) <= 5


async def test_a_prompt_that_is_too_long_is_not_sent_again_under_another_name(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = "maximum context length is 8 tokens; reduce the messages or max_tokens"
    server.script(lambda exchange: exchange.error(400, words))
    with pytest.raises(Exception, match="too long"):
        _ = [event async for event in make_model(server.base_url).stream(ask(max_output_tokens=9))]
    assert len(server.exchanges) == 1


def test_openai_itself_gets_the_newer_name_of_the_limit() -> None:
    assert first_dialect("https://api.openai.com/v1").limit_field == "max_completion_tokens"
    assert first_dialect("http://127.0.0.1:8000/v1").limit_field == "max_tokens"


def test_a_schema_goes_out_under_its_title_and_strict_only_when_it_may() -> None:
    body = request_body("m", ask(json_schema=CLOSED), Dialect())
    form = body["response_format"]["json_schema"]
    assert (form["name"], form["schema"], form["strict"]) == ("A_person_", CLOSED, True)
    loose = request_body("m", ask(json_schema={"type": "object"}), Dialect())
    form = loose["response_format"]["json_schema"]
    assert (form["name"], form["strict"]) == ("answer", False)
