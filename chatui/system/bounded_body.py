"""Bodies of HTTP responses, unpacked a little at a time and cut where they have no end.

httpx unpacks what has come in one piece: 64 kB of gzip are 64 MB then, and a body of 1.5 GB was
read whole. Here a body takes the memory of what it may be, whatever it was packed into.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import httpx2

BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of a body, unpacked: lists of 50,000 models and embeddings of a whole batch fit."""
LARGER = "body_limit"
"""The extension of a request whose answer may have so many bytes instead."""
STEP = 64 * 1024


async def bound_body(response: httpx2.Response) -> None:
    """A response hook of httpx's clients. What lies behind `BODY_LIMIT` of a body is not read; a
    stream of events has no such end, and those who read it bound each event."""
    import httpx2

    kind = response.headers.get("content-type", "")
    limit = response.request.extensions.get(LARGER, BODY_LIMIT)
    if response.is_success and "event-stream" in kind:
        limit = None
    packed = response.headers.get("content-encoding", "").strip().lower()
    inner = cast("httpx2.AsyncByteStream", response.stream)

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            read = 0
            try:
                async for piece in unpacked(inner, packed):
                    if limit is not None and read + len(piece) > limit:
                        yield piece[: limit - read]
                        return
                    read += len(piece)
                    yield piece
            except zlib.error as error:
                raise httpx2.DecodingError(str(error)) from error

        async def aclose(self) -> None:
            await inner.aclose()

    response.stream = Bounded()
    if packed in WINDOWS:
        del response.headers["content-encoding"]


WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
"""The `wbits` by which zlib knows the packing."""


async def unpacked(
    chunks: AsyncIterator[bytes] | httpx2.AsyncByteStream, packed: str
) -> AsyncIterator[bytes]:
    """The content of packed chunks, at most `STEP` bytes at a time. Raises zlib.error."""
    if packed not in WINDOWS:
        async for chunk in chunks:
            yield chunk
        return
    unpacking = zlib.decompressobj(WINDOWS[packed])
    begun = False
    async for chunk in chunks:
        rest = chunk
        while rest:
            try:
                piece = unpacking.decompress(rest, STEP)
            except zlib.error:
                # Some servers send deflate without the head that the standard asks for.
                if begun or packed != "deflate":
                    raise
                unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
                piece = unpacking.decompress(rest, STEP)
            begun = True
            rest = unpacking.unconsumed_tail
            if piece:
                yield piece
            elif unpacking.eof:
                return
