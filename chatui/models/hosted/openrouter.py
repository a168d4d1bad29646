"""What OpenRouter has beside the chat completions that it serves of many makers, as values.

- Marks for what is to be kept: https://openrouter.ai/docs/guides/best-practices/prompt-caching
- Who may serve a model: https://openrouter.ai/docs/guides/routing/provider-selection
- Reasoning: https://openrouter.ai/docs/guides/best-practices/reasoning-tokens
- Usage with its cost: https://openrouter.ai/docs/cookbook/administration/usage-accounting. It comes
  unasked there by now; older gateways of this form send it to whoever asks.
- Errors, also behind half an answer: https://openrouter.ai/docs/api/reference/errors-and-debugging
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chatui.cost.cache_rules import claude_name, gemini_name
from chatui.domain.conversation import Message, Role
from chatui.models.hosted.cache_marks import CACHE_CONTROL, cache_mark, marked
from chatui.models.hosted.chat_completions import ChatCompletions
from chatui.models.hosted.chat_request import (
    before_the_question,
    message_body,
    question_bodies,
    told_messages,
)
from chatui.models.hosted.dialect import Dialect, first_dialect
from chatui.models.hosted.endpoint import OPENROUTER
from chatui.models.hosted.reply_reader import CommonForm
from chatui.models.hosted.request_text import MessageForm, RequestTexts
from chatui.models.hosted.wire import RefusedForm, WireCall

ADDRESS = "https://openrouter.ai/api/v1"
TOLD_MORE = ("content_filter", "error")
"""Reasons to stop that say less than the word of whoever serves the model."""


@dataclass(frozen=True, slots=True)
class OpenRouterChat(ChatCompletions):
    def first(self, model: str) -> Dialect:
        usual = first_dialect(ADDRESS, self.endpoint.name, model)
        return replace(usual, stream_options=False, api=OPENROUTER)

    def fields(self, call: WireCall) -> dict[str, Any]:
        body = {**ChatCompletions.fields(self, call), "usage": {"include": True}}
        if call.request.cache_key and self.endpoint.prompt_cache != "off":
            # Whoever holds the conversation's cache is asked again.
            body["session_id"] = call.request.cache_key
        if self.endpoint.routing:
            body["provider"] = dict(self.endpoint.routing)
        effort = body.pop("reasoning_effort", None)
        reasoning = dict(self.endpoint.reasoning)
        if effort is not None:
            # One of the two, not both.
            reasoning.pop("max_tokens", None)
            reasoning["effort"] = effort
        if reasoning and "reasoning" not in call.dialect.without:
            body["reasoning"] = reasoning
        return body

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        kept = ChatCompletions.without_stream(self, fields, dialect)
        kept.pop("reasoning", None)
        return kept

    def body(self, call: WireCall, fields: Mapping[str, Any], texts: RequestTexts) -> bytes:
        """Claude keeps what is marked: the system prompt, and what stands before the question. Of
        Gemini's marks the last one counts, and what it stands behind is written anew, as a whole,
        wherever it moves: so it is the system prompt's. OpenAI's marks are its own."""
        told = told_messages(call.request, call.dialect)
        claude, gemini = claude_name(call.info.model), gemini_name(call.info.model)
        mark = self._mark(call.dialect) if claude or gemini else {}
        if not mark:
            return ChatCompletions.body(self, call, fields, texts)
        system = next((one for one in reversed(told) if one.role is Role.SYSTEM), None)
        form = MessageForm("messages", MarkedBody(system, tuple(mark.items())))
        before, behind = before_the_question(told)
        last = question_bodies(behind, call.request, call.dialect)
        if claude and before:
            last = [marked(message_body(before[-1]), mark), *last]
            before = before[:-1]
        return texts.written(fields, before, last, form)

    def common(self) -> CommonForm:
        return with_who_served

    def next_form(self, call: WireCall, refused: RefusedForm) -> Dialect | None:
        named: set[str] = set()
        if CACHE_CONTROL in refused.words:
            named = {CACHE_CONTROL}
        elif "reasoning" in refused.fields and "reasoning" in refused.words.lower():
            named = {"reasoning", "reasoning_effort"}
        if named - call.dialect.without:
            return replace(call.dialect, without=call.dialect.without | named)
        return ChatCompletions.next_form(self, call, refused)

    def _mark(self, dialect: Dialect) -> dict[str, Any]:
        return {} if CACHE_CONTROL in dialect.without else cache_mark(self.endpoint.prompt_cache)


@dataclass(frozen=True, slots=True)
class MarkedBody:
    """Writes messages, with a mark behind one of them. Equal ones write the same."""

    behind: Message | None
    mark: tuple[tuple[str, Any], ...]

    def __call__(self, message: Message) -> dict[str, Any]:
        body = message_body(message)
        return marked(body, dict(self.mark)) if message == self.behind else body


def with_who_served(chunk: Mapping[str, Any]) -> Mapping[str, Any]:
    """A chunk whose usage names who served the model, and whose reason to stop has that one's own
    word behind it where it says more."""
    told = dict(chunk)
    usage, provider = chunk.get("usage"), chunk.get("provider")
    if isinstance(usage, Mapping) and isinstance(provider, str):
        told["usage"] = {**usage, "provider": provider}
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(first, Mapping):
        reason, own = first.get("finish_reason"), first.get("native_finish_reason")
        if reason in TOLD_MORE and isinstance(own, str) and own not in ("", reason):
            told["choices"] = [{**first, "finish_reason": f"{reason}: {own}"}]
    return told
