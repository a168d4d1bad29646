"""The SDK's client for one endpoint: built off the event loop, kept for all its models."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from chatui.domain.errors import ModelUnavailable, UnknownModel
from chatui.models.base import ModelRequest, Retrying
from chatui.models.hosted.end_habit import EndHabit
from chatui.models.hosted.endpoint import CONNECT_SECONDS, Endpoint
from chatui.models.hosted.limits_left import limits_left
from chatui.models.hosted.refusals import refusal
from chatui.models.hosted.request_text import RequestTexts
from chatui.models.hosted.retry import retry_delay, why
from chatui.system.bounded_body import BODY_LIMIT, LARGER, bound_body
from chatui.system.http_retry import retry_after
from chatui.system.network import (
    building_fails,
    environment_fault,
    resolve_apart,
    trust_besides,
)
from chatui.text.error_words import QUOTED_LIMIT, error_words
from chatui.text.foreign_json import read_json
from chatui.text.safety import one_line

if TYPE_CHECKING:
    import httpx2
    import openai

    from chatui.domain.usage import LimitLeft

KNOWN_HEADERS = frozenset(
    ("accept", "accept-encoding", "connection", "content-length", "content-type", "host")
)
"""What goes out besides the key. The SDK would add headers from OPENAI_CUSTOM_HEADERS and
a description of this machine, whoever the provider is."""
ACCOUNT_HEADERS = frozenset(("openai-organization", "openai-project"))
"""From OPENAI_ORG_ID and OPENAI_PROJECT_ID, for OpenAI alone."""

TRACE = "trace"
"""The extension of a request that hears what becomes of it."""
OWN_HEADERS = "own_headers"
KEY_HEADER = "key_header"
"""Extensions of a request: further headers that go out, and the one that the key is in."""
NO_HEADERS: Mapping[str, str] = {}


class SentMoment:
    """Hears what becomes of a request on its connection, and keeps the moment, by
    `time.monotonic`, at which its first byte went out; None before."""

    def __init__(self) -> None:
        self.at: float | None = None

    async def __call__(self, event: str, _: Mapping[str, object]) -> None:
        if event.endswith(".send_request_headers.started"):
            self.at = time.monotonic()


class Connection:
    """Sends requests to one endpoint, its key to that address alone (redirects are not
    followed). Foreign exceptions come out as they are: the caller has `translation`.

    Importing the SDK takes half a second and its first request loads more: `warm` does
    all of it in a thread, so that a first message finds it done.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._client: openai.AsyncOpenAI | None = None
        self._http: httpx2.AsyncClient | None = None
        self._key = ""
        self._opening = asyncio.Lock()
        self.texts = RequestTexts()
        """Writes the requests of its chats, whatever their models."""
        self.ends = EndHabit()

    @property
    def key(self) -> str:
        """The key in use, for cutting it out of foreign texts. Never to be shown."""
        return self._key

    async def warm(self) -> None:
        """Makes ready for a first request. Sends nothing and asks for no key."""
        await self._ready()

    async def open(
        self,
        path: str,
        body: bytes,
        deadline: float,
        on_limits: Callable[[tuple[LimitLeft, ...]], None] | None = None,
    ) -> AsyncGenerator[Retrying | httpx2.Response, None]:
        """At last the response to a POST of JSON, not read yet: the caller closes it. Before
        that, each time that it is tried again, when: as `retry_delay` says, and while the
        loop's clock is before `deadline`. `on_limits` is told what a refusal says is left of the
        provider's limits; `tell` does that of the response.

        Raises AuthenticationFailed without a key, TimeoutError at the deadline and
        openai.OpenAIError for any other failure.
        """
        client = await self._ready()
        import openai

        endpoint, clock = self.endpoint, asyncio.get_running_loop().time
        attempt = 0
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._read_key()
                    # Not `client.chat.completions.create`: it walks every message along the
                    # types of its parameters, 0.7 ms a message, and importing those takes 50 ms.
                    stream = await client.post(
                        path,
                        cast_to=object,
                        # Written by now: the SDK would write it on the event loop.
                        content=body,
                        stream=True,
                        stream_cls=openai.AsyncStream[object],
                    )
            except openai.APIError as error:
                if isinstance(error, openai.AuthenticationError):
                    endpoint.key.forget()
                if isinstance(error, openai.APIStatusError):
                    tell_limits(error.response.headers, on_limits)
                delay = retry_delay(error, attempt, endpoint.retries)
                if delay is None or clock() + delay >= deadline:
                    raise
                until = clock() + delay
                attempt += 1
                reason = why(error, endpoint.name, self._key)
                yield Retrying(reason, delay, attempt + 1, endpoint.retries + 1)
                await asyncio.sleep(until - clock())
            else:
                yield stream.response
                return

    @staticmethod
    def tell(response: httpx2.Response, request: ModelRequest) -> None:
        """Tells whoever asked when the first byte of the response's request went out, and what is
        left of the provider's limits."""
        moment = response.request.extensions.get(TRACE)
        if request.on_sent and isinstance(moment, SentMoment) and moment.at is not None:
            request.on_sent(moment.at)
        tell_limits(response.headers, request.on_limits)

    async def get(self, path: str) -> bytes:
        """What a GET answers with, as much of it as comes and as a body may be; raises as `open`
        does, and never tries again."""
        client = await self._ready()
        await self._read_key()
        import httpx2
        import openai

        # Streamed, because a stream of events has no end, whatever was asked for.
        stream = await client.get(
            path, cast_to=object, stream=True, stream_cls=openai.AsyncStream[object]
        )
        body = bytearray()
        # What was cut off is no JSON, which its reader will say.
        async with aclosing(stream.response):
            with suppress(httpx2.HTTPError):
                async for piece in stream.response.aiter_bytes():
                    body += piece
                    if len(body) > BODY_LIMIT:
                        break
        return bytes(body)

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
        key_header: str = "",
        most: int = BODY_LIMIT,
    ) -> bytes:
        """What a request that is no chat is answered with, at most so many bytes of it. `path` is
        appended to the base URL; `headers` go out beside those that every request has. Raises
        ModelError subclasses, UnknownModel for what is not there, and never tries again."""
        await self._ready()
        await self._read_key()
        assert self._http is not None
        import httpx2

        request = self._http.build_request(
            method,
            self.endpoint.http_url + path,
            content=body,
            headers=dict(headers),
            extensions={
                LARGER: most,
                OWN_HEADERS: frozenset(headers),
                KEY_HEADER: key_header or self.endpoint.key_header,
            },
        )
        try:
            response = await self._http.send(request)
        except httpx2.HTTPError as error:
            detail = one_line(str(error), QUOTED_LIMIT).rstrip(".") or type(error).__name__
            raise ModelUnavailable(
                f"{self.endpoint.shown_url} ({self.endpoint.name}) gave no whole answer "
                f"({detail}); try again."
            ) from None
        if response.is_success:
            return response.content
        try:
            told = read_json(response.content)
        except ValueError:
            told = response.content.decode("utf-8", "replace")
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            self.endpoint.key.forget()
        if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            raise UnknownModel(error_words(told, self._key) or f"HTTP {response.status_code}")
        wait = retry_after(response.headers)
        raise refusal(response.status_code, told, self.endpoint, "", key=self._key, wait=wait)

    async def close(self) -> None:
        """Closes the connections; a later request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _ready(self) -> openai.AsyncOpenAI:
        async with self._opening:
            if self._client is None:
                resolve_apart(asyncio.get_running_loop())
                try:
                    self._client = await asyncio.to_thread(self._build)
                except building_fails() as error:
                    address, who = self.endpoint.shown_url, self.endpoint.name
                    fault = environment_fault(self.endpoint.http_url, error)
                    raise ModelUnavailable(f"{address} ({who}) was not asked: {fault}.") from error
            return self._client

    async def _read_key(self) -> None:
        keyless = self.endpoint.local and not self.endpoint.key.present
        self._key = "" if keyless else await self.endpoint.key.read()

    def _build(self) -> openai.AsyncOpenAI:
        address = self.endpoint.address
        import anyio
        import httpx2
        import openai

        # Loads the back end that the first connection would load on the event loop.
        anyio.run(anyio.sleep, 0)
        # Certificates take 0.15 s to load, and there is nobody in between here.
        verify: ssl.SSLContext | bool = address.tls or not address.loopback
        if verify:
            verify = httpx2.create_ssl_context()
            trust_besides(verify, self.endpoint.ca_file)
        self._http = openai.DefaultAsyncHttpxClient(
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            follow_redirects=False,
            # A proxy named by the environment can't reach this machine's own address.
            trust_env=not address.loopback,
            verify=verify,
            transport=_socket_transport(address.socket) if address.socket else None,
            event_hooks={"request": [self._dress], "response": [bound_body]},
        )
        client = openai.AsyncOpenAI(
            # Not the key: `_dress` adds it, so that no repr of the client can show it. Given
            # nothing, the SDK would take OPENAI_API_KEY for any provider.
            api_key="none",
            base_url=self.endpoint.http_url,
            max_retries=0,
            http_client=self._http,
        )
        client.platform_headers()
        return client

    async def _dress(self, request: httpx2.Request) -> None:
        """The last look at a request's headers before it leaves."""
        own = ACCOUNT_HEADERS if self.endpoint.name == "openai" else frozenset[str]()
        own |= request.extensions.get(OWN_HEADERS, frozenset())
        for name in [name for name in request.headers if name not in KNOWN_HEADERS | own]:
            del request.headers[name]
        request.headers["user-agent"] = "chatui"
        request.headers.update(self.endpoint.headers)
        request.extensions[TRACE] = SentMoment()
        if self._key:
            place = request.extensions.get(KEY_HEADER, self.endpoint.key_header)
            request.headers[place] = (
                f"Bearer {self._key}" if place == "authorization" else self._key
            )


def _socket_transport(path: str) -> httpx2.AsyncHTTPTransport:
    import httpx2

    return httpx2.AsyncHTTPTransport(uds=path)


def tell_limits(
    headers: Mapping[str, str], on_limits: Callable[[tuple[LimitLeft, ...]], None] | None
) -> None:
    """Tells what the headers say is left of a provider's limits, if they do."""
    if on_limits is not None and (left := limits_left(headers)):
        on_limits(left)
