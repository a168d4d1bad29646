"""Gemini's own API, as values in and values out.

Their compatible endpoint reads the same cache, but shows no thoughts, tells the tokens of thinking
as a difference of its sums and lists models without their sizes. Requests and answers are those of
https://ai.google.dev/api/generate-content, prompts are counted by https://ai.google.dev/api/tokens.
The key goes into a header, never into the address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from chatui.domain.conversation import Message, Role
from chatui.models.base import GO_ON, ModelInfo, SamplingOptions
from chatui.models.hosted.chat_request import sendable, told_messages
from chatui.models.hosted.dialect import Dialect
from chatui.models.hosted.endpoint import GEMINI
from chatui.models.hosted.gemini import gemini
from chatui.models.hosted.media_parts import inline_parts
from chatui.models.hosted.reply_reader import CommonForm
from chatui.models.hosted.request_text import MessageForm, RequestTexts
from chatui.models.hosted.schema_modes import GEMINI as GEMINI_SCHEMAS
from chatui.models.hosted.schema_modes import sent
from chatui.models.hosted.wire import CountingCall, RefusedForm, WireCall, WireProtocol

OPTION_NAMES = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "seed": "seed",
    "stop": "stopSequences",
}
"""Sampling options, and the fields of `generationConfig` that say them."""
NOT_TAKEN = frozenset(("min_p", "repeat_penalty", "repetition_penalty", "grammar"))
PENALTIES = ("presence_penalty", "frequency_penalty")
COLLECTIONS = ("models/", "tunedModels/")
"""What names begin with that say where they are served."""
UNSPECIFIED = "FINISH_REASON_UNSPECIFIED"
ABOUT_SCHEMA = r"(?i)schema|json mode|mime[_ ]?type|too many states"
PART = re.compile("[A-Z]")


@dataclass(frozen=True, slots=True)
class GenerateContent(WireProtocol):
    def first(self, model: str) -> Dialect:
        return Dialect(stream_options=False, without=NOT_TAKEN, mode=GEMINI_SCHEMAS, api=GEMINI)

    def address(self, call: WireCall) -> str:
        return f"/{_resource(call.info.model)}:streamGenerateContent?alt=sse"

    def left_out(self, call: WireCall) -> tuple[str, ...]:
        silent = gemini(call.info.model, call.info.thinks).thinking == "none"
        effort = ("reasoning_effort",) if silent and call.request.options.reasoning_effort else ()
        return tuple(dict.fromkeys((*WireProtocol.left_out(self, call), *effort)))

    def fields(self, call: WireCall) -> dict[str, Any]:
        """All of a call but its messages, and the model, which the address names."""
        body: dict[str, Any] = {}
        if parts := _system(told_messages(call.request, call.dialect)):
            body["systemInstruction"] = {"parts": parts}
        if config := _config(call):
            body["generationConfig"] = config
        if tier := self.tier(call).get("service_tier"):
            body["serviceTier"] = tier
        return body

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        """As it is asked for, but with as little as can be: the address says that it streams."""
        config = {**fields.get("generationConfig", {}), "maxOutputTokens": 1}
        config.pop("thinkingConfig", None)
        return {**fields, "generationConfig": config}

    def body(self, call: WireCall, fields: Mapping[str, Any], texts: RequestTexts) -> bytes:
        messages = told_messages(call.request, call.dialect)
        told = tuple(one for one in messages if one.role is not Role.SYSTEM)
        last = [content(one) for one in told[-1:]]
        if call.request.begun:
            last.append(content(Message(Role.USER, GO_ON)))
        return texts.written(fields, told[:-1], last, CONTENTS)

    def counting(self, call: WireCall) -> CountingCall | None:
        """https://ai.google.dev/api/tokens: free, of all that the prompt is made of."""
        place = _resource(call.info.model)
        fields = self.fields(call)
        for name in ("generationConfig", "serviceTier"):
            fields.pop(name, None)
        # Texts of its own: what was written for the last answer is still of use for the next.
        body = self.body(call, {"model": place, **fields}, RequestTexts())
        wrapped = b'{"generateContentRequest":%s}' % body
        return CountingCall(f"/{place}:countTokens", wrapped, "totalTokens")

    def common(self) -> CommonForm:
        return ContentEvents()

    def next_form(self, call: WireCall, refused: RefusedForm) -> Dialect | None:
        """The form to try after a refusal that names a field; None where the form is not to
        blame."""
        dialect, words = call.dialect, refused.words
        if "serviceTier" in refused.fields and _names(words, "serviceTier"):
            return replace(dialect, without=dialect.without | {"service_tier"})
        config = refused.fields.get("generationConfig", {})
        if "responseMimeType" in config and re.search(ABOUT_SCHEMA, words):
            has_schema = "responseJsonSchema" in config and "JSON mode" not in words
            return replace(dialect, schema_format="json_object" if has_schema else "words")
        if "thinkingConfig" in config and re.search("(?i)thinking|thoughts", words):
            told = config["thinkingConfig"].keys() - {"includeThoughts"}
            least = {"reasoning_effort"} if told else {"reasoning_effort", "thinking"}
            return replace(dialect, without=dialect.without | least)
        named = {name for name, key in OPTION_NAMES.items() if key in config and _names(words, key)}
        if re.search("(?i)penalty is not", words):
            named.update(name for name in PENALTIES if OPTION_NAMES[name] in config)
        return replace(dialect, without=dialect.without | named) if named else None


def content(message: Message) -> dict[str, Any]:
    role = "model" if message.role is Role.ASSISTANT else "user"
    parts = inline_parts(message.media)
    if message.content or not parts:
        parts.append({"text": sendable(message.content)})
    return {"role": role, "parts": parts}


CONTENTS = MessageForm("contents", content)


class ContentEvents:
    """The events of one reply as chunks of chat completions. Each has all counts that are known
    when it is sent, so what one of them leaves out was told before."""

    def __init__(self) -> None:
        self._usage: dict[str, Any] = {}

    def __call__(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        candidates, feedback = event.get("candidates"), event.get("promptFeedback")
        blocked = _blocked(feedback) if isinstance(feedback, Mapping) else None
        if not isinstance(candidates, list) and not blocked and "usageMetadata" not in event:
            return event
        told: dict[str, Any] = {"model": event.get("modelVersion"), **self._report(event)}
        if first := next(iter(_objects(candidates)), None):
            told["choices"] = [{"delta": _delta(first), "finish_reason": _reason(first)}]
        elif blocked:
            told["choices"] = [{"delta": {}, "finish_reason": blocked}]
        return told

    def _report(self, event: Mapping[str, Any]) -> dict[str, Any]:
        usage = event.get("usageMetadata")
        if not isinstance(usage, Mapping):
            return {}
        self._usage |= {name: value for name, value in usage.items() if value is not None}
        tier = str(self._usage.get("serviceTier") or "").lower().removeprefix("service_tier_")
        return {"usage": dict(self._usage), **({"service_tier": tier} if tier else {})}


def _resource(model: str) -> str:
    name = model if model.startswith(COLLECTIONS) else f"models/{model}"
    return quote(name, safe="/")


def _system(told: Sequence[Message]) -> list[dict[str, Any]]:
    texts = (sendable(one.content) for one in told if one.role is Role.SYSTEM)
    return [{"text": text} for text in texts if text]


def _config(call: WireCall) -> dict[str, Any]:
    info, options, dialect = call.info, call.request.options, call.dialect
    config: dict[str, Any] = {}
    if (limit := options.max_output_tokens) is not None:
        config["maxOutputTokens"] = min(limit, info.max_output or limit)
    for name, key in OPTION_NAMES.items():
        value = getattr(options, name)
        if value is not None and name not in dialect.without:
            config[key] = list(value) if name == "stop" else value
    if (thoughts := _thoughts(info, options, dialect)) is not None:
        config["thinkingConfig"] = thoughts
    schema = options.json_schema
    if schema is not None and dialect.schema_format != "words":
        found = sent(schema, dialect.mode) if dialect.schema_format == "json_schema" else None
        config["responseMimeType"] = "application/json"
        if found is not None:
            config["responseJsonSchema"] = dict(found.schema)
    return config


def _thoughts(info: ModelInfo, options: SamplingOptions, dialect: Dialect) -> dict[str, Any] | None:
    if "thinking" in dialect.without:
        return None
    facts = gemini(info.model, info.thinks)
    thoughts = facts.thoughts(options.reasoning_effort, options.max_output_tokens)
    if thoughts is not None and "reasoning_effort" in dialect.without:
        # The effort was refused: it thinks as it likes, and what it thinks is still shown.
        return {"includeThoughts": True}
    return thoughts


def _delta(candidate: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an answer and of what was thought; pictures and signatures say nothing."""
    inside = candidate.get("content")
    parts = _objects(inside.get("parts")) if isinstance(inside, Mapping) else []
    texts = [
        (one.get("thought") is True, one["text"])
        for one in parts
        if isinstance(one.get("text"), str)
    ]
    delta: dict[str, Any] = {
        "reasoning": "".join(text for thought, text in texts if thought),
        "content": "".join(text for thought, text in texts if not thought),
    }
    if calls := [one["functionCall"] for one in parts if one.get("functionCall")]:
        delta["tool_calls"] = calls
    return delta


def _reason(candidate: Mapping[str, Any]) -> str | None:
    """Why it ended; behind it what Google says of that, or what the answer was held for."""
    reason = candidate.get("finishReason")
    if not isinstance(reason, str) or reason in ("", UNSPECIFIED):
        return None
    ratings = _objects(candidate.get("safetyRatings"))
    blocked = [str(one.get("category")) for one in ratings if one.get("blocked") is True]
    detail = candidate.get("finishMessage") or ", ".join(blocked)
    return f"{reason}: {detail}" if detail and isinstance(detail, str) else reason


def _objects(listed: object) -> list[Mapping[str, Any]]:
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def _blocked(feedback: Mapping[str, Any]) -> str | None:
    """What is said in the place of an answer to a prompt that is not taken."""
    reason = feedback.get("blockReason")
    if not isinstance(reason, str) or not reason:
        return None
    message = feedback.get("blockReasonMessage")
    return f"content_filter: {message if isinstance(message, str) and message else reason}"


def _names(words: str, field: str) -> bool:
    """Whether words speak of a field, as it is written (topK) or in words (top_k, top k)."""
    spaced = PART.sub(lambda found: f"[_ ]?{found[0]}", field)
    return re.search(rf"(?i)\b{spaced}\b", words) is not None
