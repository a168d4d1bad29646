"""The chat window: keys, one worker for the reply, and one match on its events. What keys and
commands do is in `app_commands`, the conversation in `session`, the looks in `widgets`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize

from chatui.app_metering import MeteredApp
from chatui.errors import ChatuiError
from chatui.hangup import on_hangup
from chatui.services import StartOptions
from chatui.themes import DEFAULT, THEMES
from chatui.widgets.chat_view import ChatView
from chatui.widgets.composer import Composer
from chatui.widgets.key_names import key_names
from chatui.widgets.notice import Tone

if TYPE_CHECKING:
    from textual.command import Provider

    from chatui.config import Keys, Ui
    from chatui.events import AssistantEvent
    from chatui.services import Services
    from chatui.session import ChatSession

TWICE_SECONDS = 1.5
"""A second Esc or Ctrl+C within this time means more than the first."""
OPENING_PAUSE_SECONDS = 0.25


def command_provider() -> type[Provider]:
    from chatui.app_commands.palette import CommandProvider

    return CommandProvider


class ChatuiApp(MeteredApp):
    """`ui` and `keys` are the config's; `open_services` is called after the first frame."""

    TITLE = "chatui"
    COMMANDS: ClassVar[set[Any]] = {command_provider}
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel the reply, leave a panel", id="cancel"),
        Binding("ctrl+c", "interrupt", "Interrupt; twice quits", id="interrupt"),
        Binding("ctrl+d", "quit_when_empty", "Quit when nothing is written", id="quit_when_empty"),
        Binding("ctrl+p", "command_palette", "Command palette", id="palette"),
        Binding("ctrl+l", "slash('model')", "Choose a model", id="models"),
        Binding("f2", "next_model", "Next recent model", id="next_model"),
        Binding("ctrl+n", "slash('new')", "New conversation", id="new"),
        Binding("ctrl+s", "slash('resume')", "Stored conversations", id="sessions"),
        Binding("ctrl+r", "search_history", "Search earlier prompts", id="search_history"),
        Binding("ctrl+g", "slash('editor')", "Write in $EDITOR", id="editor"),
        Binding("ctrl+o", "slash('sources')", "Sources of the answer", id="sources"),
        Binding("ctrl+t", "slash('reasoning')", "Show the reasoning", id="reasoning"),
        Binding("f1", "slash('help')", "Help", id="help"),
        Binding("pageup", "scroll_page_up", show=False),
        Binding("pagedown", "scroll_page_down", show=False),
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
        # Set as if it had always been there: a change of theme styles everything anew.
        self.set_reactive(App.theme, ui.theme if ui.theme in self.available_themes else DEFAULT)
        self.stylesheet.set_variables(self.get_css_variables())
        self.keys = keys
        self.set_keymap(asdict(keys))
        self.start = start or StartOptions()
        self._open_services = open_services
        self.view = ChatView(ui.turns_shown, ui.show_reasoning)
        self.opened = False
        """Whether there is more to it than the first frame."""
        self.editing: str | None = None
        """The key of the turn whose question is in the composer to be asked anew."""
        self._pressed: dict[str, float] = {}

    @cached_property
    def session(self) -> ChatSession:
        """Made when it is first needed, which is after the first frame."""
        from chatui.session import ChatSession

        return ChatSession(self._open_services)

    def compose(self) -> ComposeResult:
        yield from self.view.first_widgets()

    def on_mount(self) -> None:
        # Only then, so that opening files and importing clients delay neither the first
        # frame nor the first key that is typed into it.
        self.set_timer(OPENING_PAUSE_SECONDS, partial(self.begin, "open", self._open))
        if not self.is_headless:
            on_hangup(lambda code: self.exit(return_code=code))

    def on_resize(self, event: Resize) -> None:
        self.view.resize(event.size.width)

    async def _open(self) -> None:
        await self.view.complete()
        # In a thread, because the user may be typing already.
        await asyncio.to_thread(import_module, "chatui.bootstrap")
        try:
            await self.session.open(self.start)
        finally:
            self.opened = self.session.is_open
            await self.show_conversation()
            if self.opened:
                self.view.composer.past_prompts.load(await self.session.prompts())
        await asyncio.to_thread(import_module, "chatui.app_commands.registry")
        from chatui.app_commands.pull import offer_first

        await offer_first(self)
        await self.session.warm()
        await self.view.warm()
        if self.start.manual is not None and await self.session.quotes_only():
            from chatui.app_commands.documents import read

            self.begin("ingest", read, self, [self.start.manual])

    async def on_unmount(self) -> None:
        if "session" in vars(self):
            await self.session.close()

    # Asking

    @on(Composer.Submitted)
    def _submitted(self, event: Composer.Submitted) -> None:
        from chatui.app_commands import registry

        self.view.notice.dismiss()
        command = registry.parse(event.text)
        if command is not None:
            self.begin("command", self._run_command, event.text, *command)
        elif self.is_replying:
            self.say("A reply is still coming: Esc stops it, then send this.", "warning")
        else:
            path = self.session.path
            self.ask(event.text, path.parent_of(self.editing) if self.editing else path.head)

    async def _run_command(self, typed: str, name: str, argument: str) -> None:
        """A command that fails comes back, to be corrected."""
        from chatui.app_commands import registry

        self.view.composer.sent(typed)
        try:
            await registry.run(self, name, argument)
        except ChatuiError:
            self._give_back(typed)
            raise

    def ask(self, question: str, parent: str | None, model: str = "") -> None:
        """Asks behind the turn `parent`; None asks as the first turn of the conversation."""
        self.leave_editing()
        self.view.composer.sent(question)
        self.begin("reply", self._reply, question, parent, model)

    @property
    def is_replying(self) -> bool:
        return bool(self.at_work("reply"))

    async def _reply(self, typed: str, parent: str | None, model: str) -> None:
        started = False
        try:
            if not self.session.is_open:
                self.say("Still opening: the question is sent in a moment.")
            question = await self.session.with_attachments(typed)
            async for event in self.session.reply(question, parent=parent, model=model):
                await self._draw(event, parent)
                started = True
        except (ChatuiError, asyncio.CancelledError):
            if not started:
                self._give_back(typed)
                raise
            # Else the turn on the screen shows what failed, and nothing is left to say.
        finally:
            await self._after_reply()

    async def _draw(self, event: AssistantEvent, parent: str | None) -> None:
        from chatui.attachments import shown_path, shown_question, shown_turn
        from chatui.events import MeterChanged, PassagesFound, TurnSettled, TurnStarted
        from chatui.models.base import ReasoningDelta, TextDelta

        view, live = self.view, self.view.live
        match event:
            case TurnStarted():
                before = shown_path(self.session.path.up_to(parent))
                await view.start_turn(event.turn_id, shown_question(event.question), before)
            case PassagesFound() if live:
                live.show_passages(event.passages)
                if view.sources:
                    view.sources.show(event.passages, ())
            case TextDelta() if live:
                live.append_text(event.text)
            case ReasoningDelta() if live:
                live.append_reasoning(event.text)
            case MeterChanged():
                view.show_reading(event.reading)
            case TurnSettled() if live:
                await live.settle(shown_turn(event.turn))
                view.show_sources(event.turn)

    async def _after_reply(self) -> None:
        """However the reply ended, the turn on the screen must not look as if it went on."""
        if self.session.is_pending:
            await self.session.reload()
            await self.show_conversation()
        self.show_state()

    def _give_back(self, typed: str) -> None:
        """Nothing typed is lost; what was typed meanwhile stays, the history has this."""
        if not self.view.composer.text:
            self.view.composer.fill(typed)

    # What is on the screen

    def say(self, text: str, tone: Tone = "info") -> None:
        self.view.notice.say(text, tone)

    async def show_conversation(self) -> None:
        """Draws the session's turns anew."""
        from chatui.attachments import shown_path

        self.leave_editing()
        await self.view.show(shown_path(self.session.path))
        self.show_state()

    def show_state(self) -> None:
        if self.session.is_open:
            settings = self.session.settings
            documents = f"documents: {settings.collection}" if settings.rag else "no documents"
            brief = "brief answers" * settings.concise
            self.view.show_state(self.session.title, self.session.profile, documents, brief)
            self.refresh_meter()
            self.refresh_boundary()

    def start_editing(self, key: str, question: str) -> None:
        self.editing = key
        self.view.start_editing(question)

    def leave_editing(self) -> None:
        self.editing = None
        self.view.leave_editing()

    # Stopping and leaving

    def stop_reply(self) -> bool:
        return self.session.stop_reply()

    async def action_interrupt(self) -> None:
        if self._pressed_twice("interrupt"):
            await self.action_quit()
        else:
            stopped = "Stopped. " if self.stop_work() else ""
            self.say(f"{stopped}Press {key_names(self.keys.interrupt)} again to leave.")

    def action_cancel(self) -> None:
        """Takes back one thing at a time: the list, the focus, the edit, the work."""
        composer = self.view.composer
        if composer.completions.is_open:
            composer.completions.close()
        elif not composer.has_focus:
            composer.focus()
        elif self.editing:
            self.leave_editing()
            self.view.put_aside()
        elif self._pressed_twice("cancel") and self.session.path.head:
            self.command("edit")
        else:
            self.stop_work()

    def _pressed_twice(self, what: str) -> bool:
        now = time.monotonic()
        before, self._pressed[what] = self._pressed.get(what, -TWICE_SECONDS), now
        return now - before < TWICE_SECONDS
