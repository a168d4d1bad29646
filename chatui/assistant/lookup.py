"""From the question to an ask: whether it needs passages, what is searched for, what is found,
and what is remembered beside.

Follow-ups are resolved by a rule, in microseconds and for nothing. A chat model may write
the query instead, or more wordings beside it, where the settings name one; then it is asked
while the answering model is opened, and a search never waits longer than its time limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.assistant.ask import Ask
from chatui.assistant.memories import Memories, Remembered
from chatui.assistant.prompt import without_attachments
from chatui.domain.conversation import Exchange
from chatui.domain.errors import LibraryFailed
from chatui.domain.passage import Passage
from chatui.domain.warn_once import WarnOnce
from chatui.retrieval.search.query import Query
from chatui.retrieval.search.retriever import SearchMode
from chatui.text.followup import TURNS_BACK, resolve
from chatui.text.small_talk import needs_documents

if TYPE_CHECKING:
    from chatui.assistant.query_rewrite import QueryWriter
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredTurn
    from chatui.retrieval.search.retriever import Retriever

VARIANT_WEIGHT = 0.5
"""How much a model's own wording counts beside the user's."""


@dataclass(frozen=True, slots=True)
class SearchDefaults:
    """How a question looks into the documents: passages to hand out, and the mode. The
    default collection may be missing, which means that there are no documents yet."""

    passages: int = 8
    mode: SearchMode = "hybrid"
    collection: str = "default"


@dataclass(frozen=True, slots=True)
class Found:
    """`passages` are None when there are no documents at all. `query` is what was searched
    for, "" when nothing was: the question does not need it, or documents are off."""

    passages: tuple[Passage, ...] | None = ()
    query: str = ""


class Lookup:
    """`writer` asks chat models for queries; None leaves it at the rules. `on_warning` is told once
    when the library can't be used, and the chat goes on without documents."""

    def __init__(
        self,
        retriever: Retriever,
        defaults: SearchDefaults,
        writer: QueryWriter | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self._retriever = retriever
        self._defaults = defaults
        self._writer = writer
        self._warnings = WarnOnce(on_warning)

    async def look_up(
        self,
        question: str,
        past: Sequence[StoredTurn],
        settings: ReplySettings,
        model: str,
    ) -> Found:
        """What the question, asked after these turns, finds; `model` is the one that will
        answer. Raises what `Retriever.search` raises."""
        if not settings.rag:
            return Found()
        try:
            found = await self._found(question, past, settings, model)
        except LibraryFailed as error:
            self._warnings.warn(f"{error} Until then answers come without documents.", str(error))
            return Found()
        self._warnings.worked()
        return found

    async def _found(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings, model: str
    ) -> Found:
        own = settings.collection == self._defaults.collection
        if own and await self._retriever.is_empty(settings.collection):
            return Found(passages=None)
        typed = settings.query or without_attachments(question)
        spoken = exchanges(past) if settings.remember else ()
        if not needs_documents(typed, after_reply=bool(spoken)):
            return Found()
        near = near_paths(past) if settings.remember else ()
        query, also = await self._queries(typed, spoken, near, settings, model)
        passages = await self._retriever.search(
            query,
            collection=settings.collection,
            k=settings.passages or self._defaults.passages,
            mode=self._defaults.mode,
            also=also,
        )
        return Found(passages, query.whole)

    async def _queries(
        self,
        typed: str,
        spoken: Sequence[Exchange],
        near: tuple[str, ...],
        settings: ReplySettings,
        model: str,
    ) -> tuple[Query, list[Query]]:
        """What to search for, and other wordings of it."""
        query = query_of(typed, spoken, near)
        if self._writer is None:
            return query, []
        rewritten, variants = await asyncio.gather(
            self._writer.rewritten(typed, spoken, settings.max_cost),
            self._writer.variants(query.whole, model, settings.max_cost),
        )
        also = [Query(text, weight=VARIANT_WEIGHT) for text in variants]
        return (Query(rewritten) if rewritten else query), also


class AskBuilder:
    """Makes asks, with all that is at hand for the question."""

    def __init__(self, lookup: Lookup, memories: Memories) -> None:
        self._lookup = lookup
        self._memories = memories

    async def build(
        self,
        conversation_id: str | None,
        question: str,
        past: Sequence[StoredTurn],
        settings: ReplySettings,
        model: str,
        *,
        look_up: bool = True,
    ) -> Ask:
        """The question after these turns, with the passages and the memories that it calls for;
        `model` is the one that will answer. Without `look_up`, with what joins every question,
        and the last turn's passages as those that are likely to be found. Raises what
        `Retriever.search` raises."""
        found, remembered = Found(), Remembered()
        if look_up:
            found, remembered = await asyncio.gather(
                self._lookup.look_up(question, past, settings, model),
                self._memories.remember(question, past, settings),
            )
        else:
            remembered = await self._memories.standing(settings)
        foreseen = past and settings.rag and not look_up
        return Ask(
            past=past,
            question=question,
            settings=settings,
            conversation_id=conversation_id,
            passages=found.passages,
            query=found.query,
            likely=past[-1].turn.passages if foreseen else (),
            remembered=remembered,
        )


def query_of(typed: str, spoken: Sequence[Exchange], near: tuple[str, ...]) -> Query:
    """What a question is searched for as, after these exchanges. One that stands for itself
    is not drawn to the documents of the last answer."""
    resolved = resolve(typed, spoken)
    leans = resolved.whole != typed.strip()
    return Query(resolved.text, resolved.context, near if leans else ())


def near_paths(past: Sequence[StoredTurn]) -> tuple[str, ...]:
    """The documents of the passages that the last turn with any had, the best first."""
    shown = (one.turn.passages for one in reversed(past[-TURNS_BACK:]) if one.turn.passages)
    return tuple(passage.path for passage in next(shown, ()))


def exchanges(past: Sequence[StoredTurn]) -> tuple[Exchange, ...]:
    """The last answered turns that were about something, as the user typed them: as many as a
    question may lean on."""
    found: list[Exchange] = []
    for one in reversed(past):
        question, reply = without_attachments(one.turn.question), one.turn.reply.text
        if reply and needs_documents(question, after_reply=True):
            found.append(Exchange(question, reply))
        if len(found) == TURNS_BACK:
            break
    return tuple(reversed(found))
