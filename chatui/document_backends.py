"""Where vectors are made and where they are kept: on this machine, or on servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatui.config import Config
from chatui.errors import ConfigError
from chatui.paths import Paths
from chatui.retrieval.embedder import Preparation, WorkerEmbedder
from chatui.retrieval.library import Library
from chatui.retrieval.vectors import ChromaIndex

if TYPE_CHECKING:
    from chatui.embedding_account import EmbeddingAccount
    from chatui.retrieval.chroma_server import ChromaServerIndex
    from chatui.retrieval.embedder_endpoint import EndpointEmbedder

OnPreparation = Callable[[Preparation], None]
OnWarning = Callable[[str], None]


def choose_index(config: Config, paths: Paths, library: Library) -> ChromaIndex | ChromaServerIndex:
    settings = config.retrieval.chroma
    if not settings.url:
        return ChromaIndex(paths.vectors, log=paths.log)
    from chatui.keys import KeySource
    from chatui.retrieval.chroma_database import ChromaDatabase
    from chatui.retrieval.chroma_server import ChromaServerIndex
    from chatui.retrieval.web_service import Server, WebService

    title, section = "the Chroma server", "retrieval.chroma"
    key = KeySource(
        title, env=settings.api_key_env, command=settings.api_key_command, section=section
    )
    server = Server(
        title,
        settings.url,
        key,
        f"{section}.url",
        f"start it, or empty {section}.url",
        key_header="x-chroma-token",
    )
    database = ChromaDatabase(
        WebService(server), tenant=settings.tenant, database=settings.database
    )
    return ChromaServerIndex(database, library.id)


def choose_embedder(
    config: Config,
    paths: Paths,
    on_preparation: OnPreparation | None,
    on_warning: OnWarning | None = None,
) -> WorkerEmbedder | EndpointEmbedder:
    """`on_warning` is told when an endpoint has to be waited for. Raises ConfigError for an
    endpoint without an address."""
    settings = config.retrieval.embedder
    if settings.provider == "local":
        return WorkerEmbedder(
            settings.model,
            paths.embedders,
            runtime=settings.runtime,
            precision=settings.precision,
            threads=settings.threads,
            log=paths.log,
            on_progress=on_preparation,
        )
    if not settings.base_url:
        raise ConfigError(
            "An openai-compatible embedder needs an address; set retrieval.embedder.base_url, "
            "or retrieval.embedder.provider to local."
        )
    return _endpoint(config, paths, _account(config, paths, on_warning))


def _account(config: Config, paths: Paths, say: OnWarning | None) -> EmbeddingAccount:
    from chatui.cost.tokens import TokenCounter
    from chatui.embedding_account import EmbeddingAccount
    from chatui.pacing import RateLimit
    from chatui.pricing import embedding_provider, price_book

    settings = config.retrieval.embedder
    return EmbeddingAccount(
        paths.chats,
        f"{embedding_provider(config)}/{settings.model}",
        price_book(config, paths.prices),
        TokenCounter(),
        budget=config.budget,
        rate=RateLimit(settings.tokens_per_minute, settings.requests_per_minute),
        say=say,
    )


def _endpoint(config: Config, paths: Paths, account: EmbeddingAccount) -> EndpointEmbedder:
    from chatui.keys import KeySource
    from chatui.retrieval.embedder_endpoint import EndpointEmbedder
    from chatui.retrieval.web_service import Server, WebService

    settings, section = config.retrieval.embedder, "retrieval.embedder"
    title = "the embedding endpoint"
    key = KeySource(
        title, env=settings.api_key_env, command=settings.api_key_command, section=section
    )
    server = Server(
        title,
        settings.base_url,
        key,
        f"{section}.base_url",
        f"start it, or correct {section}.base_url",
    )
    return EndpointEmbedder(
        WebService(server),
        settings.model,
        paths.embedders,
        account=account,
        batch=settings.batch,
        query_prompt=settings.query_prompt,
        document_prompt=settings.document_prompt,
    )
