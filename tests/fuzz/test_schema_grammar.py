"""Schemas as grammars: what a grammar accepts fits its schema, and what can't be followed is
refused with a sentence."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, SchemaError

from chatui.domain.errors import BadResponse
from chatui.jobs.schema_check import ENDLESS, compare
from chatui.models.local.schema_grammar import grammar_of_schema
from chatui.text.foreign_json import read_json
from tests.fuzz.gbnf import Grammar
from tests.fuzz.sentences import is_a_sentence

TRIES = 6
"""Texts of a grammar that are looked at."""
NAMES = st.sampled_from(["name", "count", "children", 'with "quotes"', "ключ", "a/b~c"])
LENGTHS = st.integers(0, 4)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.text(max_size=4),
    st.sampled_from(['say "so"', "\\", "\n", "😀", 0.5, 1.0]),
)
CONSTANTS = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(NAMES, PLAIN, max_size=2)
BOUNDS = st.integers(-1200, 1200) | st.floats(-50, 50)


def keys(needed: dict[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({k: st.just(v) for k, v in needed.items()}, optional=optional)


LEAVES = st.one_of(
    st.just(True),
    st.just({}),
    keys({"type": "string"}, minLength=LENGTHS, maxLength=LENGTHS),
    keys({"type": "integer"}, minimum=BOUNDS, maximum=BOUNDS, exclusiveMinimum=BOUNDS,
         exclusiveMaximum=BOUNDS),
    st.sampled_from(["number", "boolean", "null", "object", "array", "string"]).map(
        lambda kind: {"type": kind}
    ),
    st.lists(st.sampled_from(["integer", "string", "null", "boolean"]), min_size=1, max_size=3,
             unique=True).map(lambda kinds: {"type": kinds, "title": "several"}),
    keys({}, const=CONSTANTS, type=st.sampled_from(["string", "integer", "null"])),
    keys({}, enum=st.lists(CONSTANTS, min_size=1, max_size=3),
         type=st.sampled_from(["string", "integer"])),
    keys({"$ref": "#/$defs/one"}, minLength=LENGTHS, type=st.just("string")),
    st.just({"$ref": "#/$defs/other", "description": "of another"}),
    st.just({"$ref": "#"}),
    st.sampled_from(["date", "uuid", "time"]).map(lambda f: {"type": "string", "format": f}),
)  # fmt: skip


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(NAMES, inner, max_size=3)
    required = st.lists(NAMES, max_size=2, unique=True)
    return st.one_of(
        keys({"type": "object"}, properties=properties, required=required,
             additionalProperties=st.booleans() | inner),
        keys({"type": "array"}, items=inner, prefixItems=st.lists(inner, min_size=1, max_size=2),
             minItems=LENGTHS, maxItems=LENGTHS),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"anyOf": parts}),
        st.tuples(inner, properties).map(
            lambda pair: {"anyOf": [pair[0], {"type": "object"}], "properties": pair[1]}
        ),
        st.lists(ONE_KIND, min_size=1, max_size=3).map(lambda parts: {"allOf": parts}),
    )  # fmt: skip


ONE_KIND = st.one_of(
    keys({"type": "string"}, minLength=LENGTHS, maxLength=LENGTHS),
    keys({"type": "integer"}, minimum=BOUNDS, maximum=BOUNDS),
    st.dictionaries(NAMES, LEAVES, max_size=2).map(lambda given: {"properties": given}),
    st.lists(NAMES, max_size=2, unique=True).map(
        lambda given: {"type": "object", "required": given}
    ),
    keys({}, enum=st.lists(CONSTANTS, min_size=1, max_size=4)),
)
SCHEMAS = st.recursive(LEAVES, larger, max_leaves=8)
WHOLE = st.builds(
    lambda schema, one, other: (
        {**schema, "$defs": {"one": one, "other": other}} if isinstance(schema, dict) else schema
    ),
    SCHEMAS,
    LEAVES,
    SCHEMAS,
)


@given(WHOLE, st.integers(0, 2**32))
def test_what_a_grammar_accepts_fits_its_schema(schema: Any, seed: int) -> None:
    try:
        source = grammar_of_schema(schema)
    except BadResponse as refused:
        assert is_a_sentence(str(refused))
        return
    grammar, chance = Grammar(source), Random(seed)
    for _ in range(TRIES):
        text = grammar.text(chance)
        if text is None:
            return
        try:
            compare(read_json(text), schema)
        except BadResponse as refused:
            assert str(refused) == ENDLESS, text
            return


ANYTHING = st.recursive(
    PLAIN | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "items", "properties", "required", "enum", "const", "anyOf", "allOf",
                 "oneOf", "$ref", "minItems", "maxItems", "minLength", "maximum", "prefixItems",
                 "additionalProperties", "format", "$defs"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)  # fmt: skip


@given(ANYTHING)
def test_what_is_no_schema_is_a_grammar_or_one_sentence(schema: Any) -> None:
    try:
        source = grammar_of_schema(schema)
    except BadResponse as refused:
        assert is_a_sentence(str(refused))
        return
    Grammar(source)


@given(WHOLE)
def test_the_schemas_tried_are_schemas(schema: Any) -> None:
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise AssertionError(json.dumps(schema)) from error
