"""The composition root: settings in, objects out.

This room, the command line and the window's shell are the only readers of Config. Nothing heavy
is imported or started here: the children start with their first call, the vocabularies and the
price list load with the first count.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from chatui.assistant.assistant import Assistant
from chatui.assistant.background import BackgroundJobs
from chatui.assistant.calibrate import Estimates
from chatui.assistant.lookup import SearchDefaults
from chatui.assistant.media_files import MediaFiles
from chatui.assistant.memories import Memories
from chatui.assistant.plan import Planner
from chatui.assistant.query_rewrite import QueryWriter
from chatui.assistant.rate_limit import RateLimiter, rate_limits
from chatui.assistant.recall.index import MessageIndex
from chatui.assistant.recall.recaller import TurnRecaller
from chatui.assistant.repair import Repairer
from chatui.assistant.saving import Saving
from chatui.assistant.scope import ScopeReader
from chatui.assistant.side_call import SideCaller
from chatui.assistant.summaries.ahead import SummariesAhead
from chatui.assistant.summaries.summariser import Summariser
from chatui.assistant.whole import WholeDocuments
from chatui.bootstrap.chains import Chains, check, open_chains
from chatui.bootstrap.counting import token_counter
from chatui.bootstrap.documents import (
    Closable,
    Documents,
    OnPreparation,
    OnWarning,
    comparer,
    for_sentences,
    open_documents,
)
from chatui.bootstrap.filters import open_screen
from chatui.bootstrap.local_models import local_models, model_files
from chatui.bootstrap.notes import NoteParts, OnProposed, note_parts
from chatui.bootstrap.pricing import ask_above, price_book, tell_prices
from chatui.bootstrap.profiles import Profiles, open_profiles
from chatui.bootstrap.question_templates import QuestionTemplates
from chatui.bootstrap.settings import (
    endpoints,
    memory_policy,
    refuse_quoting_writers,
    reply_settings,
    told_vision,
    writing,
)
from chatui.config.paths import Paths
from chatui.config.schema import Budget, Config
from chatui.cost.prices.input_limits import input_limit
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.errors import (
    AuthenticationFailed,
    BudgetExceeded,
    ConfigError,
    EmbedderFailed,
    UsageError,
    WorkerError,
)
from chatui.jobs.profiles import ReplySettings
from chatui.memory.store.store import ChatStore
from chatui.models.base import ChatModel
from chatui.models.catalog import Catalog
from chatui.models.files.download import Downloads
from chatui.models.files.model_files import LOCAL

if TYPE_CHECKING:
    from chatui.assistant.chains.chain import Chain
    from chatui.assistant.compare.compare import Comparer
    from chatui.assistant.screen import Screen
    from chatui.cost.prices.prices import PriceBook
    from chatui.memory.records import MessageHit
    from chatui.retrieval.ingest.ingest import Ingestor
    from chatui.retrieval.library.library import Library
    from chatui.retrieval.manual import Manual


@dataclass(frozen=True, slots=True)
class Services(Closable):
    """Everything behind the window and `chatui ask`. `settings` are those of the config,
    before any profile."""

    store: ChatStore
    assistant: Assistant
    background: BackgroundJobs
    catalog: Catalog
    downloads: Downloads
    documents: Documents
    tokens: TokenCounter
    prices: PriceBook
    summariser: Summariser
    estimates: Estimates
    settings: ReplySettings
    profiles: Profiles
    templates: QuestionTemplates
    chains: Chains
    start_profile: str = ""
    notes: NoteParts = NoteParts()
    messages: MessageIndex | None = None
    saving: Saving = field(default_factory=Saving)
    budget: Budget = Budget()
    screen: Screen | None = None
    media: MediaFiles = field(default_factory=MediaFiles)

    @property
    def library(self) -> Library:
        return self.documents.library

    @property
    def manual(self) -> Manual:
        return self.documents.manual

    @property
    def ingestor(self) -> Ingestor:
        return self.documents.ingestor

    @property
    def comparer(self) -> Comparer:
        return self.assistant.comparer

    async def check_chain(self, chain: Chain, *, to_run: bool = True) -> dict[str, str]:
        """The models that answer, by step. Raises what `chains.check` raises, and where it is
        `to_run` AuthenticationFailed for a model whose key is missing."""
        collections = {info.name for info in await self.library.collections()}
        name = self.answering_model if to_run else self.assistant.model_name
        return await check(chain, name, collections, self.settings.collection)

    async def answering_model(self, settings: ReplySettings) -> str:
        """The full name of the model that answers. Raises UnknownModel, and AuthenticationFailed
        where its key is missing, before anything is asked."""
        name = await self.assistant.model_name(settings)
        if lacking := await self.catalog.lacking(name):
            raise AuthenticationFailed(lacking)
        return name

    async def messages_about(self, query: str, k: int) -> list[MessageHit]:
        """The messages that are near enough to what is meant, the best first; none while the
        embedding model is not prepared, and none when it can't be used."""
        if self.messages is None or await self.documents.embedder.fingerprint_at_hand() is None:
            return []
        try:
            return await self.messages.about(query, k)
        except (EmbedderFailed, WorkerError, BudgetExceeded):
            return []

    async def warm(self, settings: ReplySettings) -> None:
        """Has the children load ahead what the first reply would wait for: a model in a file, and
        the documents. Raises what naming the model raises."""
        name = await self.assistant.model_name(settings)
        if name.startswith(f"{LOCAL}/"):
            await self.catalog.warm(name)
        if settings.rag:
            await self.documents.warm(settings.collection)

    async def warm_to_ask(self, settings: ReplySettings) -> None:
        """Loads client, vocabulary and price list into this process, which takes more memory than
        all else in it: for when something is being written. Raises as `warm`."""
        name = await self.assistant.model_name(settings)
        await asyncio.gather(
            self.catalog.warm(name),
            asyncio.to_thread(self.tokens.warm, name),
            asyncio.to_thread(self.prices.price, name),
        )

    async def close(self) -> None:
        await self.background.close()
        await self.saving.close()
        if self.messages is not None:
            await self.messages.close()
        await self.catalog.close()
        await self.documents.close()
        await self.store.close()
        await asyncio.to_thread(self.tokens.close)


async def open_services(
    config: Config,
    paths: Paths,
    on_preparation: OnPreparation | None = None,
    on_warning: OnWarning | None = None,
    on_proposed: OnProposed | None = None,
    *,
    together: int = 1,
) -> Services:
    """Opens chats.db and composes everything. `on_warning` gets sentences about what a
    search has to do without, `on_proposed` notes that wait for the user's word. A local model
    computes so many replies `together`. Raises StoreError, ConfigError."""
    refuse_quoting_writers(config)
    settings = await asyncio.to_thread(reply_settings, config)
    profiles = open_profiles(config, paths)
    if config.chat.profile:
        try:
            await asyncio.to_thread(profiles.placed, config.chat.profile)
        except UsageError as error:
            raise ConfigError(f"chat.profile of the config: {error}") from error
    documents = open_documents(config, paths, on_preparation, on_warning)
    store = await ChatStore.open(paths.chats, on_warning=from_threads(on_warning))
    for sentence in (store.told, store.unwritable):
        if sentence and on_warning is not None:
            on_warning(sentence)
    tokens = token_counter(config, paths, from_threads(on_warning))
    prices = price_book(config, paths.prices)
    catalog = Catalog(
        endpoints(config),
        model_files(config, paths),
        lambda: extractive(documents),
        prices.context_size,
        input_limit=input_limit,
        on_told=lambda infos: tell_prices(prices, infos),
        context_day=prices.context_day,
        is_old=prices.is_old,
        open_local=local_models(config, paths, on_warning, together),
        on_warning=on_warning,
        vision=partial(told_vision, config),
        told_takes=prices.takes,
    )
    planner = Planner(store, tokens, prices, memory_policy(config), config.budget)
    limiter = RateLimiter(store, rate_limits(config.providers), on_warning)
    log = documents.log
    screen = open_screen(config, paths, store, on_warning)
    models = SideCaller(
        catalog=catalog,
        planner=planner,
        store=store,
        tokens=tokens,
        prices=prices,
        limiter=limiter,
        log=log,
        screen=screen,
    )
    writer = None
    if config.retrieval.rewrite_model or config.retrieval.query_variants:
        writer = QueryWriter(writing(config), models, on_warning)
    summariser = Summariser(
        config.memory.summary_model,
        config.memory.summary_tokens,
        models=models,
        catalog=catalog,
        tokens=tokens,
    )
    notes = note_parts(
        config.memory,
        notes=store.notes,
        embedder=for_sentences(documents.embedder),
        tokens=tokens,
        models=models,
        on_proposed=on_proposed,
        on_warning=on_warning,
    )
    ahead = SummariesAhead(summariser, store, planner, on_warning)
    messages = MessageIndex(store, documents.embedder, paths.log)
    recaller = TurnRecaller(store, messages, memory_policy(config), on_warning)
    estimates = Estimates(store, tokens, on_warning)
    # A model may take long over its job; what comes before only needs this machine.
    jobs = (recaller.index_what_left, ahead.prepare, *notes.jobs)
    background = BackgroundJobs(jobs, learning=(estimates.learn,))
    saving = Saving(on_warning)
    assistant = Assistant(
        store=store,
        catalog=catalog,
        retriever=documents.retriever,
        planner=planner,
        tokens=tokens,
        prices=prices,
        search=SearchDefaults(
            config.retrieval.passages, config.retrieval.mode, config.retrieval.collection
        ),
        writer=writer,
        memories=Memories(
            recaller, notes.keeper, at_hand=config.retrieval.embedder.provider == "local"
        ),
        background=background,
        limiter=limiter,
        saving=saving,
        on_warning=on_warning,
        repairer=Repairer(models),
        log=log,
        hooks=documents.hooks,
        screen=screen,
        scopes=ScopeReader(documents.sources),
        whole=WholeDocuments(planner, tokens, prices, models, ask_above(config, prices)),
        manual=documents.manual,
        ingests=documents.ingestor.under_way,
    )
    return Services(
        store=store,
        assistant=assistant,
        background=background,
        catalog=catalog,
        downloads=Downloads(paths.models, paths.log),
        documents=documents,
        tokens=tokens,
        prices=prices,
        summariser=summariser,
        estimates=estimates,
        settings=settings,
        profiles=profiles,
        templates=QuestionTemplates(paths.templates),
        chains=open_chains(paths, profiles, settings),
        start_profile=config.chat.profile,
        notes=notes,
        messages=messages,
        saving=saving,
        budget=config.budget,
        screen=screen,
        media=MediaFiles(paths.log),
    )


def from_threads(on_warning: OnWarning | None) -> OnWarning:
    """The same for whoever works in a thread: it is told on this event loop."""
    loop = asyncio.get_running_loop()

    def tell(sentence: str) -> None:
        if on_warning is not None:
            loop.call_soon_threadsafe(on_warning, sentence)

    return tell


def extractive(documents: Documents) -> ChatModel:
    from chatui.models.extractive.model import ExtractiveModel

    return ExtractiveModel(comparer(documents.embedder))
