"""What an endpoint serves, asked of the endpoint itself."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatui.domain.errors import BadResponse, ModelUnavailable
from chatui.models.base import ModelInfo
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.translation import translating
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    from http.client import HTTPConnection

OLLAMA = "ollama"
PROBE_SECONDS = 0.3
"""For a start-up that must not wait for a server that is not there."""
LIST_SECONDS = 5.0
OTHER_TRADES = (
    "embed",
    "rerank",
    "moderation",
    "whisper",
    "transcribe",
    "tts",
    "realtime",
    "dall-e",
    "gpt-image",
    "sora",
)
"""Parts of the names of models that don't chat; providers list them with the others."""
ANSWER_LIMIT = 32 * 1024 * 1024

LARGEST_CONTEXT = 2**31
OLLAMA_CONTEXT = 4096
"""What Ollama gives a model whose file names no num_ctx; it cuts longer prompts in silence."""


async def listens(endpoint: Endpoint, seconds: float = PROBE_SECONDS) -> bool:
    """Whether anything accepts connections at the endpoint's address. Raises
    ModelUnavailable when that is no address."""
    address = endpoint.address
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except (OSError, UnicodeError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def served_models(connection: Connection, seconds: float) -> tuple[ModelInfo, ...]:
    """The models that an endpoint says it has, newest first where it tells.

    Raises ModelError when it does not answer in `seconds`, or not with a list.
    """
    endpoint = connection.endpoint
    if endpoint.name == OLLAMA and not endpoint.key.present:
        listed = await _local_json(endpoint, f"{_ollama_root(endpoint)}/api/tags", None, seconds)
        return _infos(endpoint, listed, "models", "name")
    if endpoint.local and not endpoint.key.present:
        listed = await _local_json(endpoint, f"{endpoint.base_url}/models", None, seconds)
    else:
        # Loads the SDK in a thread: the first call is often the window's.
        await connection.warm()
        try:
            with translating(connection, ""):
                answer = await asyncio.wait_for(connection.get("/models"), seconds)
            listed = await asyncio.to_thread(read_json, answer)
        except ValueError as error:
            raise _no_list(endpoint) from error
        except TimeoutError as error:
            raise ModelUnavailable(
                f"{endpoint.name} sent no list of models within {seconds:g} s."
            ) from error
    return _infos(endpoint, listed, "data", "id")


async def ollama_context(endpoint: Endpoint, model: str, seconds: float) -> int | None:
    """The context that Ollama will give a model, in tokens: what it is loaded with, else
    its own num_ctx, else Ollama's default. Raises ModelError when Ollama does not answer."""
    root = _ollama_root(endpoint)
    loaded, shown = await asyncio.gather(
        _local_json(endpoint, f"{root}/api/ps", None, seconds),
        _local_json(endpoint, f"{root}/api/show", {"model": model}, seconds),
    )
    return context_of(model, loaded, shown)


def context_of(model: str, loaded: Any, shown: Any) -> int | None:
    """The rule of `ollama_context`, on the JSON of /api/ps and /api/show."""
    for entry in _entries(loaded, "models"):
        names = (entry.get("name"), entry.get("model"))
        if (model in names or f"{model}:latest" in names) and _count(entry, "context_length"):
            return _count(entry, "context_length")
    if not isinstance(shown, Mapping):
        return None
    for line in str(shown.get("parameters", "")).splitlines():
        name, _, value = line.strip().partition(" ")
        if name == "num_ctx" and value.strip().isdecimal():
            return int(value)
    details = shown.get("model_info")
    if not isinstance(details, Mapping):
        return OLLAMA_CONTEXT
    trained = [_count(details, key) for key in details if str(key).endswith(".context_length")]
    return min([OLLAMA_CONTEXT, *(size for size in trained if size)])


def _infos(endpoint: Endpoint, listed: Any, key: str, name: str) -> tuple[ModelInfo, ...]:
    if not isinstance(listed, Mapping) or not isinstance(listed.get(key), list):
        raise _no_list(endpoint)
    return tuple(
        ModelInfo(
            name=f"{endpoint.name}/{entry[name]}",
            context_size=endpoint.context_size or _listed_context(entry),
            local=endpoint.local,
        )
        for entry in _entries(listed, key)
        if isinstance(entry.get(name), str) and entry[name] and _chats(entry, entry[name])
    )


def _no_list(endpoint: Endpoint) -> BadResponse:
    return BadResponse(f"{endpoint.name} sent no list of models; check its base_url.")


def _entries(listed: Any, key: str) -> list[Mapping[str, Any]]:
    found = listed.get(key) if isinstance(listed, Mapping) else None
    entries = found if isinstance(found, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _listed_context(entry: Mapping[str, Any]) -> int | None:
    """vLLM, OpenRouter and llama.cpp's server each have their own name for it."""
    meta = entry.get("meta")
    inner = _count(meta, "n_ctx") if isinstance(meta, Mapping) else None
    return _count(entry, "max_model_len") or _count(entry, "context_length") or inner


def _chats(entry: Mapping[str, Any], name: str) -> bool:
    details = entry.get("details")
    family = str(details.get("family", "")) if isinstance(details, Mapping) else ""
    return "bert" not in family and not any(word in name.lower() for word in OTHER_TRADES)


def _count(entry: Mapping[str, Any], key: str) -> int | None:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= LARGEST_CONTEXT else None


def _ollama_root(endpoint: Endpoint) -> str:
    return endpoint.base_url.removesuffix("/v1")


async def _local_json(
    endpoint: Endpoint, url: str, body: Mapping[str, Any] | None, seconds: float
) -> Any:
    """The JSON of a request without a key, by the standard library: the SDK would have to
    be imported first, which takes longer than a start may."""
    import http.client

    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    try:
        fetching = asyncio.to_thread(_fetch, connection, parts.path, body)
        return await asyncio.wait_for(fetching, seconds)
    except TimeoutError as error:
        raise ModelUnavailable(f"{endpoint.name} did not answer within {seconds:g} s.") from error
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
