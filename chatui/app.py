"""The chat window: keys, what is on the screen, one worker for the reply, one match on its events.

What the keys and slash commands do is in `app_commands`; the conversation is in `session`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.markup import escape
from textual.worker import Worker, WorkerError, WorkerState

from chatui import events
from chatui.conversation import Turn, TurnState
from chatui.errors import ChatuiError
from chatui.models.base import ReasoningDelta, TextDelta
from chatui.services import StartOptions
from chatui.session import ChatSession
from chatui.themes import DEFAULT, THEMES
from chatui.widgets.completion import CompletionList
from chatui.widgets.composer import Composer
from chatui.widgets.meter_bar import MeterBar
from chatui.widgets.notice import Notice
from chatui.widgets.sources import SourcesPanel
from chatui.widgets.transcript import Transcript
from chatui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from textual.command import Provider

    from chatui.config import Keys, Ui
    from chatui.passage import Passage
    from chatui.services import Services

NARROW = 100
"""Columns below which the sources take the transcript's place."""
TWICE_SECONDS = 1.5
"""A second Esc or Ctrl+C within this time means more than the first."""
TYPING_PAUSE_SECONDS = 0.25
"""The meter quotes the draft when the user has not typed for so long."""
SETTLING_SECONDS = 5.0
STOPPABLE = ("reply", "ingest")


def command_provider() -> type[Provider]:
    from chatui.app_commands.palette import CommandProvider

    return CommandProvider


class ChatuiApp(App[None]):
    TITLE = "chatui"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[Any]] = {command_provider}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel the reply; twice edits the last question", id="cancel"),
        Binding("ctrl+c", "interrupt", "Interrupt, twice quits", id="interrupt"),
        Binding("ctrl+p", "command_palette", "Command palette", id="palette"),
        Binding("ctrl+l", "slash('model')", "Choose a model", id="models"),
        Binding("f2", "next_model", "Next recent model", id="next_model"),
        Binding("ctrl+n", "slash('new')", "New conversation", id="new"),
        Binding("ctrl+s", "slash('resume')", "Stored conversations", id="sessions"),
        Binding("ctrl+o", "slash('sources')", "Sources of the answer", id="sources"),
        Binding("ctrl+t", "slash('reasoning')", "Show the reasoning", id="reasoning"),
        Binding("f1", "slash('help')", "Help", id="help"),
    ]

    def __init__(
        self,
        ui: Ui,
        keys: Keys,
        open_services: Callable[[], Awaitable[Services]],
        start: StartOptions | None = None,
    ) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = ui.theme if ui.theme in self.available_themes else DEFAULT
        self.set_keymap(asdict(keys))
        self.ui = ui
        self.keys = keys
        self.start = start or StartOptions()
        self.session = ChatSession(open_services)
        self.replying: Worker[None] | None = None
        self.editing: str | None = None
        """The key of the turn whose question is in the composer to be asked anew."""
        self._shown_head: str | None = None
        self._pressed: dict[str, float] = {}
        # Held here, because a query looks through the screen on top, which may be a picker.
        self.transcript = Transcript(id="transcript", turns_shown=ui.turns_shown)
        self.sources = SourcesPanel(id="sources")
        completions = CompletionList(id="completions")
        self.composer = Composer(completions, id="composer")
        self.notice = Notice(id="notice")
        self.meter = MeterBar(id="meter")
        self.chat = Horizontal(Welcome(id="welcome"), self.transcript, self.sources, id="chat")
        self.chat.add_class("-empty")
        self._rows = (self.chat, completions, self.notice, self.composer, self.meter)

    def compose(self) -> ComposeResult:
        yield from self._rows

    def on_mount(self) -> None:
        self.composer.focus()
        # Only now, so that opening files and importing clients can't delay the first frame.
        self.call_after_refresh(self.begin, self._open(), "open")

    def on_resize(self, event: Resize) -> None:
        self.chat.set_class(event.size.width < NARROW, "-narrow")

    async def _open(self) -> None:
        try:
            await self.session.open(self.start)
        finally:
            await self.show_conversation()
        self.composer.past_prompts.load(await self.session.prompts())
        await self.session.warm()

    async def on_unmount(self) -> None:
        await self.session.close()

    def begin(self, work: Coroutine[Any, Any, None], group: str, *, alone: bool = True) -> None:
        """Runs work beside the event loop's handlers. `alone` ends what the group did before."""
        self.run_worker(work, group=group, exclusive=alone, exit_on_error=False)

    @on(Worker.StateChanged)
    def _work_ended(self, event: Worker.StateChanged) -> None:
        """The one place where what went wrong becomes a sentence."""
        if event.state != WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, ChatuiError):
            self.notice.say(str(error), "error")
        else:
            logging.getLogger(__name__).error("A job of the window failed", exc_info=error)
            self.notice.say(f"Something went wrong inside chatui: {error!r}.", "error")

    # The conversation on the screen

    async def show_conversation(self) -> None:
        """Draws the session's turns anew."""
        self.leave_editing()
        await self._show_turns(self.session.turns)
        self.show_state()
        self.refresh_meter()

    async def _show_turns(self, turns: list[tuple[str, Turn]]) -> None:
        await self.transcript.show(turns)
        self._shown_head = turns[-1][0] if turns else None
        self.chat.set_class(not turns, "-empty")
        last = turns[-1][1] if turns else None
        self.sources.show(last.passages if last else (), last.reply.citations if last else ())

    def show_state(self) -> None:
        """What answers and from where, on the composer's border."""
        self.composer.border_title = "Editing a question · Esc leaves it" if self.editing else ""
        if self.session.is_open:
            settings = self.session.settings
            documents = f"documents: {settings.collection}" if settings.rag else "no documents"
            parts = (self.session.title, self.session.profile, documents)
            self.composer.border_subtitle = escape(" · ".join(part for part in parts if part))

    # Asking

    @on(Composer.Submitted)
    def _submitted(self, event: Composer.Submitted) -> None:
        from chatui.app_commands import registry

        self.notice.dismiss()
        command = registry.parse(event.text)
        if command is not None:
            self.begin(registry.run(self, *command), "command", alone=False)
        elif self.is_replying:
            self.notice.say("A reply is still coming: Esc stops it, then send this.", "warning")
        else:
            parent = self.session.parent_of(self.editing) if self.editing else self.session.head
            self.ask(event.text, parent)

    def ask(self, question: str, parent: str | None) -> None:
        """Asks behind the turn `parent`; None asks as the first turn of the conversation."""
        self.leave_editing()
        self.composer.sent(question)
        self.replying = self.run_worker(
            self._reply(question, parent), group="reply", exclusive=True, exit_on_error=False
        )

    @property
    def is_replying(self) -> bool:
        return self.replying is not None and not self.replying.is_finished

    async def _reply(self, typed: str, parent: str | None) -> None:
        started = False
        try:
            if not self.session.is_open:
                self.notice.say("Still opening: the question is sent in a moment.")
            question = await self.session.with_attachments(typed)
            async for event in self.session.reply(question, parent=parent):
                await self._draw(event, parent)
                started = True
        except (ChatuiError, asyncio.CancelledError):
            if started:
                # The turn shows what failed; nothing is left to say.
                return
            if not self.composer.text:
                self.composer.fill(typed)
            raise
        finally:
            await self._after_reply()

    async def _draw(self, event: events.AssistantEvent, parent: str | None) -> None:
        match event:
            case events.TurnStarted():
                if parent != self._shown_head:
                    await self._show_turns(self.session.path_to(parent))
                self._shown_head = event.turn_id
                self.chat.remove_class("-empty")
                self._live = await self.transcript.start_turn(event.turn_id, event.question)
            case events.PassagesFound():
                self._live.show_passages(event.passages)
                self.sources.show(event.passages, ())
            case TextDelta():
                self._live.append_text(event.text)
            case ReasoningDelta():
                self._live.append_reasoning(event.text)
            case events.MeterChanged():
                self.meter.show(event.reading)
            case events.TurnSettled():
                await self._live.settle(event.turn)
                self.sources.show(event.turn.passages, event.turn.reply.citations)

    async def _after_reply(self) -> None:
        """However the reply ended, the turn on the screen must not look as if it went on."""
        key = self.session.head
        turn = self.session.turn(key) if key else None
        if key and turn and turn.state is TurnState.PENDING:
            await self.session.reload()
            settled, view = self.session.turn(key), self.transcript.turn(key)
            if settled and view:
                await view.settle(settled)
        self.show_state()
        self.refresh_meter()

    # Keys

    async def action_cancel(self) -> None:
        """Esc undoes one thing at a time: the list, the focus, the reply, the edit."""
        if self.composer.completions.is_open:
            self.composer.completions.close()
        elif not self.composer.has_focus:
            self.composer.focus()
        elif self.editing:
            self.leave_editing()
            self.composer.fill("")
        elif self._pressed_twice("cancel"):
            self.command("edit")
        else:
            self.stop_work()

    def action_interrupt(self) -> None:
        if self._pressed_twice("interrupt"):
            self.begin(self._leave(), "leave")
            return
        stopped = self.stop_work()
        self.notice.say(f"{'Stopped. ' if stopped else ''}Press Ctrl+C again to leave.")

    def _pressed_twice(self, what: str) -> bool:
        now = time.monotonic()
        before = self._pressed.get(what, -TWICE_SECONDS)
        self._pressed[what] = now
        return now - before < TWICE_SECONDS

    def stop_work(self) -> list[Worker[Any]]:
        """Stops the reply and the reading of files; those that were at work."""
        working = [w for w in self.workers if w.group in STOPPABLE and not w.is_finished]
        for worker in working:
            if worker.group != "reply" or not self.session.stop_reply():
                worker.cancel()
        return working

    async def settle(self) -> None:
        """Stops the work and waits until what it had is stored."""
        for worker in self.stop_work():
            with suppress(WorkerError, TimeoutError):
                await asyncio.wait_for(worker.wait(), SETTLING_SECONDS)

    async def _leave(self) -> None:
        await self.settle()
        self.exit()

    async def action_quit(self) -> None:
        self.begin(self._leave(), "leave")

    def command(self, name: str, argument: str = "") -> None:
        """Runs a slash command, as if it had been typed."""
        from chatui.app_commands import registry

        self.begin(registry.run(self, name, argument), "command", alone=False)

    def action_slash(self, name: str) -> None:
        """What the keys for things that are also commands are bound to."""
        self.command(name)

    def action_next_model(self) -> None:
        from chatui.app_commands import models

        self.begin(models.next_recent(self), "command", alone=False)

    # What the composer asks for

    @on(Composer.QuitWanted)
    def _quit_wanted(self) -> None:
        self.begin(self._leave(), "leave")

    @on(Composer.InterruptWanted)
    def _interrupt_wanted(self) -> None:
        self.action_interrupt()

    @on(Composer.CompletionWanted)
    def _completion_wanted(self, event: Composer.CompletionWanted) -> None:
        from chatui.app_commands import completions

        self.begin(completions.offer(self, event.trigger), "completion")

    @on(CompletionList.Clicked)
    def _completion_clicked(self) -> None:
        self.composer.action_complete()
        self.composer.focus()

    @on(Composer.HistorySearchWanted)
    def _history_search_wanted(self) -> None:
        from chatui.app_commands import writing

        self.begin(writing.search_history(self), "command", alone=False)

    @on(Composer.EditorWanted)
    def _editor_wanted(self) -> None:
        self.command("editor")

    @on(Composer.Changed)
    def _typed(self) -> None:
        self.refresh_meter(TYPING_PAUSE_SECONDS)

    def refresh_meter(self, pause: float = 0.0) -> None:
        if self.session.is_open and not self.is_replying:
            self.begin(self._read_meter(pause), "meter")

    async def _read_meter(self, pause: float) -> None:
        await asyncio.sleep(pause)
        self.meter.show(await self.session.reading(self.composer.draft))

    def start_editing(self, key: str, question: str) -> None:
        self.editing = key
        self.composer.add_class("-editing")
        self.composer.fill(question)
        self.composer.focus()
        self.show_state()

    def toggle_sources(self) -> None:
        if self.chat.toggle_class("-sources").has_class("-sources"):
            self.sources.focus()
        else:
            self.composer.focus()

    def leave_editing(self) -> None:
        self.editing = None
        self.composer.remove_class("-editing")
        self.show_state()

    # What the transcript and the sources ask for

    @on(Transcript.TurnAction)
    def _turn_action(self, event: Transcript.TurnAction) -> None:
        from chatui.app_commands import turns

        self.begin(turns.act(self, event.key, event.action), "command", alone=False)

    @on(Transcript.CitationChosen)
    def _citation_chosen(self, event: Transcript.CitationChosen) -> None:
        turn = self.session.turn(event.key)
        cited = [c.passage for c in turn.reply.citations if c.n == event.n] if turn else []
        if cited:
            self._open_passage(cited[0])

    @on(SourcesPanel.PassageChosen)
    def _passage_chosen(self, event: SourcesPanel.PassageChosen) -> None:
        self._open_passage(event.passage)

    def _open_passage(self, passage: Passage) -> None:
        from chatui.app_commands import writing

        self.begin(writing.open_passage(self, passage), "command", alone=False)
