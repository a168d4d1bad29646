"""An endpoint that serves models: its address, protocol, key and patience, as a value."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from chatui.domain.errors import ModelUnavailable
from chatui.domain.known_providers import KnownProvider, known_as, provider_at
from chatui.models.hosted.gpt import wants_responses
from chatui.system.api_key import KeySource
from chatui.system.urls import is_loopback

CONNECT_SECONDS = 10.0
"""For the server's name, the connection and its encryption."""
OLLAMA = "ollama"
OLLAMA_PORT = "11434"

Api = Literal["chat-completions", "gemini", "messages", "ollama", "openrouter", "responses"]
CHAT_COMPLETIONS: Api = "chat-completions"
"""OpenAI's protocol, which nearly everyone follows."""
MESSAGES: Api = "messages"
"""Anthropic's (https://platform.claude.com/docs/en/api/messages)."""
RESPONSES: Api = "responses"
"""OpenAI's newer one (https://developers.openai.com/api/reference/resources/responses)."""
OLLAMA_CHAT: Api = "ollama"
GEMINI: Api = "gemini"
"""Google's (https://ai.google.dev/api/generate-content)."""
OPENROUTER: Api = "openrouter"
"""Chat completions, with what OpenRouter has beside them (https://openrouter.ai/docs)."""
ANTHROPIC_VERSION = "2023-06-01"
"""Of the Messages API. Those after it take no sampling options at all."""
GEMINI_COMPATIBLE = "/openai"
"""Where Google serves chat completions, below the address of its own protocol."""
KEY_HEADERS: Mapping[Api, str] = {MESSAGES: "x-api-key", GEMINI: "x-goog-api-key"}
"""Of protocols that don't have the key in `authorization`."""
NOTHING_MORE: Mapping[str, str] = {}
PromptCache = Literal["off", "5m", "1h"]
"""How long a provider that is told what to keep of a prompt is told to keep it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of a server, or the path of its Unix socket."""

    host: str
    port: int
    tls: bool
    socket: str = ""

    @property
    def loopback(self) -> bool:
        return bool(self.socket) or is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Who serves models, and how to call them.

    `base_url` is what `/chat/completions` is appended to. `first_token_seconds` is the
    longest wait for the first piece of a reply, `silence_seconds` the longest one between
    two pieces; keep-alive comments do not count as pieces. `retries` counts further
    attempts before anything was answered. A `local` endpoint costs nothing.
    `api` is the protocol that it is asked by, None where its address tells. `prompt_cache` counts
    where the protocol has marks for what is to be kept. `service_tier` is the class of service that
    is asked for, in the provider's word, "" for its usual one. `routing` and `reasoning` are what
    OpenRouter is told of who may serve a model and of how it thinks, by OpenRouter's own names.
    `context_size` is in tokens, None when unknown. `num_ctx` (tokens) and `keep_alive` ("30m", or
    seconds) are what Ollama is asked for; None and "" leave it to Ollama. `ca_file` holds
    certificates that are trusted besides.
    """

    name: str
    base_url: str
    key: KeySource
    models: tuple[str, ...] = ()
    context_size: int | None = None
    first_token_seconds: float = 120.0
    silence_seconds: float = 600.0
    retries: int = 2
    local: bool = False
    num_ctx: int | None = None
    keep_alive: str = ""
    ca_file: str = ""
    api: Api | None = None
    prompt_cache: PromptCache = "5m"
    service_tier: str = ""
    routing: Mapping[str, Any] = field(default_factory=dict)
    reasoning: Mapping[str, Any] = field(default_factory=dict)

    @property
    def known(self) -> KnownProvider | None:
        """What is published of whoever serves it."""
        return known_as(self.base_url, self.name)

    @property
    def usable(self) -> bool:
        """Whether a call can be tried: nothing but a missing key stands against it."""
        return self.key.present or not self.key.configured or self.local

    @property
    def protocol(self) -> Api:
        """What it is asked by. Only Ollama's own has `num_ctx`."""
        if self.api is not None:
            return self.api
        if self.name == OLLAMA or self.num_ctx is not None:
            return OLLAMA_CHAT
        return api_at(self.base_url)

    def protocol_for(self, model: str) -> Api:
        """What one of its models is asked by."""
        if self.protocol == CHAT_COMPLETIONS and self.api is None and is_openai(self.base_url):
            return RESPONSES if wants_responses(model) else CHAT_COMPLETIONS
        return self.protocol

    @property
    def key_header(self) -> str:
        """The header that its key goes into."""
        return KEY_HEADERS.get(self.protocol, "authorization")

    @property
    def keeps(self) -> PromptCache | Literal[""]:
        """How long it is told to keep prompts; "" where it is told nothing and may do so all the
        same. Anthropic's compatible endpoint never does
        (https://platform.claude.com/docs/en/api/openai-sdk)."""
        if self.protocol in (MESSAGES, RESPONSES, OPENROUTER) or is_openai(self.base_url):
            return self.prompt_cache
        return "off" if api_at(self.base_url) == MESSAGES else ""

    @property
    def headers(self) -> Mapping[str, str]:
        """What else its protocol wants in the head of every request."""
        if self.protocol == MESSAGES:
            return {"anthropic-version": ANTHROPIC_VERSION}
        return NOTHING_MORE

    @property
    def may_bill(self) -> bool:
        """Whether a call may cost money: not one of a `local` endpoint, nor one without TLS, which
        every provider that bills has."""
        return self.address.tls and not self.local

    @property
    def address(self) -> Address:
        """Where to connect. Raises ModelUnavailable when `base_url` does not tell."""
        if socket := socket_of(self.base_url):
            return Address("localhost", 80, tls=False, socket=socket[0])
        try:
            parts = urlsplit(self.base_url)
            default = {"http": 80, "https": 443}[parts.scheme]
            port = parts.port if parts.port is not None else default
        except (ValueError, KeyError):
            host, port = None, 0
        else:
            host = parts.hostname
        if not host:
            raise ModelUnavailable(
                f"{self.shown_url!r}, the base_url of {self.name}, is no http(s) address and no "
                f"unix:// one; correct it in [providers.{self.name}]."
            )
        return Address(host, port, tls=parts.scheme == "https")

    @property
    def http_url(self) -> str:
        """What requests are addressed to: the base URL, or what stands for a Unix socket. Google's
        own protocol is below the address of the compatible one, which many configs name."""
        socket = socket_of(self.base_url)
        url = f"http://localhost{socket[1]}" if socket else self.base_url.rstrip("/")
        return url.removesuffix(GEMINI_COMPATIBLE) if self.protocol == GEMINI else url

    @property
    def root(self) -> str:
        """The same without the /v1 of the common protocol, where servers have their own."""
        return self.http_url.removesuffix("/v1")

    @property
    def shown_url(self) -> str:
        """The base URL as a message may show it: without a password."""
        return re.sub(r"//[^/]*@", "//", self.base_url)


def api_at(base_url: str) -> Api:
    """The protocol that is spoken at an address."""
    known = provider_at(base_url)
    return known.api if known is not None and known.api else CHAT_COMPLETIONS


def is_openai(base_url: str) -> bool:
    known = provider_at(base_url)
    return known is not None and known.name == "openai"


def socket_of(base_url: str) -> tuple[str, str] | None:
    """The path of a Unix socket and that of the API behind it; None for another address. Written
    `unix:///run/x.sock`, with `:/path` behind it where the API is not at /v1, or
    `http+unix://%2Frun%2Fx.sock/v1`."""
    scheme, _, rest = base_url.partition("://")
    if scheme.lower() == "unix" and rest.startswith("/"):
        path, _, api = rest.partition(":")
        return path, (api or "/v1").rstrip("/")
    if scheme.lower() == "http+unix":
        path, _, api = rest.partition("/")
        path = unquote(path)
        return (path, f"/{api or 'v1'}".rstrip("/")) if path.startswith("/") else None
    return None


def address_in_force(name: str, base_url: str, environ: Mapping[str, str] = os.environ) -> str:
    """The base URL, as OPENAI_BASE_URL and OLLAMA_HOST change it for their own provider."""
    if name == "openai" and (given := environ.get("OPENAI_BASE_URL", "").strip()):
        return given.rstrip("/")
    if name == OLLAMA and (given := environ.get("OLLAMA_HOST", "").strip().strip("\"'")):
        return ollama_address(given)
    return base_url.rstrip("/")


def ollama_address(host: str) -> str:
    """The base URL for a value of OLLAMA_HOST: `host`, `host:port`, `:port` or a URL.

    By Ollama's own rules: without a scheme the port is 11434, with one it is the scheme's.
    An address to listen on everywhere (0.0.0.0, ::) is reached on the loopback one.
    """
    scheme, separator, rest = host.rpartition("://")
    scheme = scheme.lower() if separator else "http"
    port = {"http": "80", "https": "443"}.get(scheme, "") if separator else OLLAMA_PORT
    place, _, path = rest.partition("/")
    if place.startswith("["):
        inside, _, behind = place[1:].partition("]")
        name, port = f"[{inside}]", behind.removeprefix(":") or port
    elif place.count(":") == 1:
        name, _, given = place.partition(":")
        port = given or port
    else:
        name = f"[{place}]" if ":" in place else place
    name = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(name, name)
    path = path.strip("/")
    root = f"{scheme}://{name}:{port}" + (f"/{path}" if path else "")
    return root if root.endswith("/v1") else f"{root}/v1"
