"""Schemas with fewer keywords, and closed ones; that no value is lost is in tests/fuzz."""

from __future__ import annotations

from typing import Any

import pytest

from chatui.models.schema_forms import KEYWORDS, SchemaSubset, closed, in_words, loosened

NULL = {"type": "null"}
NAMED = {"type": "object", "properties": {"a": NULL}}
CLOSED = {**NAMED, "additionalProperties": False}


def without(schema: Any, *keywords: str) -> tuple[Any, tuple[str, ...]]:
    found = loosened(schema, SchemaSubset(KEYWORDS - {*keywords}, booleans=True))
    assert found is not None
    return found.schema, found.left_out


@pytest.mark.parametrize(
    ("schema", "gone", "expected"),
    [
        ({"items": False, "prefixItems": [NULL]}, "prefixItems", {}),
        (
            {"additionalProperties": False, "patternProperties": {"a": True}, "required": ["b"]},
            "patternProperties",
            {"required": ["b"]},
        ),
        ({"unevaluatedProperties": False, "allOf": [NAMED]}, "allOf", {}),
        ({"contains": NULL, "minContains": 0, "minItems": 1}, "minContains", {"minItems": 1}),
        ({"if": NULL, "then": False, "else": NULL, "type": "null"}, "if", {"type": "null"}),
        # What fits more inside would fit less outside.
        ({"not": {"type": "string", "pattern": "a"}}, "pattern", {}),
        ({"not": {"not": {"pattern": "a"}}, "title": "b"}, "pattern", {"title": "b"}),
        (
            {"not": {"$ref": "#/$defs/a"}, "$defs": {"a": {"pattern": "a"}}},
            "pattern",
            {"$defs": {"a": {}}},
        ),
        # Names of members are no keywords, and neither is what stands in a value.
        ({"properties": {"pattern": NULL}}, "pattern", {"properties": {"pattern": NULL}}),
        ({"const": {"pattern": "a"}}, "pattern", {"const": {"pattern": "a"}}),
        ({"oneOf": [NULL, {"pattern": "a"}]}, "pattern", {"anyOf": [NULL, {}]}),
        ({"const": 1}, "const", {"enum": [1]}),
        (
            {"exclusiveMinimum": 2, "minimum": 1, "exclusiveMaximum": 9},
            "exclusiveMinimum",
            {"minimum": 2, "exclusiveMaximum": 9},
        ),
    ],
)
def test_without_a_keyword_nothing_is_kept_out_that_fitted(
    schema: Any, gone: str, expected: Any
) -> None:
    found, left_out = without(schema, gone)
    assert found == expected
    assert bool(left_out) is (expected != schema and gone != "const")


def test_a_schema_of_what_is_taken_stays_as_it_is() -> None:
    schema = {"oneOf": [{"$ref": "#/$defs/a"}, False], "$defs": {"a": CLOSED}, "minItems": 3}
    assert without(schema) == (schema, ())


def test_references_lead_to_what_is_still_there() -> None:
    schema = {"$ref": "#/definitions/a", "definitions": {"a": NULL}}
    assert without(schema, "definitions") == ({}, ("$ref", "definitions"))
    anchored = {"$ref": "#here", "$defs": {"a": {"$anchor": "here", **NULL}}}
    assert without(anchored, "$anchor") == ({"$defs": {"a": NULL}}, ("$anchor", "$ref"))


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"a": {"$id": "https://example.org/a", "$ref": "#/b"}}},
        {"properties": 3},
        {"anyOf": [3]},
        {"$ref": 3},
    ],
)
def test_what_cannot_be_taken_apart_has_no_looser_form(schema: Any) -> None:
    assert loosened(schema, SchemaSubset(KEYWORDS)) is None


def test_what_is_nested_too_deep_is_left_alone() -> None:
    schema: Any = NULL
    for _ in range(5_000):
        schema = {"items": schema}
    assert loosened(schema, SchemaSubset(KEYWORDS)) is None
    assert closed(schema) is schema


@pytest.mark.parametrize(
    "schema",
    [
        {**NAMED, "additionalProperties": True},
        {**NAMED, "patternProperties": {"b": NULL}},
        {**NAMED, "required": ["b"]},
        {**NAMED, "minProperties": 2},
        {"type": "object"},
        {"allOf": [NAMED, {"properties": {"b": NULL}}]},
        {"anyOf": [NAMED], "properties": {"b": NULL}},
        {"$ref": "#/$defs/a", "properties": {"b": NULL}, "$defs": {"a": NAMED}},
        {"items": NAMED, "contains": {"if": NAMED}},
        {"properties": {"a": None}, "allOf": 3},
        3,
    ],
)
def test_an_object_that_speaks_of_others_or_is_one_of_several_stays_open(schema: Any) -> None:
    assert closed(schema) == schema


def test_all_other_objects_are_closed_wherever_they_stand() -> None:
    for wrap in (
        lambda part: {"items": part},
        lambda part: {"type": "object", "additionalProperties": part},
        lambda part: {"anyOf": [part, NULL]},
        lambda part: {"$ref": "#/$defs/a", "$defs": {"a": part}},
        lambda part: {"prefixItems": [part], "title": "a list"},
    ):
        assert closed(wrap(NAMED)) == wrap(CLOSED)
    assert closed({"const": NAMED}) == {"const": NAMED}


def test_words_hold_the_schema_on_one_line() -> None:
    assert in_words({"const": "ü\n"}).splitlines()[-1] == '{"const":"ü\\n"}'
