"""JSON schemas as each server's mode for them takes them, and what is done when it refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatui.domain.errors import BadResponse
from chatui.models.base import ModelInfo
from chatui.models.hosted.chat_request import request_body
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.dialect import Dialect, first_dialect
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.option_warnings import OptionWarnings
from chatui.models.hosted.schema_modes import (
    CLAUDE,
    GEMINI,
    LLAMA_CPP,
    OPENAI,
    VLLM,
    SchemaMode,
    is_closed,
    sent,
)
from tests.models.conftest import ask, endpoint_at
from tests.models.replies import text_of
from tests.scripted_server import Exchange, ScriptedServer, saying

NULL = {"type": "null"}
STRING = {"type": "string"}
KNOWN = [
    ("https://api.openai.com/v1", "openai", "gpt-5", OPENAI),
    ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini", "gemini-3-pro", GEMINI),
    ("https://europe-west4-aiplatform.googleapis.com/v1", "vertex", "google/gemini-3-pro", GEMINI),
    ("http://127.0.0.1:11434/v1", "ollama", "qwen3", LLAMA_CPP),
    ("http://10.0.0.2:8080/v1", "llamacpp", "gemma", LLAMA_CPP),
    ("http://10.0.0.2:8000/v1", "vllm", "Qwen/Qwen3-8B", VLLM),
    ("https://openrouter.ai/api/v1", "openrouter", "anthropic/claude-sonnet-5", CLAUDE),
    ("https://openrouter.ai/api/v1", "openrouter", "google/gemini-3-pro", GEMINI),
    ("https://openrouter.ai/api/v1", "openrouter", "openai/gpt-5", OPENAI),
    ("https://openrouter.ai/api/v1", "openrouter", "meta-llama/llama-4", None),
    ("http://10.0.0.2:5000/v1", "mine", "anthropic/claude", None),
]


def complete(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@pytest.mark.parametrize(("base_url", "provider", "model", "mode"), KNOWN)
def test_what_is_known_of_a_server_tells_its_mode(
    base_url: str, provider: str, model: str, mode: SchemaMode | None
) -> None:
    assert first_dialect(base_url, provider, model).mode is mode


LOOSE_STRING = {"type": "string", "minLength": 2, "pattern": "^a+$", "format": "date"}
BOUNDED = {"type": "integer", "exclusiveMinimum": 0, "maximum": 9, "multipleOf": 3}
LIST = {"type": "array", "items": STRING, "minItems": 2, "uniqueItems": True}
PARTS: list[tuple[str, Any, dict[str, Any]]] = [
    (
        "lengths and expressions",
        LOOSE_STRING,
        {
            "openai": {"type": "string", "pattern": "^a+$", "format": "date"},
            "gemini": {"type": "string", "format": "date"},
            "claude": {"type": "string", "format": "date"},
            "llama.cpp": LOOSE_STRING,
            "vllm": LOOSE_STRING,
        },
    ),
    (
        "bounds",
        BOUNDED,
        {
            "openai": BOUNDED,
            "gemini": {"type": "integer", "minimum": 0, "maximum": 9},
            "claude": {"type": "integer"},
            "llama.cpp": {"type": "integer", "exclusiveMinimum": 0, "maximum": 9},
            "vllm": BOUNDED,
        },
    ),
    (
        "bounds of fractions",
        {"type": "number", "minimum": 0.5},
        {"llama.cpp": {"type": "number"}, "vllm": {"type": "number", "minimum": 0.5}},
    ),
    (
        "lists",
        LIST,
        {
            "openai": {"type": "array", "items": STRING, "minItems": 2},
            "gemini": {"type": "array", "items": STRING, "minItems": 2},
            "claude": {"type": "array", "items": STRING, "minItems": 1},
            "llama.cpp": {"type": "array", "items": STRING, "minItems": 2},
            "vllm": {"type": "array", "items": STRING, "minItems": 2},
        },
    ),
    (
        "one of",
        {"oneOf": [NULL, {"const": "a"}], "not": {"const": 2}},
        {
            "openai": {"anyOf": [NULL, {"const": "a"}]},
            "gemini": {"anyOf": [NULL, {"enum": ["a"]}]},
            "llama.cpp": {"anyOf": [NULL, {"const": "a"}]},
        },
    ),
    (
        "values that are objects",
        {"enum": ["a", {"minLength": 1}]},
        {"openai": {"enum": ["a", {"minLength": 1}]}, "gemini": {}, "claude": {}},
    ),
    (
        "a reference with words beside it",
        {"$ref": "#/$defs/a", "description": "of another", "minLength": 3},
        {
            "openai": {"$ref": "#/$defs/a"},
            "gemini": {"$ref": "#/$defs/a"},
            "claude": {"$ref": "#/$defs/a", "description": "of another"},
        },
    ),
    (
        "an expression that not everybody reads alike",
        {"type": "string", "pattern": "^a|b$"},
        {"llama.cpp": STRING, "vllm": {"type": "string", "pattern": "^a|b$"}},
    ),
    (
        "members that are called like keywords",
        complete(minLength=NULL, pattern=NULL),
        {name: complete(minLength=NULL, pattern=NULL) for name in ("openai", "gemini", "claude")},
    ),
    (
        "an extension of one's own",
        {"type": "string", "x-order": 3, "default": "a"},
        {"openai": STRING, "gemini": STRING, "claude": {"type": "string", "default": "a"}},
    ),
]
MODE_NAMES = {
    "openai": OPENAI,
    "gemini": GEMINI,
    "claude": CLAUDE,
    "llama.cpp": LLAMA_CPP,
    "vllm": VLLM,
}


@pytest.mark.parametrize(
    ("mode", "part", "expected"),
    [
        pytest.param(MODE_NAMES[name], part, expected, id=f"{title}: {name}")
        for title, part, by_name in PARTS
        for name, expected in by_name.items()
    ],
)
def test_a_mode_gets_what_it_takes_and_the_rest_is_told_in_words(
    mode: SchemaMode, part: Any, expected: Any
) -> None:
    schema = complete(a=part)
    found = sent(schema, mode)
    assert found is not None
    assert found.schema == complete(a=expected)
    body = request_body("m", ask(json_schema=schema), Dialect(mode=mode))
    assert body["response_format"]["json_schema"]["schema"] == complete(a=expected)
    in_words = "JSON Schema" in body["messages"][0]["content"]
    assert in_words is not found.whole
    if part != expected and "x-order" not in part:
        assert in_words


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": STRING},
        {**complete(a=STRING), "required": []},
        {**complete(a=STRING), "anyOf": [complete(a=STRING)]},
        {"type": "object"},
        complete(a=True),
        complete(a={"type": "array", "prefixItems": [NULL]}),
        complete(a={**complete(), "patternProperties": {"^a": NULL}}),
    ],
)
def test_what_a_strict_mode_has_no_form_for_is_sent_as_a_hint(schema: Any) -> None:
    found = sent(schema, OPENAI)
    assert found is not None
    assert (found.schema, found.strict) == (schema, False)


def test_an_object_that_says_nothing_of_other_members_is_closed_for_a_strict_mode() -> None:
    """So schemas of Pydantic are held to: they leave it open."""
    inner = {"type": "object", "properties": {"b": STRING}, "required": ["b"]}
    schema = {"type": "object", "properties": {"a": inner}, "required": ["a"]}
    for mode in (OPENAI, CLAUDE):
        found = sent(schema, mode)
        assert found is not None
        assert found.strict
        assert found.schema == complete(a=complete(b=STRING))
    optional = {"type": "object", "properties": {"b": STRING}}
    found = sent(optional, CLAUDE)
    assert found is not None
    assert found.schema == {**optional, "additionalProperties": False}
    assert sent({"type": "object", "properties": {}}, CLAUDE) is None


@pytest.mark.parametrize(
    ("schema", "whole"),
    [
        (complete(name=STRING), True),
        (STRING, True),
        ({"type": "array", "items": complete(a=NULL)}, True),
        ({"type": "array", "items": {"type": "object"}}, False),
        ({**complete(a=NULL), "required": []}, False),
        ({**complete(a=NULL), "additionalProperties": True}, False),
        ({"anyOf": [complete(a=NULL), {"type": "object"}]}, False),
        (complete(properties={"type": "integer"}, type=complete(a=NULL)), True),
    ],
)
def test_a_schema_is_closed_when_every_object_in_it_is(schema: Any, whole: bool) -> None:
    assert is_closed(schema) is whole


def model_on(
    server: ScriptedServer, dialect: Dialect, told: list[str] | None = None
) -> HostedModel:
    warnings = OptionWarnings((told if told is not None else []).append)
    connection = Connection(endpoint_at(server.base_url))
    return HostedModel(ModelInfo("test/tiny"), connection, warnings, dialect)


async def answers(model: HostedModel, schema: Any) -> str:
    return text_of([event async for event in model.stream(ask(json_schema=schema))])


EVERYTHING = complete(
    text={"type": "string", "minLength": 1, "maxLength": 9, "pattern": "b|c", "format": "wild"},
    count={"type": "integer", "minimum": 1, "exclusiveMaximum": 5, "multipleOf": 2},
    share={"type": "number", "minimum": 0.5},
    list={"type": "array", "items": STRING, "minItems": 3, "uniqueItems": True, "contains": STRING},
    either={"oneOf": [NULL, {"const": "a"}], "not": {"const": 2}},
    other={
        "type": "string",
        "allOf": [STRING, {"minLength": 1}],
        "if": STRING,
        "then": {"maxLength": 3},
    },
    open={**complete(a=STRING), "minProperties": 1, "propertyNames": {"maxLength": 1}},
)
PUBLISHED: dict[str, set[str]] = {
    "https://api.openai.com/v1": {
        "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const",
        "pattern", "format", "minimum", "exclusiveMaximum", "multipleOf", "minItems",
    },
    "https://generativelanguage.googleapis.com/v1beta/openai": {
        "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum",
        "format", "minimum", "maximum", "minItems", "maxItems", "prefixItems",
    },
    "https://openrouter.ai/api/v1": {
        "type", "properties", "required", "additionalProperties", "items", "anyOf", "allOf", "enum",
        "const", "format", "minItems",
    },
}  # fmt: skip


def keywords(schema: Any) -> set[str]:
    found = {*schema}
    for part in [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]:
        found |= keywords(part)
    for part in (*schema.get("allOf", ()), *([schema["items"]] if "items" in schema else ())):
        found |= keywords(part)
    return found


@pytest.mark.parametrize("base_url", PUBLISHED)
async def test_a_known_server_is_never_sent_what_it_refuses(
    server: ScriptedServer, base_url: str
) -> None:
    async def script(exchange: Exchange) -> None:
        schema = exchange.json["response_format"]["json_schema"]["schema"]
        if wrong := keywords(schema) - PUBLISHED[base_url]:
            await exchange.error(400, f"JSON schema: {wrong} is not supported")
        else:
            await saying("{}")(exchange)

    server.script(script)
    told: list[str] = []
    dialect = first_dialect(base_url, "", "anthropic/claude-sonnet-5")
    assert await answers(model_on(server, dialect, told), EVERYTHING) == "{}"
    assert len(server.exchanges) == 1
    assert told == []
    words = server.exchanges[0].json["messages"][0]["content"]
    assert '"uniqueItems":true' in words


def refusing(status: int, words: str, *forms: str) -> Callable[[Exchange], Any]:
    """A server that refuses these forms of `response_format` in these words."""

    async def script(exchange: Exchange) -> None:
        form = exchange.json.get("response_format", {}).get("type", "none")
        if form in forms:
            await exchange.error(status, words)
        else:
            await saying('{"n": 1}')(exchange)

    return script


REFUSALS = [
    (400, "JSON schema conversion failed: Unrecognized schema: {\"type\":\"any\"}"),
    (400, "invalid format: expected \"json\" or a JSON Schema object"),
    (400, "The provided JSON schema contains features not supported by xgrammar."),
    (400, "The specified schema produces a constraint that has too many states for serving."),
    (400, "output_config.format.schema: For 'array' type, 'minItems' values are limited"),
    (400, "This response_format type is unavailable now"),
    (422, "response_format: Input should be 'text' or 'json_object'"),
    (500, "failed to parse grammar"),
    (400, "Request contains an invalid argument."),
    (422, "Unprocessable entity"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "words"), REFUSALS)
@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(),
        first_dialect("https://api.openai.com/v1"),
        first_dialect("https://generativelanguage.googleapis.com/v1beta/openai"),
        first_dialect("http://127.0.0.1:11434/v1", "ollama"),
        first_dialect("http://10.0.0.2:8000/v1", "vllm"),
    ],
    ids=["unknown", "openai", "gemini", "ollama", "vllm"],
)
async def test_a_refused_schema_is_told_in_words_from_then_on_and_why_is_said_once(
    server: ScriptedServer, status: int, words: str, dialect: Dialect
) -> None:
    server.script(refusing(status, words, "json_schema", "json_object"))
    told: list[str] = []
    model = model_on(server, dialect, told)
    schema = complete(n={"type": "integer"})
    assert await answers(model, schema) == '{"n": 1}'
    asked = len(server.exchanges)
    assert asked <= 4
    assert await answers(model, schema) == '{"n": 1}'
    assert len(server.exchanges) == asked + 1

    last = server.exchanges[-1].json
    assert "response_format" not in last
    assert '"type":"integer"' in last["messages"][0]["content"]
    (line,) = told
    assert line.startswith(f"test/tiny refused the JSON schema ({words[:30]}")
    assert line.endswith("it is told in words, and the answer is checked against all of it.")


async def test_a_server_with_a_json_mode_alone_is_asked_for_json(server: ScriptedServer) -> None:
    server.script(refusing(400, "response_format.type must be json_object", "json_schema"))
    told: list[str] = []
    assert await answers(model_on(server, Dialect(), told), complete(n=NULL)) == '{"n": 1}'

    assert [one.json["response_format"]["type"] for one in server.exchanges] == [
        "json_schema",
        "json_object",
    ]
    assert '"n":{"type":"null"}' in server.exchanges[-1].json["messages"][0]["content"]
    assert [line.partition("): ")[2] for line in told] == [
        "it is told in words, and JSON is asked for, and the answer is checked against all of it."
    ]


async def strict_server(exchange: Exchange) -> None:
    form = exchange.json["response_format"]["json_schema"]
    wrong = keywords(form["schema"]) - PUBLISHED["https://api.openai.com/v1"]
    if form["strict"] and wrong:
        words = "Invalid schema for response_format 'answer': In context=('properties', 'a'), "
        await exchange.error(
            400, f"{words}'{min(wrong)}' is not permitted.", code="invalid_json_schema"
        )
    else:
        await saying('{"a": "bc"}')(exchange)


async def test_a_refused_keyword_is_left_to_words_and_the_rest_to_the_strict_mode(
    server: ScriptedServer,
) -> None:
    server.script(strict_server)
    told: list[str] = []
    model = model_on(server, Dialect(), told)
    schema = complete(a={"type": "string", "minLength": 2})
    for _ in range(2):
        assert await answers(model, schema) == '{"a": "bc"}'

    first, second, third = (exchange.json for exchange in server.exchanges)
    assert first["response_format"]["json_schema"]["schema"] == schema
    form = second["response_format"]["json_schema"]
    assert (form["schema"], form["strict"]) == (complete(a=STRING), True)
    assert '"minLength":2' in second["messages"][0]["content"]
    assert third == second
    (line,) = told
    assert "'minLength' is not permitted" in line
    assert "it is sent with fewer keywords and told in words" in line


async def test_a_schema_that_no_strict_mode_takes_is_sent_as_a_hint(server: ScriptedServer) -> None:
    server.script(strict_server)
    schema = complete(a={"type": "array", "prefixItems": [NULL]})
    await answers(model_on(server, Dialect()), schema)

    form = server.exchanges[-1].json["response_format"]["json_schema"]
    assert (form["schema"], form["strict"], len(server.exchanges)) == (schema, False, 2)


async def test_a_refusal_for_another_reason_changes_nothing_of_what_is_asked_next(
    server: ScriptedServer,
) -> None:
    server.script(lambda exchange: exchange.error(400, "This account is closed."))
    told: list[str] = []
    model = model_on(server, Dialect(), told)
    with pytest.raises(BadResponse, match="account is closed"):
        await answers(model, complete(n=NULL))
    assert told == []
    server.script(saying('{"n": null}'))
    assert await answers(model, complete(n=NULL)) == '{"n": null}'
    assert server.exchanges[-1].json["response_format"]["type"] == "json_schema"
    assert told == []


async def test_an_error_of_the_server_itself_is_not_asked_again_in_words(
    server: ScriptedServer,
) -> None:
    server.script(lambda exchange: exchange.error(500, "out of memory"))
    with pytest.raises(Exception, match="out of memory"):
        await answers(model_on(server, Dialect()), complete(n=NULL))
    assert len(server.exchanges) == 1
