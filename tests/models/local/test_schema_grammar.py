"""JSON schemas as grammars; what llama.cpp makes of them is in test_local_sampling."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from chatui.domain.errors import BadResponse
from chatui.models.local.digit_ranges import integers
from chatui.models.local.schema_grammar import MOST_CHARACTERS, grammar_of_schema


def pattern(expression: str) -> re.Pattern[str]:
    """The grammar of digits has the signs of a regular expression, but for quotes and spaces."""
    return re.compile(re.sub('[" ]', "", expression))


def matches(expression: str, number: int) -> bool:
    return pattern(expression).fullmatch(str(number)) is not None


def test_whole_numbers_between_bounds_are_those_and_no_others() -> None:
    chance = random.Random(5)
    pairs = [sorted((chance.randint(-1200, 1200), chance.randint(-1200, 1200))) for _ in range(30)]
    for low, high in [*pairs, (0, 0), (-1, 1), (9, 10), (99, 1000), (1900, 2100)]:
        allowed = pattern(integers(low, high))
        numbers = range(-2200, 2201)
        assert [n for n in numbers if allowed.fullmatch(str(n))] == [*range(low, high + 1)]


def test_a_bound_may_be_missing() -> None:
    assert [matches(integers(5, None), n) for n in (-5, 4, 5, 60, 10**15)] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert [matches(integers(None, -3), n) for n in (-(10**15), -3, -2, 0)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert integers(3, 2) == ""


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]},
        {"type": "object", "properties": {f"k{n}": {"type": "integer"} for n in range(200)}},
        {"$defs": {"t": {"type": "array", "items": {"$ref": "#/$defs/t"}}}, "$ref": "#/$defs/t"},
        {"anyOf": [{"type": "null"}, {"$ref": "#/definitions/a~1b"}],
         "definitions": {"a/b": {"const": 'He said "\\no"\n'}}},
        {"type": ["string", "null"], "maxLength": 10**9},
        {},
    ],
)  # fmt: skip
def test_every_rule_that_is_named_is_there_and_said_once(schema: Any) -> None:
    rules = dict(line.split(" ::= ", 1) for line in grammar_of_schema(schema).splitlines())
    without_literals = [
        re.sub(r'"(\\.|[^"\\])*"|\[(\\.|[^\]\\])*\]', "", r) for r in rules.values()
    ]

    assert "root" in rules
    assert {name for rule in without_literals for name in re.findall(r"[a-z]\w*", rule)} <= {*rules}
    assert len(rules) == len({*rules.values()}) or schema == {}


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


def doubling(times: int) -> Any:
    """A schema that stands for 2 ** times alternatives."""
    parts = {
        f"a{n}": {"type": "string", "anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2}
        for n in range(times)
    }
    return {"$defs": {**parts, f"a{times}": {"type": "string"}}, "$ref": "#/$defs/a0"}


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        (nested(5_000), "too large"),
        ({"properties": {f"k{n}": {"enum": [n, str(n)]} for n in range(3_000)}}, "too large"),
        ({"enum": ["x" * (MOST_CHARACTERS + 1)]}, "too large"),
        ({"enum": []}, "no value fits"),
        ({"properties": {"a": False}, "required": ["a"]}, "no value fits"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "no value fits"),
        ({"type": "string", "minLength": 5, "maxLength": 4}, "no value fits"),
        ({"$ref": "https://example.org/schema.json"}, "put that into the schema"),
        ({"$ref": "#/$defs/missing"}, "does not have"),
        (
            {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"},
            "no object or list",
        ),
        ({"$ref": "#"}, "no object or list"),
        ({"anyOf": [{"type": "null"}, {"$ref": "#"}]}, "no object or list"),
        (doubling(40), "too large"),
        ({"type": "text"}, "'text' that JSON does not"),
        ({"type": "string", "maxLength": "many"}, "can't be followed"),
        ({"properties": 3}, "can't be followed"),
        ({"type": "integer", "minimum": float("nan")}, "can't be followed"),
    ],
)
def test_a_schema_that_cannot_be_followed_is_one_sentence(schema: Any, sentence: str) -> None:
    with pytest.raises(BadResponse, match=sentence) as caught:
        grammar_of_schema(schema)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 200
