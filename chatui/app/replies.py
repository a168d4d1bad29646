"""A reply on the screen: it is asked for, each of its events is drawn, and the composer's edge
tells how it is getting on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from chatui.app.shell import REPLY
from chatui.domain.errors import ChatuiError, StoreError
from chatui.widgets.key_names import key_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatui.app.shell import Shell
    from chatui.assistant.events import AssistantEvent
    from chatui.domain.media import Medium
    from chatui.domain.usage import LimitLeft
    from chatui.models.base import Retrying

OPENING = "Still opening: the question is sent in a moment."
BESIDE = (
    "Another chatui has gone on with this conversation: its turns are on a branch beside this one. "
    "/undo shows them, /redo comes back."
)
RETRY = "retry"
EDGE = "edge"
EDGE_SECONDS = 1.0
"""How often the composer's edge tells how a reply is getting on."""


class Replies:
    """`stop_key` is the key that stops a reply now; `ended` is called however one has ended."""

    def __init__(
        self, shell: Shell, stop_key: Callable[[], str], ended: Callable[[], Awaitable[None]]
    ) -> None:
        self._shell, self._view, self._session = shell, shell.view, shell.session
        self._stop_key = stop_key
        self._ended = ended
        self._countdown = ""
        self._takes_document = False
        """Whether the progress that is shown is of a document that is read as a whole."""
        self._heard_at, self._begun = 0.0, False
        """When something came of the reply last, and whether any of its text has."""
        self._speed: float | None = None
        self._asked_at = 0.0
        self.on_its_way = ""
        """A question that was sent and is not stored yet."""
        self.limits_of = ""
        """The model whose provider last said what is left of its limits; "" before any has."""
        self._limits: tuple[float, tuple[LimitLeft, ...]] = 0.0, ()
        """When it said so, and what."""

    @property
    def limits(self) -> tuple[LimitLeft, ...]:
        """What is left of the limits by what was said of them: those of which the time is over are
        whole again, and nobody knows more of them."""
        said, limits = self._limits
        ago = time.monotonic() - said
        return tuple(left for one in limits if (left := one.after(ago)) is not None)

    def ask(
        self, question: str, parent: str | None, model: str = "", media: Sequence[Medium] = ()
    ) -> None:
        """Asks behind the turn `parent`; None asks as the first turn of the conversation. `media`
        are what an earlier version of the question had."""
        self._shell.begin(REPLY, self._reply, question, parent, model, media)
        self._begin_edge(model)

    def go_on(self, key: str) -> None:
        """Goes on with the reply of the turn, which was cut off."""
        self._shell.begin(REPLY, self._go_on, key)
        self._begin_edge("")

    def _begin_edge(self, model: str) -> None:
        self._asked_at = time.monotonic()
        self._shell.begin(EDGE, self._tell_edge, model)
        self._shell.show_title()

    @property
    def waited_seconds(self) -> float:
        """Since the last question was asked."""
        return time.monotonic() - self._asked_at

    def end_edge(self) -> None:
        for edge in self._shell.at_work(EDGE):
            edge.cancel()

    async def _go_on(self, key: str) -> None:
        from chatui.models.base import Retrying

        started, parent = False, self._session.path.parent_of(key)
        try:
            async for event in self._session.go_on(key):
                await self._draw(event, parent)
                if not isinstance(event, Retrying):
                    self._end_countdown()
                started = True
        except ChatuiError:
            # Else the turn on the screen shows what failed.
            if not started:
                raise
        finally:
            self._end_countdown()
            self._end_document()
            await self._ended()

    async def _reply(
        self, typed: str, parent: str | None, model: str, media: Sequence[Medium]
    ) -> None:
        from chatui.models.base import Retrying

        started = False
        try:
            if not self._session.is_open:
                self._shell.say(OPENING)
            self.on_its_way = typed
            question = await self._session.files.asked(typed, media, model)
            for sentence in self._session.files.told:
                self._shell.say(sentence, "warning")
            async for event in self._session.reply(question, parent=parent, model=model):
                self._tell_document(event)
                await self._draw(event, parent)
                if not isinstance(event, Retrying):
                    self._end_countdown()
                if not started and self._view.notice.text == OPENING:
                    self._view.notice.dismiss()
                self.on_its_way = ""
                started = True
        except StoreError as error:
            if not started:
                self._shell.give_back(typed)
                raise
            self._shell.say(
                f"This answer is not saved yet. {error} It stays on the screen, for /copy and "
                "/export answer, and is saved as soon as that works.",
                "error",
            )
        except (ChatuiError, asyncio.CancelledError):
            if not started:
                self._shell.give_back(typed)
                raise
            # Else the turn on the screen shows what failed, and nothing is left to say.
        finally:
            self.on_its_way = ""
            self._end_countdown()
            self._end_document()
            await self._ended()

    async def _tell_edge(self, model: str) -> None:
        """Tells at the composer's edge that a reply comes, until it has ended."""
        from chatui.widgets.reply_edge import SilenceLimits, reply_edge, waiting_edge

        began = self._heard_at = time.monotonic()
        self._begun, self._speed = False, None
        patience: SilenceLimits | None = None
        try:
            while self._shell.is_replying:
                if patience is None and self._session.is_open:
                    told = await self._session.patience(model)
                    patience = SilenceLimits(*told) if told else None
                now = time.monotonic()
                stop = key_names(self._stop_key())
                if self._stop_key() == self._shell.keys.cancel:
                    stop = self._view.composer.leaving(stop)
                if awaited := self._session.awaited():
                    # Its silence is not the model's.
                    self._heard_at = now
                    self._view.show_edge(waiting_edge(awaited, stop))
                else:
                    wordings = reply_edge(
                        now - began,
                        self._speed,
                        now - self._heard_at,
                        begun=self._begun,
                        patience=patience,
                        stop=stop,
                    )
                    self._view.show_edge(*wordings)
                await asyncio.sleep(EDGE_SECONDS)
        finally:
            self._view.leave_edge()

    def _hear(self, event: AssistantEvent) -> None:
        from chatui.assistant.events import MeterChanged
        from chatui.models.base import ReasoningDelta, TextDelta

        if isinstance(event, MeterChanged):
            self._speed = event.reading.tokens_per_second
            return
        self._heard_at = time.monotonic()
        self._begun |= isinstance(event, TextDelta | ReasoningDelta)

    async def _draw(self, event: AssistantEvent, parent: str | None) -> None:
        self._hear(event)
        from chatui.app.shown import shown_path, shown_question, shown_turn
        from chatui.assistant.events import MeterChanged, PassagesFound, TurnSettled, TurnStarted
        from chatui.models.base import ReasoningDelta, Retrying, TextDelta, TextTakenBack

        view, live = self._view, self._view.live
        match event:
            case TurnStarted():
                path = self._session.path
                if not view.shows(parent):
                    await view.show(shown_path(path.up_to(parent)))
                await view.start_turn(event.turn_id, shown_question(event.question, event.media))
                if self._session.has_turns_beside:
                    self._shell.say(BESIDE, "warning")
            case PassagesFound() if live:
                live.show_passages(event.passages)
                if view.sources:
                    view.sources.show(event.passages, ())
            case Retrying():
                self._shell.begin(RETRY, self._count_down, event)
            case TextDelta() if live:
                live.append_text(event.text)
            case ReasoningDelta() if live:
                live.append_reasoning(event.text)
            case TextTakenBack() if live:
                live.take_back()
            case MeterChanged():
                view.show_reading(event.reading)
                if event.reading.limits:
                    self.limits_of = event.reading.model
                    self._limits = time.monotonic(), event.reading.limits
            case TurnSettled() if live:
                await live.settle(shown_turn(event.turn))
                view.show_sources(event.turn)

    def _tell_document(self, event: AssistantEvent) -> None:
        """What a document takes that is read as a whole, and how far that is."""
        from chatui.assistant.events import DocumentTaken

        if not isinstance(event, DocumentTaken):
            return
        if not event.total:
            self._shell.say(event.text)
        elif event.done == event.total:
            self._end_document()
        else:
            self._takes_document = True
            told = (event.text, event.done, event.total)
            stop = key_names(self._shell.keys.cancel)
            self._view.notice.progress(*told, f"sections · {stop} stops it")

    def _end_document(self) -> None:
        """Its progress goes; that of an ingest or a download stays."""
        if self._takes_document:
            self._takes_document = False
            self._view.notice.end_progress()

    async def _count_down(self, retry: Retrying) -> None:
        """Says why the model is asked again, and when, until that is now."""
        from chatui.app.countdown import countdown, left_out

        if retry.shorter:
            # It stays for as long as a notice does: the answer begins at once.
            self._shell.say(left_out(retry), "warning")
            return
        async for told in countdown(retry):
            self._countdown = f"{told} · {key_names(self._shell.keys.cancel)} stops it"
            self._shell.say(self._countdown, "warning")

    def _end_countdown(self) -> None:
        for worker in self._shell.at_work(RETRY):
            worker.cancel()
        if self._countdown and self._view.notice.text == self._countdown:
            self._view.notice.dismiss()
        self._countdown = ""
