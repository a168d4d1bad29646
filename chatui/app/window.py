"""What a slash command may ask of the window: its view, its session, work that takes its time,
a question to be asked, and what is shown again when something has changed.

Commands are written against `Window`, never against the app that registers them.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec

from rich.text import Text
from textual import on
from textual.app import App
from textual.worker import Worker, WorkerError, WorkerState

from chatui.app.kept_looks import KeptLooks, write_looks
from chatui.domain.conversation import TurnState
from chatui.domain.errors import ChatuiError, StoreError
from chatui.domain.usage import total_cost
from chatui.system.fault_log import FaultLog
from chatui.text.figures import moneys
from chatui.widgets.chat_view import ChatView
from chatui.widgets.drawn import DrawableLines
from chatui.widgets.key_names import key_names
from chatui.widgets.notice import SaysItself, Tone
from chatui.widgets.terminal_words import notification, takes_titles, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.filter import LineFilter

    from chatui.app.session import ChatSession
    from chatui.app.unsent import UnsentText
    from chatui.assistant.events import AssistantEvent
    from chatui.bootstrap.services import Services
    from chatui.config.schema import Keys, Ui
    from chatui.domain.media import Medium
    from chatui.domain.usage import LimitLeft
    from chatui.memory.store.drafts import Draft
    from chatui.models.base import Retrying
    from chatui.retrieval.ingest.report import IngestReport

Arguments = ParamSpec("Arguments")

Edited = Literal["question", "answer"]
COMMAND = "command"
OPENING = "Still opening: the question is sent in a moment."
BESIDE = (
    "Another chatui has gone on with this conversation: its turns are on a branch beside this one. "
    "/undo shows them, /redo comes back."
)
SETTLING_SECONDS = 5.0
STOPPABLE = ("reply", "ingest", "compare")
CHAIN = "chain"
"""A chain has a conversation of its own: it goes on while the chat goes elsewhere, and Esc stops it
when nothing is at work in the chat."""
PULL = "pull"
"""A download: stopped by Esc when nothing else is at work."""
MANUAL_READING = "manual"
"""Nobody asked for it: stopped last."""
RETRY = "retry"
UNSENT = "unsent"
EDGE = "edge"
EDGE_SECONDS = 1.0
"""How often the composer's edge tells how a reply is getting on."""
WATCH = "watch"
"""Goes on through Esc, which is for what the user waits for."""
TYPING_SECONDS = 0.25
"""How long after a key the draft is counted: a word at a time, not a letter."""
READ_EVERY_SECONDS = 1.5
"""The least between two readings while someone types on, so that they take no part of a core
that could be felt."""


def said_together(draft: Draft) -> str:
    """What was to be asked and what was being typed, as one text for the composer."""
    return "\n\n".join(text for text in (*draft.waiting, draft.text) if text.strip())


class Window(App[None]):
    """`ui` and `keys` are the config's; `open_services` is called after the first frame; `faults`
    keeps what goes wrong inside."""

    offered_model = ""
    """The full name of a model that was just fetched; the key for the next model takes it."""
    limits: tuple[str, tuple[LimitLeft, ...]] = "", ()
    """What a provider said last is left of its limits, and the model that was asked."""
    _read_at = -READ_EVERY_SECONDS
    _typed_on = False
    """Whether something was typed since the draft was last taken up."""

    def __init__(
        self,
        ui: Ui,
        keys: Keys,
        open_services: Callable[[], Awaitable[Services]],
        faults: FaultLog | None = None,
    ) -> None:
        super().__init__()
        self.keys = keys
        self.faults = faults or FaultLog()
        self._open_services = open_services
        self.view = ChatView(ui.turns_shown, ui.show_reasoning)
        self.ui = ui
        self.looks = KeptLooks()
        self._looks_file: Path | None = None
        self.opened = False
        """Whether there is more to it than the first frame."""
        self._drawable_lines = DrawableLines()
        self.editing: str | None = None
        """The key of the turn whose question or answer is in the composer to be changed."""
        self.edited: Edited = "question"
        self._countdown = ""
        self._takes_document = False
        """Whether the progress that is shown is of a document that is read as a whole."""
        self._heard_at, self._reply_begun = 0.0, False
        """When something came of the reply last, and whether any of its text has."""
        self._speed: float | None = None
        self._asked_at = 0.0
        self.copied_last = ("", "", 0)
        """The turn, the kind and the place of the part of an answer that was copied last."""
        self.last_ingest: IngestReport | None = None
        """What came of the files that were read last."""
        self._on_its_way = ""
        """A question that was sent and is not stored yet."""
        self.waiting: list[str] = []
        """Questions that were sent while a reply came, to be asked when it has ended."""

    @cached_property
    def session(self) -> ChatSession:
        """Made when it is first needed, which is after the first frame."""
        from chatui.app.session import ChatSession

        return ChatSession(self._open_services)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._drawable_lines]

    # What the terminal is told beside what it draws

    def tell_terminal(self, sequence: str) -> None:
        """Sends what `terminal_words` has made."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    @property
    def has_title(self) -> bool:
        """Whether the terminal's title is ours to set."""
        return self.ui.terminal_title and takes_titles(os.environ.get("TERM", ""))

    def show_title(self) -> None:
        """The conversation's title, with a mark while a reply comes, as that of the terminal."""
        if self.has_title:
            at_work = "… " if self.is_replying else ""
            name = self.session.title if self.session.is_open else ""
            self.tell_terminal(title(f"{at_work}{name} · chatui" if name else f"{at_work}chatui"))

    def _tell_end(self) -> None:
        """That an answer is there for which the user did not wait here."""
        took = time.monotonic() - self._asked_at
        if not self.app_focus and not self.waiting and took >= self.ui.notify_after_seconds:
            name = self.session.title
            told = f"The answer is there: {name}" if name else "The answer is there."
            self.tell_terminal(notification(self.ui.notify, told))

    # Work

    def begin(
        self,
        group: str,
        work: Callable[Arguments, Coroutine[Any, Any, None]],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> None:
        """Runs work that may take its time. It ends what the group did before, but for
        commands, which may run side by side."""

        async def run() -> None:
            await work(*arguments, **named)

        _: Worker[None] = self.run_worker(
            run, group=group, exclusive=group != COMMAND, exit_on_error=False
        )

    def at_work(self, *groups: str) -> list[Worker[Any]]:
        return [w for w in self.workers if w.group in groups and not w.is_finished]

    @property
    def is_replying(self) -> bool:
        return bool(self.at_work("reply"))

    def stop_reply(self) -> bool:
        """Ends the reply in good order; False when that is not possible yet."""
        return self.session.stop_reply()

    def stop_work(self) -> bool:
        """Ends the wait of a question for documents, which is then answered from what is there; or
        else stops the reply and the reading of files, or else a chain, or else a download, or else
        the reading of the manual; False when nothing was at work."""
        groups = (STOPPABLE, (CHAIN,), (PULL,), (MANUAL_READING,))
        return self.session.answer_now() or any(self._stop_groups(*names) for names in groups)

    def _stop_groups(self, *groups: str) -> list[Worker[Any]]:
        """What was stopped, which may still be ending."""
        working = self.at_work(*groups)
        for worker in working:
            if worker.group != "reply" or not self.stop_reply():
                worker.cancel()
        return working

    async def settle(self) -> None:
        """Stops the work and waits until what it had is stored. For work, not for a handler.
        A chain and a download go on: this conversation has nothing to do with them."""
        await self._end_groups(*STOPPABLE, WATCH)

    async def _end_groups(self, *groups: str) -> None:
        for worker in self._stop_groups(*groups):
            with suppress(WorkerError, TimeoutError):
                await asyncio.wait_for(worker.wait(), SETTLING_SECONDS)

    async def leave(self) -> None:
        await self.settle()
        await self._end_groups(CHAIN, PULL)
        await self.unsent.keep()
        self.exit()

    async def action_quit(self) -> None:
        self.begin("leave", self.leave)

    @on(Worker.StateChanged)
    async def _work_ended(self, event: Worker.StateChanged) -> None:
        if event.worker.group == "reply" and event.worker.is_finished:
            if not self.is_replying:
                for edge in self.at_work(EDGE):
                    edge.cancel()
                self._tell_end()
            self.show_title()
            self._ask_waiting(event.state == WorkerState.SUCCESS)
        if event.state != WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, ChatuiError):
            self.say(str(error), "error")
        elif error is not None:
            where = f"the window, at its work {event.worker.group!r}"
            self.say(await asyncio.to_thread(self.faults.record, where, error), "error")

    def _handle_exception(self, error: Exception) -> None:
        """What a handler raises ends the window, and is told when the terminal is whole again.
        Textual would print a traceback with the values of variables: the user's texts."""
        first = self._exception is None
        self._return_code = 1
        if first:
            # For who runs the window in a test.
            self._exception = error
            self._exception_event.set()
            told = self.faults.record("the window", error)
            self.panic(Text(f"chatui: {told} `chatui -c` opens the last conversation again."))

    # What is typed and not sent

    @cached_property
    def unsent(self) -> UnsentText:
        """Made when it is first needed, as the session is."""
        from chatui.app.unsent import UnsentText

        return UnsentText(self.session, self._not_sent)

    def _not_sent(self) -> Draft:
        from chatui.memory.store.drafts import Draft

        asked = (self._on_its_way,) if self._on_its_way else ()
        return Draft(self.view.composer.draft, (*asked, *self.waiting))

    def keep_unsent(self) -> None:
        """Stores it in a moment."""
        if self.opened and not self.at_work(UNSENT):
            self.begin(UNSENT, self.unsent.keep_soon)

    async def take_up_unsent(self) -> None:
        """Brings back what was not sent when a window was closed or killed; what was typed
        meanwhile stays, and that is in the history then."""
        text = said_together(await self.unsent.taken_up())
        if not text:
            return
        composer = self.view.composer
        if composer.text.strip():
            composer.past_prompts.add(text)
            self.say("What you had not sent is in the history: ↑ brings it back.")
        else:
            composer.fill(text)
            self.say("What you had not sent is here again.")

    # Asking

    def ask(
        self, question: str, parent: str | None, model: str = "", media: Sequence[Medium] = ()
    ) -> None:
        """Asks behind the turn `parent`; None asks as the first turn of the conversation. `media`
        are what an earlier version of the question had."""
        self.leave_editing()
        self.view.attached.show(())
        self.view.composer.past_prompts.add(question)
        self.begin("reply", self._reply, question, parent, model, media)
        self.begin(EDGE, self._tell_edge, model)
        self._asked_at = time.monotonic()
        self.show_title()

    def go_on(self, key: str) -> None:
        """Goes on with the reply of the turn, which was cut off."""
        self.begin("reply", self._go_on, key)
        self.begin(EDGE, self._tell_edge, "")
        self._asked_at = time.monotonic()

    async def _go_on(self, key: str) -> None:
        from chatui.models.base import Retrying

        started, parent = False, self.session.path.parent_of(key)
        try:
            async for event in self.session.go_on(key):
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
            await self._after_reply()

    async def _reply(
        self, typed: str, parent: str | None, model: str, media: Sequence[Medium]
    ) -> None:
        from chatui.models.base import Retrying

        started = False
        try:
            if not self.session.is_open:
                self.say(OPENING)
            self._on_its_way = typed
            question = await self.session.with_attachments(typed, media, model)
            for sentence in self.session.told:
                self.say(sentence, "warning")
            async for event in self.session.reply(question, parent=parent, model=model):
                self._tell_document(event)
                await self._draw(event, parent)
                if not isinstance(event, Retrying):
                    self._end_countdown()
                if not started and self.view.notice.text == OPENING:
                    self.view.notice.dismiss()
                self._on_its_way = ""
                started = True
        except StoreError as error:
            if not started:
                self._give_back(typed)
                raise
            self.say(
                f"This answer is not saved yet. {error} It stays on the screen, for /copy and "
                "/export answer, and is saved as soon as that works.",
                "error",
            )
        except (ChatuiError, asyncio.CancelledError):
            if not started:
                self._give_back(typed)
                raise
            # Else the turn on the screen shows what failed, and nothing is left to say.
        finally:
            self._on_its_way = ""
            self._end_countdown()
            await self._after_reply()

    # Questions that wait

    def wait_with(self, question: str) -> None:
        """Asks the question when the reply has ended."""
        self.leave_editing()
        self.waiting.append(question)
        self._show_waiting()

    def edit_waiting(self) -> None:
        """Takes the newest waiting question back into the composer."""
        if self.waiting:
            self.view.composer.fill(self.waiting.pop())
            self._show_waiting()

    def drop_waiting(self) -> None:
        """Takes the newest waiting question off; the composer's history has it."""
        if self.waiting:
            self.waiting.pop()
            self._show_waiting()
            self.say("Not asked: ↑ brings it back.")

    def _show_waiting(self) -> None:
        self.view.composer.waits = bool(self.waiting)
        self.view.waiting.show(self.waiting)
        self.keep_unsent()
        if self.waiting:
            self.begin("waiting", self._price_waiting)

    async def _price_waiting(self) -> None:
        quotes = [(await self.session.reading(each)).quote for each in tuple(self.waiting)]
        costs = [replace(quote.cost, estimated=False) for quote in quotes if quote is not None]
        if costs and all(cost.amount is not None for cost in costs):
            self.view.waiting.show(self.waiting, moneys(total_cost(costs)))

    def _ask_waiting(self, ended_well: bool) -> None:
        """Asks what waited, or gives it back where the reply was stopped or failed: what follows
        on that is for the user to say."""
        if not self.waiting or self.is_replying:
            return
        newest = self.session.path.turns[-1:]
        if ended_well and newest and newest[0][1].state is TurnState.COMPLETE:
            question = self.waiting.pop(0)
            self.ask(question, self.session.path.head)
        else:
            composer, told = self.view.composer, "\n\n".join(self.waiting)
            self.waiting.clear()
            composer.fill(f"{told}\n\n{composer.draft}" if composer.text.strip() else told)
            self.say("What waited is in the composer: Enter asks it.")
        self._show_waiting()

    async def _tell_edge(self, model: str) -> None:
        """Tells at the composer's edge that a reply comes, until it has ended."""
        from chatui.widgets.reply_edge import SilenceLimits, reply_edge, waiting_edge

        began = self._heard_at = time.monotonic()
        self._reply_begun, self._speed = False, None
        patience: SilenceLimits | None = None
        try:
            while self.is_replying:
                if patience is None and self.session.is_open:
                    told = await self.session.patience(model)
                    patience = SilenceLimits(*told) if told else None
                now = time.monotonic()
                stop = self.keys.interrupt if self.waiting else self.keys.cancel
                if awaited := self.session.awaited():
                    # Its silence is not the model's.
                    self._heard_at = now
                    self.view.show_edge(waiting_edge(awaited, key_names(stop)))
                else:
                    wordings = reply_edge(
                        now - began,
                        self._speed,
                        now - self._heard_at,
                        begun=self._reply_begun,
                        patience=patience,
                        stop=key_names(stop),
                    )
                    self.view.show_edge(*wordings)
                await asyncio.sleep(EDGE_SECONDS)
        finally:
            if not self.editing:
                self.view.show_edge("")

    def _hear(self, event: AssistantEvent) -> None:
        from chatui.assistant.events import MeterChanged
        from chatui.models.base import ReasoningDelta, TextDelta

        if isinstance(event, MeterChanged):
            self._speed = event.reading.tokens_per_second
            return
        self._heard_at = time.monotonic()
        self._reply_begun |= isinstance(event, TextDelta | ReasoningDelta)

    async def _draw(self, event: AssistantEvent, parent: str | None) -> None:
        self._hear(event)
        from chatui.app.shown import shown_path, shown_question, shown_turn
        from chatui.assistant.events import MeterChanged, PassagesFound, TurnSettled, TurnStarted
        from chatui.models.base import ReasoningDelta, Retrying, TextDelta, TextTakenBack

        view, live = self.view, self.view.live
        match event:
            case TurnStarted():
                path = self.session.path
                if not view.shows(parent):
                    await view.show(shown_path(path.up_to(parent)))
                await view.start_turn(event.turn_id, shown_question(event.question, event.media))
                if self.session.has_turns_beside:
                    self.say(BESIDE, "warning")
            case PassagesFound() if live:
                live.show_passages(event.passages)
                if view.sources:
                    view.sources.show(event.passages, ())
            case Retrying():
                self.begin(RETRY, self._count_down, event)
            case TextDelta() if live:
                live.append_text(event.text)
            case ReasoningDelta() if live:
                live.append_reasoning(event.text)
            case TextTakenBack() if live:
                live.take_back()
            case MeterChanged():
                view.show_reading(event.reading)
                if event.reading.limits:
                    self.limits = event.reading.model, event.reading.limits
            case TurnSettled() if live:
                await live.settle(shown_turn(event.turn))
                view.show_sources(event.turn)

    def _tell_document(self, event: AssistantEvent) -> None:
        """What a document takes that is read as a whole, and how far that is."""
        from chatui.assistant.events import DocumentTaken

        if not isinstance(event, DocumentTaken):
            return
        if not event.total:
            self.say(event.text)
        elif event.done == event.total:
            self._end_document()
        else:
            self._takes_document = True
            told = (event.text, event.done, event.total)
            self.view.notice.progress(*told, f"sections · {key_names(self.keys.cancel)} stops it")

    def _end_document(self) -> None:
        """Its progress goes; that of an ingest or a download stays."""
        if self._takes_document:
            self._takes_document = False
            self.view.notice.end_progress()

    async def _count_down(self, retry: Retrying) -> None:
        """Says why the model is asked again, and when, until that is now."""
        from chatui.app.countdown import countdown, left_out

        if retry.shorter:
            # It stays for as long as a notice does: the answer begins at once.
            self.say(left_out(retry), "warning")
            return
        async for told in countdown(retry):
            self._countdown = f"{told} · {key_names(self.keys.cancel)} stops it"
            self.say(self._countdown, "warning")

    def _end_countdown(self) -> None:
        for worker in self.at_work(RETRY):
            worker.cancel()
        if self._countdown and self.view.notice.text == self._countdown:
            self.view.notice.dismiss()
        self._countdown = ""

    async def _after_reply(self) -> None:
        """However the reply ended, the turn on the screen must not look as if it went on."""
        self._end_document()
        if self.session.is_pending:
            await self.session.reload()
            await self.show_conversation()
        self.show_state()

    def _give_back(self, typed: str) -> None:
        """Nothing typed is lost; what was typed meanwhile stays, the history has this."""
        if not self.view.composer.text:
            self.view.composer.fill(typed)

    async def confirm_swaps(self, model: str, swaps: Sequence[tuple[str, str]]) -> bool:
        """Shows what filters changed in what is about to be sent. Within the reply's worker."""
        from chatui.widgets.filter_panel import FilterPanel

        return await self.push_screen_wait(FilterPanel(model, swaps))

    async def confirm_cost(self, sentence: str) -> bool:
        """Asks whether what is told may be spent. Within the reply's worker."""
        from chatui.widgets.cost_panel import CostPanel

        return await self.push_screen_wait(CostPanel(sentence))

    # Looks that stay

    def choose_theme(self, name: str) -> None:
        """For good: the next window has it as well, until the config says another one."""
        self.theme = name
        self.keep_looks(theme=name, instead_of=self.ui.theme)

    def keep_looks(self, **changes: Any) -> None:
        self.looks = replace(self.looks, **changes)
        if self._looks_file is not None:
            self.begin("looks", self._write_looks, self._looks_file)

    async def _write_looks(self, path: Path) -> None:
        try:
            await asyncio.to_thread(write_looks, path, self.looks)
        except OSError as error:
            why = error.strerror or type(error).__name__
            self.say(f"The next window won't look like this: {path} can't be written, {why}.")

    # What is on the screen

    def say(self, text: str, tone: Tone = "info") -> None:
        self.view.notice.say(text, tone)
        if isinstance(self.screen, SaysItself):
            self.screen.pass_on(text)

    async def show_conversation(self) -> None:
        """Draws the session's turns anew."""
        from chatui.app.shown import shown_path

        self.leave_editing()
        draft = await self.unsent.change_over()
        if draft is not None:
            self.waiting.clear()
            self._show_waiting()
            self.view.composer.fill(said_together(draft))
        if self.session.not_there:
            self.say(self.session.not_there, "warning")
            self.session.not_there = ""
        await self.view.show(shown_path(self.session.path))
        self.show_state()

    def show_state(self) -> None:
        if self.session.is_open:
            self.show_title()
            self.begin("choices", self.session.keep_choices)
            settings = self.session.settings
            documents = f"documents: {settings.collection}" if settings.rag else "no documents"
            if settings.rag and settings.only:
                first, more = settings.only[0].rpartition("/")[2], len(settings.only) - 1
                documents = f"only {first}" + (f" and {more} more" if more else "")
            form = "JSON" * (settings.options.json_schema is not None)
            brief = "brief answers" * settings.concise
            self.view.show_state(self.session.title, self.session.profile, documents, form, brief)
            self.refresh_meter()
            self.refresh_boundary()
            self.refresh_welcome()

    def start_editing(self, key: str, text: str, what: Edited = "question") -> None:
        self.editing, self.edited = key, what
        self.view.start_editing(text, what)

    def leave_editing(self) -> None:
        self.editing = None
        self.view.leave_editing()

    # The meter while nothing streams

    def draft_changed(self) -> None:
        """Counts the draft after a pause. What reads now goes on by itself: broken off at each
        key, it would never end."""
        self._typed_on = True
        self.keep_unsent()
        if not self.at_work("meter"):
            self.refresh_meter(self._pause())

    def _pause(self) -> float:
        since = time.monotonic() - self._read_at
        return max(TYPING_SECONDS, READ_EVERY_SECONDS - since)

    def refresh_meter(self, pause: float = 0.0) -> None:
        """Reads the meter after so many seconds, in place of a reading under way."""
        if self.opened and not self.is_replying:
            self.begin("meter", self._read_meter, pause)

    async def _read_meter(self, pause: float) -> None:
        """Reads until nothing more was typed meanwhile."""
        self._typed_on = True
        while self._typed_on:
            await asyncio.sleep(pause)
            self._typed_on = False
            if self.is_replying:
                return  # The reply has the meter now.
            self._read_at = time.monotonic()
            draft = self.view.composer.draft
            kept = self.session.kept_media(self.editing, draft)
            self.view.show_reading(await self.session.reading(draft, kept))
            self.view.attached.show(self.session.drafted)
            pause = self._pause()

    # What an empty chat shows

    def refresh_welcome(self) -> None:
        """Tells what answers and what was found, while there is nothing else to show."""
        if self.opened and self.view.welcome.display:
            self.begin("welcome", self._show_welcome)

    async def _show_welcome(self) -> None:
        from chatui.app.at_hand import welcome_facts

        services = await self.session.services()
        self.view.welcome.show(await welcome_facts(services, self.session.settings))

    # Where the prompt begins, and which turns have versions

    def refresh_boundary(self) -> None:
        """Draws where the prompt begins and which turns have versions, when that may have
        changed."""
        self.begin("boundary", self._draw_boundary)

    async def _draw_boundary(self) -> None:
        from chatui.app.boundary import boundary_of

        if self.view.transcript is not None:
            self.view.transcript.show_versions(await self.session.versions())
            standing = await self.session.standing()
            turns = self.session.path.turns
            self.view.transcript.show_boundary(boundary_of(turns, standing) if standing else None)
