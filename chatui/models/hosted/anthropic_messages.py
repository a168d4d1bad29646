"""Anthropic's Messages API, as values in and values out.

Their compatible endpoint keeps no prompts, ignores schemas and shows no thoughts
(https://platform.claude.com/docs/en/api/openai-sdk). Requests and answers are those of
https://platform.claude.com/docs/en/api/messages/create, the events those of
https://platform.claude.com/docs/en/build-with-claude/streaming, and what is kept of a prompt is
marked by the rules of https://platform.claude.com/docs/en/build-with-claude/prompt-caching.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from chatui.domain.conversation import Message, Role
from chatui.models.base import ModelInfo, ModelRequest, SamplingOptions
from chatui.models.hosted.cache_marks import CACHE_CONTROL, cache_mark, marked
from chatui.models.hosted.chat_request import (
    before_the_question,
    message_body,
    question_bodies,
    told_messages,
)
from chatui.models.hosted.claude import LEAST_BUDGET, ClaudeModel, claude
from chatui.models.hosted.dialect import Dialect, Prefill
from chatui.models.hosted.endpoint import MESSAGES
from chatui.models.hosted.reply_reader import CommonForm
from chatui.models.hosted.request_text import MessageForm, RequestTexts
from chatui.models.hosted.schema_modes import CLAUDE, sent
from chatui.models.hosted.too_long import is_too_long
from chatui.models.hosted.wire import (
    WRONG_REQUEST,
    CountingCall,
    RefusedForm,
    WireCall,
    WireProtocol,
)

PATH = "/messages"
COUNT_PATH = "/messages/count_tokens"
COUNTED = frozenset(("model", "system", "thinking", "output_config"))
"""The fields that say something where a prompt is only counted."""
UNKNOWN_FIELDS = frozenset(
    ("min_p", "repeat_penalty", "repetition_penalty", "presence_penalty", "frequency_penalty",
     "seed", "grammar")
)  # fmt: skip
"""What no model takes, by our names."""
SAMPLING = frozenset(("temperature", "top_p", "top_k"))
OPTION_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop": "stop_sequences",
}
"""Sampling options, and the fields that say them."""
PARTS = {"content_block_start": "content_block", "content_block_delta": "delta"}
"""Where the events of a block have what they bring."""
SAY_NOTHING: Mapping[str, Mapping[str, Any]] = {
    "ping": {},
    "content_block_stop": {},
    "message_stop": {"done": True},
}
BLOCKS = MessageForm("messages", partial(message_body, api=MESSAGES))
LEAST_TOP_P = 0.95
"""While a model thinks, no less is taken."""
LARGEST_REPLY = r"max_tokens: \d{1,12} > (\d{1,9})"
"""How a reply that is longer than a model's limit is refused."""
NO_ROOM = r"input length and `max_tokens` exceed context limit: (\d{1,9}) \+ \d{1,9} > (\d{1,9})"
"""How models before Claude 4.5 refuse a prompt beside which the longest reply has no room."""


@dataclass(frozen=True, slots=True)
class AnthropicMessages(WireProtocol):
    def first(self, model: str) -> Dialect:
        facts = claude(model)
        without = UNKNOWN_FIELDS
        if facts.sampling == "none":
            without |= SAMPLING
        if facts.thinking == "none":
            without |= {"reasoning_effort"}
        return Dialect(
            stream_options=False,
            schema_format="json_schema" if facts.schemas else "words",
            without=without,
            prefill=Prefill(trimmed=True) if facts.prefill else None,
            mode=CLAUDE,
            api=MESSAGES,
        )

    def address(self, call: WireCall) -> str:
        return PATH

    def left_out(self, call: WireCall) -> tuple[str, ...]:
        options, dialect = call.request.options, call.dialect
        told = _sampling(claude(call.info.model), options, dialect)
        unsaid = (
            name
            for name in ("temperature", "top_p", "top_k")
            if getattr(options, name) is not None and name not in told
        )
        return tuple(dict.fromkeys((*unsaid, *dialect.left_out(options))))

    def fields(self, call: WireCall) -> dict[str, Any]:
        """All of a streamed call but its messages. A limit is always sent: without one of the
        user's, that of the model."""
        info, request, dialect = call.info, call.request, call.dialect
        facts, options = claude(info.model), request.options
        limit = _limit(info, facts, options, dialect)
        told = _sampling(facts, options, dialect)
        body: dict[str, Any] = {"model": info.model, "max_tokens": limit, "stream": True}
        if system := self._system(told_messages(request, dialect), dialect):
            body["system"] = system
        body |= {OPTION_NAMES[name]: value for name, value in told.items()}
        if (thoughts := _thoughts(facts, options, limit, dialect)) is not None:
            body["thinking"] = thoughts
        if config := _output_config(facts, request, limit, dialect):
            body["output_config"] = config
        return body

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        kept = {name: value for name, value in fields.items() if name != "thinking"}
        return {**kept, "stream": False, "max_tokens": 1}

    def body(self, call: WireCall, fields: Mapping[str, Any], texts: RequestTexts) -> bytes:
        """With a mark behind the last message before the question: what stands there comes again
        with the next one, which a question between its passages does not."""
        request, dialect = call.request, call.dialect
        before, behind = before_the_question(
            one for one in told_messages(request, dialect) if one.role is not Role.SYSTEM
        )
        last = question_bodies(behind, request, dialect)
        if before and (mark := self._mark(dialect)):
            before, last = before[:-1], [marked(message_body(before[-1], MESSAGES), mark), *last]
        return texts.written(fields, before, last, BLOCKS)

    def counting(self, call: WireCall) -> CountingCall | None:
        """https://platform.claude.com/docs/en/build-with-claude/token-counting: free, and what is
        said there may differ by a little from what is billed."""
        counted = {name: value for name, value in self.fields(call).items() if name in COUNTED}
        # Texts of its own: what was written for the last answer is still of use for the next.
        return CountingCall(COUNT_PATH, self.body(call, counted, RequestTexts()))

    def common(self) -> CommonForm:
        return MessageEvents()

    def may_bend(self, call: WireCall, status: int, words: str) -> bool:
        if status not in WRONG_REQUEST:
            return False
        return not is_too_long(words) or _most(words, call.request.options) is not None

    def next_form(self, call: WireCall, refused: RefusedForm) -> Dialect | None:
        """The form to try after a refusal that names a field; None where the form is not to
        blame."""
        dialect, words, fields = call.dialect, refused.words, refused.fields
        if (most := _most(words, call.request.options)) is not None:
            return replace(dialect, most=most)
        if "prefill" in words or "end with a user message" in words:
            return replace(dialect, prefill=None)
        config = fields.get("output_config", {})
        if "format" in config and re.search(r"output_config|output_format|schema", words):
            return replace(dialect, schema_format="words")
        named: tuple[str, ...] = ()
        if CACHE_CONTROL in words:
            named = (CACHE_CONTROL,)
        elif "thinking" in fields and "thinking" in words:
            named = ("thinking", "reasoning_effort")
        elif "effort" in config and "effort" in words:
            named = ("effort", "reasoning_effort")
        else:
            sent_as = OPTION_NAMES.items()
            named = tuple(name for name, key in sent_as if key in fields and key in words)
        return replace(dialect, without=dialect.without.union(named)) if named else None

    def _system(self, told: Sequence[Message], dialect: Dialect) -> list[dict[str, Any]]:
        """The system prompt as blocks, with a mark behind it."""
        bodies = (message_body(one) for one in told if one.role is Role.SYSTEM)
        blocks = [{"type": "text", "text": one["content"]} for one in bodies if one["content"]]
        if blocks and blocks[-1]["text"].strip():
            blocks[-1] |= self._mark(dialect)
        return blocks

    def _mark(self, dialect: Dialect) -> dict[str, Any]:
        return {} if CACHE_CONTROL in dialect.without else cache_mark(self.endpoint.prompt_cache)


class MessageEvents:
    """The events of one reply as chunks of chat completions. What is reported at the beginning and
    at the end is one report: each of them has counts that the other one lacks."""

    def __init__(self) -> None:
        self._usage: dict[str, Any] = {}

    def __call__(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        kind = event.get("type")
        if kind == "message_start":
            message = _part(event, "message")
            return {"model": message.get("model"), **self._report(message.get("usage"))}
        if kind in ("content_block_start", "content_block_delta"):
            return _delta(_part(event, PARTS[kind]))
        if kind == "message_delta":
            reason = _reason(_part(event, "delta"))
            ended = {"choices": [{"delta": {}, "finish_reason": reason}]} if reason else {}
            return {**ended, **self._report(event.get("usage"))}
        if kind == "message":
            choice = {"message": {"content": event.get("content")}, "finish_reason": _reason(event)}
            told = {"model": event.get("model"), "choices": [choice]}
            return {**told, **self._report(event.get("usage"))}
        return SAY_NOTHING.get(str(kind), event)

    def _report(self, usage: object) -> dict[str, Any]:
        if not isinstance(usage, Mapping):
            return {}
        # A count that is null at the end was told at the beginning.
        self._usage |= {name: value for name, value in usage.items() if value is not None}
        tier = self._usage.get("service_tier")
        # What a batch or the usual class costs is known without its word.
        told = {"service_tier": tier} if tier not in (None, "standard", "batch") else {}
        return {"usage": dict(self._usage), **told}


def _delta(part: Mapping[str, Any]) -> dict[str, Any]:
    """A block that begins, or what comes to it. Signatures and arguments of tools say nothing."""
    kind = str(part.get("type") or "")
    if kind in ("text", "text_delta"):
        delta: dict[str, Any] = {"content": part.get("text")}
    elif kind in ("thinking", "thinking_delta"):
        delta = {"reasoning": part.get("thinking")}
    elif kind.endswith("tool_use"):
        delta = {"tool_calls": [part]}
    else:
        return {}
    return {"choices": [{"delta": delta, "finish_reason": None}]}


def _reason(part: Mapping[str, Any]) -> str | None:
    """Why it ended; with a refusal, what the classifier took it for."""
    reason = part.get("stop_reason")
    category = _part(part, "stop_details").get("category")
    if reason == "refusal" and isinstance(category, str) and category:
        return f"{reason}: {category}"
    return reason if isinstance(reason, str) else None


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inside = value.get(key)
    return inside if isinstance(inside, Mapping) else {}


def _limit(info: ModelInfo, facts: ClaudeModel, options: SamplingOptions, dialect: Dialect) -> int:
    most = dialect.most or info.max_output or facts.max_output
    return min(options.max_output_tokens or most, most)


def _thoughts(
    facts: ClaudeModel, options: SamplingOptions, limit: int, dialect: Dialect
) -> dict[str, Any] | None:
    if "thinking" in dialect.without:
        return None
    return facts.thoughts(options.reasoning_effort, limit)


def _sampling(facts: ClaudeModel, options: SamplingOptions, dialect: Dialect) -> dict[str, Any]:
    """The options that are said, by our names. While a model thinks it takes no temperature and no
    top_k; Opus 4.1 and those after it take one of temperature and top_p."""
    limit = options.max_output_tokens or 2 * LEAST_BUDGET
    thoughts = _thoughts(facts, options, limit, dialect)
    thinks = thoughts is not None and thoughts["type"] in ("enabled", "adaptive")
    told: dict[str, Any] = {}
    for name in OPTION_NAMES:
        value = getattr(options, name)
        if value is not None and name not in dialect.without:
            told[name] = list(value) if name == "stop" else value
    if thinks:
        told.pop("temperature", None)
        told.pop("top_k", None)
        if told.get("top_p", 1) < LEAST_TOP_P:
            del told["top_p"]
    elif facts.sampling == "one" and "temperature" in told:
        told.pop("top_p", None)
    return told


def _output_config(
    facts: ClaudeModel, request: ModelRequest, limit: int, dialect: Dialect
) -> dict[str, Any]:
    config: dict[str, Any] = {}
    options = request.options
    effort = facts.effort(options.reasoning_effort, limit)
    if effort is not None and dialect.without.isdisjoint(("effort", "reasoning_effort")):
        config["effort"] = effort
    schema = options.json_schema
    # A reply whose beginning is given can't be held to a schema.
    begun = request.begun and dialect.prefill is not None
    if schema is not None and dialect.schema_format == "json_schema" and not begun:
        found = sent(schema, dialect.mode)
        if found is not None:
            config["format"] = {"type": "json_schema", "schema": dict(found.schema)}
    return config


def _most(words: str, options: SamplingOptions) -> int | None:
    """The longest reply that may be asked for, where the refusal says that it was too long and it
    is not the user who wanted it so."""
    if (found := re.search(LARGEST_REPLY, words)) is not None:
        return int(found[1]) or None
    if options.max_output_tokens is None and (found := re.search(NO_ROOM, words)) is not None:
        room = int(found[2]) - int(found[1])
        return room if room > LEAST_BUDGET else None
    return None
