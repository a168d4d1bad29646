"""OpenAI's chat completions, which nearly everyone follows in a way of their own: see `dialect`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatui.models.hosted.chat_request import (
    before_the_question,
    question_bodies,
    request_fields,
    told_messages,
    without_stream,
)
from chatui.models.hosted.dialect import Dialect, first_dialect, next_dialect
from chatui.models.hosted.prompt_marks import MARKED_TEXTS, cache_fields, marks
from chatui.models.hosted.responses import Responses
from chatui.models.hosted.too_long import is_too_long
from chatui.models.hosted.wire import WRONG_REQUEST, RefusedForm, WireCall, WireProtocol

if TYPE_CHECKING:
    from chatui.models.hosted.request_text import RequestTexts

CHAT_PATH = "/chat/completions"
REFUSALS = (*WRONG_REQUEST, 415, 500, 501)
"""Statuses that servers answer an unknown field with; llama.cpp's Python server takes 500."""
IN_RESPONSES = "v1/responses"
"""What OpenAI says of a model that has no chat completions."""


@dataclass(frozen=True, slots=True)
class ChatCompletions(WireProtocol):
    def first(self, model: str) -> Dialect:
        return first_dialect(self.endpoint.base_url, self.endpoint.name, model)

    def address(self, call: WireCall) -> str:
        prefill = call.dialect.prefill
        if not call.request.begun or prefill is None or not prefill.root:
            return CHAT_PATH
        return urlsplit(self.endpoint.http_url)._replace(path=prefill.root + CHAT_PATH).geturl()

    def fields(self, call: WireCall) -> dict[str, Any]:
        kept = cache_fields(call, self.endpoint)
        asked = request_fields(call.info.model, call.request, call.dialect)
        return {**asked, **self.tier(call), **kept}

    def body(self, call: WireCall, fields: Mapping[str, Any], texts: RequestTexts) -> bytes:
        if not marks(call, self.endpoint):
            return WireProtocol.body(self, call, fields, texts)
        before, behind = before_the_question(told_messages(call.request, call.dialect))
        last = question_bodies(behind, call.request, call.dialect)
        return texts.written(fields, before, last, MARKED_TEXTS)

    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        return without_stream(fields, dialect)

    def may_bend(self, call: WireCall, status: int, words: str) -> bool:
        if status == HTTPStatus.NOT_FOUND and IN_RESPONSES in words:
            return self.endpoint.api is None
        return status in REFUSALS and not is_too_long(words)

    def next_form(self, call: WireCall, refused: RefusedForm) -> Dialect | None:
        if IN_RESPONSES in refused.words and self.endpoint.api is None:
            return Responses(self.endpoint).first(call.info.model)
        of_request, begun = refused.status in WRONG_REQUEST, call.request.begun
        return next_dialect(
            call.dialect, refused.words, refused.fields, begun=begun, of_request=of_request
        )
