"""What each server's mode for JSON schemas takes of them, as its makers publish it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chatui.models.schema_forms import BOUNDS, SchemaSubset, closed, loosened

SIMPLE = frozenset(
    ("type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "$ref",
     "$defs", "title", "description")
)  # fmt: skip
"""What every one of them takes."""
LENGTHS = frozenset(("minLength", "maxLength", "minItems", "maxItems"))
DATES = frozenset(("date-time", "time", "date"))
FORMATS = DATES | {"duration", "email", "hostname", "ipv4", "ipv6", "uuid"}


@dataclass(frozen=True, slots=True)
class SchemaMode:
    """`objects` have to name their members: "closed" ones allow no others, and "complete" ones
    require all of theirs as well. Where they don't, a mode that `hints` takes the whole schema
    without holding to it."""

    taken: SchemaSubset
    objects: Literal["any", "closed", "complete"] = "any"
    hints: bool = False


# https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
OPENAI = SchemaMode(
    SchemaSubset(
        SIMPLE
        | BOUNDS
        | {"const", "definitions", "pattern", "format", "multipleOf", "minItems", "maxItems"},
        FORMATS,
        ref_alone=True,
    ),
    "complete",
    hints=True,
)
# https://ai.google.dev/api/generate-content, responseJsonSchema, and
# https://ai.google.dev/gemini-api/docs/structured-output
GEMINI = SchemaMode(
    SchemaSubset(
        SIMPLE
        | {"$id", "$anchor", "format", "prefixItems", "minItems", "maxItems", "minimum", "maximum"},
        DATES,
        plain_values=True,
        ref_alone=True,
    )
)
# https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
CLAUDE = SchemaMode(
    SchemaSubset(
        SIMPLE | {"const", "allOf", "definitions", "default", "format", "minItems"},
        FORMATS | {"uri"},
        plain_values=True,
        least_items=1,
    ),
    "closed",
)
# https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md; Ollama's server translates
# schemas by the same code (https://docs.ollama.com/capabilities/structured-outputs).
LLAMA_CPP = SchemaMode(
    SchemaSubset(
        SIMPLE | BOUNDS | LENGTHS | {"const", "allOf", "definitions", "pattern", "format"},
        DATES | {"uuid"},
        whole_patterns=True,
        whole_numbers=True,
    )
)
# https://docs.vllm.ai/en/latest/features/structured_outputs: XGrammar, and for what that lacks
# llguidance (https://github.com/guidance-ai/llguidance/blob/main/docs/json_schema.md).
VLLM = SchemaMode(
    SchemaSubset(
        SIMPLE
        | BOUNDS
        | LENGTHS
        | {"const", "allOf", "definitions", "prefixItems", "pattern", "format", "multipleOf",
           "patternProperties"},
        FORMATS | {"uri"},
        booleans=True,
    )
)  # fmt: skip

MODES: Mapping[str, SchemaMode] = {
    "api.openai.com": OPENAI,
    "googleapis.com": GEMINI,
    "ollama": LLAMA_CPP,
    "llamacpp": LLAMA_CPP,
    "llama.cpp": LLAMA_CPP,
    "vllm": VLLM,
}
"""By host, or by the name of a provider that may be anywhere. Others get the whole schema."""
MAKERS: Mapping[str, SchemaMode] = {"openai": OPENAI, "google": GEMINI, "anthropic": CLAUDE}
"""By who made the model, for those that pass a schema on (https://openrouter.ai/docs, Structured
Outputs)."""
PASSES_ON = "openrouter.ai"


@dataclass(frozen=True, slots=True)
class SentSchema:
    """`whole` where nothing of it has to be told in words; `strict` where the server is to hold to
    it."""

    schema: Mapping[str, Any]
    strict: bool
    whole: bool


def sent(schema: Mapping[str, Any], mode: SchemaMode | None) -> SentSchema | None:
    """What a mode is given of a schema; None where it takes nothing of it. A server of which
    nothing is known gets it whole. Nothing that fits the schema is kept out, but for members that
    an object does not name, where a mode needs objects that are closed."""
    if mode is None:
        return SentSchema(schema, is_closed(schema), True)
    found = loosened(schema if mode.objects == "any" else closed(schema), mode.taken)
    if found is not None and _fits(found.schema, mode):
        strict = mode.objects != "any" or is_closed(found.schema)
        return SentSchema(found.schema, strict, not found.left_out)
    return SentSchema(schema, False, True) if mode.hints else None


def _fits(schema: Mapping[str, Any], mode: SchemaMode) -> bool:
    """Whether its objects are as the mode has them."""
    if mode.objects == "any":
        return True
    if mode.objects == "closed":
        return is_closed(schema, complete=False)
    return schema.get("type") == "object" and "anyOf" not in schema and _is_typed(schema)


def _is_typed(schema: Any) -> bool:
    """Whether it is complete, and no part of it leaves open what it is."""
    if not isinstance(schema, Mapping) or schema.keys().isdisjoint(KINDS):
        return False
    if schema.get("type") == "array" and "items" not in schema:
        return False
    named = [part for key in NAMED for part in schema.get(key, {}).values()]
    parts = [*named, *schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]
    return all(map(_is_typed, parts)) and is_closed(schema)


KINDS = frozenset(("type", "$ref", "anyOf", "enum", "const"))
NAMED = ("properties", "$defs", "definitions")


def is_closed(schema: Any, *, complete: bool = True) -> bool:
    """Whether every object of a JSON schema forbids further keys and, where they are to be
    `complete`, requires its own.

    OpenAI's strict mode takes no other schema.
    """
    if isinstance(schema, list | tuple):
        return all(is_closed(part, complete=complete) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        required = schema.get("required", ())
        if schema.get("additionalProperties") is not False:
            return False
        if complete and set(properties) != set(required):
            return False
        # The keys of `properties` are names, not keywords: look at their schemas only.
        rest = [value for key, value in schema.items() if key not in ("properties", "required")]
        parts = [*properties.values(), *rest]
        return all(is_closed(part, complete=complete) for part in parts)
    return all(is_closed(part, complete=complete) for part in schema.values())
