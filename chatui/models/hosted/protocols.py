"""Which protocol an endpoint is asked by, and Ollama's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatui.models.hosted import ollama
from chatui.models.hosted.anthropic_messages import AnthropicMessages
from chatui.models.hosted.chat_completions import REFUSALS, ChatCompletions
from chatui.models.hosted.dialect import Dialect, native_dialect
from chatui.models.hosted.endpoint import (
    GEMINI,
    MESSAGES,
    OLLAMA_CHAT,
    OPENROUTER,
    RESPONSES,
    Api,
    Endpoint,
)
from chatui.models.hosted.generate_content import GenerateContent
from chatui.models.hosted.openrouter import OpenRouterChat
from chatui.models.hosted.reply_reader import CommonForm
from chatui.models.hosted.responses import Responses
from chatui.models.hosted.too_long import is_too_long
from chatui.models.hosted.wire import RefusedForm, WireCall, WireProtocol

if TYPE_CHECKING:
    import httpx2

    from chatui.models.hosted.event_stream import StreamEvent
    from chatui.models.hosted.patience import Patience


@dataclass(frozen=True, slots=True)
class OllamaChat(ChatCompletions):
    """Ollama's own, which falls back to the common one where it is not served."""

    def first(self, model: str) -> Dialect:
        return native_dialect(ChatCompletions(self.endpoint).first(model))

    def address(self, call: WireCall) -> str:
        return self.endpoint.root + ollama.CHAT

    def fields(self, call: WireCall) -> dict[str, Any]:
        return ollama.chat_fields(call.info.model, call.request, call.dialect, self.endpoint)

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        return ollama.without_stream(fields)

    def events(
        self, response: httpx2.Response, patience: Patience
    ) -> AsyncGenerator[StreamEvent, None]:
        return ollama.lines_of(response, self.endpoint, patience)

    def common(self) -> CommonForm:
        return ollama.in_common_form

    def may_bend(self, call: WireCall, status: int, words: str) -> bool:
        return status in (*REFUSALS, *ollama.NOT_SERVED) and not is_too_long(words)

    def next_form(self, call: WireCall, refused: RefusedForm) -> Dialect | None:
        usual = ChatCompletions(self.endpoint).first(call.info.model)
        return ollama.next_form(call.dialect, usual, refused.status, refused.words, refused.fields)


PROTOCOLS: Mapping[Api, Callable[[Endpoint], WireProtocol]] = {
    MESSAGES: AnthropicMessages,
    GEMINI: GenerateContent,
    OLLAMA_CHAT: OllamaChat,
    OPENROUTER: OpenRouterChat,
    RESPONSES: Responses,
}
"""Those that are not chat completions."""


def protocol_of(api: Api, endpoint: Endpoint) -> WireProtocol:
    return PROTOCOLS.get(api, ChatCompletions)(endpoint)
