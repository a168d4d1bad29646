"""A model behind an endpoint, whatever its protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import (
    BadResponse,
    ContextTooLong,
    ModelError,
    ModelUnavailable,
    UnknownModel,
)
from chatui.models.base import (
    ModelEvent,
    ModelInfo,
    ModelRequest,
    Retrying,
    TextDelta,
    TextTakenBack,
)
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.dialect import Dialect
from chatui.models.hosted.joint import Joint
from chatui.models.hosted.model_list import count
from chatui.models.hosted.option_warnings import OptionWarnings
from chatui.models.hosted.patience import DRAIN_SECONDS, USAGE_SECONDS, Patience
from chatui.models.hosted.protocols import protocol_of
from chatui.models.hosted.reply_reader import ReplyReader
from chatui.models.hosted.translation import translating
from chatui.models.hosted.wire import RefusedForm, WireCall, WireProtocol
from chatui.text.error_words import error_words
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    import httpx2

ASKED_WHY = (0.0, 0.2, 0.5)
"""Seconds before each time that a server which ended in silence is asked why."""


class HostedModel:
    """Streams replies from an endpoint, several at a time if need be.

    The connection belongs to whoever gave it and serves every model of its endpoint.
    `warnings` tells of options that the server does not take. `dialect` is the first form to
    try, where it is not what is known of the provider.
    """

    def __init__(
        self,
        info: ModelInfo,
        connection: Connection,
        warnings: OptionWarnings | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self._info = info
        self._warnings = warnings or OptionWarnings()
        self._connection = connection
        self._endpoint = connection.endpoint
        own = protocol_of(self._endpoint.protocol_for(info.model), self._endpoint)
        self._dialect = dialect or own.first(info.model)

    @property
    def _protocol(self) -> WireProtocol:
        return protocol_of(self._dialect.api, self._endpoint)

    @property
    def info(self) -> ModelInfo:
        return replace(self._info, prefills=self._dialect.prefill is not None)

    def hold_to(self, context_size: int) -> None:
        """The server told that its context is of so many tokens at most."""
        known = self._info.context_size
        size = context_size if known is None else min(known, context_size)
        self._info = replace(self._info, context_size=size)

    async def warm(self) -> None:
        """Loads the SDK in a thread; without it the first reply waits for that."""
        await self._connection.warm()

    async def close(self) -> None:
        """Nothing to give back: see the class."""

    async def count(self, request: ModelRequest) -> int | None:
        """The tokens of a prompt as the provider counts them; None where it can't be asked. Raises
        ModelError subclasses."""
        call = await asyncio.to_thread(self._protocol.counting, self._call(request))
        if call is None:
            return None
        kind = {"content-type": "application/json"}
        try:
            answer = await self._connection.send("POST", call.path, body=call.body, headers=kind)
            told = read_json(answer)
        except (UnknownModel, ValueError):
            # A gateway need not have it.
            return None
        return count(told, call.figure) if isinstance(told, Mapping) else None

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The reply's events; the last one is Finished. Raises ModelError subclasses, after
        all text that came before the fault. Leaving early closes the connection."""
        await self.warm()
        reader = ReplyReader(self._endpoint.name)
        failure: ModelError | None = None
        joint: Joint | None = None

        def joined(event: ModelEvent) -> ModelEvent:
            nonlocal joint
            if isinstance(event, TextTakenBack):
                joint = None
            if not request.begun or not isinstance(event, TextDelta):
                return event
            if joint is None:
                joint = self._joint(request)
            return TextDelta(joint.feed(event.text))

        nothing_came = True
        try:
            async with aclosing(self._events(request, reader)) as events:
                async for event in events:
                    nothing_came = nothing_came and isinstance(event, Retrying)
                    yield joined(event)
        except ModelError as error:
            failure = error
            if nothing_came and isinstance(error, BadResponse | ModelUnavailable):
                failure = await self._too_long(request, error) or error
        for event in reader.flush():
            yield joined(event)
        if joint is not None and (held := joint.finish()):
            yield TextDelta(held)
        if failure is not None and not reader.finished:
            raise failure
        told, owed = reader.told_reason, reader.owes_reason
        if not self._connection.ends.is_whole(told=told, owed=owed, said=reader.said):
            raise self._not_whole()
        finished = reader.outcome()
        if finished.reason is FinishReason.ERROR:
            why = f" ({finished.word})" if finished.word else ""
            raise BadResponse(
                f"{self._endpoint.name} broke off the reply{why}; what came is kept, try again."
            )
        yield finished

    def _not_whole(self) -> BadResponse:
        return BadResponse(
            f"{self._endpoint.name} ended the reply before it was whole; "
            "what came is kept, try again."
        )

    def _joint(self, request: ModelRequest) -> Joint:
        prefill, said = self._dialect.prefill, request.messages[-1].content
        if prefill is None:
            return Joint("", trimmed=False)
        return Joint(said, trimmed=prefill.trimmed, echoed=prefill.echoed)

    async def _events(
        self, request: ModelRequest, reader: ReplyReader
    ) -> AsyncGenerator[ModelEvent, None]:
        patience = Patience(self._endpoint)
        try:
            with translating(self._connection, self._info.model):
                async with aclosing(self._respond(request, patience)) as steps:
                    async for step in steps:
                        if isinstance(step, Retrying):
                            yield step
                        else:
                            response = step
                self._connection.tell(response, request)
                # In the protocol in which it was taken at last.
                protocol = self._protocol
                reader.common = protocol.common()
                try:
                    async with aclosing(protocol.events(response, patience)) as events:
                        async for sent in events:
                            if reader.ended:
                                continue
                            for event in reader.read(sent):
                                patience.renew()
                                yield event
                            if reader.ended:
                                patience.end_within(DRAIN_SECONDS)
                            elif reader.finished:
                                patience.end_within(USAGE_SECONDS)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            if reader.may_be_whole:
                return
            raise patience.error() from error
        if not (reader.ended or reader.told_reason):
            raise self._not_whole()

    async def _too_long(self, request: ModelRequest, failure: ModelError) -> ContextTooLong | None:
        """What lies behind a reply that ended in silence.

        llama-cpp-python's server looks at a prompt's length behind its 200: one that is too long
        ends the stream, or the connection, without a word. Asked without a stream it tells why,
        with the figures. That is only asked where an answer, of one token, costs nothing.
        """
        if failure.free or self._endpoint.may_bill:
            return None
        _, body = await asyncio.to_thread(self._written, request, streamed=False)
        deadline = asyncio.get_running_loop().time() + self._endpoint.first_token_seconds
        for wait in ASKED_WHY:
            # While such a server puts the broken reply away, it may cut the next one off too.
            await asyncio.sleep(wait)
            try:
                with translating(self._connection, self._info.model):
                    opening = self._connection.open(
                        self._protocol.address(self._call(request)), body, deadline
                    )
                    async with aclosing(opening) as steps:
                        async for step in steps:
                            if not isinstance(step, Retrying):
                                await step.aclose()
            except ContextTooLong as error:
                return error
            except ModelUnavailable as error:
                if error.free:
                    return None
            except (ModelError, TimeoutError):
                return None
            else:
                return None
        return None

    async def _respond(
        self, request: ModelRequest, patience: Patience
    ) -> AsyncGenerator[Retrying | httpx2.Response, None]:
        """What `Connection.open` gives, in the first form of the request that the server takes."""
        import openai

        first, tried, refused, form_refused = self._dialect, {self._dialect}, "", ""
        while True:
            protocol, call = self._protocol, self._call(request)
            self._warnings.tell(self._info.name, protocol.left_out(call), refused)
            # In a thread: there may be thousands of messages.
            fields, body = await asyncio.to_thread(self._written, request)
            opening = self._connection.open(
                protocol.address(call), body, patience.deadline, request.on_limits
            )
            try:
                async with aclosing(opening) as steps:
                    async for step in steps:
                        if form_refused and not isinstance(step, Retrying):
                            self._warnings.tell_form(self._info.name, self._dialect, form_refused)
                        yield step
                return
            except openai.APIStatusError as error:
                words = json.dumps(error.body, default=str)
                if not protocol.may_bend(call, error.status_code, words):
                    raise
                dialect = protocol.next_form(call, RefusedForm(error.status_code, words, fields))
                if dialect is None or dialect in tried:
                    # None of the forms was it: nothing is known of this server by now.
                    self._dialect = first
                    raise
                tried.add(dialect)
                refused = error_words(error.body, self._connection.key)
                if dialect.form != self._dialect.form:
                    form_refused = refused or f"HTTP {error.status_code}"
                self._dialect = dialect

    def _written(
        self, request: ModelRequest, *, streamed: bool = True
    ) -> tuple[dict[str, Any], bytes]:
        """The fields of a request, and all of it as JSON."""
        call, protocol = self._call(request), self._protocol
        fields = protocol.fields(call)
        fields = fields if streamed else protocol.without_stream(fields, call.dialect)
        return fields, protocol.body(call, fields, self._connection.texts)

    def _call(self, request: ModelRequest) -> WireCall:
        return WireCall(self._info, request, self._dialect)
