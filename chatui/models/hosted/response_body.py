"""The data of a response's events, read under a deadline."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING

from chatui.domain.errors import BadResponse
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.event_stream import EVENT_LIMIT, EventParser, EventTooLarge
from chatui.models.hosted.patience import Patience

if TYPE_CHECKING:
    import httpx2


async def event_data(
    response: httpx2.Response, endpoint: Endpoint, patience: Patience
) -> AsyncGenerator[str, None]:
    """The data of each event. A plain JSON body, from a server that does not stream, counts
    as one event. Raises BadResponse for anything else, TimeoutError, httpx2.HTTPError."""
    kind = response.headers.get("content-type", "")
    if "json" in kind:
        yield (await _whole(response, patience)).decode("utf-8", "replace")
        return
    if "html" in kind:
        raise _not_a_reply(endpoint, "a web page")
    parser = EventParser()
    chunks = response.aiter_bytes()
    while (chunk := await _next(chunks, patience)) is not None:
        for data in parser.feed(chunk):
            yield data
    for data in parser.finish():
        yield data
    if not parser.saw_text:
        raise BadResponse(
            f"{endpoint.name} sent an empty reply; the prompt may be longer than its context, "
            "the server's own log tells."
        )
    if not parser.saw_event:
        raise _not_a_reply(endpoint, "something else")


async def _whole(response: httpx2.Response, patience: Patience) -> bytes:
    body = bytearray()
    chunks = response.aiter_bytes()
    while (chunk := await _next(chunks, patience)) is not None:
        body += chunk
        if len(body) > EVENT_LIMIT:
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
