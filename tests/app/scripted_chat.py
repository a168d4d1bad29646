"""The window over the real store, catalog, planner, counter and prices. Only what answers and
what finds passages are stand-ins, so that a test can decide what they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from textual.pilot import Pilot

from chatui.app.app import ChatuiApp
from chatui.app.start import StartOptions
from chatui.assistant.assistant import Assistant
from chatui.assistant.background import BackgroundJobs
from chatui.assistant.calibrate import Estimates
from chatui.assistant.lookup import SearchDefaults
from chatui.assistant.memories import Memories
from chatui.assistant.plan import Planner
from chatui.assistant.side_call import SideCaller
from chatui.assistant.summaries.summariser import Summariser
from chatui.bootstrap.chains import open_chains
from chatui.bootstrap.documents import open_documents
from chatui.bootstrap.filters import open_screen
from chatui.bootstrap.notes import note_parts
from chatui.bootstrap.profiles import Profiles
from chatui.bootstrap.question_templates import QuestionTemplates
from chatui.bootstrap.services import Services
from chatui.config.paths import Paths
from chatui.config.schema import Budget, Config, FilterTable, Memory, PriceEntry, ProfileTable
from chatui.config.window import Keys, Ui
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import FinishReason
from chatui.domain.passage import Passage
from chatui.domain.usage import Usage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.store.store import ChatStore
from chatui.models.base import Finished, ModelEvent, ModelInfo, ModelRequest, TextDelta
from chatui.models.catalog import Catalog
from chatui.models.files.download import Downloads
from chatui.models.files.model_files import ModelFiles
from chatui.models.hosted.endpoint import Endpoint
from chatui.retrieval.search.retriever import Retriever
from chatui.system.terminal import Terminal
from tests.patience import until

NAME = "builtin/extract"
Step = ModelEvent | Exception | Callable[[], Awaitable[object]]


def says(text: str) -> list[Step]:
    """A whole reply in a few deltas."""
    words = [TextDelta(word + " ") for word in text.split(" ")]
    return [*words, Finished(FinishReason.STOP, Usage(input=10, output=len(words)))]


@dataclass
class ScriptedModel:
    """Streams the next script for each question, the last one again when they run out. An
    exception in a script is raised, a callable awaited."""

    scripts: list[list[Step]]
    info: ModelInfo = field(default_factory=lambda: ModelInfo(NAME, local=True))
    requests: list[ModelRequest] = field(default_factory=list)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
        self.requests.append(request)
        for step in script:
            if isinstance(step, Exception):
                raise step
            if callable(step):
                await step()
            else:
                yield step

    async def close(self) -> None:
        return None


@dataclass
class FoundPassages:
    """A retriever that always finds the same."""

    passages: tuple[Passage, ...] = ()

    async def is_empty(self, collection: str) -> bool:
        return False

    async def search(self, query: str, **_: Any) -> tuple[Passage, ...]:
        return self.passages


@dataclass
class Chat:
    """A window with what a test looks at and steers."""

    folder: Path
    model: ScriptedModel
    passages: tuple[Passage, ...] = ()
    profiles: dict[str, ProfileTable] = field(default_factory=dict)
    note_memory: Memory = field(default_factory=Memory)
    """What of the settings the notes go by."""
    budget: Budget = field(default_factory=Budget)
    policy: MemoryPolicy = MemoryPolicy()
    prices: dict[str, PriceEntry] = field(default_factory=dict)
    endpoints: list[Endpoint] = field(default_factory=list)
    filters: dict[str, FilterTable] = field(default_factory=dict)
    model_name: str = NAME
    """What the settings name as the model."""
    may_open: asyncio.Event | None = None
    window: ChatuiApp = field(init=False)

    def __post_init__(self) -> None:
        self.reopen(StartOptions())

    def reopen(
        self,
        start: StartOptions,
        keys: Keys | None = None,
        ui: Ui | None = None,
        terminal: Terminal | None = None,
    ) -> None:
        self.window = ChatuiApp(
            ui or Ui(), keys or Keys(), self.open_services, start, terminal=terminal
        )

    async def open_services(self) -> Services:
        if self.may_open:
            await self.may_open.wait()
        paths = Paths(*(self.folder / name for name in ("config", "data", "state", "cache")))
        store = await ChatStore.open(paths.chats)
        tokens, prices = TokenCounter(), PriceBook(self.prices)
        catalog = Catalog(
            self.endpoints,
            ModelFiles(paths.models),
            lambda: self.model,
            prices.context_size,
            open_local=lambda file: self.model,
        )
        documents = open_documents(Config(), paths)
        planner = Planner(store, tokens, prices, self.policy, self.budget)
        models = SideCaller(
            catalog=catalog, planner=planner, store=store, tokens=tokens, prices=prices
        )
        notes = note_parts(
            self.note_memory,
            notes=store.notes,
            embedder=documents.embedder,
            tokens=tokens,
            models=models,
            on_proposed=self.window.say_proposals,
            on_warning=self.window.say_warning,
        )
        background = BackgroundJobs(notes.jobs)
        screen = open_screen(Config(filters=self.filters), paths, store, None)
        assistant = Assistant(
            store=store,
            catalog=catalog,
            retriever=cast("Retriever", FoundPassages(self.passages)),
            planner=planner,
            tokens=tokens,
            prices=prices,
            search=SearchDefaults(),
            memories=Memories(notes=notes.keeper),
            background=background,
            screen=screen,
        )
        settings = ReplySettings(model=self.model_name, system="Be brief.", rag=bool(self.passages))
        profiles = Profiles(self.profiles, paths.config, paths.profiles)
        return Services(
            store=store,
            assistant=assistant,
            background=background,
            catalog=catalog,
            downloads=Downloads(paths.models, paths.log),
            documents=documents,
            tokens=tokens,
            prices=prices,
            summariser=Summariser(NAME, 600, models=models, catalog=catalog, tokens=tokens),
            estimates=Estimates(store, tokens),
            settings=settings,
            profiles=profiles,
            templates=QuestionTemplates(paths.templates),
            chains=open_chains(paths, profiles, settings),
            notes=notes,
            budget=self.budget,
            screen=screen,
        )

    @asynccontextmanager
    async def open(self, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Pilot[None]]:
        """The window on a screen of that many columns and rows, with open services."""
        async with self.window.run_test(size=size) as pilot:
            if self.may_open is None:
                await self.until(lambda: self.window.session.is_open and self.idle)
            yield pilot

    @property
    def idle(self) -> bool:
        groups = (
            "open",
            "reply",
            "chain",
            "command",
            "completion",
            "leave",
            "ingest",
            "sessions",
            "notes",
        )
        return not self.window.at_work(*groups)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something to become true on the screen or behind it, and for what comes with
        it: on a busy machine a panel is seen before it has the focus."""
        await until(condition)
        if self.window.is_running:
            await Pilot(self.window)._wait_for_screen()

    async def send(self, pilot: Pilot[None], text: str) -> None:
        """Writes into the composer and sends it. What would be completed is waited for: a list that
        opens late would take the Enter for itself."""
        self.window.view.composer.insert(text)
        await pilot.pause()
        await self.until(lambda: not self.window.at_work("completion"))
        self.window.view.completions.close()
        await pilot.press("enter")

    async def write(self, pilot: Pilot[None], text: str) -> None:
        """Writes into the composer as if typed and sends it, then waits for what it begins."""
        await self.send(pilot, text)
        await self.until(lambda: self.idle or self.window.screen.is_modal)
        await pilot.pause()

    @property
    def screen(self) -> str:
        """What is to be read on the screen, line by line."""
        strips = self.window.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    @property
    def notice(self) -> str:
        return self.window.view.notice.text

    @property
    def questions(self) -> list[str]:
        return [turn.question for _, turn in self.window.session.path.turns]

    @property
    def answers(self) -> list[str]:
        return [turn.reply.text.strip() for _, turn in self.window.session.path.turns]
