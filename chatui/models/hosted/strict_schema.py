"""JSON schemas in the form that a strict mode takes, which knows some of the keywords. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
TAKEN = frozenset(
    ("type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const",
     "$ref", "$defs", "definitions", "title", "description", "pattern", "multipleOf", "minimum",
     "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems")
)  # fmt: skip
"""What OpenAI publishes as supported, beside `format`."""
FORMATS = frozenset(
    ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
)
ONLY_NARROW = frozenset(
    ("minLength", "maxLength", "uniqueItems", "contains", "minContains", "maxContains",
     "minProperties", "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas",
     "allOf", "not", "if", "then", "else", "unevaluatedItems", "unevaluatedProperties", "default",
     "examples", "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType",
     "contentSchema", "format", "$schema", "$comment")
)  # fmt: skip
"""Without these more values fit, and none less: the answer can be checked for them afterwards."""
NAMED = ("properties", "$defs", "definitions")
"""Keywords that hold schemas by names of the user's own."""


def loosened(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema without what a strict mode refuses. What fits the schema fits this one too. None
    where there is no such form: its root is no closed object, or it needs another keyword."""
    try:
        found = _loosened(schema)
    except (_NoForm, RecursionError, TypeError, AttributeError):
        return None
    whole = found.get("type") == "object" and "anyOf" not in found and is_closed(found)
    return found if whole else None


class _NoForm(Exception):
    """A part of the schema that can't be left out."""


def _loosened(schema: Any) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or schema.keys() - TAKEN - ONLY_NARROW - {"oneOf"}:
        raise _NoForm
    if "$ref" in schema:
        # It has to stand alone there; what is defined beside it stays.
        schema = {key: schema[key] for key in schema if key in ("$ref", "$defs", "definitions")}
    if "oneOf" in schema and "anyOf" in schema:
        raise _NoForm
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in NAMED:
            found[key] = {name: _loosened(part) for name, part in value.items()}
        elif key == "items":
            found[key] = _loosened(value)
        elif key in ("anyOf", "oneOf"):
            found["anyOf"] = [_loosened(part) for part in value]
        elif key in TAKEN or (key == "format" and value in FORMATS):
            found[key] = value
    return found


def is_closed(schema: Any) -> bool:
    """Whether every object of a JSON schema forbids further keys and requires its own.

    OpenAI's strict mode takes no other schema.
    """
    if isinstance(schema, list | tuple):
        return all(is_closed(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        required = schema.get("required", ())
        if schema.get("additionalProperties") is not False or set(properties) != set(required):
            return False
        # The keys of `properties` are names, not keywords: look at their schemas only.
        return all(is_closed(part) for part in properties.values()) and is_closed(
            [value for key, value in schema.items() if key not in ("properties", "required")]
        )
    return all(is_closed(part) for part in schema.values())
