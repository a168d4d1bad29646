"""What joins a prompt from outside its window: notes, and turns that had left and come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chatui.memory.records import Note, Recalled, StoredTurn
from chatui.system.tasks import both

if TYPE_CHECKING:
    from chatui.jobs.profiles import ReplySettings


@dataclass(frozen=True, slots=True)
class Remembered:
    """`standing` notes are the same for every question and go to the prompt's head; those
    that only this question called for go to its tail, as the recalled turns do."""

    standing: tuple[Note, ...] = ()
    called: tuple[Note, ...] = ()
    recalled: tuple[Recalled, ...] = ()
    recallable: tuple[StoredTurn, ...] = ()
    """The most that may be recalled, where only sending tells what is."""


class Recaller(Protocol):
    async def recall(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[Recalled, ...]:
        """The turns of `past`, out of those that the last prompt did not hold, that the
        question is about. Empty, and never an error, when nothing is or it can't be told."""

    async def recallable(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[StoredTurn, ...]:
        """The most that `recall` could give, without looking for any."""


class NoteSource(Protocol):
    async def notes_for(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        """The standing notes, and those that the question calls for. Never an error."""

    async def callable_notes(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        """The same without looking for any: as many as may be called."""


class Memories:
    """Asks both side by side; either may be None, which is off. `at_hand`: looking costs nothing
    and sends nothing away, so that it can be done for a question that is still being written."""

    def __init__(
        self,
        recaller: Recaller | None = None,
        notes: NoteSource | None = None,
        *,
        at_hand: bool = True,
    ) -> None:
        self._recaller = recaller
        self._notes = notes
        self._at_hand = at_hand

    async def remember(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> Remembered:
        recalled, (standing, called) = await both(
            self._recalled(question, past, settings), self._noted(question, past, settings)
        )
        return Remembered(standing, called, recalled)

    async def likely(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> Remembered:
        """What would join a question that is still being written; at most so much, where that
        can't be looked for yet."""
        if not question.strip():
            return await self.standing(settings)
        if self._at_hand:
            return await self.remember(question, past, settings)
        recallable: tuple[StoredTurn, ...] = ()
        if self._recaller is not None and settings.remember:
            recallable = await self._recaller.recallable(question, past, settings)
        standing: tuple[Note, ...] = ()
        called: tuple[Note, ...] = ()
        if self._notes is not None and settings.remember:
            standing, called = await self._notes.callable_notes(question, past, settings)
        return Remembered(standing, called, recallable=recallable)

    async def standing(self, settings: ReplySettings) -> Remembered:
        """What joins every prompt, whatever is asked."""
        notes, _ = await self._noted("", (), settings)
        return Remembered(notes)

    async def _recalled(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[Recalled, ...]:
        if self._recaller is None or not settings.remember:
            return ()
        return await self._recaller.recall(question, past, settings)

    async def _noted(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        if self._notes is None or not settings.remember:
            return (), ()
        return await self._notes.notes_for(question, past, settings)
