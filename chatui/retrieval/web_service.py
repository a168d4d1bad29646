"""JSON over HTTP with one server: its key, patience, further attempts, plain errors.

What the Chroma server and the embedding endpoint have in common. The HTTP client is that of
the openai SDK, without the SDK: that would take half a second longer to import.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatui.domain.errors import AuthenticationFailed, ConfigError, RetrievalError
from chatui.retrieval.web_faults import ServiceRefused
from chatui.system.api_key import KeySource
from chatui.system.bounded_body import bound_body
from chatui.system.http_retry import delay, may_pass, retry_after
from chatui.system.network import building_fails, by_proxy, environment_fault
from chatui.system.urls import is_loopback, shown
from chatui.text.error_words import error_words
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 10.0
FIRST_DELAY = 0.25
LONGEST_WAIT = 60.0
"""Seconds. A server that asks for more is not waited for."""


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to call, and what messages call it. `setting` is the config key of its address,
    `advice` what to do when nothing answers there. `key_header` carries the key; None is
    `Authorization: Bearer`. `retries` counts further attempts, `seconds` is for each."""

    title: str
    url: str
    key: KeySource
    setting: str
    advice: str
    key_header: str | None = None
    retries: int = 4
    seconds: float = 60.0

    @property
    def shown_url(self) -> str:
        """The address as a message may show it: without a password."""
        return shown(self.url)

    @property
    def host(self) -> str:
        """Raises ConfigError when the address is none."""
        try:
            parts = urlsplit(self.url)
            parts.port  # noqa: B018 - reading it checks it
        except ValueError:
            host = None
        else:
            host = parts.hostname if parts.scheme in ("http", "https") else None
        if not host:
            raise ConfigError(
                f"{self.shown_url!r} is no http(s) address; correct {self.setting} in the config."
            )
        return host

    @property
    def loopback(self) -> bool:
        return is_loopback(self.host)


class WebService:
    """Sends the key to the server's own address only: redirects are not followed.

    Raises ServiceRefused for an answer that is an error, RetrievalError when there is no
    answer or no JSON in it, or no key to send.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def get(self, path: str) -> Any:
        return await self._request("GET", path, None)

    async def post(self, path: str, body: Any) -> Any:
        content = await asyncio.to_thread(json.dumps, body)
        return await self._request("POST", path, content.encode())

    async def delete(self, path: str) -> Any:
        return await self._request("DELETE", path, None)

    async def close(self) -> None:
        """Closes the connections; a later request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _request(self, method: str, path: str, content: bytes | None) -> Any:
        """Tries again after faults that pass: all that is asked here can be asked twice."""
        attempt = 0
        while True:
            try:
                return await self._attempt(method, path, content)
            except (ServiceRefused, _Unreachable) as fault:
                seconds = self._delay(fault, attempt)
                if seconds is None:
                    raise
                await asyncio.sleep(seconds)
                attempt += 1

    def _delay(self, fault: RetrievalError, attempt: int) -> float | None:
        """Seconds to the next attempt, None for none."""
        if attempt >= self.server.retries:
            return None
        asked = None
        if isinstance(fault, ServiceRefused):
            if fault.lasting or not may_pass(fault.status):
                return None
            asked = fault.wait
        return delay(attempt, asked, first=FIRST_DELAY, longest=LONGEST_WAIT)

    async def _attempt(self, method: str, path: str, content: bytes | None) -> Any:
        client = await self._open()
        import httpx2

        server, key = self.server, await self._key()
        headers = self._headers(key, has_body=content is not None)
        try:
            async with asyncio.timeout(server.seconds):
                response = await client.request(
                    method, server.url.rstrip("/") + path, content=content, headers=headers
                )
        except TimeoutError as error:
            raise _Unreachable(self._unreachable(f"no answer in {server.seconds:g} s")) from error
        except httpx2.TimeoutException as error:
            raise _Unreachable(self._unreachable("no connection in time")) from error
        except httpx2.ConnectError as error:
            way = "" if self.server.loopback else by_proxy(self.server.url)
            raise _Unreachable(self._unreachable(f"nothing answers there{way}")) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _Unreachable(self._unreachable("the connection broke")) from error
        return await asyncio.to_thread(self._answer, response, key)

    async def _key(self) -> str:
        try:
            return await self.server.key.read()
        except AuthenticationFailed as error:
            raise RetrievalError(str(error)) from error

    def _headers(self, key: str, *, has_body: bool) -> dict[str, str]:
        headers = {"user-agent": "chatui", "accept": "application/json"}
        if has_body:
            headers["content-type"] = "application/json"
        if key and self.server.key_header is not None:
            headers[self.server.key_header] = key
        elif key:
            headers["authorization"] = f"Bearer {key}"
        return headers

    def _answer(self, response: httpx2.Response, key: str) -> Any:
        """The JSON of a response, None for an empty one."""
        server, status = self.server, response.status_code
        text = response.text
        try:
            body = read_json(text) if text.strip() else None
        except ValueError as error:
            if status < 300:
                raise RetrievalError(
                    f"What answers at {server.shown_url} is not {server.title}; "
                    f"check {server.setting}."
                ) from error
            body = None
        if status < 300:
            return body
        if status == 401:
            server.key.forget()
        raise self._refusal(status, error_words(body, key), retry_after(response.headers))

    def _refusal(self, status: int, words: str, wait: float | None) -> ServiceRefused:
        server = self.server
        reason = f" ({words})" if words else ""
        where = f"{server.title} at {server.shown_url}"
        if status == 401:
            said = "refused the key" if server.key.present else "wants a key"
            sentence = f"{where} {said}; {server.key.advice}."
        elif status == 403:
            sentence = f"{where} does not allow this{reason}; {server.key.advice}."
        elif status == 429:
            sentence = f"{where} limits how often it is asked{reason}; try again in a while."
        elif 300 <= status < 400:
            sentence = f"{where} sends elsewhere (HTTP {status}); correct {server.setting}."
        elif status == 404:
            sentence = f"{where} does not serve this{reason or ' (HTTP 404)'}; check its settings."
        elif status < 500:
            sentence = f"{where} refused this with HTTP {status}{reason}; check its settings."
        else:
            sentence = f"{where} failed with HTTP {status}{reason}; try again later."
        # The first letter alone: `capitalize` would make the rest small.
        return ServiceRefused(sentence[0].upper() + sentence[1:], status, words, wait)

    def _unreachable(self, reason: str) -> str:
        title = self.server.title[0].upper() + self.server.title[1:]
        return (
            f"{title} at {self.server.shown_url} cannot be reached ({reason}); "
            f"{self.server.advice}."
        )

    async def _open(self) -> httpx2.AsyncClient:
        async with self._opening:
            if self._client is None:
                try:
                    self._client = await asyncio.to_thread(self._build)
                except building_fails() as error:
                    fault = environment_fault(self.server.url, error)
                    raise _Unreachable(self._unreachable(fault)) from error
            return self._client

    def _build(self) -> httpx2.AsyncClient:
        loopback, tls = self.server.loopback, self.server.url.startswith("https:")
        import httpx2

        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            follow_redirects=False,
            # A proxy named by the environment can't reach this machine's own address.
            trust_env=not loopback,
            # Certificates take 0.15 s to load, and there is nobody in between here.
            verify=tls or not loopback,
            event_hooks={"response": [bound_body]},
        )


class _Unreachable(RetrievalError):
    """No answer: the connection was refused, broke, or took too long."""
