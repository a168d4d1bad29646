"""The documents' side of the composition: all that `ingest`, `search` and `collections` need.

It stands apart from `bootstrap.services` because a search from the shell must not pay for the chat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from chatui.assistant.hooks import Hooks
from chatui.assistant.request_log import RequestLog
from chatui.bootstrap.ingest_quote import IngestQuotes
from chatui.bootstrap.logs import open_hooks, open_telemetry, request_log
from chatui.config.paths import Paths
from chatui.config.schema import Config, EmbedderSettings
from chatui.domain.errors import ConfigError, LibraryFailed
from chatui.retrieval.embedding.embedder import Preparation, WorkerEmbedder
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.embedding.source import MINILM_NAMES, UNIVERSAL
from chatui.retrieval.index.vectors import ChromaIndex
from chatui.retrieval.ingest.ingest import Ingestor
from chatui.retrieval.ingest.reading import ReadingLimits
from chatui.retrieval.library.library import Library
from chatui.retrieval.manual import Manual
from chatui.retrieval.readers.ocr import is_installed
from chatui.retrieval.search.packaged_reranker import packaged_folder
from chatui.retrieval.search.reranker import WorkerReranker
from chatui.retrieval.search.retriever import Retriever
from chatui.retrieval.sources import FileReader, Sources
from chatui.retrieval.upkeep import Upkeep
from chatui.system.tasks import both

if TYPE_CHECKING:
    from chatui.assistant.embedding_account import EmbeddingAccount
    from chatui.assistant.telemetry.telemetry import Telemetry
    from chatui.models.extractive.likeness import SentenceComparer
    from chatui.retrieval.embedding.endpoint import EndpointEmbedder
    from chatui.retrieval.index.chroma_server import ChromaServerIndex
    from chatui.retrieval.ingest.report import IngestReport


class Closable:
    __slots__ = ()

    async def close(self) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


LocalEmbedder = WorkerEmbedder | EmbedderPair

OnPreparation = Callable[[Preparation], None]

OnWarning = Callable[[str], None]


def choose_index(config: Config, paths: Paths, library: Library) -> ChromaIndex | ChromaServerIndex:
    settings = config.retrieval.chroma
    if not settings.url:
        return ChromaIndex(paths.vectors, log=paths.log)
    from chatui.retrieval.index.chroma_database import ChromaDatabase
    from chatui.retrieval.index.chroma_server import ChromaServerIndex
    from chatui.retrieval.web_service import Server, WebService
    from chatui.system.api_key import KeySource

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
    log: RequestLog | None = None,
) -> LocalEmbedder | EndpointEmbedder:
    """`on_warning` is told when an endpoint has to be waited for. Raises ConfigError for an
    endpoint without an address."""
    settings = config.retrieval.embedder
    if settings.provider == "local":
        models = [
            _local(config, paths, name, on_preparation) for name in embedding_models(settings)
        ]
        return EmbedderPair(*models) if len(models) == 2 else models[0]
    if not settings.base_url:
        raise ConfigError(
            "An openai-compatible embedder needs an address; set retrieval.embedder.base_url, "
            "or retrieval.embedder.provider to local."
        )
    return _endpoint(
        config, paths, _account(config, paths, on_warning, log or request_log(config, paths))
    )


def embedding_models(settings: EmbedderSettings) -> list[str]:
    """The names of those that run on this machine; of two the second knows other languages."""
    beside = settings.multilingual and settings.model in MINILM_NAMES
    return [settings.model, UNIVERSAL] if beside else [settings.model]


def for_sentences(embedder: LocalEmbedder | EndpointEmbedder) -> WorkerEmbedder | EndpointEmbedder:
    """What notes and quotes are compared with: their limits are those of one model."""
    return embedder.english if isinstance(embedder, EmbedderPair) else embedder


def comparer(embedder: LocalEmbedder | EndpointEmbedder) -> SentenceComparer:
    """What tells the built-in model how alike a question and sentences are."""
    from chatui.models.extractive.likeness import SentenceComparer

    if isinstance(embedder, EmbedderPair):
        return SentenceComparer(
            embedder.english.embed_documents,
            embedder.universal.embed_documents,
            embedder.universal.met_each,
        )
    return SentenceComparer(embedder.embed_documents)


def _local(
    config: Config, paths: Paths, model: str, on_preparation: OnPreparation | None
) -> WorkerEmbedder:
    settings = config.retrieval.embedder
    return WorkerEmbedder(
        model,
        paths.embedders,
        runtime=settings.runtime,
        precision=settings.precision,
        threads=settings.threads,
        log=paths.log,
        on_progress=on_preparation,
    )


def _account(
    config: Config, paths: Paths, say: OnWarning | None, log: RequestLog
) -> EmbeddingAccount:
    from chatui.assistant.embedding_account import EmbeddingAccount
    from chatui.assistant.rate_limit import RateLimit
    from chatui.bootstrap.pricing import embedding_provider, price_book
    from chatui.cost.tokens.tokens import TokenCounter

    settings = config.retrieval.embedder
    return EmbeddingAccount(
        paths.chats,
        f"{embedding_provider(config)}/{settings.model}",
        price_book(config, paths.prices),
        TokenCounter(),
        budget=config.budget,
        rate=RateLimit(settings.tokens_per_minute, settings.requests_per_minute),
        say=say,
        log=log,
    )


def _endpoint(config: Config, paths: Paths, account: EmbeddingAccount) -> EndpointEmbedder:
    from chatui.retrieval.embedding.endpoint import EndpointEmbedder
    from chatui.retrieval.web_service import Server, WebService
    from chatui.system.api_key import KeySource

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
        screen=_screen(config, paths),
    )


def _screen(config: Config, paths: Paths) -> Callable[[Sequence[str]], Sequence[str]] | None:
    """The filters on what is sent to be embedded."""
    if not config.filters:
        return None
    from chatui.bootstrap.filters import for_embedding
    from chatui.bootstrap.pricing import embedding_provider, on_this_machine

    provider = embedding_provider(config)
    table = config.providers.get(provider)
    local = on_this_machine(config.retrieval.embedder.base_url) or (table and table.local)
    return for_embedding(config, paths, provider, local=bool(local))


@dataclass(frozen=True, slots=True)
class Documents(Closable):
    """What ingests and finds documents."""

    library: Library
    embedder: LocalEmbedder | EndpointEmbedder
    index: ChromaIndex | ChromaServerIndex
    retriever: Retriever
    ingestor: Ingestor
    upkeep: Upkeep
    sources: Sources
    manual: Manual
    quotes: IngestQuotes
    reranker: WorkerReranker | None = None
    hooks: Hooks = field(default_factory=Hooks)
    log: RequestLog = field(default_factory=RequestLog)
    telemetry: Telemetry | None = None

    async def warm(self, collection: str) -> None:
        """Starts the children, when there is something to look for in the collection."""
        try:
            infos = await self.library.collections()
        except LibraryFailed:
            # The first question tells it.
            return
        if any(info.name == collection and info.chunks for info in infos):
            if self.reranker is not None:
                self.reranker.wake()
            await both(self.embedder.start(), self.index.start())

    async def close(self) -> None:
        await self.manual.close()
        await self.hooks.close()
        if self.reranker is not None:
            await self.reranker.close()
        await asyncio.gather(self.embedder.close(), self.index.close())
        await self.library.close()
        if self.telemetry is not None:
            await self.telemetry.close()


def open_documents(
    config: Config,
    paths: Paths,
    on_preparation: OnPreparation | None = None,
    on_warning: OnWarning | None = None,
) -> Documents:
    """Opens nothing yet: the library, the children and the connections start with their
    first call. `on_warning` gets sentences about what a search has to do without. Raises
    ConfigError."""
    library = Library(paths.library)
    telemetry = open_telemetry(config, paths, on_warning)
    calls = request_log(config, paths, telemetry)
    embedder = choose_embedder(config, paths, on_preparation, on_warning, calls)
    index = choose_index(config, paths, library)
    reranker = choose_reranker(config, paths, on_warning)
    reading = PACKAGED if config.retrieval.reranker.model == AUTO else NAMED
    hooks = open_hooks(config, on_warning, paths.log)

    def ingested(report: IngestReport) -> None:
        hooks.fire("ingest", figures_of(report))
        calls.tell(span_of(report), report.charge)

    limits = reading_limits(config)
    ingestor = Ingestor(
        library,
        embedder,
        index,
        limits=limits,
        jobs=config.ingest.jobs,
        log=paths.log,
        on_report=ingested,
    )
    return Documents(
        library,
        embedder,
        index,
        Retriever(
            library,
            embedder,
            index,
            candidates=config.retrieval.candidates,
            dense_weight=config.retrieval.dense_weight,
            diversity=config.retrieval.diversity,
            neighbours=config.retrieval.neighbours,
            reranker=reranker,
            reranked=config.retrieval.reranker.candidates or reading.candidates,
            reranked_words=reading.words,
            reranker_share=reading.share,
            met=embedder.universal.met if isinstance(embedder, EmbedderPair) else None,
            on_warning=on_warning,
        ),
        ingestor,
        Upkeep(library, embedder, index),
        Sources(library, FileReader(limits, paths.log)),
        Manual(library, ingestor, say=on_warning),
        IngestQuotes(config, paths, library, limits),
        reranker,
        hooks,
        calls,
        telemetry,
    )


def reading_limits(config: Config) -> ReadingLimits:
    return ReadingLimits(
        seconds_per_file=config.ingest.seconds_per_file,
        memory_mb_per_file=config.ingest.memory_mb_per_file,
        max_file_mb=config.ingest.max_file_mb,
        passage_characters=config.ingest.passage_characters,
        chunk_tokens=config.ingest.chunk_tokens,
        ocr=recognition(config),
    )


def recognition(config: Config) -> Literal["on", "off", "missing"]:
    if config.ingest.ocr == "off":
        return "off"
    return "on" if is_installed() else "missing"


def span_of(report: IngestReport) -> dict[str, Any]:
    """What an ingest is to a collector: all that its calls have in common."""
    began = datetime.now(UTC) - timedelta(seconds=report.seconds)
    return {"kind": "ingest", "time": began.isoformat(), "seconds": report.seconds}


def figures_of(report: IngestReport) -> dict[str, Any]:
    """What hooks are told of an ingest: its JSON, with numbers in the place of names."""
    told = report.as_json()
    files = {key: len(value) if isinstance(value, list) else value
             for key, value in told["files"].items()}  # fmt: skip
    return told | {"files": files}


AUTO = "auto"


@dataclass(frozen=True, slots=True)
class RerankerReading:
    """How many candidates a reranker reads, how many words of each (0 is all), and how much (0..1)
    it counts beside the score that they have."""

    candidates: int
    words: int
    share: float


PACKAGED = RerankerReading(10, 64, 0.7)
"""`docs/documents.md` has what that brings and takes. Alone it put fewer answers first in a speech
(86% of 50 questions, where 92% are first without it and with both) and in financial reports."""
NAMED = RerankerReading(30, 0, 1.0)


def choose_reranker(
    config: Config, paths: Paths, on_warning: OnWarning | None
) -> WorkerReranker | None:
    """The one that the config names, or that comes with an extra."""
    model = config.retrieval.reranker.model
    if model != AUTO:
        return WorkerReranker(model, log=paths.log, on_failure=on_warning) if model else None
    folder = packaged_folder()
    if folder is None:
        return None
    return WorkerReranker(str(folder), english_only=True, log=paths.log, on_failure=on_warning)
