"""Providers' batch endpoints: many calls at once, answered within a day, at a lower price.

Two forms are published. OpenAI's, which others have too: a file of requests is uploaded (`/files`),
a batch made of it (`/batches`), and its answers are one file, its errors another. Anthropic's: the
requests stand in the call (`/messages/batches`), and the results are lines below it. Neither keeps
an order, and lines may be missing.

Qianfan (https://cloud.baidu.com/doc/qianfan/s/Oml4r78ea) and Zhipu (https://docs.bigmodel.cn) have
OpenAI's with their own paths in it. Not spoken: Together's answers and its files' purpose are its
own (https://docs.together.ai/reference/batch-create), xAI adds requests to a batch by a call
(https://docs.x.ai/docs/guides/batch-api), Mistral has jobs (https://docs.mistral.ai/api), and of
Z.ai none is published.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from chatui.domain.conversation import Role
from chatui.domain.errors import BadResponse, ModelUnavailable, UnknownModel, UsageError
from chatui.models.base import (
    Finished,
    ModelRequest,
    ReasoningDelta,
    SamplingOptions,
    TextDelta,
    TextTakenBack,
)
from chatui.models.hosted.chat_request import request_body
from chatui.models.hosted.connection import NO_HEADERS, Connection
from chatui.models.hosted.dialect import OPTION_FIELDS, first_dialect
from chatui.models.hosted.endpoint import ANTHROPIC_VERSION, GEMINI, MESSAGES
from chatui.models.hosted.event_stream import StreamEvent
from chatui.models.hosted.reply_reader import ReplyReader
from chatui.models.hosted.translation import ErrorInStream
from chatui.text.error_words import error_words
from chatui.text.foreign_json import read_json
from chatui.text.safety import one_line

MOST_REQUESTS = 50_000
"""Of one batch: OpenAI's limit (https://platform.openai.com/docs/guides/batch); Anthropic's is
twice that."""
MOST_BYTES = 190_000_000
"""Of the requests: OpenAI takes files of 200 MB, Anthropic bodies of 256 MB."""
RESULT_BYTES = 2 << 30
CHAT_PATH = "/v1/chat/completions"
OTHER_PATHS = {"qianfan": "/v2/chat/completions", "zhipuai": "/v4/chat/completions"}
"""What each request of a batch is for, as the provider of that name has it."""
NOT_SPOKEN = frozenset(("mistral", "together", "xai", "zai"))
JSON = {"content-type": "application/json"}
ANTHROPIC_TOKENS = 4096
"""Of an answer whose length nothing bounds: the Messages API wants a limit."""
ANTHROPIC_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop": "stop_sequences",
}
"""The options that the Messages API has, with its names for them."""


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """How far a batch is, in the provider's own word. `over`: nothing more will come; `failure`
    is why nothing came at all, in the provider's words."""

    word: str
    over: bool
    done: int = 0
    total: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What came of the request of that `id`; without `finished` it failed for that `error`."""

    id: str
    text: str = ""
    reasoning: str = ""
    finished: Finished | None = None
    error: str = ""


class BatchEndpoint(Protocol):
    """Raises ModelError subclasses."""

    def left_out(self, options: SamplingOptions) -> tuple[str, ...]:
        """The names of options that are set and that it doesn't take."""
        ...

    def written(self, id: str, model: str, request: ModelRequest) -> bytes:
        """One request, as it is sent."""
        ...

    async def create(self, requests: Sequence[bytes]) -> str:
        """The id of the batch that was made of them; all are for one model."""
        ...

    async def status(self, batch: str) -> BatchStatus: ...

    async def answers(self, batch: str) -> list[BatchAnswer]:
        """Of a batch that is over, in any order, some of them missing."""
        ...


def batch_endpoint(connection: Connection) -> BatchEndpoint:
    """Raises UsageError for a provider whose batches are of a form that isn't spoken here."""
    endpoint = connection.endpoint
    if endpoint.protocol == GEMINI or endpoint.name in NOT_SPOKEN:
        raise UsageError(
            f"chatui doesn't speak the batches of {endpoint.name}: it has a form of its own for "
            "them, or none; leave --provider-batch out."
        )
    if endpoint.name == "anthropic" or endpoint.protocol == MESSAGES:
        return AnthropicBatches(connection)
    return OpenAIBatches(connection)


class OpenAIBatches:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._who = connection.endpoint.name
        self._dialect = first_dialect(connection.endpoint.base_url, self._who)
        self._path = OTHER_PATHS.get(self._who, CHAT_PATH)

    def left_out(self, options: SamplingOptions) -> tuple[str, ...]:
        return self._dialect.left_out(options)

    def written(self, id: str, model: str, request: ModelRequest) -> bytes:
        body = request_body(model, request, self._dialect)
        for key in ("stream", "stream_options"):
            body.pop(key, None)
        line = {"custom_id": id, "method": "POST", "url": self._path, "body": body}
        return json.dumps(line).encode()

    async def create(self, requests: Sequence[bytes]) -> str:
        mark = secrets.token_hex(16)
        content = b"\n".join(requests) + b"\n"
        form = [
            f'--{mark}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'.encode(),
            f'--{mark}\r\ncontent-disposition: form-data; name="file"; filename="batch.jsonl"\r\n'
            "content-type: application/jsonl\r\n\r\n".encode(),
            content,
            f"\r\n--{mark}--\r\n".encode(),
        ]
        kind = {"content-type": f"multipart/form-data; boundary={mark}"}
        uploaded = await self._object("POST", "/files", b"".join(form), kind)
        made = {
            "input_file_id": named(uploaded, "id", self._who),
            "endpoint": self._path,
            "completion_window": "24h",
        }
        batch = await self._object("POST", "/batches", json.dumps(made).encode(), JSON)
        return named(batch, "id", self._who)

    async def status(self, batch: str) -> BatchStatus:
        found = await self._batch(batch)
        word = str(found.get("status") or "unknown")
        counts = part(found, "request_counts")
        failure = ""
        if word == "failed":
            errors = part(found, "errors").get("data")
            first = errors[0] if isinstance(errors, list) and errors else {}
            failure = error_words({"error": first}) or "it gives no reason"
        return BatchStatus(
            word,
            word in {"completed", "failed", "expired", "cancelled"},
            count(counts, "completed") + count(counts, "failed"),
            count(counts, "total"),
            failure,
        )

    async def answers(self, batch: str) -> list[BatchAnswer]:
        found = await self._batch(batch)
        answers = []
        for key in ("output_file_id", "error_file_id"):
            if isinstance(file := found.get(key), str) and file:
                path = f"/files/{quote(file, safe='')}/content"
                content = await asked(self._connection, "GET", path, most=RESULT_BYTES)
                answers += [self._answer(line) for line in lines_of(content)]
        return answers

    def _answer(self, line: Mapping[str, Any]) -> BatchAnswer:
        id, response = str(line.get("custom_id")), part(line, "response")
        body = part(response, "body")
        if line.get("error") or not body or response.get("status_code", 200) != 200:
            told = error_words({"error": line.get("error")} if line.get("error") else body)
            return BatchAnswer(id, error=told or "it gives no reason")
        return read_answer(id, body, self._who)

    async def _batch(self, batch: str) -> Mapping[str, Any]:
        return await self._object("GET", f"/batches/{quote(batch, safe='')}")

    async def _object(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Mapping[str, Any]:
        return await an_object(self._connection, method, path, body=body, headers=headers)


class AnthropicBatches:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._who = connection.endpoint.name

    def left_out(self, options: SamplingOptions) -> tuple[str, ...]:
        return tuple(
            name
            for name in OPTION_FIELDS
            if name not in ANTHROPIC_OPTIONS and getattr(options, name) is not None
        )

    def written(self, id: str, model: str, request: ModelRequest) -> bytes:
        # By its own form for chats, which has a schema in words.
        dialect = first_dialect("https://api.anthropic.com", self._who)
        body = request_body(model, request, dialect)
        messages = body["messages"]
        system = [one["content"] for one in messages if one["role"] == Role.SYSTEM]
        params: dict[str, Any] = {
            "model": model,
            "max_tokens": body.get(dialect.limit_field, ANTHROPIC_TOKENS),
            "messages": [
                {"role": str(one["role"]), "content": one["content"]}
                for one in messages
                if one["role"] != Role.SYSTEM
            ],
        }
        if system:
            params["system"] = "\n\n".join(system)
        options = request.options
        given = {field: getattr(options, name) for name, field in ANTHROPIC_OPTIONS.items()}
        params |= {name: value for name, value in given.items() if value is not None}
        return json.dumps({"custom_id": id, "params": params}).encode()

    async def create(self, requests: Sequence[bytes]) -> str:
        body = b'{"requests":[' + b",".join(requests) + b"]}"
        made = await self._object("POST", "/messages/batches", body)
        return named(made, "id", self._who)

    async def status(self, batch: str) -> BatchStatus:
        found = await self._object("GET", f"/messages/batches/{quote(batch, safe='')}")
        counts = part(found, "request_counts")
        ended = ("succeeded", "errored", "canceled", "expired")
        done = sum(count(counts, name) for name in ended)
        word = str(found.get("processing_status") or "unknown")
        total = done + count(counts, "processing")
        return BatchStatus(word, word == "ended", done, total)

    async def answers(self, batch: str) -> list[BatchAnswer]:
        # Where `results_url` points: the key goes to no address that an answer names.
        content = await asked(
            self._connection,
            "GET",
            f"/messages/batches/{quote(batch, safe='')}/results",
            headers={"anthropic-version": ANTHROPIC_VERSION},
            key_header="x-api-key",
            most=RESULT_BYTES,
        )
        return [self._answer(line) for line in lines_of(content)]

    def _answer(self, line: Mapping[str, Any]) -> BatchAnswer:
        id, result = str(line.get("custom_id")), part(line, "result")
        kind = result.get("type")
        if kind != "succeeded":
            told = error_words(part(result, "error")) if kind == "errored" else f"it was {kind}"
            return BatchAnswer(id, error=told or "it gives no reason")
        message = part(result, "message")
        reason = message.get("stop_reason")
        choice = {
            "message": {"content": message.get("content")},
            "finish_reason": reason or "stop",
        }
        body = {"choices": [choice], "usage": message.get("usage")}
        return read_answer(id, body, self._who)

    async def _object(self, method: str, path: str, body: bytes | None = None) -> Mapping[str, Any]:
        headers = {"anthropic-version": ANTHROPIC_VERSION} | (JSON if body else {})
        return await an_object(
            self._connection, method, path, body=body, headers=headers, key_header="x-api-key"
        )


async def asked(connection: Connection, method: str, path: str, **how: Any) -> bytes:
    """What is answered. `how` is as `Connection.send` has it. Raises ModelError subclasses."""
    try:
        return await connection.send(method, path, **how)
    except UnknownModel as error:
        raise ModelUnavailable(
            f"{connection.endpoint.name} has no such batch, or no batches at all "
            f"({one_line(str(error)).rstrip('.')}); leave --provider-batch out to ask line by line."
        ) from error


async def an_object(
    connection: Connection, method: str, path: str, **how: Any
) -> Mapping[str, Any]:
    """The JSON object that is answered. Raises ModelError subclasses."""
    who, content = connection.endpoint.name, await asked(connection, method, path, **how)
    try:
        value = read_json(content)
    except ValueError as error:
        raise BadResponse(f"{who} sent something that is not valid JSON; try again.") from error
    if not isinstance(value, Mapping):
        raise BadResponse(f"{who} sent something that is no batch; try again.")
    return value


def lines_of(content: bytes) -> Iterator[Mapping[str, Any]]:
    """The objects of JSON lines; what is none, a line that was cut off among them, is missing."""
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        try:
            value = read_json(line)
        except ValueError:
            continue
        if isinstance(value, Mapping):
            yield value


def read_answer(id: str, body: Mapping[str, Any], who: str) -> BatchAnswer:
    """A whole chat completion, read as a stream of one chunk is."""
    reader = ReplyReader(who)
    try:
        events = [*reader.read(StreamEvent(json.dumps(body))), *reader.flush()]
    except ErrorInStream as error:
        return BatchAnswer(id, error=error_words(error.body) or "it gives no reason")
    if not reader.told_reason:
        return BatchAnswer(id, error="its answer is not whole")
    text, reasoning = "", ""
    for event in events:
        if isinstance(event, TextTakenBack):
            text, reasoning = "", reasoning + text
        elif isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, ReasoningDelta):
            reasoning += event.text
    return BatchAnswer(
        id,
        text,
        reasoning,
        reader.outcome(),
    )


def part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inside = value.get(key)
    return inside if isinstance(inside, Mapping) else {}


def count(value: Mapping[str, Any], key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def named(value: Mapping[str, Any], key: str, who: str) -> str:
    """Raises BadResponse where it has none."""
    found = value.get(key)
    if not isinstance(found, str) or not found:
        raise BadResponse(f"{who} took the batch and gave no {key} for it; try again.")
    return found
