"""One question to several models, as a part of the window's conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.assistant.events import TurnSettled, TurnStarted
from chatui.assistant.prompt import without_attachments

if TYPE_CHECKING:
    from chatui.app.session import ChatSession
    from chatui.assistant.compare.compare import LaneEvent
    from chatui.cost.reading import MeterReading
    from chatui.domain.conversation import Turn


class Comparison:
    """`models` are full names, in the order of their lanes. The session is as it was until
    an answer is kept, or all are left."""

    def __init__(self, session: ChatSession, models: Sequence[str]) -> None:
        self.models = tuple(models)
        self._session = session
        self._before = session.path.head
        self._conversation = session.conversation_id
        self._turns: dict[int, str] = {}
        self._answers: dict[int, Turn] = {}
        self._stop = asyncio.Event()

    @property
    def last_question(self) -> str:
        """The one that can be asked anew, as it was typed; "" when there is none."""
        turn = self._session.path.turn(self._before) if self._before else None
        return without_attachments(turn.question) if turn else ""

    @property
    def started(self) -> bool:
        """Whether anything is stored of it."""
        return bool(self._turns)

    @property
    def answers(self) -> dict[int, Turn]:
        """The turns that have ended, by lane."""
        return dict(self._answers)

    async def ask(self, question: str) -> AsyncGenerator[LaneEvent, None]:
        """What the models say. An empty question asks the last one anew, behind its parent.
        Raises ChatuiError before anything is stored."""
        session, services = self._session, await self._session.services()
        parent = self._before
        anew = not question
        if anew:
            question = self.last_question
            parent = session.path.parent_of(parent) if parent else None
        typed = question
        earlier = session.kept_media(self._before, typed) if anew else ()
        question = await session.files.asked(question, earlier, self.models[0])
        settings = await session.settings_for(typed)
        media = session.files.shown_with(question)
        lanes = [replace(settings, model=model, media=media) for model in self.models]
        events = services.comparer.compare(
            self._conversation, question, lanes, parent=parent, stop=self._stop
        )
        async with aclosing(events) as stream:
            async for told in stream:
                match told.event:
                    case TurnStarted(conversation_id=conversation, turn_id=turn):
                        self._conversation = conversation
                        self._turns[told.lane] = turn
                    case TurnSettled(turn=turn):
                        self._answers[told.lane] = turn
                yield told

    def stop(self) -> None:
        """Ends all answers in good order; their last events still come."""
        self._stop.set()

    async def reading(self) -> MeterReading:
        """The meter between two turns, with what is booked by now."""
        services = await self._session.services()
        return await services.assistant.reading(self._conversation, "", self._session.settings)

    async def keep(self, lane: int) -> None:
        """Goes on with that answer and its model. Undo shows the others, first to last, and
        then what was there before the question."""
        others = [self._turns[other] for other in self._said() if other != lane]
        await self._lay([*reversed(others), self._turns[lane]], keep=True)
        await self._session.choices.use_model(self.models[lane])

    async def leave(self) -> None:
        """Goes back to where the conversation was; redo shows the answers."""
        await self._lay([self._turns[lane] for lane in self._said()], keep=False)

    def _said(self) -> list[int]:
        """The lanes in which there is something to be read."""
        return sorted(lane for lane, turn in self._answers.items() if turn.reply.text)

    async def _lay(self, turns: Sequence[str], *, keep: bool) -> None:
        if self._conversation is None:
            return
        store = (await self._session.services()).store
        await store.lay_trail(self._conversation, self._before, turns, keep=keep)
        await self._session.resume(self._conversation)
