"""OpenAI's Responses API, as values in and values out.

What is published of it: https://developers.openai.com/api/reference/resources/responses and the
types of the `openai` package (`openai.types.responses`). Nothing is stored there (`store`), and
reasoning is never sent back. `prompt_marks` says what is kept of a prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chatui.models.hosted.chat_request import (
    before_the_question,
    question_bodies,
    response_format,
    told_messages,
)
from chatui.models.hosted.dialect import ABOUT_SCHEMA, OPTION_FIELDS, Dialect, first_dialect
from chatui.models.hosted.endpoint import RESPONSES
from chatui.models.hosted.gpt import gpt
from chatui.models.hosted.prompt_marks import INPUT, KEY, MARKED_INPUT, OPTIONS, cache_fields, marks
from chatui.models.hosted.reply_reader import CommonForm
from chatui.models.hosted.request_text import RequestTexts
from chatui.models.hosted.too_long import is_too_long
from chatui.models.hosted.translation import ErrorInStream
from chatui.models.hosted.wire import (
    WRONG_REQUEST,
    CountingCall,
    RefusedForm,
    WireCall,
    WireProtocol,
)

PATH = "/responses"
COUNT_PATH = "/responses/input_tokens"
COUNTED = frozenset(("model", "reasoning", "text"))
"""The fields that say something where a prompt is only counted."""
SAMPLING = ("temperature", "top_p")
UNKNOWN_FIELDS = frozenset(field for fields in OPTION_FIELDS.values() for field in fields) - {
    *SAMPLING,
    "reasoning_effort",
}
LEAST_LIMIT = 16
"""Tokens: no shorter reply may be asked for."""
TEXT = {"response.output_text.delta": "content", "response.refusal.delta": "refusal"}
THOUGHT = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
ENDS = ("response.completed", "response.incomplete", "response.failed")
REFUSED = {
    "summary": (r"summar", ("summary",)),
    KEY: (KEY, (KEY,)),
    OPTIONS: (r"prompt_cache|breakpoint", (OPTIONS,)),
    "service_tier": (r"service_tier", ("service_tier",)),
    "effort": (r"effort", ("reasoning_effort",)),
    "reasoning": (r"reasoning", ("reasoning_effort", "summary")),
    "temperature": (r"\btemperature\b", ("temperature",)),
    "top_p": (r"\btop_p\b", ("top_p",)),
    "stream": (r"\bstream\b", ("stream",)),
}
"""By a field, the words that refuse it and what is left out then."""
NOT_HERE = (400, 403, 404)
ELSEWHERE = r"(?i)chat[/ ]completions|responses api"
"""How it is said that a model is served by another protocol."""


@dataclass(frozen=True, slots=True)
class Responses(WireProtocol):
    def first(self, model: str) -> Dialect:
        usual = first_dialect(self.endpoint.base_url, self.endpoint.name, model)
        thinks = {"reasoning_effort"} if not gpt(model).efforts else frozenset[str]()
        without = UNKNOWN_FIELDS | thinks
        return Dialect(stream_options=False, without=without, mode=usual.mode, api=RESPONSES)

    def address(self, call: WireCall) -> str:
        return PATH

    def left_out(self, call: WireCall) -> tuple[str, ...]:
        options, told = call.request.options, _sampling(call)
        unsaid = (one for one in SAMPLING if getattr(options, one) is not None and one not in told)
        return tuple(dict.fromkeys((*unsaid, *WireProtocol.left_out(self, call))))

    def fields(self, call: WireCall) -> dict[str, Any]:
        request, without = call.request, call.dialect.without
        body: dict[str, Any] = {
            "model": call.info.model,
            "stream": "stream" not in without,
            "store": False,
            **_sampling(call),
        }
        if (limit := request.options.max_output_tokens) is not None:
            body["max_output_tokens"] = max(LEAST_LIMIT, limit)
        if reasoning := _reasoning(call):
            body["reasoning"] = reasoning
        if form := _text_format(call):
            body["text"] = {"format": form}
        return body | self.tier(call) | cache_fields(call, self.endpoint)

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        return {**fields, "stream": False, "max_output_tokens": LEAST_LIMIT}

    def body(self, call: WireCall, fields: Mapping[str, Any], texts: RequestTexts) -> bytes:
        """Where prompts are kept by marks, each message of the system and the user before the
        question has one, in all of the prompts that it is in: what was written up to a mark is
        found again only there."""
        before, behind = before_the_question(told_messages(call.request, call.dialect))
        last = question_bodies(behind, call.request, call.dialect)
        form = MARKED_INPUT if marks(call, self.endpoint) else INPUT
        return texts.written(fields, before, last, form)

    def counting(self, call: WireCall) -> CountingCall | None:
        """https://developers.openai.com/api/docs/guides/token-counting"""
        counted = {name: value for name, value in self.fields(call).items() if name in COUNTED}
        # Texts of its own: what was written for the last answer is still of use for the next.
        return CountingCall(COUNT_PATH, self.body(call, counted, RequestTexts()))

    def common(self) -> CommonForm:
        return ResponseEvents()

    def may_bend(self, call: WireCall, status: int, words: str) -> bool:
        if status in NOT_HERE and re.search(ELSEWHERE, words):
            return True
        return status in WRONG_REQUEST and not is_too_long(words)

    def next_form(self, call: WireCall, refused: RefusedForm) -> Dialect | None:
        dialect, words, fields = call.dialect, refused.words, refused.fields
        if "text" in fields and re.search(ABOUT_SCHEMA, words):
            return replace(dialect, schema_format="words")
        said = {**fields, **fields.get("reasoning", {})}
        for field, (told, gone) in REFUSED.items():
            if said.get(field) and re.search(told, words):
                return replace(dialect, without=dialect.without.union(gone))
        if self.endpoint.api is None and re.search(ELSEWHERE, words):
            return first_dialect(self.endpoint.base_url, self.endpoint.name, call.info.model)
        return None


class ResponseEvents:
    """The events of one response as chunks of chat completions. The parts of a summary come with
    nothing between them."""

    def __init__(self) -> None:
        self._thought = False

    def __call__(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        kind = str(event.get("type") or "")
        if kind in TEXT:
            return _delta(TEXT[kind], event.get("delta"))
        if kind in THOUGHT:
            self._thought = True
            return _delta("reasoning", event.get("delta"))
        if kind == "response.reasoning_summary_part.added" and self._thought:
            return _delta("reasoning", "\n\n")
        if event.get("object") == "response":
            return _ended(event, _whole(event.get("output")))
        response = event.get("response")
        if isinstance(response, Mapping):
            return _ended(response) if kind in ENDS else {"model": response.get("model")}
        # Whatever else it says of itself; what is none of its own is read as it is.
        return {} if kind.startswith("response.") else event


def _delta(name: str, text: object) -> dict[str, Any]:
    return {"choices": [{"delta": {name: text}, "finish_reason": None}]}


def _ended(response: Mapping[str, Any], delta: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The last chunk, with all of the answer where nothing came before. Raises ErrorInStream."""
    reason, status = "stop", response.get("status")
    if status == "failed":
        raise ErrorInStream({"error": response.get("error")})
    if status == "incomplete":
        details = response.get("incomplete_details")
        told = details.get("reason") if isinstance(details, Mapping) else None
        reason = str(told or "incomplete")
    return {
        "model": response.get("model"),
        "choices": [{"delta": delta or {}, "finish_reason": reason}],
        "usage": response.get("usage"),
        "service_tier": response.get("service_tier"),
        "done": True,
    }


def _whole(output: object) -> dict[str, Any]:
    """What a response says that did not come in pieces."""
    items = [one for one in output if isinstance(one, Mapping)] if isinstance(output, list) else []
    parts = [
        part for one in items for part in one.get("content") or () if isinstance(part, Mapping)
    ]
    refusals = [str(part["refusal"]) for part in parts if part.get("refusal")]
    return {"content": items, "refusal": "".join(refusals)}


def _effort(call: WireCall) -> str | None:
    if "reasoning_effort" in call.dialect.without:
        return None
    options = call.request.options
    return gpt(call.info.model).effort(options.reasoning_effort, options.max_output_tokens)


def _reasoning(call: WireCall) -> dict[str, Any]:
    """How long it thinks, and that it tells of it."""
    facts, effort = gpt(call.info.model), _effort(call)
    told = {"effort": effort} if effort is not None else {}
    if facts.known and facts.thinks(effort) and "summary" not in call.dialect.without:
        told["summary"] = "auto"
    return told


def _sampling(call: WireCall) -> dict[str, Any]:
    facts = gpt(call.info.model)
    if facts.known and facts.thinks(_effort(call)):
        return {}
    values = ((name, getattr(call.request.options, name)) for name in SAMPLING)
    return {
        name: value
        for name, value in values
        if value is not None and name not in call.dialect.without
    }


def _text_format(call: WireCall) -> dict[str, Any] | None:
    options = call.request.options
    form = response_format(options, call.dialect) if options.json_schema is not None else None
    if form is None:
        return None
    return {"type": form["type"], **form.get("json_schema", {})}
