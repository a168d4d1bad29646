"""From the question to an ask: whether it needs passages, what is searched for, what is found,
and what is remembered beside.

Follow-ups are resolved by a rule, in microseconds and for nothing. A chat model may write
the query instead, or more wordings beside it, where the settings name one; then it is asked
while the answering model is opened, and a search never waits longer than its time limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from chatui.assistant.ask import Ask
from chatui.assistant.memories import Memories, Remembered
from chatui.assistant.prompt import without_attachments
from chatui.assistant.scope import Scope, ScopedText, ScopeReader
from chatui.domain.conversation import Exchange
from chatui.domain.errors import LibraryFailed
from chatui.domain.passage import MANUAL, Passage
from chatui.domain.warn_once import WarnOnce
from chatui.models.catalog import BUILTIN
from chatui.retrieval.ingest.under_way import told
from chatui.retrieval.search.query import Query
from chatui.retrieval.search.retriever import SearchMode
from chatui.system.tasks import both
from chatui.text.about_chatui import is_about_chatui
from chatui.text.file_mentions import may_mention
from chatui.text.followup import TURNS_BACK, resolve
from chatui.text.small_talk import needs_documents
from chatui.text.summary_wish import wish_of

if TYPE_CHECKING:
    from chatui.assistant.query_rewrite import QueryWriter
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredTurn
    from chatui.retrieval.ingest.under_way import IngestsUnderWay
    from chatui.retrieval.manual import Manual
    from chatui.retrieval.search.retriever import Retriever

NOT_YET = "Nothing of your documents is read yet: the answer comes without them."
NOTHING_READ = "Nothing of your documents could be read: the answer comes without them."
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
    whole: bool = False
    """Whether they are whole documents, in reading order, to be summed up."""
    limited: tuple[str, ...] = ()
    """The files that alone were looked into, by the names of their sources."""
    attached: tuple[Passage, ...] = ()
    """Of the files whose text is in the question."""
    reading: bool = False
    """Whether documents are being read meanwhile, where there are none."""


class Lookup:
    """`writer` asks chat models for queries; None leaves it at the rules. `on_warning` is told once
    when the library can't be used, and the chat goes on without documents; and what of a file is
    not as it was. `scopes` finds the files that a question is limited to; without it none is.
    `manual` answers what is asked about chatui, and what the built-in model is asked where nothing
    else is there. `ingests` are those under way: a question waits for the first one into its
    collection."""

    def __init__(
        self,
        retriever: Retriever,
        defaults: SearchDefaults,
        writer: QueryWriter | None = None,
        on_warning: Callable[[str], None] | None = None,
        *,
        scopes: ScopeReader | None = None,
        manual: Manual | None = None,
        ingests: IngestsUnderWay | None = None,
    ) -> None:
        self._ingests = ingests
        self._scopes = scopes
        self._on_warning = on_warning
        self._retriever = retriever
        self._manual = manual
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
            return await self._attached(question, settings, model)
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
        typed = settings.query or without_attachments(question)
        spoken = exchanges(past) if settings.remember else ()
        needed = needs_documents(typed, after_reply=bool(spoken))
        beside = await self._attached(question, settings, model)
        if beside.whole:
            return beside
        has_text = without_attachments(question) != question
        # A text that came along, as what is piped in, is what it is about.
        brings_text = bool(settings.attached) or has_text or "\n" in typed.strip()
        looks = needed or may_mention(typed)
        waited = looks and not brings_text and await self._waited(typed, settings.collection)
        scope = None
        if self._scopes is not None and looks:
            scope = await self._scopes.scope(typed, settings)
        if scope is not None:
            found = await self._in_scope(scope, spoken, settings, model)
            return found if found.whole else replace(found, attached=beside.attached)
        alone = model == BUILTIN.name and not brings_text and not waited
        collection = await self._collection(typed, settings, needed=needed, alone=alone)
        if collection is None:
            if settings.attached:
                return beside
            under_way = await self._ingests.into(settings.collection) if self._ingests else ()
            return Found(passages=None, reading=bool(under_way))
        if not needed:
            return beside
        near = near_paths(past) if settings.remember else ()
        query, also = await self._queries(typed, spoken, near, settings, model)
        passages = await self._retriever.search(
            query,
            collection=collection,
            k=settings.passages or self._defaults.passages,
            mode=self._defaults.mode,
            also=also,
        )
        return Found(passages, query.whole, attached=beside.attached)

    async def _attached(self, question: str, settings: ReplySettings, model: str) -> Found:
        """What of the attached files can be quoted and cited. A model that reads no prompt gets
        the best of it, or all where it is to be summed up."""
        typed, attached = without_attachments(question), settings.attached
        if not attached or model != BUILTIN.name:
            return Found(attached=attached)
        wish = wish_of(typed)
        if wish is not None and (not wish.name or typed != question):
            return Found(attached=attached, whole=True)
        if self._scopes is not None:
            most = settings.passages or self._defaults.passages
            attached = await self._scopes.sources.by_words(attached, typed, most)
        return Found(attached=attached, query=typed)

    async def _in_scope(
        self,
        scope: Scope,
        spoken: Sequence[Exchange],
        settings: ReplySettings,
        model: str,
    ) -> Found:
        assert self._scopes is not None
        for sentence in scope.told:
            self._say(sentence)
        if scope.whole:
            text = await self._scopes.whole(scope)
            self._tell(text)
            return Found(text.passages, whole=True, limited=scope.names)
        most = settings.passages or self._defaults.passages
        query, also = await self._queries(scope.question, spoken, (), settings, model)
        same, anew = await self._scopes.anew(scope, query.whole, most)
        self._tell(anew)
        found = list(anew.passages)
        for collection in dict.fromkeys(file.collection for file in scope.files):
            ids = [file.row.id for file in scope.files if file.collection == collection]
            within = [one for one in ids if one in same]
            if within:
                found += await self._retriever.search(
                    query,
                    collection=collection,
                    k=most,
                    mode=self._defaults.mode,
                    also=also,
                    within=within,
                )
        if not found and scope.files:
            # Who names a file wants it looked into, whatever its words are.
            found += (await self._scopes.sources.whole(scope.files[0])).passages[:most]
        return Found(tuple(found), query.whole, limited=scope.names)

    def _tell(self, text: ScopedText) -> None:
        for sentence in text.told:
            self._say(sentence)

    async def _waited(self, typed: str, collection: str) -> bool:
        """Waits for the first reading into the collection, where one is under way; whether it has.
        Of another it tells that it goes on."""
        if self._ingests is None or collection == MANUAL or is_about_chatui(typed):
            return False
        under_way = await self._ingests.into(collection)
        if not under_way:
            return False
        is_empty = partial(self._retriever.is_empty, collection)
        first = await self._ingests.first_into(under_way, is_empty)
        if not first:
            self._say(f"{told(under_way)}: the answer is from those that are there.")
            return False
        self._say(f"{told(first)}; the answer follows.")
        have_ended = await self._ingests.wait(first)
        if not have_ended and await is_empty():
            self._say(NOT_YET)
        elif any(one.beside for one in first) and await is_empty():
            # Of one of this process its own report says why.
            self._say(NOTHING_READ)
        return True

    def _say(self, sentence: str) -> None:
        if self._on_warning is not None:
            self._on_warning(sentence)

    async def _collection(
        self, typed: str, settings: ReplySettings, *, needed: bool, alone: bool
    ) -> str | None:
        """Which one is asked: the settings', or the manual's; None where there are no documents.
        `alone`: the manual is asked where nothing else is there."""
        if settings.collection == MANUAL:
            if self._manual is not None:
                await self._manual.ready()
            return MANUAL
        own = settings.collection == self._defaults.collection
        is_empty = own and await self._retriever.is_empty(settings.collection)
        asks_manual = is_about_chatui(typed) or (is_empty and alone)
        if needed and asks_manual and self._manual is not None and await self._manual.ready():
            return MANUAL
        return None if is_empty else settings.collection

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
        rewritten, variants = await both(
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
        foresee: bool = False,
    ) -> Ask:
        """The question after these turns, with the passages and the memories that it calls for;
        `model` is the one that will answer. Without `look_up`, with what joins every question,
        and the last turn's passages as those that are likely to be found; with `foresee`, with
        the memories that are likely to join this one. Raises what `Retriever.search` raises."""
        found, remembered = Found(), Remembered()
        if look_up:
            found, remembered = await both(
                self._lookup.look_up(question, past, settings, model),
                self._memories.remember(question, past, settings),
            )
        elif foresee:
            remembered = await self._memories.likely(question, past, settings)
        else:
            remembered = await self._memories.standing(settings)
        foreseen = past and settings.rag and not look_up
        return Ask(
            past=past,
            question=question,
            whole=found.whole,
            attached=found.attached,
            reading=found.reading,
            settings=settings,
            conversation_id=conversation_id,
            passages=found.passages,
            query=found.query,
            limited=found.limited,
            likely=[one for one in past[-1].turn.passages if one.chunk_id] if foreseen else (),
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
    turns = (one.turn for one in reversed(past[-TURNS_BACK:]) if one.turn.left_out is None)
    shown = (turn.passages for turn in turns if turn.passages)
    return tuple(passage.path for passage in next(shown, ()))


def exchanges(past: Sequence[StoredTurn]) -> tuple[Exchange, ...]:
    """The last answered turns that were about something, as the user typed them: as many as a
    question may lean on."""
    found: list[Exchange] = []
    for one in reversed(past):
        question, reply = without_attachments(one.turn.question), one.turn.reply.text
        if one.turn.counts and needs_documents(question, after_reply=True):
            found.append(Exchange(question, reply))
        if len(found) == TURNS_BACK:
            break
    return tuple(reversed(found))
