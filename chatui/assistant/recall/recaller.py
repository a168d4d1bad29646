"""Turns that left the prompt, brought back for a question that is about them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.assistant.lookup import exchanges
from chatui.assistant.prompt import without_attachments
from chatui.assistant.recall.chains import with_corrections
from chatui.assistant.recall.index import NearMessage
from chatui.domain.errors import BudgetExceeded, ChatuiError, EmbedderFailed, WorkerError
from chatui.domain.warn_once import WarnOnce
from chatui.memory.records import Recalled
from chatui.retrieval.embedding.patience import EmbedderPatience
from chatui.retrieval.search.query import Query
from chatui.text.followup import resolve
from chatui.text.small_talk import needs_documents

if TYPE_CHECKING:
    from chatui.assistant.background import Settled
    from chatui.assistant.recall.index import MessageIndex
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.policy import MemoryPolicy
    from chatui.memory.records import StoredTurn
    from chatui.memory.store.store import ChatStore

LEAST_SCORE = 0.19
"""A turn below that is not about the question. Of 60 questions that had nothing to do with
the conversation 5 recalled something at that score, four of them what lay near by chance
("How does yeast make dough rise?" a turn about bread); of 200 that had 184 did
(`benchmarks/recall.py`)."""

LEAST_SHARE = 0.4
"""Of a question's words, where they alone tell: all of 100 facts that are asked for in their own
words come back at that, and of 40 held-out ones, of those in other words hardly any; and 5 of 60
questions about nothing that was said recall something. At 0.5 it is 97 and 2."""

NEAR_THE_BEST = 0.6
"""A turn that is less than so much of the best one is left out: it would take room."""

MOST_FOUND = 4
MOST_TURNS = 6
"""With what corrects those that were found."""

EXCERPT_CHARACTERS = 1200
"""A message beyond that is recalled as the piece of it that the question is about."""


class TurnRecaller:
    """Asks the index of messages. `policy` is the config's; profiles and conversations may
    change it. `on_warning` gets one sentence when recall fails, once for the same fault
    until it works again."""

    def __init__(
        self,
        store: ChatStore,
        index: MessageIndex,
        policy: MemoryPolicy,
        on_warning: Callable[[str], None] | None = None,
        patience: EmbedderPatience | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._policy = policy
        self._warnings = WarnOnce(on_warning)
        self._patience = patience or EmbedderPatience()
        self._indexed_of = ""
        self._indexed: set[str] = set()
        """The turns of that conversation that are known to have their vectors: what was said
        in them does not change."""

    async def recall(
        self,
        question: str,
        past: Sequence[StoredTurn],
        settings: ReplySettings,
    ) -> tuple[Recalled, ...]:
        """Of the turns that the last prompt did not hold, those that the question is about,
        the best first, and before each what corrects it. Never an error: where the embedding model
        can't tell, or not in time, the words do, and when nothing can, nothing is recalled."""
        try:
            left, conversation = await self._may(past, settings)
            if not left:
                return ()
            return await self._find(question, past, left, conversation)
        except ChatuiError as error:
            self._warn(error, "Until then earlier turns are not recalled.")
            return ()

    async def recallable(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[StoredTurn, ...]:
        """The longest of the turns that may be recalled: as many, and as much of each, as a
        question gets at most."""
        if not needs_documents(without_attachments(question), after_reply=bool(exchanges(past))):
            return ()
        try:
            left, _ = await self._may(past, settings)
        except ChatuiError:
            # Sending tells it.
            return ()
        longest = sorted(left.values(), key=lambda one: -sum(map(len, said(one))))[:MOST_TURNS]
        nowhere = NearMessage(0, 0.0)
        return tuple(shortened(one, "", nowhere) for one in longest)

    async def _may(
        self, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[Mapping[str, StoredTurn], str]:
        """The turns that may be recalled, and their conversation."""
        left = await self._left(past)
        if not left:
            return {}, ""
        conversation = await self._store.vectors.conversation_of(past[-1].id)
        return (left if await self._wanted(settings, conversation) else {}), conversation

    async def index_what_left(self, settled: Settled) -> None:
        """The work after a turn: what its prompt did not hold gets its vectors."""
        if not await self._wanted(settled.settings, settled.conversation_id):
            return
        layout = settled.plan.layout
        if self._indexed_of != settled.conversation_id:
            self._indexed_of, self._indexed = settled.conversation_id, set()
        gone = [layout.past[place].id for place in range(layout.window.start)]
        left = [turn for turn in gone if turn not in self._indexed]
        if not left:
            return
        try:
            async for _ in self._index.catch_up(left):
                self._warnings.worked()
        except ChatuiError as error:
            self._warn(error, "Until then earlier turns are recalled by their words alone.")
        else:
            self._indexed.update(left)

    async def _wanted(self, settings: ReplySettings, conversation_id: str) -> bool:
        choice = await self._store.memory_choice(conversation_id)
        policy = choice.on(settings.memory).over(self._policy)
        return policy.recall and not policy.full and settings.remember

    async def _left(self, past: Sequence[StoredTurn]) -> Mapping[str, StoredTurn]:
        """The turns before the start of the last prompt that were in none of its parts."""
        last = next((stored for stored in reversed(past) if stored.window), None)
        if last is None or last.window is None:
            return {}
        mark = await self._store.window_mark(last.id) or last.window
        places = {stored.id: place for place, stored in enumerate(past)}
        left = past[: places.get(mark.start, 0)]
        held = set(mark.refilled)
        return {
            one.id: one
            for one in left
            if not one.turn.pinned and one.turn.counts and one.id not in held
        }

    async def _find(
        self,
        question: str,
        past: Sequence[StoredTurn],
        left: Mapping[str, StoredTurn],
        conversation_id: str,
    ) -> tuple[Recalled, ...]:
        typed, spoken = without_attachments(question), exchanges(past)
        if not needs_documents(typed, after_reply=bool(spoken)):
            return ()
        resolved = resolve(typed, spoken)
        query = Query(resolved.text, resolved.context)
        found, least = await self._found(query, conversation_id, list(left))
        best = max((one.score for one in found), default=0.0)
        least = max(least, NEAR_THE_BEST * best)
        telling = [one for one in found if one.score >= least]
        return await self._turns(telling, past, left)

    async def _found(
        self, query: Query, conversation_id: str, turns: Sequence[str]
    ) -> tuple[list[NearMessage], float]:
        """The messages that fit best, and the least score of one that is about the question; by
        their words alone where the model fails or is late."""

        async def find() -> list[NearMessage]:
            return await self._index.find(query, conversation=conversation_id, turns=turns)

        try:
            return await self._patience.wait(self._index.embedder, find), LEAST_SCORE
        except TimeoutError:
            pass
        except (EmbedderFailed, WorkerError, BudgetExceeded) as error:
            self._warn(error, "Until then earlier turns are recalled by their words alone.")
        return await self._index.find_by_words(query, conversation_id, turns), LEAST_SHARE

    async def _turns(
        self,
        found: Sequence[NearMessage],
        past: Sequence[StoredTurn],
        left: Mapping[str, StoredTurn],
    ) -> tuple[Recalled, ...]:
        """The turns of the messages, each once, with what corrects them."""
        places = await self._store.vectors.turns_of([one.number for one in found])
        nearest: dict[str, tuple[str, NearMessage]] = {}
        for one in found:
            turn, role = places.get(one.number, ("", ""))
            if turn in left and turn not in nearest and len(nearest) < MOST_FOUND:
                nearest[turn] = role, one
        chosen, corrected = await asyncio.to_thread(with_corrections, list(nearest), past, left)
        nowhere = NearMessage(0, 0.0)
        recalled = []
        for turn in chosen[:MOST_TURNS]:
            role, one = nearest.get(turn, ("", nowhere))
            stored = shortened(left[turn], role, one)
            recalled.append(Recalled(stored, one.score, corrected.get(turn)))
        return tuple(recalled)

    def _warn(self, error: ChatuiError, until: str) -> None:
        sentence = f"{error} {until}"
        if self._warnings.warn(sentence, str(error)):
            logging.getLogger(__name__).warning("%s", sentence)


def said(one: StoredTurn) -> tuple[str, str]:
    return one.turn.question[:EXCERPT_CHARACTERS], one.turn.reply.text[:EXCERPT_CHARACTERS]


def shortened(stored: StoredTurn, role: str, found: NearMessage) -> StoredTurn:
    """The turn with long messages cut: the found one to the piece that the question is
    about, the other one to its beginning."""
    turn = stored.turn
    asked = excerpt(turn.question, found if role == "user" else None)
    said = excerpt(turn.reply.text, found if role == "assistant" else None)
    return replace(stored, turn=replace(turn, question=asked, reply=replace(turn.reply, text=said)))


def excerpt(text: str, found: NearMessage | None) -> str:
    """The text, or so much of it around the found piece as may be recalled."""
    if len(text) <= EXCERPT_CHARACTERS:
        return text
    start, end = (found.start, found.end) if found is not None else (0, 0)
    spare = max(0, EXCERPT_CHARACTERS - (end - start)) // 2
    first = max(0, min(start - spare, len(text) - EXCERPT_CHARACTERS))
    last = min(len(text), max(end, first + EXCERPT_CHARACTERS))
    # An attached file of the question is none of what was said.
    before, behind = "… " if first else "", " …" if last < len(text) else ""
    return f"{before}{text[first:last].strip()}{behind}"
