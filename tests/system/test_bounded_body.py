"""Bodies of responses over real sockets: however they are packed, they take bounded memory."""

from __future__ import annotations

import asyncio
import resource
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from chatui.system.bounded_body import BODY_LIMIT, STEP, bound_body

PACKINGS = {"gzip": 31, "deflate": 15, "raw deflate": -15}


def packed(content: bytes, wbits: int) -> bytes:
    packing = zlib.compressobj(wbits=wbits)
    return packing.compress(content) + packing.flush()


@asynccontextmanager
async def serving(body: bytes, *headers: str, status: int = 200) -> AsyncIterator[str]:
    """A server that answers with that body; its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


def client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(event_hooks={"response": [bound_body]}, trust_env=False)


@pytest.mark.parametrize("packing", PACKINGS)
async def test_a_packed_body_is_what_it_was(packing: str) -> None:
    content = b"Once upon a time. " * 20_000
    encoding = f"Content-Encoding: {packing.rsplit(maxsplit=1)[-1]}"
    async with serving(packed(content, PACKINGS[packing]), encoding) as url, client() as web:
        assert (await web.get(url)).content == content


async def test_a_plain_body_is_what_it_was() -> None:
    async with serving(b'{"data": []}', "Content-Type: application/json") as url, client() as web:
        assert (await web.get(url)).json() == {"data": []}


@pytest.mark.parametrize("status", [200, 500])
async def test_a_body_without_end_is_cut(status: int) -> None:
    bomb = packed(bytes(BODY_LIMIT * 8), 31)
    async with serving(bomb, "Content-Encoding: gzip", status=status) as url, client() as web:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        response = await web.get(url)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024

    assert len(response.content) == BODY_LIMIT
    assert grown < BODY_LIMIT * 4


async def test_a_stream_of_events_goes_on_in_small_pieces() -> None:
    body = packed(bytes(BODY_LIMIT + STEP), 31)
    kinds = ("Content-Encoding: gzip", "Content-Type: text/event-stream")
    async with (
        serving(body, *kinds) as url,
        client() as web,
        web.stream("GET", url) as response,
    ):
        sizes = [len(piece) async for piece in response.aiter_bytes()]

    assert sum(sizes) == BODY_LIMIT + STEP
    assert max(sizes) <= STEP


async def test_what_is_not_packed_as_it_says_is_a_broken_response() -> None:
    async with serving(b"plain", "Content-Encoding: gzip") as url, client() as web:
        with pytest.raises(httpx2.DecodingError):
            await web.get(url)
