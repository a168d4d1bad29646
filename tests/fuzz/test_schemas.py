"""Schemas: what a reply that is held to one says fits it, what can't be followed is refused with a
sentence, and with fewer keywords a schema keeps nothing out that it let in."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, SchemaError

from chatui.domain.errors import BadResponse
from chatui.jobs.schema_check import ENDLESS, compare
from chatui.models.hosted.schema_modes import MAKERS, MODES, SchemaMode, sent
from chatui.models.local.schema_form import EASY
from chatui.models.schema_forms import KEYWORDS, SchemaSubset, closed, loosened
from tests.fuzz.sentences import is_a_sentence
from tests.models.local.walks import byte_guide, walk

TRIES = 2
"""Walks along a schema."""
GUIDE = byte_guide()
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
PATTERNS = st.sampled_from(["^a+$", "b", "^[a-c]{2}", "(?=a)b", "(a+)+$", "\\d", ""])


def keys(needed: dict[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({k: st.just(v) for k, v in needed.items()}, optional=optional)


LEAVES = st.one_of(
    st.just(True),
    st.just({}),
    keys({"type": "string"}, minLength=LENGTHS, maxLength=LENGTHS, pattern=PATTERNS),
    keys({"type": "integer"}, minimum=BOUNDS, maximum=BOUNDS, exclusiveMinimum=BOUNDS,
         exclusiveMaximum=BOUNDS, multipleOf=st.integers(1, 40)),
    keys({"type": "number"}, minimum=BOUNDS, exclusiveMaximum=BOUNDS),
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
    st.sampled_from(["date", "uuid", "time", "wild"]).map(
        lambda form: {"type": "string", "format": form}
    ),
)  # fmt: skip


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(NAMES, inner, max_size=3)
    required = st.lists(NAMES, max_size=2, unique=True)
    return st.one_of(
        keys({"type": "object"}, properties=properties, required=required,
             additionalProperties=st.booleans() | inner, minProperties=LENGTHS,
             maxProperties=LENGTHS, propertyNames=inner, unevaluatedProperties=st.booleans(),
             patternProperties=st.dictionaries(PATTERNS, inner, max_size=2)),
        keys({"type": "array"}, items=inner, prefixItems=st.lists(inner, min_size=1, max_size=2),
             minItems=LENGTHS, maxItems=LENGTHS, uniqueItems=st.booleans(), contains=inner,
             minContains=LENGTHS, unevaluatedItems=st.booleans()),
        keys({}, **{"not": inner, "if": inner, "then": inner, "else": inner}),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"anyOf": parts}),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"oneOf": parts}),
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
VALUES = st.recursive(
    PLAIN | st.sampled_from(["aa", "b", 12, 40, "2026-01-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def fits(value: Any, schema: Any) -> bool | None:
    """None where that can't be said: the schema goes round in circles, or an expression in it is
    none that `re` knows."""
    try:
        compare(value, schema)
    except BadResponse as refused:
        return None if str(refused) == ENDLESS else False
    except BaseException as error:
        # What jsonschema keeps references in, in Rust, does not get over the end of the stack.
        if type(error).__name__ != "PanicException":
            raise
        return None
    return True


def says_a_name_twice(text: str) -> bool:
    """llguidance lets an object have the same name several times, and counts it as often."""
    twice = False

    def look(members: list[tuple[str, Any]]) -> None:
        nonlocal twice
        twice = twice or len(dict(members)) < len(members)

    json.loads(text, object_pairs_hook=look)
    return twice


@given(WHOLE, st.integers(0, 2**32))
def test_what_may_be_written_fits_its_schema(schema: Any, seed: int) -> None:
    try:
        unheld = GUIDE.unheld(schema)
        texts = [walk(GUIDE, schema, seed + number) for number in range(TRIES)]
    except BadResponse as refused:
        assert is_a_sentence(str(refused))
        return
    for text in texts:
        if text is None:
            continue
        # What is not held to may be missed; JSON it is all the same.
        value = json.loads(text)
        if not says_a_name_twice(text) and fits(value, schema) is False:
            assert unheld, text


@given(WHOLE, VALUES, st.frozensets(st.sampled_from(sorted(KEYWORDS)), min_size=5))
def test_what_fits_a_schema_fits_it_with_fewer_keywords(
    schema: Any, value: Any, some: frozenset[str]
) -> None:
    assume(isinstance(schema, dict) and fits(value, schema))
    for taken in (EASY, SchemaSubset(some), SchemaSubset(some | {"$ref", "$defs"}, ref_alone=True)):
        found = loosened(schema, taken)
        assert found is not None
        Draft202012Validator.check_schema(found.schema)
        assert fits(value, found.schema) is not False, found
        again = loosened(found.schema, taken)
        assert again is not None
        assert again.schema == found.schema


@given(WHOLE, VALUES, st.sampled_from([*MODES.values(), *MAKERS.values()]))
def test_what_fits_a_schema_fits_what_a_server_is_sent_of_it(
    schema: Any, value: Any, mode: SchemaMode
) -> None:
    assume(isinstance(schema, dict) and fits(value, closed(schema)))
    found = sent(schema, mode)
    if found is not None:
        assert fits(value, found.schema) is not False, found
    if found is not None and found.whole and found.strict:
        # Nothing but members that are not named tells them apart.
        assert not fits(value, found.schema) or fits(value, schema) is not False


@given(WHOLE, VALUES)
def test_what_fits_a_closed_schema_fits_it_as_it_was(schema: Any, value: Any) -> None:
    assume("oneOf" not in json.dumps(schema) and fits(value, closed(schema)))
    assert fits(value, schema) is not False


ANYTHING = st.recursive(
    PLAIN | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(KEYWORDS)), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(ANYTHING)
def test_what_is_no_schema_is_followed_or_refused_with_one_sentence(schema: Any) -> None:
    try:
        walk(GUIDE, schema, 1)
    except BadResponse as refused:
        assert is_a_sentence(str(refused))


@given(WHOLE)
def test_the_schemas_tried_are_schemas(schema: Any) -> None:
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise AssertionError(json.dumps(schema)) from error
