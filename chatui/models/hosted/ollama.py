"""Ollama's own protocol: what its /v1 can't be asked for, as values in and values out.

Its OpenAI-compatible endpoint has no num_ctx and cuts a prompt that is too long without a word.
/api/chat takes num_ctx, more sampling options and how long a model stays loaded, and refuses such
a prompt when it is asked to (`truncate`, `shift`: api/types.go of ollama/ollama).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatui.domain.errors import BadResponse
from chatui.models.base import ModelRequest, SamplingOptions
from chatui.models.hosted.dialect import Dialect
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.event_stream import EVENT_LIMIT, EventTooLarge, StreamEvent
from chatui.models.hosted.model_list import count
from chatui.models.hosted.patience import Patience
from chatui.models.hosted.schema_modes import sent

if TYPE_CHECKING:
    import httpx2

CHAT = "/api/chat"
DEFAULT_CONTEXT = 4096
"""What Ollama gives a model whose file names no num_ctx, on a machine whose cards have less than
23 GB; more is known only of a model that is loaded (/api/ps)."""

OPTIONS = (
    "temperature", "top_p", "top_k", "min_p", "repeat_penalty", "presence_penalty",
    "frequency_penalty", "seed", "stop",
)  # fmt: skip
"""Sampling options that /api/chat takes under our names."""
EFFORTS: Mapping[str, bool | str] = {
    "none": False,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
}
"""What `think` is for a reasoning effort; for one beyond these, "high"."""
NOT_SERVED = (404, 405, 501)
"""How something that only speaks the common protocol answers to /api/chat."""
COUNTED = ("_count", "_duration")
"""Ends of the names of what a last line reports."""


def chat_fields(
    model: str, request: ModelRequest, dialect: Dialect, endpoint: Endpoint
) -> dict[str, Any]:
    """The JSON of one streamed call to /api/chat, without its messages."""
    options = request.options
    inner = {name: getattr(options, name) for name in OPTIONS if name not in dialect.without}
    inner |= {"num_ctx": endpoint.num_ctx, "num_predict": options.max_output_tokens}
    body: dict[str, Any] = {
        "model": model,
        "stream": True,
        "options": {name: value for name, value in inner.items() if value is not None},
        # A prompt that is too long is an error then: it would lose its beginning in silence.
        "truncate": False,
        "shift": False,
    }
    if endpoint.keep_alive:
        body["keep_alive"] = _duration(endpoint.keep_alive)
    if options.reasoning_effort and "reasoning_effort" not in dialect.without:
        body["think"] = EFFORTS.get(options.reasoning_effort, "high")
    if (form := _format(options, dialect)) is not None:
        body["format"] = form
    return body


def without_stream(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the same call, to be answered whole and with as little as can be."""
    return {**fields, "stream": False, "options": {**fields["options"], "num_predict": 1}}


def next_form(
    dialect: Dialect, usual: Dialect, status: int, words: str, fields: Mapping[str, Any]
) -> Dialect | None:
    """The form to try after a refusal of /api/chat; `usual` is that of the common protocol. None
    where the form is not to blame."""
    if status in NOT_SERVED and "model" not in words:
        return usual
    if "think" in fields and "think" in words:
        return replace(dialect, without=dialect.without | {"reasoning_effort"})
    if "format" in fields:
        return replace(dialect, schema_format="words")
    return None


def in_common_form(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """A line of /api/chat as others have it; another thing as it is. What the last line reports
    are counts of tokens, and durations in nanoseconds. One without a reason and without counts is
    of a model that fell over."""
    message = line.get("message")
    if "choices" in line or "done" not in line or not isinstance(message, Mapping):
        return line
    reason = line.get("done_reason")
    if line["done"] and not reason and count(line, "eval_count"):
        reason = "stop"
    told = {"choices": [{"delta": message, "finish_reason": reason if line["done"] else None}]}
    if line["done"]:
        report = {key: value for key, value in line.items() if str(key).endswith(COUNTED)}
        return {**line, **told, "usage": report}
    return {**line, **told}


async def lines_of(
    response: httpx2.Response, endpoint: Endpoint, patience: Patience
) -> AsyncGenerator[StreamEvent, None]:
    """Each line of a streamed answer of /api/chat. Raises BadResponse for another thing,
    TimeoutError, EventTooLarge and httpx2.HTTPError."""
    chunks = response.aiter_bytes()
    rest = b""
    sure = False
    while True:
        async with patience.limit():
            chunk = await anext(chunks, None)
        *lines, rest = (rest + (chunk or b"")).split(b"\n")
        if len(rest) > EVENT_LIMIT:
            raise EventTooLarge
        if chunk is None:
            lines, rest = [*lines, rest], b""
        for line in filter(None, map(bytes.strip, lines)):
            if not sure and not line.startswith(b"{"):
                raise BadResponse(
                    f"{endpoint.name} answered with something else than a reply; check base_url in "
                    f"[providers.{endpoint.name}] ({endpoint.shown_url}).",
                    free=True,
                )
            sure = True
            yield StreamEvent(line.decode("utf-8", "replace"))
        if chunk is None:
            return


def context_of(model: str, loaded: Any, shown: Any, num_ctx: int | None = None) -> int | None:
    """The context that Ollama will give a model, in tokens, by the JSON of /api/ps and /api/show:
    what it is asked for, at most what the model was trained for; else what it is loaded with, else
    the model's own num_ctx, else Ollama's default."""
    details = shown.get("model_info") if isinstance(shown, Mapping) else None
    details = details if isinstance(details, Mapping) else {}
    sizes = (count(details, key) for key in details if str(key).endswith(".context_length"))
    trained = [size for size in sizes if size]
    if num_ctx:
        return min([num_ctx, *trained])
    entries = loaded.get("models") if isinstance(loaded, Mapping) else None
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, Mapping):
            continue
        names = (entry.get("name"), entry.get("model"))
        if (model in names or f"{model}:latest" in names) and count(entry, "context_length"):
            return count(entry, "context_length")
    if not isinstance(shown, Mapping):
        return None
    for line in str(shown.get("parameters", "")).splitlines():
        name, _, value = line.strip().partition(" ")
        if name == "num_ctx" and value.strip().isdecimal():
            return min([int(value), *trained])
    return min([DEFAULT_CONTEXT, *trained])


def _format(options: SamplingOptions, dialect: Dialect) -> Mapping[str, Any] | None:
    schema = options.json_schema
    if schema is None or dialect.schema_format != "json_schema":
        return None
    found = sent(schema, dialect.mode)
    return found.schema if found is not None else None


def _duration(text: str) -> int | str:
    """Ollama takes seconds as a number alone, and words like 30m as text."""
    with suppress(ValueError):
        return int(text)
    return text
