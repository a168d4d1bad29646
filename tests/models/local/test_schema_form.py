"""Schemas as llguidance holds to them; the replies of a real llama.cpp are in test_sampling.

`json_schema_suite` has a part of the tests that are published at
https://github.com/json-schema-org/JSON-Schema-Test-Suite (draft 2020-12), unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from chatui.domain.errors import BadResponse
from chatui.models.local.schema_form import (
    BARE,
    HALF,
    MOST_KEPT,
    NO_VALUE,
    NOT_BEGUN,
    NOT_HELD,
    TOO_DEEP,
    SchemaGuide,
    Spelling,
    ignored,
)
from chatui.models.schema_forms import closed
from tests.models.local.walks import END, byte_guide, fitting, lets_through, walk

SUITE = sorted((Path(__file__).parent / "json_schema_suite").glob("*.json"))
WALKS = 5


@pytest.fixture(scope="module")
def guide() -> SchemaGuide:
    return byte_guide()


def validator(schema: Any) -> Any:
    return Draft202012Validator(schema, registry=Registry())


def groups(file: Path, guide: SchemaGuide) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """The groups of tests whose schema can be followed and checked, with what isn't held to."""
    for group in json.loads(file.read_text()):
        if "\\p{" in json.dumps(group["schema"]):
            continue  # An expression that `re`, and so the check, does not know.
        try:
            unheld = guide.unheld(group["schema"])
        except BadResponse as refused:
            if any(test["valid"] for test in group["tests"]) or str(refused) != NO_VALUE:
                raise
        else:
            yield group, unheld


@pytest.mark.parametrize("file", SUITE, ids=lambda file: file.stem)
def test_what_may_be_written_fits_the_schema(file: Path, guide: SchemaGuide) -> None:
    for group, unheld in groups(file, guide):
        texts = [walk(guide, group["schema"], seed) for seed in range(WALKS)]
        values = [json.loads(text) for text in texts if text is not None]
        assert values, group["description"]
        if not unheld:
            check = validator(group["schema"])
            assert [value for value in values if not check.is_valid(value)] == []


@pytest.mark.parametrize("file", SUITE, ids=lambda file: file.stem)
def test_what_fits_the_schema_may_be_written(file: Path, guide: SchemaGuide) -> None:
    for group, _ in groups(file, guide):
        # Other members than those that are named may not be added unasked.
        check = validator(closed(group["schema"]))
        fit = [test["data"] for test in group["tests"] if check.is_valid(test["data"])]
        kept_out = [value for value in fit if not lets_through(guide, group["schema"], value)]
        assert kept_out == [], group["description"]


def test_most_of_the_suite_is_held_to_whole(guide: SchemaGuide) -> None:
    found = [unheld for file in SUITE for _, unheld in groups(file, guide)]
    whole = sum(not unheld for unheld in found)
    assert whole > 0.8 * len(found)
    assert BARE not in found


@pytest.mark.parametrize(
    ("schema", "unheld"),
    [
        ({"type": "array", "uniqueItems": True, "contains": {}}, ("contains", "uniqueItems")),
        ({"oneOf": [{"type": "integer"}, {"minimum": 3}]}, ("oneOf",)),
        ({"oneOf": [{"type": "null"}, {"const": 3}]}, ()),
        ({"type": "string", "format": "wild"}, ("the format wild",)),
        ({"properties": {"a": {"not": {"type": "null"}}}}, ("not",)),
        (
            {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "minProperties": 2},
            ("maxProperties", "minProperties"),
        ),
        ({"type": "string", "pattern": "(?=a)b"}, ("pattern",)),
        ({"type": "string", "pattern": r"(a)\1"}, ("pattern",)),
        ({"type": "integer", "multipleOf": 999_999_937}, ("multipleOf",)),
        ({"patternProperties": {"a": True, "^a": True}}, ("patternProperties",)),
        # A part that contains itself and says more beside that.
        (
            {
                "$defs": {"t": {"properties": {"c": {"$ref": "#/$defs/t", "minProperties": 1}}}},
                "$ref": "#/$defs/t",
            },
            BARE,
        ),
        ({"type": "array", "minItems": 1.0, "maxItems": 2.0}, ()),
        (
            {
                "$id": "https://example.org/root",
                "$ref": "part",
                "$defs": {"part": {"$id": "https://example.org/part", "type": "null"}},
            },
            (),
        ),
    ],
)
def test_what_a_reply_cannot_be_held_to_is_named(
    guide: SchemaGuide, schema: Any, unheld: tuple[str, ...]
) -> None:
    assert guide.unheld(schema) == unheld
    assert any(walk(guide, schema, seed) is not None for seed in range(9))


def nested(depth: int) -> Any:
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
        (nested(150), TOO_DEEP),
        (nested(5_000), TOO_DEEP),
        ({"enum": []}, NO_VALUE),
        (False, NO_VALUE),
        ({"type": "object", "properties": {"a": False}, "required": ["a"]}, NO_VALUE),
        ({"type": "integer", "minimum": 5, "maximum": 4}, NO_VALUE),
        ({"type": "string", "minLength": 5, "maxLength": 4}, NO_VALUE),
        ({"$ref": "#"}, NO_VALUE),
        ({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}, NO_VALUE),
        ({"$ref": "https://example.org/schema.json"}, NOT_HELD),
        ({"$ref": "file:///etc/passwd"}, NOT_HELD),
        ({"$ref": "other.json"}, NOT_HELD),
        ({"$ref": "#/$defs/missing"}, NOT_HELD),
        ({"const": "\ud800"}, HALF),
        ({"type": "text"}, "Invalid type: text"),
        ({"type": "string", "maxLength": "many"}, "maxLength"),
        ({"properties": 3}, "properties"),
        ({"required": [3]}, "required"),
        ({"type": "integer", "minimum": float("nan")}, "can't be followed"),
        (3, "can't be followed"),
    ],
)
def test_a_schema_that_cannot_be_followed_is_one_sentence(
    guide: SchemaGuide, schema: Any, sentence: str
) -> None:
    with pytest.raises(BadResponse) as caught:
        guide.form(schema)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "schema",
    [
        doubling(40),
        {"enum": [f"{n}" * 40 for n in range(9_000)]},
        {"properties": {f"k{n}": {"enum": [n, str(n)]} for n in range(1_000)}},
        {"type": "string", "pattern": "^((a{1,100}){1,100}){1,100}$"},
        {"type": "string", "pattern": "^(a|a?){200}b"},
        {"type": "array", "minItems": 10**9},
        {"type": "string", "maxLength": 10**9},
        {"anyOf": [{"type": "null"}, {"$ref": "#"}]},
        {"x-guidance": {"item_separator": "X", "unknown": 3}, "type": "array"},
        {"$schema": "https://example.org/a-draft-of-ones-own", "type": "array"},
    ],
)
def test_a_schema_that_is_large_or_odd_begins_a_reply(guide: SchemaGuide, schema: Any) -> None:
    assert fitting(guide.form(schema))


def test_a_space_may_stand_behind_commas_and_colons_and_nowhere_else(guide: SchemaGuide) -> None:
    schema = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "null"}}}}
    for text, fits in (
        ('[{"a":null},{}]', True),
        ('[{"a": null}, {}]', True),
        ('[ {"a": null}]', False),
        ('[{"a":  null}]', False),
        ('[{"a"\n:null}]', False),
    ):
        form, accepted = guide.form(schema), True
        for token in [*text.encode(), END]:
            accepted = accepted and form.allows(token)
            if accepted:
                form.take(token)
        assert accepted is fits, text


def test_no_member_is_added_that_an_object_does_not_name(guide: SchemaGuide) -> None:
    names: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "null"}}}
    value = {"a": None, "b": None}
    assert not lets_through(guide, names, value)
    assert lets_through(guide, {**names, "additionalProperties": True}, value)
    assert lets_through(guide, {"type": "object"}, value)
    # Nor where several parts hold for one object: each would forbid what the other names.
    other = {"properties": {"b": {"type": "null"}}}
    assert lets_through(guide, {"allOf": [names, other]}, value)


def test_a_reply_goes_on_behind_its_beginning(guide: SchemaGuide) -> None:
    schema = {"type": "object", "properties": {"ü": {"enum": ["one", "two"]}}, "required": ["ü"]}
    form = guide.form(schema, '{"ü": "t')
    assert fitting(form) == [ord("w")]
    assert fitting(guide.form(schema, '{"ü": "two"}')) == [END]
    for begun in ('{"u', "Sure: {", '{"ü": "two"} ', '{"ü": "three'):
        with pytest.raises(BadResponse, match="does not fit") as caught:
            guide.form(schema, begun)
        assert str(caught.value) == NOT_BEGUN


def test_several_tokens_may_end_a_reply_and_none_has_to() -> None:
    pieces = [*(bytes((byte,)) for byte in range(256)), b"</s>", b"<|end|>", b"<|mark|>"]
    schema = {"type": "integer", "maximum": 99, "minimum": 1}

    def guide(ends: tuple[int, ...]) -> SchemaGuide:
        special = (256, 257, 258)
        return SchemaGuide(lambda: Spelling(pieces, special, ends, lambda text: [*text.encode()]))

    both = guide((256, 257)).form(schema)
    assert not both.allows(256)
    both.take(ord("7"))
    assert both.allows(256)
    assert both.allows(257)
    # A control token that ends nothing is no text, though it is spelt like some.
    assert not guide((256,)).form({"type": "string"}, '"').allows(258)
    none = guide(()).form(schema, "42")
    assert not any(map(none.allows, range(259)))


def test_pieces_of_characters_and_tokens_of_several_are_text() -> None:
    """Tokenizers have tokens for words with a space before them, and bytes for the rest."""
    pieces = [*(bytes((byte,)) for byte in range(256)), b"</s>", b'{"', b' "a', b'": ', b"<unk>"]
    spelling = Spelling(pieces, (256, 260), (256,), lambda text: [ord(" "), *text.encode()])
    form = SchemaGuide(lambda: spelling).form(
        {"properties": {"ä": {"type": "null"}}, "type": "object"}
    )
    assert form.allows(257)
    form.take(257)
    for byte in "ä".encode():
        assert form.allows(byte)
        form.take(byte)
    assert form.allows(259)
    assert not form.allows(258)


def test_schemas_are_kept_ready_and_not_without_an_end() -> None:
    reads = []

    def read() -> Spelling:
        reads.append(1)
        pieces = [*(bytes((byte,)) for byte in range(256)), b"</s>"]
        return Spelling(pieces, (END,), (END,), lambda text: [*text.encode()])

    guide = SchemaGuide(read)
    assert reads == []
    for number in range(3 * MOST_KEPT):
        first, second = guide.form({"const": number}), guide.form({"const": number})
        first.take(ord(str(number)[0]))
        assert second.allows(ord(str(number)[0]))
    assert reads == [1]
    assert len(guide._kept) == MOST_KEPT


def test_warnings_of_another_wording_are_passed_on() -> None:
    assert ignored(["Something new\nof two lines"]) == ("Something new of two lines",)
