from typing import Any

import pytest

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import BadResponse
from chatui.models.base import Finished, TextDelta
from chatui.models.hosted.chat_request import request_body
from chatui.models.hosted.dialect import Dialect, first_dialect
from chatui.models.hosted.strict_schema import FORMATS, TAKEN, is_closed, loosened
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


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        (CLOSED, True),
        ({"type": "string"}, True),
        ({"type": "array", "items": CLOSED}, True),
        ({"type": "array", "items": {"type": "object"}}, False),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "additionalProperties": True}, False),
        ({"anyOf": [CLOSED, {"type": "object"}]}, False),
        (
            {
                "type": "object",
                "properties": {"properties": {"type": "integer"}, "type": CLOSED},
                "required": ["properties", "type"],
                "additionalProperties": False,
            },
            True,
        ),
    ],
)
def test_a_schema_is_closed_when_every_object_in_it_is(
    schema: dict[str, Any], closed: bool
) -> None:
    assert is_closed(schema) is closed


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        ({"type": "string", "minLength": 2, "maxLength": 3}, {"type": "string"}),
        ({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^a"}),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "uri"}, {"type": "string"}),
        ({"type": "integer", "minimum": 1, "default": 2}, {"type": "integer", "minimum": 1}),
        (
            {"type": "array", "items": {"type": "null"}, "uniqueItems": True, "minItems": 1},
            {"type": "array", "items": {"type": "null"}, "minItems": 1},
        ),
        (
            {"oneOf": [{"type": "null"}, {"const": 1, "not": {"const": 2}}]},
            {"anyOf": [{"type": "null"}, {"const": 1}]},
        ),
        ({"$ref": "#/$defs/a", "description": "of another"}, {"$ref": "#/$defs/a"}),
        ({"enum": [{"minLength": 1}]}, {"enum": [{"minLength": 1}]}),
        (closed(minLength={"type": "null"}), closed(minLength={"type": "null"})),
    ],
)
def test_a_strict_mode_gets_the_keywords_that_it_takes(part: Any, sent: Any) -> None:
    assert loosened(closed(a=part)) == closed(a=sent)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {**CLOSED, "required": []},
        {**CLOSED, "anyOf": [CLOSED]},
        closed(a=True),
        closed(a={"type": "array", "prefixItems": [{"type": "null"}], "items": {"type": "string"}}),
        closed(a={**closed(), "patternProperties": {"^a": {"type": "null"}}}),
        {**CLOSED, "$id": "https://example.org/a"},
    ],
)
def test_a_schema_that_would_hold_other_values_is_not_changed(schema: Any) -> None:
    assert loosened(schema) is None


def refused_as_published(schema: Any) -> str:
    """The first keyword that OpenAI's strict mode does not know, "" for none."""
    for key, value in schema.items():
        if key not in TAKEN | {"format"} or (key == "format" and value not in FORMATS):
            return str(key)
        for part in value.values() if key in ("properties", "$defs") else ():
            if found := refused_as_published(part):
                return found
    return ""


async def strict_server(exchange: Exchange) -> None:
    form = exchange.json["response_format"]["json_schema"]
    if form["strict"] and (keyword := refused_as_published(form["schema"])):
        words = "Invalid schema for response_format 'answer': In context=('properties', 'a'), "
        await exchange.error(
            400, f"{words}'{keyword}' is not permitted.", code="invalid_json_schema"
        )
    else:
        await saying('{"a": "bc"}')(exchange)


async def test_a_refused_keyword_is_left_to_words_and_the_rest_to_the_strict_mode(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(strict_server)
    model = make_model(server.base_url)
    schema = closed(a={"type": "string", "minLength": 2})
    for _ in range(2):
        events = [event async for event in model.stream(ask(json_schema=schema))]
        assert events == [TextDelta('{"a": "bc"}'), Finished(FinishReason.STOP)]

    first, second, third = (exchange.json for exchange in server.exchanges)
    assert first["response_format"]["json_schema"]["schema"] == schema
    form = second["response_format"]["json_schema"]
    assert (form["schema"], form["strict"]) == (closed(a={"type": "string"}), True)
    assert '"minLength":2' in second["messages"][0]["content"]
    assert third == second


async def test_a_schema_that_no_strict_mode_takes_is_sent_as_a_hint(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(strict_server)
    model = make_model(server.base_url)
    schema = closed(a={"type": "array", "prefixItems": [{"type": "null"}]})
    _ = [event async for event in model.stream(ask(json_schema=schema))]

    form = server.exchanges[-1].json["response_format"]["json_schema"]
    assert (form["schema"], form["strict"], len(server.exchanges)) == (schema, False, 2)


def test_openai_itself_is_never_sent_a_keyword_that_it_refuses() -> None:
    dialect = first_dialect("https://api.openai.com/v1")
    schema = closed(a={"type": "string", "minLength": 2})
    body = request_body("m", ask(json_schema=schema), dialect)
    assert not refused_as_published(body["response_format"]["json_schema"]["schema"])
