"""What joins a prompt from outside its window: notes, and turns that had left and come back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chatui.memory.records import Note, Recalled

if TYPE_CHECKING:
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import StoredTurn


@dataclass(frozen=True, slots=True)
class Remembered:
    """`standing` notes are the same for every question and go to the prompt's head; those
    that only this question called for go to its tail, as the recalled turns do."""

    standing: tuple[Note, ...] = ()
    called: tuple[Note, ...] = ()
    recalled: tuple[Recalled, ...] = ()


class Recaller(Protocol):
    async def recall(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[Recalled, ...]:
        """The turns of `past`, out of those that the last prompt did not hold, that the
        question is about. Empty, and never an error, when nothing is or it can't be told."""


class NoteSource(Protocol):
    async def notes_for(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        """The standing notes, and those that the question calls for. Never an error."""


class Memories:
    """Asks both side by side; either may be None, which is off."""

    def __init__(self, recaller: Recaller | None = None, notes: NoteSource | None = None) -> None:
        self._recaller = recaller
        self._notes = notes

    async def remember(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> Remembered:
        recalled, (standing, called) = await asyncio.gather(
            self._recalled(question, past, settings), self._noted(question, past, settings)
        )
        return Remembered(standing, called, recalled)

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
