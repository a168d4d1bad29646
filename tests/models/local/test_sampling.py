"""Options, seeds, grammars and schemas, as a real llama.cpp follows them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import BadResponse
from chatui.models.local.local import LocalModel
from tests.models.local_workshop import chat, hosting, said
from tests.models.replies import end_of, text_of
from tests.tiny_gguf import write_tiny_gguf

pytestmark = pytest.mark.asyncio(loop_scope="module")

FREELY: dict[str, Any] = {"temperature": 2.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
TREE = {
    "type": "object",
    "properties": {
        "size": {"type": "integer", "minimum": 0, "maximum": 9},
        "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/tree"}]},
    },
    "required": ["size", "next"],
    "additionalProperties": False,
}
SCHEMAS: list[Any] = [
    {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 200},
            "age": {"type": "integer", "minimum": 0, "maximum": 120},
            "kind": {"enum": ["a", 'say "hi"\n', None, 3.5]},
            "known": {"type": ["boolean", "null"]},
        },
        "required": ["age", "known"],
        "additionalProperties": False,
    },
    {"type": "array", "items": {"type": "integer", "minimum": -37, "maximum": 205}, "minItems": 2,
     "maxItems": 4},
    {"type": "array", "prefixItems": [{"const": {"k": [1]}}, {"type": "null"}], "items": False},
    {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "format": "date-time"}]},
    {"$defs": {"tree": TREE}, "$ref": "#/$defs/tree"},
    {"allOf": [{"properties": {"a": {"type": "boolean"}}}, {"required": ["a", "b"]}],
     "type": "object", "properties": {"b": {"const": "ü"}}, "maxProperties": 2},
]  # fmt: skip


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalModel]:
    path = write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", context=2048)
    async with hosting() as (_, make):
        yield make(path)


async def answer(model: LocalModel, **options: Any) -> str:
    return text_of(await said(model, chat("Hello?", **options)))


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_whatever_is_chosen_the_reply_fits_the_schema(model: LocalModel, schema: Any) -> None:
    whole = 0
    for seed in range(6):
        request = chat("Hello?", **FREELY, json_schema=schema, seed=seed, max_output_tokens=700)
        events = await said(model, request)
        if end_of(events).reason is FinishReason.STOP:
            whole += 1
            Draft202012Validator(schema).validate(json.loads(text_of(events)))
    assert whole > 2


async def test_a_reply_that_is_begun_goes_on_as_the_schema_says(model: LocalModel) -> None:
    schema = {"type": "object", "properties": {"way": {"enum": ["north", "south"]}}}

    async def going_on(begun: str) -> str:
        request = chat("Which way?", begun, json_schema=schema)
        return text_of(await said(model, replace(request, begun=True)))

    assert await going_on('{"way": "so') == 'uth"}'
    with pytest.raises(BadResponse, match="does not fit"):
        await going_on("Well, ")


async def test_the_same_seed_gives_the_same_text_and_another_seed_another(
    model: LocalModel,
) -> None:
    # llama.cpp takes the largest number of 32 bits for "any".
    for seed in (0, 7, 2**32 - 1, 2**63 - 1):
        assert await answer(model, **FREELY, seed=seed) == await answer(model, **FREELY, seed=seed)
    assert len({await answer(model, **FREELY, seed=seed) for seed in range(4)}) > 1
    schema = {"type": "string", "minLength": 8, "maxLength": 8}
    shaped = [await answer(model, **FREELY, json_schema=schema, seed=n) for n in (1, 1, 2)]
    assert shaped[0] == shaped[1] != shaped[2]


async def test_temperature_0_takes_the_likeliest_whatever_the_seed(model: LocalModel) -> None:
    greedy = await answer(model, temperature=0.0, seed=1)
    assert await answer(model, temperature=0.0, seed=2) == greedy
    assert await answer(model, **{**FREELY, "top_k": 1}, seed=3) == greedy


async def test_each_option_counts(model: LocalModel) -> None:
    free = [await answer(model, **FREELY, seed=n) for n in range(3)]
    for option in ({"top_k": 1}, {"top_p": 0.01}, {"min_p": 1.0}, {"temperature": 0.01}):
        picked = [await answer(model, **{**FREELY, **option}, seed=n) for n in range(3)]
        assert len({*picked}) == 1, option
        assert picked != free
    greedy = await answer(model, temperature=0.0, max_output_tokens=30)
    for penalty in ("presence_penalty", "frequency_penalty", "repeat_penalty"):
        other = await answer(model, temperature=0.0, max_output_tokens=30, **{penalty: 2.0})
        assert other != greedy, penalty


async def test_a_schema_leaves_what_the_model_would_say_where_it_fits(model: LocalModel) -> None:
    """The grammar is asked last, so that greedy replies under a grammar stay greedy."""
    greedy = await answer(model, temperature=0.0)
    words = 'root ::= (" " [a-z]+)+'
    assert await answer(model, temperature=0.0, grammar=words) == greedy


@pytest.mark.parametrize(
    "options",
    [
        {"json_schema": {"$ref": "#"}},
        {"json_schema": {"$ref": "https://example.org/a.json"}},
        {"json_schema": {"$ref": "#/$defs/missing"}},
        {"json_schema": {"enum": []}},
        {"json_schema": {"type": "text"}},
        {"json_schema": {"const": "\ud800"}},
        {"json_schema": nested(200)},
        {"json_schema": {"type": "string", "minLength": 5, "maxLength": 4}},
        {"grammar": "root ::= root"},
        {"grammar": "root ::= missing"},
        {"grammar": "other ::= [a-z]"},
        {"grammar": "root ::= [\n"},
        {"grammar": f"root ::= {'(' * 30_000}[a-z]{')' * 30_000}"},
        {"grammar": 'root ::= ("a"{0,1000}){0,1000}'},
        {"grammar": "\ud800 ::= [a-z]"},
    ],
)
async def test_a_hostile_form_is_one_sentence_and_the_next_reply_works(
    model: LocalModel, options: dict[str, Any]
) -> None:
    with pytest.raises(BadResponse) as caught:
        await answer(model, **options)
    assert len(str(caught.value)) < 200
    assert await answer(model)
