"""The events of a response, read under a deadline."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING

from chatui.domain.errors import BadResponse
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.event_stream import EVENT_LIMIT, EventParser, EventTooLarge, StreamEvent
from chatui.models.hosted.patience import Patience
from chatui.models.hosted.translation import ErrorInStream

if TYPE_CHECKING:
    import httpx2

MOST_PLAIN = 2_000
"""Bytes. A plain text that is longer is no server's word about an error."""


async def events_of(
    response: httpx2.Response, endpoint: Endpoint, patience: Patience
) -> AsyncGenerator[StreamEvent, None]:
    """Each event. A plain JSON body, from a server that does not stream, counts as one event, and
    what the body is counts more than what its head says it is. Raises BadResponse or ErrorInStream
    for anything else, TimeoutError, httpx2.HTTPError."""
    parser = EventParser()
    chunks = response.aiter_bytes()
    kind, body = await _beginning(chunks, patience)
    if kind == "json":
        body += await _rest(chunks, patience, len(body))
        yield StreamEvent(body.decode("utf-8", "replace"))
        return
    if kind == "page" or "html" in response.headers.get("content-type", ""):
        raise _not_a_reply(endpoint, "a web page")
    plain = bytearray(body)
    for event in parser.feed(body):
        yield event
    while (chunk := await _next(chunks, patience)) is not None:
        if not parser.saw_event and len(plain) < MOST_PLAIN:
            plain += chunk
        for event in parser.feed(chunk):
            yield event
    for event in parser.finish():
        yield event
    if not parser.saw_text:
        raise BadResponse(
            f"{endpoint.name} sent an empty reply; the prompt may be longer than its context, "
            "the server's own log tells."
        )
    if not parser.saw_event:
        if len(plain) < MOST_PLAIN and "text/plain" in response.headers.get("content-type", ""):
            raise ErrorInStream(plain.decode("utf-8", "replace"))
        raise _not_a_reply(endpoint, "something else")


async def _beginning(chunks: AsyncIterator[bytes], patience: Patience) -> tuple[str, bytes]:
    """What the body is by its first sign ("json", "page", or "" for a stream of events), and as
    much of it as was read for that."""
    body = b""
    while (chunk := await _next(chunks, patience)) is not None:
        body += chunk
        if sign := body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]:
            return {b"{": "json", b"[": "json", b"<": "page"}.get(sign, ""), body
        if len(body) > EVENT_LIMIT:
            raise EventTooLarge
    return "", body


async def _rest(chunks: AsyncIterator[bytes], patience: Patience, size: int) -> bytes:
    body = bytearray()
    while (chunk := await _next(chunks, patience)) is not None:
        body += chunk
        if size + len(body) > EVENT_LIMIT:
            raise EventTooLarge
    return bytes(body)


async def _next(chunks: AsyncIterator[bytes], patience: Patience) -> bytes | None:
    async with patience.limit():
        return await anext(chunks, None)


def _not_a_reply(endpoint: Endpoint, what: str) -> BadResponse:
    return BadResponse(
        f"{endpoint.name} answered with {what} instead of a stream of events; "
        f"check base_url in [providers.{endpoint.name}] ({endpoint.shown_url}).",
        free=True,
    )
