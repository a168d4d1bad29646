"""A chat completion server over real sockets that does exactly what a test scripts.

A script is a coroutine that is given one Exchange; requests take the scripts in order, and
the last script again once they are used up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self

EVENTS = {"Content-Type": "text/event-stream"}


@dataclass
class Exchange:
    """One request and the means to answer it as well or as badly as the script likes."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    client_left: asyncio.Event = field(default_factory=asyncio.Event)
    answered: bool = False

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    async def head(self, status: int = 200, headers: Mapping[str, str] = EVENTS) -> None:
        """The head of a chunked response."""
        self.answered = True
        lines = [f"HTTP/1.1 {status} Scripted", "Transfer-Encoding: chunked"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()

    async def raw(self, data: bytes) -> None:
        """Bytes of the body, as they are."""
        if data:
            self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await self.writer.drain()

    async def event(self, chunk: object) -> None:
        """One event with a JSON value."""
        await self.raw(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    async def text(self, text: str) -> None:
        """One delta of text."""
        await self.delta(content=text)

    async def delta(self, **delta: object) -> None:
        await self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})

    async def finish(self, reason: str = "stop") -> None:
        """The chunk that ends the reply, without [DONE]."""
        await self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})

    async def usage(self, **usage: object) -> None:
        """A last chunk with usage and no choice, as OpenAI sends it."""
        await self.event({"choices": [], "usage": usage})

    async def done(self) -> None:
        await self.raw(b"data: [DONE]\n\n")
        await self.end()

    async def end(self) -> None:
        """The clean end of the body."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def cut(self) -> None:
        """The connection is gone in mid-body."""
        self.writer.close()

    async def answer(
        self, status: int, body: object, headers: Mapping[str, str] | None = None
    ) -> None:
        """A whole response with a JSON body, or with a text as it is."""
        kind = "text/html" if isinstance(body, str) else "application/json"
        await self.head(status, {"Content-Type": kind, **(headers or {})})
        await self.raw(body.encode() if isinstance(body, str) else json.dumps(body).encode())
        await self.end()

    async def error(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, **fields: object
    ) -> None:
        """A refusal in OpenAI's form."""
        await self.answer(status, {"error": {"message": message, **fields}}, headers)

    async def until_the_client_leaves(self) -> None:
        await self.client_left.wait()


Script = Callable[[Exchange], Awaitable[None]]


def saying(*pieces: str, usage: Mapping[str, object] | None = None) -> Script:
    """The script of a reply without any fault."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for piece in pieces:
            await exchange.text(piece)
        await exchange.finish()
        if usage is not None:
            await exchange.usage(**usage)
        await exchange.done()

    return script


class ScriptedServer:
    """Listens on a free port of a loopback address, or on a Unix socket, while it is entered.

    `exchanges` holds every request that came, in order.
    """

    def __init__(
        self,
        *scripts: Script,
        host: str = "127.0.0.1",
        socket: Path | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        self._host, self._socket, self._tls = host, socket, tls
        self._scripts = list(scripts) or [saying("Hello")]
        self._tasks: set[asyncio.Task[None]] = set()
        self.exchanges: list[Exchange] = []
        self.port = 0

    @property
    def base_url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}/v1"

    def script(self, *scripts: Script) -> None:
        """Scripts for the next requests, instead of those that were left."""
        self._scripts = list(scripts)

    async def __aenter__(self) -> Self:
        if self._socket is not None:
            self._server = await asyncio.start_unix_server(self._serve, self._socket)
            return self
        self._server = await asyncio.start_server(self._serve, self._host, 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while (exchange := await _receive(reader, writer)) is not None:
                self.exchanges.append(exchange)
                script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                watch = asyncio.create_task(_watch(exchange))
                try:
                    await script(exchange)
                except ConnectionError:
                    exchange.client_left.set()
                    return
                finally:
                    watch.cancel()
                    with suppress(asyncio.CancelledError):
                        await watch
                if writer.is_closing():
                    return
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._tasks.discard(task)


async def _receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Exchange(method, path, headers, body, reader, writer)


async def _watch(exchange: Exchange) -> None:
    """A client that leaves shows as the end of what it sends, or as a reset."""
    reader = exchange.reader
    # A StreamReader tells of its end only to who reads, and reading is the server's part.
    while not reader.at_eof() and reader.exception() is None:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    exchange.client_left.set()
