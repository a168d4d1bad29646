"""What an endpoint serves, asked of the endpoint itself."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from chatui.domain.errors import BadResponse, ModelError, ModelUnavailable
from chatui.domain.media import MediumKind
from chatui.models.base import CONFIG, SERVER, ModelInfo
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import OLLAMA, Endpoint
from chatui.models.hosted.model_list import (
    count,
    models_of,
    next_page,
    size_of,
    takes_of,
)
from chatui.models.hosted.ollama import context_of
from chatui.models.hosted.translation import translating, untrusted
from chatui.system.network import environment_fault, tls_context
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    from http.client import HTTPConnection

PROBE_SECONDS = 0.3
"""For a start-up that must not wait for a server that is not there."""
LIST_SECONDS = 5.0
ANSWER_LIMIT = 32 * 1024 * 1024
ASKED_AT_ONCE = 8
NUM_CTX = "num_ctx, which Ollama is asked for"
MOST_PAGES = 100
"""Of one list. Who gives so many may give them without end."""

Fetch = Callable[[str, float], Awaitable[Any]]
"""The JSON at an address; raises ModelError and TimeoutError."""


async def listens(endpoint: Endpoint, seconds: float = PROBE_SECONDS) -> bool:
    """Whether anything accepts connections at the endpoint's address. Raises
    ModelUnavailable when that is no address."""
    address = endpoint.address
    try:
        async with asyncio.timeout(seconds):
            if address.socket:
                _, writer = await asyncio.open_unix_connection(address.socket)
            else:
                _, writer = await asyncio.open_connection(address.host, address.port)
    except (OSError, UnicodeError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def served_models(connection: Connection, seconds: float) -> tuple[ModelInfo, ...]:
    """The models that an endpoint says it has, of all pages of its list.

    Raises ModelError when it does not begin to tell within `seconds`, or not with a list.
    """
    endpoint = connection.endpoint
    fetch = await _fetcher(connection)
    ollama = endpoint.name == OLLAMA and not endpoint.key.present
    url = first = f"{endpoint.root}/api/tags" if ollama else f"{endpoint.http_url}/models"
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    found: dict[str, ModelInfo] = {}
    for _ in range(MOST_PAGES):
        try:
            listed = await fetch(url, max(0.0, deadline - clock()) if found else seconds)
            infos = await asyncio.to_thread(models_of, endpoint.name, listed, local=endpoint.local)
            if infos is None:
                raise _no_list(endpoint)
        except ModelError:
            # What came before is worth more than the page that did not.
            if found:
                break
            raise
        new = {info.name: info for info in infos if info.name not in found}
        found |= new
        following = _following(first, url, next_page(listed))
        if not new or following is None:
            break
        url = following
    return tuple(_as_configured(info, endpoint) for info in found.values())


async def with_sizes(
    connection: Connection, infos: Sequence[ModelInfo], seconds: float
) -> tuple[ModelInfo, ...]:
    """The models of a local server with what it tells elsewhere than in its list, their contexts
    and what they see: Ollama as `ollama_info` asks it, LM Studio at /api/v0/models, llama.cpp at
    /props, TGI at /info. A server that has none of these leaves them as they are."""
    endpoint = connection.endpoint
    if endpoint.name == OLLAMA and endpoint.local and not endpoint.key.present:
        return await _with_ollamas_word(endpoint, infos, seconds)
    if all(info.context_size for info in infos) or not endpoint.local:
        return tuple(infos)
    try:
        fetch = await _fetcher(connection)
    except ModelError:
        return tuple(infos)

    async def told(path: str) -> Any:
        try:
            return await fetch(endpoint.root + path, seconds)
        except ModelError:
            return None

    studio, props, tgi = await asyncio.gather(told("/api/v0/models"), told("/props"), told("/info"))
    entries = studio.get("data") if isinstance(studio, Mapping) else None
    told_of: dict[str, tuple[int | None, frozenset[MediumKind] | None]] = {
        f"{endpoint.name}/{entry.get('id')}": (size_of(entry), takes_of(entry))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping)
    }
    if len(infos) == 1 and not told_of:
        modalities = props.get("modalities") if isinstance(props, Mapping) else None
        told_of = {infos[0].name: (_alone(props, tgi), takes_of({"capabilities": modalities}))}

    def completed(info: ModelInfo) -> ModelInfo:
        size, sees = told_of.get(info.name, (None, None))
        if not info.context_size and size:
            info = replace(info, context_size=size, context_from=SERVER)
        return replace(info, takes=sees) if sees is not None else info

    return tuple(map(completed, infos))


async def ollama_tells(
    endpoint: Endpoint, model: str, seconds: float
) -> tuple[int | None, frozenset[MediumKind] | None]:
    """The context that Ollama will give a model, in tokens (see `context_of`), and what the model
    sees. Raises ModelError when Ollama does not answer."""
    loaded, shown = await asyncio.gather(
        _local_json(endpoint, f"{endpoint.root}/api/ps", None, seconds),
        _local_json(endpoint, f"{endpoint.root}/api/show", {"model": model}, seconds),
    )
    sees = takes_of(shown) if isinstance(shown, Mapping) else None
    return context_of(model, loaded, shown, endpoint.num_ctx), sees


async def ollama_info(endpoint: Endpoint, info: ModelInfo, seconds: float) -> ModelInfo:
    """The model with what `ollama_tells` of it. Raises ModelError."""
    size, sees = await ollama_tells(endpoint, info.model, seconds)
    source = NUM_CTX if endpoint.num_ctx and size else SERVER
    return replace(info, context_size=size, context_from=source if size else "", takes=sees)


async def _with_ollamas_word(
    endpoint: Endpoint, infos: Sequence[ModelInfo], seconds: float
) -> tuple[ModelInfo, ...]:
    """What Ollama tells of each within that time; of a model that it doesn't, what is known."""
    until, at_once = asyncio.get_running_loop().time() + seconds, asyncio.Semaphore(ASKED_AT_ONCE)

    async def told(info: ModelInfo) -> ModelInfo:
        async with at_once:
            left = until - asyncio.get_running_loop().time()
            if info.context_size or left <= 0:
                return info
            try:
                return await ollama_info(endpoint, info, left)
            except ModelError:
                return info

    return tuple(await asyncio.gather(*map(told, infos)))


def _alone(props: Any, tgi: Any) -> int | None:
    """The context of a server that has one model."""
    settings = props.get("default_generation_settings") if isinstance(props, Mapping) else None
    places = (settings, "n_ctx"), (props, "n_ctx"), (tgi, "max_total_tokens")
    sizes = (count(place, key) for place, key in places if isinstance(place, Mapping))
    return next((size for size in sizes if size), None)


def _as_configured(info: ModelInfo, endpoint: Endpoint) -> ModelInfo:
    if endpoint.context_size is None:
        return info
    return replace(info, context_size=endpoint.context_size, context_from=CONFIG)


def _following(first: str, url: str, page: Mapping[str, str] | str | None) -> str | None:
    """The address of the next page, which is at the same server: the key goes there too."""
    if page is None:
        return None
    if isinstance(page, Mapping):
        return f"{first}?{urlencode(page)}"
    try:
        joined = urljoin(url, page)
        same = urlsplit(joined)[:2] == urlsplit(first)[:2]
    except ValueError:
        return None
    return joined if same else None


async def _fetcher(connection: Connection) -> Fetch:
    """How the endpoint is asked for JSON. Raises ModelError."""
    endpoint = connection.endpoint
    if endpoint.local and not endpoint.key.present:
        return lambda url, seconds: _local_json(endpoint, url, None, seconds)
    # Loads the SDK in a thread: the first call is often the window's.
    await connection.warm()

    async def fetch(url: str, seconds: float) -> Any:
        try:
            with translating(connection, ""):
                answer = await asyncio.wait_for(connection.get(url), seconds)
            return await asyncio.to_thread(read_json, answer)
        except ValueError as error:
            raise _no_list(endpoint) from error
        except TimeoutError as error:
            raise ModelUnavailable(
                f"{endpoint.name} sent no list of models within {seconds:g} s."
            ) from error

    return fetch


def _no_list(endpoint: Endpoint) -> BadResponse:
    return BadResponse(
        f"{endpoint.name} sent no list of models; check its base_url, or name what it has under "
        f"models in [providers.{endpoint.name}]."
    )


async def _local_json(
    endpoint: Endpoint, url: str, body: Mapping[str, Any] | None, seconds: float
) -> Any:
    """The JSON of a request without a key, by the standard library: the SDK would have to
    be imported first, which takes longer than a start may."""
    try:
        connection = await asyncio.to_thread(_connection, endpoint, url, seconds)
    except OSError as error:
        fault = environment_fault(url, error)
        raise ModelUnavailable(
            f"{endpoint.shown_url} ({endpoint.name}) was not asked: {fault}."
        ) from error
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        fetching = asyncio.to_thread(_fetch, connection, path, body)
        return await asyncio.wait_for(fetching, seconds)
    except TimeoutError as error:
        raise ModelUnavailable(f"{endpoint.name} did not answer within {seconds:g} s.") from error
    except ssl.SSLError as error:
        raise untrusted(endpoint) from error
    except OSError as error:
        raise ModelUnavailable(
            f"Nothing answers at {endpoint.shown_url} ({endpoint.name})."
        ) from error
    except ValueError as error:
        raise _no_list(endpoint) from error
    finally:
        # A server that sends a byte now and then would keep the thread for ever.
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)


def _connection(endpoint: Endpoint, url: str, seconds: float) -> HTTPConnection:
    """Raises OSError where the certificates can't be read."""
    import http.client

    address, parts = endpoint.address, urlsplit(url)
    if not address.socket:
        if parts.scheme == "https":
            context = tls_context(endpoint.ca_file)
            return http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=seconds, context=context
            )
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)

    class SocketConnection(http.client.HTTPConnection):
        def connect(self) -> None:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(seconds)
            self.sock.connect(address.socket)

    return SocketConnection(address.host, timeout=seconds)


def _fetch(connection: HTTPConnection, path: str, body: Mapping[str, Any] | None) -> Any:
    """Raises OSError and ValueError."""
    from http.client import HTTPException

    try:
        if body is None:
            connection.request("GET", path)
        else:
            data = json.dumps(body)
            connection.request("POST", path, data, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read(ANSWER_LIMIT)
        if response.status != 200:
            raise ValueError(f"HTTP {response.status}")
        return read_json(answer)
    except HTTPException as error:
        raise ValueError(str(error)) from error
    finally:
        connection.close()
