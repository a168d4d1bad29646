"""The body of a chat completion request, and how it bends to what a server refuses.

Servers that call themselves OpenAI-compatible differ in three places: whether they know
`stream_options`, how they name the output limit, and which form of `response_format` they
take. A refusal names the field, so the next form is tried and the one that works is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from chatui.conversation import Message
from chatui.models.base import ModelRequest


@dataclass(frozen=True, slots=True)
class Dialect:
    """The form of a request that a model's server takes."""

    stream_options: bool = True
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    schema_format: Literal["json_schema", "json_object"] = "json_schema"


def first_dialect(base_url: str) -> Dialect:
    """OpenAI's own reasoning models refuse `max_tokens`; most others know nothing else."""
    if "api.openai.com" in base_url:
        return Dialect(limit_field="max_completion_tokens")
    return Dialect()


def next_dialect(dialect: Dialect, refusal: str, body: Mapping[str, Any]) -> Dialect | None:
    """The form to try after a refusal that names a field of the body, else None."""
    if "stream_options" in body and ("stream_options" in refusal or "include_usage" in refusal):
        return replace(dialect, stream_options=False)
    if dialect.limit_field in body and dialect.limit_field in refusal:
        if dialect.limit_field == "max_tokens":
            return replace(dialect, limit_field="max_completion_tokens")
        return replace(dialect, limit_field="max_tokens")
    names_format = "response_format" in refusal or "json_schema" in refusal
    if names_format and "response_format" in body and dialect.schema_format == "json_schema":
        return replace(dialect, schema_format="json_object")
    return None


def request_body(model: str, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
    """The JSON of one streamed call."""
    options = request.options
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
    }
    if dialect.stream_options:
        body["stream_options"] = {"include_usage": True}
    if options.max_output_tokens is not None:
        body[dialect.limit_field] = options.max_output_tokens
    for field in ("temperature", "top_p", "seed"):
        value = getattr(options, field)
        if value is not None:
            body[field] = value
    if options.json_schema is not None:
        body["response_format"] = _response_format(options.json_schema, dialect)
    return body


def _message(message: Message) -> dict[str, str]:
    # A lone surrogate, from a paste or a file name, can't be written as UTF-8.
    content = message.content.encode("utf-8", "replace").decode("utf-8")
    named = {"name": message.name} if message.name else {}
    return {"role": message.role.value, "content": content, **named}


def _response_format(schema: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    if dialect.schema_format == "json_object":
        return {"type": "json_object", "schema": dict(schema)}
    title = str(schema.get("title", ""))
    name = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in title)[:64]
    form = {"name": name or "answer", "schema": dict(schema), "strict": is_closed(schema)}
    return {"type": "json_schema", "json_schema": form}


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
