"""The protocols that endpoints are asked by: what goes out, and how what comes back is read.

Each is a module of its own that writes a request from our values, and reads its events into chunks
of chat completions, which `ReplyReader` takes. A new one is a class here or beside this module, a
name in `endpoint.Api` and a line in `protocol_of`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from chatui.models.base import ModelInfo, ModelRequest, SamplingOptions
from chatui.models.hosted import ollama
from chatui.models.hosted.anthropic_messages import AnthropicMessages, CountingCall
from chatui.models.hosted.chat_request import request_fields, without_stream
from chatui.models.hosted.dialect import Dialect, first_dialect, native_dialect, next_dialect
from chatui.models.hosted.endpoint import MESSAGES, OLLAMA_CHAT, Api, Endpoint
from chatui.models.hosted.reply_reader import CommonForm, as_it_is
from chatui.models.hosted.response_body import events_of
from chatui.models.hosted.too_long import is_too_long

if TYPE_CHECKING:
    import httpx2

    from chatui.models.hosted.event_stream import StreamEvent
    from chatui.models.hosted.patience import Patience
    from chatui.models.hosted.request_text import RequestTexts

CHAT_PATH = "/chat/completions"
REFUSALS = (400, 415, 422, 500, 501)
"""Statuses that servers answer an unknown field with; llama.cpp's Python server takes 500."""
WRONG_REQUEST = (400, 422)


class WireProtocol(Protocol):
    """How an endpoint is asked, and how its answer is read. Holds no state of a call."""

    def first(self, model: str) -> Dialect:
        """The form of a request that is tried first."""
        ...

    def address(self, request: ModelRequest, dialect: Dialect) -> str:
        """Below the base URL; the whole address where it is served elsewhere."""
        ...

    def left_out(self, model: str, options: SamplingOptions, dialect: Dialect) -> tuple[str, ...]:
        """The names of the options that are set and not said."""
        ...

    def fields(self, info: ModelInfo, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
        """A streamed call without its messages."""
        ...

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        """The same call, to be answered whole and with as little as can be."""
        ...

    def body(
        self,
        texts: RequestTexts,
        fields: Mapping[str, Any],
        request: ModelRequest,
        dialect: Dialect,
    ) -> bytes:
        """All of it as JSON."""
        ...

    def counting(
        self, info: ModelInfo, request: ModelRequest, dialect: Dialect
    ) -> CountingCall | None:
        """How the tokens of a prompt are asked for; None where nobody answers that."""
        ...

    def events(
        self, response: httpx2.Response, patience: Patience
    ) -> AsyncGenerator[StreamEvent, None]:
        """The parts of an answer as they come."""
        ...

    def common(self) -> CommonForm:
        """For the events of one answer."""
        ...

    def may_bend(self, status: int, words: str, options: SamplingOptions) -> bool:
        """Whether a refusal may be of the form and not of what was asked."""
        ...

    def next_form(
        self,
        dialect: Dialect,
        status: int,
        words: str,
        fields: Mapping[str, Any],
        request: ModelRequest,
    ) -> Dialect | None:
        """The form to try after a refusal, which may be one of another protocol; None where the
        form is not to blame."""
        ...


@dataclass(frozen=True, slots=True)
class ChatCompletions:
    """OpenAI's, which nearly everyone follows in a way of their own: see `dialect`."""

    endpoint: Endpoint

    def first(self, model: str) -> Dialect:
        return first_dialect(self.endpoint.base_url, self.endpoint.name, model)

    def address(self, request: ModelRequest, dialect: Dialect) -> str:
        prefill = dialect.prefill
        if not request.begun or prefill is None or not prefill.root:
            return CHAT_PATH
        return urlsplit(self.endpoint.http_url)._replace(path=prefill.root + CHAT_PATH).geturl()

    def left_out(self, model: str, options: SamplingOptions, dialect: Dialect) -> tuple[str, ...]:
        return dialect.left_out(options)

    def fields(self, info: ModelInfo, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
        return request_fields(info.model, request, dialect)

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        return without_stream(fields, dialect)

    def body(
        self,
        texts: RequestTexts,
        fields: Mapping[str, Any],
        request: ModelRequest,
        dialect: Dialect,
    ) -> bytes:
        return texts.text(fields, request, dialect)

    def counting(
        self, info: ModelInfo, request: ModelRequest, dialect: Dialect
    ) -> CountingCall | None:
        return None

    def events(
        self, response: httpx2.Response, patience: Patience
    ) -> AsyncGenerator[StreamEvent, None]:
        return events_of(response, self.endpoint, patience)

    def common(self) -> CommonForm:
        return as_it_is

    def may_bend(self, status: int, words: str, options: SamplingOptions) -> bool:
        return status in REFUSALS and not is_too_long(words)

    def next_form(
        self,
        dialect: Dialect,
        status: int,
        words: str,
        fields: Mapping[str, Any],
        request: ModelRequest,
    ) -> Dialect | None:
        of_request = status in WRONG_REQUEST
        return next_dialect(dialect, words, fields, begun=request.begun, of_request=of_request)


@dataclass(frozen=True, slots=True)
class OllamaChat(ChatCompletions):
    """Ollama's own, which falls back to the common one where it is not served."""

    def first(self, model: str) -> Dialect:
        return native_dialect(ChatCompletions(self.endpoint).first(model))

    def address(self, request: ModelRequest, dialect: Dialect) -> str:
        return self.endpoint.root + ollama.CHAT

    def fields(self, info: ModelInfo, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
        return ollama.chat_fields(info.model, request, dialect, self.endpoint)

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        return ollama.without_stream(fields)

    def events(
        self, response: httpx2.Response, patience: Patience
    ) -> AsyncGenerator[StreamEvent, None]:
        return ollama.lines_of(response, self.endpoint, patience)

    def common(self) -> CommonForm:
        return ollama.in_common_form

    def may_bend(self, status: int, words: str, options: SamplingOptions) -> bool:
        return status in (*REFUSALS, *ollama.NOT_SERVED) and not is_too_long(words)

    def next_form(
        self,
        dialect: Dialect,
        status: int,
        words: str,
        fields: Mapping[str, Any],
        request: ModelRequest,
    ) -> Dialect | None:
        usual = ChatCompletions(self.endpoint).first(str(fields.get("model")))
        return ollama.next_form(dialect, usual, status, words, fields)


def protocol_of(api: Api, endpoint: Endpoint) -> WireProtocol:
    if api == MESSAGES:
        return AnthropicMessages(endpoint)
    if api == OLLAMA_CHAT:
        return OllamaChat(endpoint)
    return ChatCompletions(endpoint)
