"""What the window needs of the rest of the product, as types only.

`bootstrap` builds the real parts; whatever has these methods will do, which is how the
window's tests stay small. Nothing here is imported at run time but `StartOptions`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from chatui.assistant import AssistantEvent
    from chatui.cost.reading import MeterReading
    from chatui.memory.records import ConversationRow, StoredConversation
    from chatui.models.base import ModelInfo
    from chatui.profiles.profile import Profile, ReplySettings
    from chatui.usage import Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """How the window opens. `model` and `collection` win over the profile's and the config's."""

    model: str | None = None
    profile: str | None = None
    conversation_id: str | None = None
    continue_last: bool = False
    collection: str | None = None


class ConversationStore(Protocol):
    """The part of `memory.store.ChatStore` that the window calls."""

    async def load(self, conversation_id: str) -> StoredConversation: ...

    async def latest(self) -> str | None: ...

    async def rows(self, limit: int = ..., offset: int = ...) -> list[ConversationRow]: ...

    async def move_head(self, conversation_id: str, turn_id: str | None) -> Any: ...

    async def undo(self, conversation_id: str) -> Any: ...

    async def redo(self, conversation_id: str) -> Any: ...

    async def fork(self, conversation_id: str, turn_id: str) -> str: ...

    async def rename(self, conversation_id: str, title: str) -> None: ...

    async def remove(self, conversation_id: str) -> None: ...

    async def pin(self, turn_id: str, pinned: bool) -> None: ...

    async def prompts(self, limit: int = ...) -> list[str]: ...

    async def recent_models(self, limit: int = ...) -> list[str]: ...

    async def remember_model(self, name: str) -> None: ...

    async def costs(self, conversation_id: str) -> tuple[Cost, ...]: ...


class Replies(Protocol):
    """The part of `assistant.Assistant` that the window calls."""

    def reply(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        *,
        parent: str | None = ...,
    ) -> AsyncIterator[AssistantEvent]: ...

    async def reading(
        self, conversation_id: str | None, draft: str, settings: ReplySettings
    ) -> MeterReading: ...


class Models(Protocol):
    """The part of `models.catalog.Catalog` that the window calls."""

    async def list(self) -> Sequence[ModelInfo]: ...

    async def resolve(self, name: str) -> str: ...


class Reading(Protocol):
    """The part of `retrieval.ingest.Ingestor` that the window calls."""

    def run(self, paths: Sequence[Path], *, collection: str) -> AsyncIterator[Any]: ...


class Services(Protocol):
    """Everything behind the window. `settings` are the config's, before any profile."""

    store: ConversationStore
    assistant: Replies
    catalog: Models
    ingestor: Reading
    library: Any
    tokens: Any
    prices: Any
    settings: ReplySettings
    profiles: Mapping[str, Profile]

    async def close(self) -> None: ...
