"""What every protocol that an endpoint is asked by has to say: what goes out, and how what comes
back is read.

A protocol writes a request from our values, and reads its events into chunks of chat completions,
which `ReplyReader` takes. A new one is a class in a module of its own, a name in `endpoint.Api` and
a line in `protocols.PROTOCOLS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatui.models.base import ModelInfo, ModelRequest
from chatui.models.hosted.dialect import Dialect
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.reply_reader import CommonForm, as_it_is
from chatui.models.hosted.response_body import events_of
from chatui.models.hosted.too_long import is_too_long

if TYPE_CHECKING:
    import httpx2

    from chatui.models.hosted.event_stream import StreamEvent
    from chatui.models.hosted.patience import Patience
    from chatui.models.hosted.request_text import RequestTexts

WRONG_REQUEST = (400, 422)


@dataclass(frozen=True, slots=True)
class CountingCall:
    """`path` is below the base URL, `body` JSON; `figure` is the field of the answer that has the
    count."""

    path: str
    body: bytes
    figure: str = "input_tokens"


@dataclass(frozen=True, slots=True)
class WireCall:
    """A call, and the form in which it is made."""

    info: ModelInfo
    request: ModelRequest
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """What a server answered a call with, by its HTTP status, and the fields that it had."""

    status: int
    words: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WireProtocol(ABC):
    """How an endpoint is asked, and how its answer is read. Holds no state of a call."""

    endpoint: Endpoint

    @abstractmethod
    def first(self, model: str) -> Dialect:
        """The form of a request that is tried first."""

    @abstractmethod
    def address(self, call: WireCall) -> str:
        """Below the base URL; the whole address where it is served elsewhere."""

    def left_out(self, call: WireCall) -> tuple[str, ...]:
        """The names of the options that are set and not said."""
        unasked = self.endpoint.service_tier and not self.tier(call)
        tier = ("service_tier",) if unasked else ()
        return (*call.dialect.left_out(call.request.options), *tier)

    def tier(self, call: WireCall) -> dict[str, Any]:
        """The field that asks for a class of service, where one is wanted and not refused."""
        wanted = self.endpoint.service_tier
        told = wanted and "service_tier" not in call.dialect.without
        return {"service_tier": wanted} if told else {}

    @abstractmethod
    def fields(self, call: WireCall) -> dict[str, Any]:
        """A streamed call without its messages."""

    @abstractmethod
    def without_stream(self, fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        """The same call, to be answered whole and with as little as can be."""

    def body(self, call: WireCall, fields: Mapping[str, Any], texts: RequestTexts) -> bytes:
        """All of it as JSON."""
        return texts.text(fields, call.request, call.dialect)

    def counting(self, call: WireCall) -> CountingCall | None:
        """How the tokens of a prompt are asked for; None where nobody answers that."""
        return None

    def events(
        self, response: httpx2.Response, patience: Patience
    ) -> AsyncGenerator[StreamEvent, None]:
        """The parts of an answer as they come."""
        return events_of(response, self.endpoint, patience)

    def common(self) -> CommonForm:
        """For the events of one answer."""
        return as_it_is

    def may_bend(self, call: WireCall, status: int, words: str) -> bool:
        """Whether a refusal may be of the form and not of what was asked."""
        return status in WRONG_REQUEST and not is_too_long(words)

    @abstractmethod
    def next_form(self, call: WireCall, refused: RefusedForm) -> Dialect | None:
        """The form to try after a refusal, which may be one of another protocol; None where the
        form is not to blame."""
