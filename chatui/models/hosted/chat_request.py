"""The body of a chat completion request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chatui.domain.conversation import Message, Role
from chatui.models.base import GO_ON, ModelRequest, SamplingOptions
from chatui.models.hosted.dialect import OPTION_FIELDS, Dialect
from chatui.models.hosted.endpoint import CHAT_COMPLETIONS, Api
from chatui.models.hosted.media_parts import with_media
from chatui.models.hosted.schema_modes import SentSchema, sent
from chatui.models.schema_forms import in_words


def request_body(model: str, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
    """The JSON of one streamed call."""
    messages = question_bodies(told_messages(request, dialect), request, dialect)
    return {**request_fields(model, request, dialect), "messages": messages}


def question_bodies(
    told: Sequence[Message], request: ModelRequest, dialect: Dialect
) -> list[dict[str, Any]]:
    """The messages at the end of a request, down to its last one."""
    before = [message_body(one, dialect.api) for one in told[:-1]]
    return [*before, *last_bodies(told[-1:], request, dialect)]


def request_fields(model: str, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
    """The same without its messages."""
    options = request.options
    body: dict[str, Any] = {"model": model, "stream": True}
    if dialect.stream_options:
        body["stream_options"] = {"include_usage": True}
    if options.max_output_tokens is not None:
        body[dialect.limit_field] = options.max_output_tokens
    for name, fields in OPTION_FIELDS.items():
        value = getattr(options, name)
        if value is not None:
            body |= dict.fromkeys((f for f in fields if f not in dialect.without), value)
    if options.json_schema is not None and (form := response_format(options, dialect)):
        body["response_format"] = form
    if request.begun and dialect.prefill is not None:
        body |= dialect.prefill.body
    return body


def without_stream(fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    """The fields of the same call, to be answered whole and with as little as can be."""
    kept = {name: value for name, value in fields.items() if name != "stream_options"}
    return kept | {"stream": False, dialect.limit_field: 1}


def last_bodies(
    last: Sequence[Message], request: ModelRequest, dialect: Dialect
) -> list[dict[str, Any]]:
    """The last message; the beginning of a reply as the server goes on behind it, or in words."""
    messages = [message_body(one, dialect.api) for one in last]
    if not request.begun:
        return messages
    prefill = dialect.prefill
    if prefill is None:
        return [*messages, message_body(Message(Role.USER, GO_ON))]
    if prefill.mark:
        messages[-1][prefill.mark] = True
    said = messages[-1]["content"]
    if prefill.trimmed and isinstance(said, str):
        messages[-1]["content"] = said.rstrip()
    return messages


def told_messages(request: ModelRequest, dialect: Dialect) -> Sequence[Message]:
    """The messages, the last of which `last_bodies` tells, with the JSON schema in words where the
    server's mode does not keep to it, or not to all of it."""
    schema, messages = request.options.json_schema, request.messages
    if schema is None:
        return messages
    if (form := _sent(schema, dialect)) is not None and form.whole:
        return messages
    told = in_words(schema)
    if messages and messages[0].role is Role.SYSTEM:
        first = replace(messages[0], content=f"{messages[0].content}\n\n{told}")
        return (first, *messages[1:])
    return (Message(Role.SYSTEM, told), *messages)


def before_the_question(
    told: Iterable[Message],
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """The messages before the last question, and those from it on, for protocols that have no
    names for who speaks."""
    bare = tuple(one if one.name is None else replace(one, name=None) for one in told)
    asked = (at for at in reversed(range(len(bare))) if bare[at].role is Role.USER)
    end = next(asked, max(0, len(bare) - 1))
    return bare[:end], bare[end:]


def sendable(content: str) -> str:
    """The text without lone surrogates, from a paste or a file name, which UTF-8 has no bytes
    for."""
    return content if content.isascii() else content.encode("utf-8", "replace").decode("utf-8")


def message_body(message: Message, api: Api = CHAT_COMPLETIONS) -> dict[str, Any]:
    """A message as the protocol has it."""
    content = sendable(message.content)
    # A role is a str as it is; asking it for its value takes as long as all the rest.
    written: dict[str, Any] = {"role": message.role, "content": content}
    if message.media:
        written |= with_media(content, message.media, api)
    if message.name:
        written["name"] = message.name
    return written


def response_format(options: SamplingOptions, dialect: Dialect) -> dict[str, Any] | None:
    """How the server's mode is told the schema; None where it is told in words alone."""
    schema = options.json_schema
    assert schema is not None
    if dialect.schema_format == "json_object":
        return {"type": "json_object", "schema": dict(schema)}
    found = _sent(schema, dialect)
    if found is None:
        return None
    title = str(schema.get("title", ""))
    name = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in title)[:64]
    form = {"name": name or "answer", "schema": dict(found.schema), "strict": found.strict}
    return {"type": "json_schema", "json_schema": form}


def _sent(schema: Mapping[str, Any], dialect: Dialect) -> SentSchema | None:
    """What the server's mode for schemas is given, where it has one and takes any of it."""
    return sent(schema, dialect.mode) if dialect.schema_format == "json_schema" else None
