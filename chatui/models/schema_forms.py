"""JSON schemas as models are told them: with fewer keywords, or in words. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

IN_WORDS = (
    "Answer with JSON alone: no code fence, no words around it. It has to fit this JSON Schema:\n{}"
)

NOTES = frozenset(
    ("$schema", "$id", "$comment", "$vocabulary", "title", "description", "default", "examples",
     "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema")
)  # fmt: skip
"""Keywords that no value can break."""
ONE_SCHEMA = frozenset(
    ("additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else",
     "unevaluatedItems", "unevaluatedProperties")
)  # fmt: skip
SCHEMAS_BY_NAME = frozenset(
    ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
)
SCHEMAS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
TURNED = frozenset(("not", "if", "then", "else", "oneOf", "contains"))
"""Keywords that hold for fewer values when more fit the schemas in them."""
REFERENCES = frozenset(("$ref", "$dynamicRef"))
LEANS_ON = {
    "additionalProperties": ("properties", "patternProperties"),
    "items": ("prefixItems",),
    "unevaluatedProperties": (
        "properties", "patternProperties", "additionalProperties", "allOf", "anyOf", "oneOf", "not",
        "if", "then", "else", "dependentSchemas", "$ref", "$dynamicRef",
    ),
    "unevaluatedItems": (
        "prefixItems", "items", "contains", "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
        "$ref", "$dynamicRef",
    ),
    "contains": ("minContains",),
    "minContains": ("contains",),
    "maxContains": ("contains",),
    "then": ("if",),
    "else": ("if",),
}  # fmt: skip
"""By a keyword, those without which it would mean more than it does."""
BOUNDS = frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
WHOLE_PATTERN = re.compile(r"\^(?:[^|\\$(]|\\.|\((?!\?))*\$")
"""An expression from the beginning of a text to its end, without alternatives and look-arounds,
which not every server reads in the same way."""
COMBINING = frozenset(
    ("allOf", "not", "if", "then", "else", "dependentSchemas", "unevaluatedProperties",
     "$dynamicRef")
)  # fmt: skip
OPENED = frozenset(
    ("additionalProperties", "patternProperties", "propertyNames", "minProperties",
     "dependentRequired")
)  # fmt: skip
"""Keywords by which an object speaks of members that it does not name."""
KEYWORDS = (
    NOTES
    | ONE_SCHEMA
    | SCHEMAS_BY_NAME
    | SCHEMAS
    | {"type", "enum", "const", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "required",
       "dependentRequired", "minProperties", "maxProperties", "minItems", "maxItems", "uniqueItems",
       "minContains", "maxContains", "minLength", "maxLength", "pattern", "format", "minimum",
       "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
)  # fmt: skip
"""What the draft 2020-12 has, and `definitions`, which was there before `$defs`."""


@dataclass(frozen=True, slots=True)
class SchemaSubset:
    """What somebody takes of JSON Schema. `formats` are the values of `format`, None for any.
    With `booleans` a schema may be true or false; with `plain_values` an `enum` holds no objects
    and lists; with `ref_alone` nothing but definitions stands beside a `$ref`; with
    `whole_patterns` an expression has to stand for the whole text, and with `whole_numbers` bounds
    are those of integers; `least_items` is the largest `minItems`, None for any."""

    keywords: frozenset[str]
    formats: frozenset[str] | None = None
    booleans: bool = False
    plain_values: bool = False
    ref_alone: bool = False
    whole_patterns: bool = False
    whole_numbers: bool = False
    least_items: int | None = None


@dataclass(frozen=True, slots=True)
class Loosened:
    """A schema that whatever fits the whole one fits too. `left_out` are the keywords of which it
    says less, in order."""

    schema: dict[str, Any]
    left_out: tuple[str, ...]


def loosened(schema: Mapping[str, Any], taken: SchemaSubset) -> Loosened | None:
    """The schema in what is taken of JSON Schema. None where it is nested too deep, malformed, or
    has parts with addresses of their own."""
    walk = _Loosening(taken)
    try:
        found = walk.schema(schema, root=True)
        if walk.left_out:
            # What a reference leads to may have lost something as well.
            walk = _Loosening(taken, sure_of_references=False)
            found = walk.schema(schema, root=True)
    except (RecursionError, TypeError, AttributeError, ValueError):
        return None
    return Loosened(found, tuple(sorted(walk.left_out)))


def in_words(schema: Any) -> str:
    """What a system prompt says of it."""
    return IN_WORDS.format(json.dumps(schema, ensure_ascii=False, separators=(",", ":")))


class _Loosening:
    """`left_out` gathers the keywords that something was taken off."""

    def __init__(self, taken: SchemaSubset, *, sure_of_references: bool = True) -> None:
        self._taken = taken
        self._sure = sure_of_references
        self._refers = False
        self.left_out: set[str] = set()

    def schema(self, schema: Any, *, root: bool = False) -> Any:
        if isinstance(schema, bool):
            if self._taken.booleans:
                return schema
            self.left_out |= set() if schema else {"false"}
            return {}
        if "$id" in schema and not root:
            raise ValueError("what its references mean depends on it")
        self._refers = self._refers or not REFERENCES.isdisjoint(schema)
        kept = {
            key: self._inside(key, value)
            for key, value in schema.items()
            if key in KEYWORDS and self._takes(schema, key)
        }
        turned = [key for key in kept if key in TURNED and self._widens(key, schema[key])]
        gone = (schema.keys() & KEYWORDS - kept.keys()) | {*turned}
        while leaning := {
            key for key in kept if key not in gone and not gone.isdisjoint(LEANS_ON.get(key, ()))
        }:
            gone |= leaning
        found = {key: value for key, value in kept.items() if key not in gone}
        for key in sorted(gone):
            if not self._stands_in(found, schema, key):
                self.left_out |= {key} - NOTES
        if "minItems" in found and (most := self._taken.least_items) is not None:
            self.left_out |= {"minItems"} if found["minItems"] > most else set()
            found["minItems"] = min(found["minItems"], most)
        return found

    def _takes(self, schema: Mapping[str, Any], key: str) -> bool:
        taken, value = self._taken, schema[key]
        if key not in taken.keywords:
            return False
        if taken.ref_alone and "$ref" in schema and key not in ("$ref", "$defs", "definitions"):
            return False
        fits = True
        if key == "$ref":
            start, _, rest = value.partition("/")
            pointed = start == "#" and (not rest or rest.partition("/")[0] in taken.keywords)
            fits = pointed or (start != "#" and "$anchor" in taken.keywords)
        elif key == "format":
            fits = taken.formats is None or value in taken.formats
        elif key == "enum" and taken.plain_values:
            fits = not any(isinstance(one, list | dict) for one in value)
        elif key == "pattern" and taken.whole_patterns:
            fits = WHOLE_PATTERN.fullmatch(value) is not None
        elif key in BOUNDS and taken.whole_numbers:
            fits = schema.get("type") == "integer"
        return fits

    def _widens(self, key: str, value: Any) -> bool:
        """Whether what is in it would be fitted by more than before."""
        inside = _Loosening(self._taken)
        inside._inside(key, value)
        return bool(inside.left_out or (inside._refers and not self._sure))

    def _inside(self, key: str, value: Any) -> Any:
        # Who takes `items` takes false there as well.
        return value if isinstance(value, bool) else _each(key, value, self.schema)

    def _stands_in(self, found: dict[str, Any], schema: Mapping[str, Any], key: str) -> bool:
        """Puts what says a part of a keyword that is gone, where something does; True if all."""
        taken, value = self._taken.keywords, schema[key]
        if self._taken.ref_alone and "$ref" in schema:
            return False
        if key == "oneOf" and "anyOf" in taken and "anyOf" not in schema:
            found["anyOf"] = [self.schema(part) for part in value]
        elif key == "const" and "enum" in taken and "enum" not in schema:
            plain = not self._taken.plain_values or not isinstance(value, list | dict)
            found |= {"enum": [value]} if plain else {}
            return plain
        elif key == "exclusiveMinimum" and "minimum" in taken:
            found["minimum"] = max(value, found.get("minimum", value))
        elif key == "exclusiveMaximum" and "maximum" in taken:
            found["maximum"] = min(value, found.get("maximum", value))
        return False


def closed(schema: Any) -> Any:
    """The schema with no members in objects but those that they name, where they say nothing of
    others: a model that may add members seldom ends. Where several schemas hold for one object
    (`allOf`, what stands beside a `$ref`) all is left as it is, because what one of them names
    another would forbid."""
    try:
        return schema if _combines(schema) else _closed(schema)
    except (RecursionError, AttributeError, TypeError):
        return schema


def _closed(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    found = {key: _each(key, value, _closed) for key, value in schema.items()}
    names, required = schema.get("properties"), schema.get("required", [])
    if names and OPENED.isdisjoint(schema) and names.keys() >= {*required}:
        found["additionalProperties"] = False
    return found


def _combines(schema: Any) -> bool:
    """Whether several schemas hold for one object somewhere."""
    if not isinstance(schema, dict):
        return False
    others = schema.keys() & {"$ref", "anyOf", "oneOf"}
    named = schema.keys() & {"properties", "required", "additionalProperties", "patternProperties"}
    if not COMBINING.isdisjoint(schema) or len(others) > 1 or (others and named):
        return True
    found = False

    def look(part: Any) -> None:
        nonlocal found
        found = found or _combines(part)

    for key, value in schema.items():
        _each(key, value, look)
    return found


def _each(key: str, value: Any, change: Callable[[Any], Any]) -> Any:
    """The value of a keyword with each schema in it changed."""
    if key in SCHEMAS_BY_NAME:
        return {name: change(part) for name, part in value.items()}
    if key in SCHEMAS:
        return [change(part) for part in value]
    return change(value) if key in ONE_SCHEMA else value
