"""Requests as they go over the wire, without writing anew what the last one began with.

In a long conversation a prompt has thousands of messages, and nearly all were in the one before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

from chatui.domain.conversation import Message, shared_beginning
from chatui.models.base import ModelRequest
from chatui.models.hosted.chat_request import last_bodies, message_body, told_messages
from chatui.models.hosted.dialect import Dialect
from chatui.models.hosted.endpoint import OLLAMA_CHAT


@dataclass(frozen=True, slots=True)
class MessageForm:
    """How a protocol writes its messages, and the field that they stand in."""

    field: str
    body: Callable[[Message], Mapping[str, Any]]


CHAT_MESSAGES = MessageForm("messages", message_body)
OLLAMA_MESSAGES = MessageForm("messages", partial(message_body, api=OLLAMA_CHAT))
"""They differ in how a picture stands in them."""


@dataclass(frozen=True, slots=True)
class _Written:
    """Messages as JSON with a comma behind each, and where in it the first none, one, two … end."""

    form: MessageForm = CHAT_MESSAGES
    messages: tuple[Message, ...] = ()
    text: bytes = b""
    ends: tuple[int, ...] = (0,)

    def first(self, count: int) -> _Written:
        end = self.ends[count]
        return _Written(self.form, self.messages[:count], self.text[:end], self.ends[: count + 1])

    def with_more(self, messages: tuple[Message, ...]) -> _Written:
        new = [_json(self.form.body(one)) + b"," for one in messages]
        ends = accumulate(map(len, new), initial=self.ends[-1])
        text = b"".join([self.text, *new])
        return _Written(self.form, self.messages + messages, text, (*self.ends[:-1], *ends))


class RequestTexts:
    """Keeps the prompt that was written last, but for its last message. Fit for threads."""

    def __init__(self) -> None:
        self._last = _Written()

    def text(self, fields: Mapping[str, Any], request: ModelRequest, dialect: Dialect) -> bytes:
        """The JSON of a call with these fields and the messages of the request."""
        told = tuple(told_messages(request, dialect))
        last = last_bodies(told[-1:], request, dialect)
        form = OLLAMA_MESSAGES if dialect.api == OLLAMA_CHAT else CHAT_MESSAGES
        return self.written(fields, told[:-1], last, form)

    def written(
        self,
        fields: Mapping[str, Any],
        before: tuple[Message, ...],
        last: Sequence[Mapping[str, Any]],
        form: MessageForm = CHAT_MESSAGES,
    ) -> bytes:
        """The same for messages of which the last ones have a form of their own."""
        kept = self._last if self._last.form == form else _Written(form)
        shared = shared_beginning(before, kept.messages)
        # One value for another: requests that are written at once take nothing from each other.
        self._last = written = kept.first(shared).with_more(before[shared:])
        end = b",".join(map(_json, last))
        start, text = _json(fields)[:-1], written.text if end else written.text[:-1]
        comma = b"," if fields else b""
        return b'%s%s"%s":[%s%s]}' % (start, comma, form.field.encode(), text, end)


def _json(value: Mapping[str, Any]) -> bytes:
    # As the SDK writes it.
    return _encoder.encode(dict(value)).encode()


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
