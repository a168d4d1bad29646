"""What is typed and not sent, on its way to the store and back.

It is kept with its conversation a moment after it was typed, so that it outlives a window that is
closed, killed, or loses its terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from chatui.domain.errors import StoreError

if TYPE_CHECKING:
    from chatui.app.session import ChatSession
    from chatui.memory.store.drafts import Draft

PAUSE_SECONDS = 0.5
"""How long after a key: at most so much of what was typed is lost."""


class UnsentText:
    """`read` gives what is not sent now."""

    def __init__(self, session: ChatSession, read: Callable[[], Draft]) -> None:
        self._session = session
        self._read = read
        self._kept: tuple[str | None, Draft] | None = None
        self._shown = session.shown

    async def keep_soon(self) -> None:
        """Stores it until nothing more was typed meanwhile."""
        kept: object = None
        while (typed := self._read()) != kept:
            await asyncio.sleep(PAUSE_SECONDS)
            typed = self._read()
            await self.keep()
            kept = typed

    async def keep(self) -> None:
        # While another conversation is being shown, its place is not known.
        if self._session.is_open and self._shown == self._session.shown:
            await self._put(self._session.conversation_id, self._read())

    async def _put(self, conversation: str | None, draft: Draft) -> None:
        from chatui.memory.store.drafts import Draft

        if self._kept == (conversation, draft):
            return
        store = (await self._session.services()).store
        before, self._kept = self._kept, (conversation, draft)
        # Where it can't be stored, the window has said so.
        with suppress(StoreError):
            if before is not None and before[0] != conversation:
                # The conversation has begun since, or goes on in a copy.
                await store.drafts.keep(before[0], Draft())
            await store.drafts.keep(conversation, draft)

    @property
    def is_elsewhere(self) -> bool:
        """Whether another conversation is shown than the one that this was typed in."""
        return self._shown != self._session.shown

    async def change_over(self) -> Draft | None:
        """Stores it with the conversation that it was typed in, and gives what was typed in the one
        that is shown now; None where that is the same."""
        from chatui.memory.store.drafts import Draft

        session = self._session
        if not self.is_elsewhere or not session.is_open:
            return None
        await self._put(session.left, self._read())
        self._shown = session.shown
        draft = Draft()
        with suppress(StoreError):
            draft = await (await session.services()).store.drafts.take(session.conversation_id)
        self._kept = session.conversation_id, draft
        return draft

    async def taken_up(self) -> Draft:
        """What was typed before this window was opened."""
        from chatui.memory.store.drafts import Draft

        self._shown = self._session.shown
        with suppress(StoreError):
            services = await self._session.services()
            return await services.store.drafts.take(self._session.conversation_id)
        return Draft()
