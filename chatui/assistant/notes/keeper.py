"""The notes of a prompt: all of them while they fit, then those that the question calls for.

Notes that stand in every prompt are part of its stable head. When they have become too many
for that, they are looked for by their words and their meaning, and those found go to the
tail. Whatever fails costs the question nothing but a short wait: words alone find notes too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from chatui.assistant.lookup import exchanges
from chatui.assistant.prompt import listed, without_attachments
from chatui.domain.errors import ChatuiError
from chatui.domain.warn_once import WarnOnce
from chatui.memory.records import Note
from chatui.retrieval.embedding.patience import EmbedderPatience
from chatui.retrieval.embedding.similarity import cosine
from chatui.retrieval.search.fusion import convex, ranked, trust
from chatui.text.followup import resolve
from chatui.text.small_talk import needs_documents
from chatui.text.terms import question_terms, rarity, terms

if TYPE_CHECKING:
    from chatui.assistant.background import Settled
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredTurn
    from chatui.memory.store.notes import Notes
    from chatui.retrieval.embedding.embedder import Embedder

LEAST_COSINE = 0.2
LEAST_SHARE = 0.3
"""A note is called when it is as near to the question as this, or holds as much of the
question's words, weighed by their rarity. benchmarks/notes.py, 50 notes in all: so 95% of
the notes that a question needed were called, with 1.9 others, and 1.2 for questions that
needed none; 0.25 would call 92%, 0.7 and 0.6. Words alone call 26%: they are for names, and
for languages that the embedding model does not know."""
DENSE_WEIGHT = 0.5
"""Of a note's place in their order. Notes are too short for their words to say more."""
TEXTS_AT_ONCE = 32
"""Embedded and stored together, so that a stopped run goes on where it was."""
LOOKED_AT = 50
"""Of the notes that a question calls for; no budget of sense holds more."""

NO_NOTES: tuple[tuple[Note, ...], tuple[Note, ...]] = ((), ())


class NoteKeeper:
    """`most_tokens` bounds the notes of a prompt, by the count for the model in the settings.
    Never raises but for a cancel; `on_warning` gets a sentence when notes were looked for
    with less than all means, once until it works again."""

    def __init__(
        self,
        notes: Notes,
        embedder: Embedder,
        tokens: TokenCounter,
        *,
        most_tokens: int,
        on_warning: Callable[[str], None] | None = None,
        patience: EmbedderPatience | None = None,
    ) -> None:
        self._notes = notes
        self._embedder = embedder
        self._tokens = tokens
        self._most_tokens = most_tokens
        self._warnings = WarnOnce(on_warning)
        self._patience = patience or EmbedderPatience()

    async def notes_for(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        """The standing notes, and those that the question after these turns calls for; one of
        the two is empty."""
        kept = await self._kept()
        if not kept:
            return NO_NOTES
        if await asyncio.to_thread(self._all_fit, kept, settings.model):
            return tuple(kept), ()
        typed, spoken = without_attachments(question), exchanges(past)
        if not needs_documents(typed, after_reply=bool(spoken)):
            return NO_NOTES
        query = resolve(typed, spoken).whole
        near = await self._nearness(kept, query)
        return (), await asyncio.to_thread(self._called, kept, query, near, settings.model)

    async def callable_notes(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        """The standing notes, and as many as may be called: the longest that fit."""
        kept = await self._kept()
        if not kept:
            return NO_NOTES
        if await asyncio.to_thread(self._all_fit, kept, settings.model):
            return tuple(kept), ()
        if not needs_documents(without_attachments(question), after_reply=bool(exchanges(past))):
            return NO_NOTES
        longest = sorted(kept, key=lambda note: -len(note.text))[:LOOKED_AT]
        return (), await asyncio.to_thread(self._that_fit, longest, settings.model)

    async def _kept(self) -> Sequence[Note]:
        try:
            return await self._notes.kept() if await self._notes.are_on() else []
        except ChatuiError as error:
            self._warnings.warn(f"Notes were left out: {error}")
            return []

    async def index(self, settled: Settled) -> None:
        """After a turn: gives vectors to the notes that have none, if notes are looked for."""
        kept = await self._notes.kept() if await self._notes.are_on() else []
        if await asyncio.to_thread(self._all_fit, kept, settled.settings.model):
            return
        try:
            await self._vectors(kept)
        except ChatuiError as error:
            self._warnings.warn(f"Notes are found by words alone: {error}")

    def _all_fit(self, notes: Sequence[Note], model: str) -> bool:
        return self._size(notes, model) <= self._most_tokens

    def _size(self, notes: Sequence[Note], model: str) -> int:
        return self._tokens.count(listed([note.text for note in notes]), model).tokens

    async def _nearness(self, notes: Sequence[Note], query: str) -> Mapping[int, float]:
        """The cosine of each note to the question; empty when it can't be told in time."""

        async def look() -> tuple[bytes, Mapping[int, bytes]]:
            return await self._embedder.embed_query(query), await self._vectors(notes)

        try:
            asked, vectors = await self._patience.wait(self._embedder, look)
        except TimeoutError:
            self._warnings.warn(
                "Notes were found by words alone: the embedding model is still busy."
            )
            return {}
        except ChatuiError as error:
            self._warnings.warn(f"Notes were found by words alone: {error}")
            return {}
        self._warnings.worked()
        return await asyncio.to_thread(cosines, asked, vectors)

    async def _vectors(self, notes: Sequence[Note]) -> Mapping[int, bytes]:
        """The notes' vectors by number; those that are missing are made and stored."""
        fingerprint = await self._embedder.fingerprint()
        vectors = await self._notes.vectors(fingerprint)
        missing = [note for note in notes if note.number not in vectors]
        for start in range(0, len(missing), TEXTS_AT_ONCE):
            part = missing[start : start + TEXTS_AT_ONCE]
            made = await self._embedder.embed_documents([note.text for note in part])
            await self._notes.save_vectors(fingerprint, dict(zip(part, made, strict=True)))
            vectors |= {note.number: vector for note, vector in zip(part, made, strict=True)}
        return vectors

    def _called(
        self, notes: Sequence[Note], query: str, near: Mapping[int, float], model: str
    ) -> tuple[Note, ...]:
        """The best of the notes that have to do with the question, as many as fit."""
        by_number = {note.number: note for note in notes}
        best = called(notes, query, near)[:LOOKED_AT]
        return self._that_fit([by_number[number] for number in best], model)

    def _that_fit(self, notes: Iterable[Note], model: str) -> tuple[Note, ...]:
        chosen: list[Note] = []
        for note in notes:
            if self._size([*chosen, note], model) <= self._most_tokens:
                chosen.append(note)
        return tuple(chosen)


def called(notes: Iterable[Note], query: str, near: Mapping[int, float]) -> list[int]:
    """The numbers of the notes that the question has to do with, the best first."""
    held = shares(notes, query)
    wanted = {
        str(number)
        for number, share in held.items()
        if share >= LEAST_SHARE or near.get(number, 0.0) >= LEAST_COSINE
    }
    dense = {str(number): cosine for number, cosine in near.items()}
    weight = DENSE_WEIGHT * trust(ranked(dense)) if dense else 0.0
    words = {str(number): share for number, share in held.items() if share}
    return [int(number) for number, _ in convex(dense, words, weight) if number in wanted]


def shares(notes: Iterable[Note], query: str) -> dict[int, float]:
    """How much of the query's words each note holds, 0..1; rare words count more."""
    wanted = question_terms(query)
    texts = {note.number: note_terms(note.text) for note in notes}
    weights = rarity(wanted, texts.values())
    whole = sum(weights.values()) or 1.0
    return {
        number: sum(weights[term] for term in wanted if term in text) / whole
        for number, text in texts.items()
    }


@lru_cache(maxsize=4096)
def note_terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def cosines(asked: bytes, vectors: Mapping[int, bytes]) -> dict[int, float]:
    return {number: cosine(asked, vector) for number, vector in vectors.items()}
