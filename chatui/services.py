"""What the window needs of the rest of the product, as types only.

`bootstrap` builds the real parts; whatever has these methods will do, which is how the
window's tests stay small. Nothing here is imported at run time but `StartOptions`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio

    from chatui.comparing import LaneEvent
    from chatui.config import Budget
    from chatui.cost.prices import PriceBook
    from chatui.cost.reading import MeterReading
    from chatui.cost.tokens import TokenCounter
    from chatui.events import AssistantEvent
    from chatui.memory.records import MessageHit
    from chatui.memory.store import ChatStore
    from chatui.models.base import ModelInfo
    from chatui.models.catalog import Listing
    from chatui.models.download import Downloads
    from chatui.note_parts import NoteParts
    from chatui.planning import Plan
    from chatui.profiles.profile import Profile, ReplySettings
    from chatui.retrieval.ingest_report import IngestProgress, IngestReport
    from chatui.retrieval.records import CollectionInfo, CollectionRow, FileRow
    from chatui.summarising.summariser import Summariser


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """How the window opens. `model` and `collection` win over the profile's and the config's."""

    model: str | None = None
    profile: str | None = None
    conversation_id: str | None = None
    continue_last: bool = False
    collection: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Sampling options by name, over the profile's and the config's."""
    manual: Path | None = None
    """What to read in first: chatui's own manual, where there are no documents yet."""


class Replies(Protocol):
    """The part of `assistant.Assistant` that the window calls."""

    def reply(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        *,
        parent: str | None = ...,
        stop: asyncio.Event | None = ...,
    ) -> AsyncIterator[AssistantEvent]: ...

    async def reading(
        self, conversation_id: str | None, draft: str, settings: ReplySettings
    ) -> MeterReading: ...

    async def plan(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        *,
        look_up: bool = ...,
    ) -> Plan: ...

    async def model_name(self, settings: ReplySettings) -> str: ...


class Comparisons(Protocol):
    """The part of `comparing.Comparing` that the window calls."""

    def compare(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        models: Sequence[str],
        *,
        parent: str | None = ...,
        stop: asyncio.Event | None = ...,
    ) -> AsyncGenerator[LaneEvent, None]: ...


class Models(Protocol):
    """The part of `models.catalog.Catalog` that the window calls."""

    async def listing(self) -> Listing: ...

    def names(self) -> tuple[str, ...]: ...

    async def resolve(self, name: str) -> str: ...

    async def info(self, name: str) -> ModelInfo: ...

    async def warm(self, name: str) -> None: ...


class FileReading(Protocol):
    """The part of `retrieval.ingest.Ingestor` that the window calls."""

    def run(
        self, paths: Sequence[Path], *, collection: str
    ) -> AsyncIterator[IngestProgress | IngestReport]: ...


class Collections(Protocol):
    """The part of `retrieval.library.Library` that the window calls."""

    async def collections(self) -> list[CollectionInfo]: ...

    async def collection(self, name: str) -> CollectionRow: ...

    async def files(self, collection_id: int) -> dict[str, FileRow]: ...


class Services(Protocol):
    """Everything behind the window. `settings` are the config's, before any profile."""

    @property
    def store(self) -> ChatStore: ...

    @property
    def assistant(self) -> Replies: ...

    @property
    def comparing(self) -> Comparisons: ...

    @property
    def catalog(self) -> Models: ...

    @property
    def downloads(self) -> Downloads: ...

    @property
    def ingestor(self) -> FileReading: ...

    @property
    def library(self) -> Collections: ...

    @property
    def tokens(self) -> TokenCounter: ...

    @property
    def prices(self) -> PriceBook: ...

    @property
    def summariser(self) -> Summariser: ...

    @property
    def notes(self) -> NoteParts: ...

    @property
    def budget(self) -> Budget: ...

    @property
    def settings(self) -> ReplySettings: ...

    @property
    def profiles(self) -> Mapping[str, Profile]: ...

    async def messages_about(self, query: str, k: int) -> list[MessageHit]: ...

    async def warm(self, settings: ReplySettings) -> None: ...

    async def close(self) -> None: ...
