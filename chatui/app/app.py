"""The chat window: keys, one worker for the reply, and one match on its events. What keys and
commands do is in `app.commands`, the conversation in `session`, the looks in `widgets`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click, Event, Key, Paste, Resize
from textual.widgets import Input, TextArea

from chatui.app.hangup import on_hangup
from chatui.app.kept_looks import read_looks
from chatui.app.shell import MANUAL_READING, spare_the_collector
from chatui.app.start import StartOptions
from chatui.app.themes import THEMES, fitting_theme
from chatui.app.window import Window
from chatui.domain.errors import ChatuiError
from chatui.system.fault_log import FaultLog
from chatui.system.terminal import Terminal
from chatui.text.slash import parse
from chatui.widgets.chat_view import NARROW
from chatui.widgets.completion import CompletionList
from chatui.widgets.composer import Composer
from chatui.widgets.key_names import key_names
from chatui.widgets.terminal_input import is_text
from chatui.widgets.terminal_words import KEEP_TITLE, PUT_TITLE_BACK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.dom import DOMNode

    from chatui.bootstrap.services import Services
    from chatui.config.window import Keys, Ui
    from chatui.domain.passage import Passage
    from chatui.memory.records import Note
    from chatui.retrieval.embedding.embedder import Preparation
    from chatui.widgets.find_bar import FindBar
    from chatui.widgets.side_list import SideList
    from chatui.widgets.sources import SourcesPanel
    from chatui.widgets.transcript import Transcript


TWICE_SECONDS = 1.5
"""A second Esc or Ctrl+C within this time means more than the first."""

OPENING_PAUSE_SECONDS = 0.25
OPENING, OPENING_SECONDS = "Opening the chats", 2.0
"""What is told while that takes longer."""
RIGHT = 3
"""The mouse's button."""
FIND = "find"
LEADING = frozenset(
    {FIND, "palette", "search_history"}
    | {f"slash('{name}')" for name in ("model", "new", "resume", "sources", "chats", "help")}
)
"""Actions of the window's keys behind which is typed for what they open."""
LEADING_ON_TURNS = frozenset({FIND, "act('edit')", "act('edit_answer')", "act('read')"})
"""Those of the keys on a turn."""


class ChatuiApp(Window):
    """`start` is how it opens, `looks` the file that keeps what was chosen of them, `terminal` what
    it is shown on; the rest is the window's."""

    TITLE = "chatui"
    ENABLE_COMMAND_PALETTE = False
    """Textual's own: ours is a list like the others."""
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel the reply, leave a panel", id="cancel"),
        Binding("ctrl+c", "interrupt", "Interrupt; twice quits", id="interrupt"),
        Binding("ctrl+d", "quit_when_empty", "Quit when nothing is written", id="quit_when_empty"),
        Binding("ctrl+p", "palette", "Command palette", id="palette"),
        Binding("ctrl+l", "slash('model')", "Choose a model", id="models"),
        Binding("f2", "next_model", "Next recent model", id="next_model"),
        Binding("ctrl+n", "slash('new')", "New conversation", id="new"),
        Binding("ctrl+s", "slash('resume')", "Stored conversations", id="sessions"),
        Binding("ctrl+r", "search_history", "Search earlier prompts", id="search_history"),
        Binding("ctrl+g", "slash('editor')", "Write in $EDITOR", id="editor"),
        Binding("ctrl+o", "slash('sources')", "Sources of the answer", id="sources"),
        Binding("ctrl+t", "slash('reasoning')", "Show the reasoning", id="reasoning"),
        Binding("ctrl+b", "slash('chats')", "Conversations at the left", id="chats"),
        Binding("ctrl+f", "find", "Find in the conversation", id="find"),
        Binding("f1", "slash('help')", "Help", id="help"),
        Binding("up", "edit_waiting", show=False),
        Binding("delete", "drop_waiting", show=False),
        Binding("pageup", "scroll_page_up", show=False),
        Binding("pagedown", "scroll_page_down", show=False),
        Binding("ctrl+home", "transcript('oldest')", show=False),
        Binding("ctrl+end,end", "transcript('newest')", show=False),
    ]

    def __init__(
        self,
        ui: Ui,
        keys: Keys,
        open_services: Callable[[], Awaitable[Services]],
        start: StartOptions | None = None,
        faults: FaultLog | None = None,
        *,
        looks: Path | None = None,
        terminal: Terminal | None = None,
    ) -> None:
        super().__init__(ui, keys, open_services, faults, terminal)
        self._looks_file, self.looks = looks, read_looks(looks)
        for theme in THEMES:
            self.register_theme(theme)
        wanted = self.looks.theme_beside(ui.theme)
        fitting = fitting_theme(wanted, self.available_themes, self.terminal)
        # Set as if it had always been there: a change of theme styles everything anew.
        self.set_reactive(App.theme, fitting)
        self.stylesheet.set_variables(self.get_css_variables())
        if not ui.motion:
            self.animation_level = "none"
        self.set_keymap(asdict(keys))
        self.view.composer.behind.reader = self._reader
        self.view.set_sources_width(self.looks.sources_width)
        self.view.set_side_width(self.looks.side_width)
        self.start = start or StartOptions()
        self._pressed: dict[str, float] = {}
        self._told_of_missing = ""

    def compose(self) -> ComposeResult:
        yield from self.view.first_widgets()

    def on_mount(self) -> None:
        # Only then, so that opening files and importing clients delay neither the first
        # frame nor the first key that is typed into it.
        self.set_timer(OPENING_PAUSE_SECONDS, partial(self.begin, "open", self._open))
        self.ahead.watch_screens()
        if self.has_title:
            self.tell_terminal(KEEP_TITLE)
        if not self.is_headless:
            on_hangup(lambda code: self.exit(return_code=code))

    def on_resize(self, event: Resize) -> None:
        self.view.resize(event.size.width)

    def show_state(self) -> None:
        super().show_state()
        if self.view.side is not None and self.view.side.display:
            from chatui.app.commands import side

            self.begin("side", side.refresh, self)

    async def _open(self) -> None:
        await self.view.complete()
        if self.ui.vim if self.looks.vim is None else self.looks.vim:
            await self.view.use_vim(True)
        # In a thread, because the user may be typing already.
        await asyncio.to_thread(import_module, "chatui.bootstrap.services")
        # Files of an earlier chatui are brought up to date first, and disks may be slow.
        slow = self.set_timer(OPENING_SECONDS, partial(self.view.notice.progress, OPENING, 0, 0))
        try:
            await self.session.open(self.start)
            services = await self.session.services()
            if services.screen is not None:
                services.screen.confirm = self.confirm_swaps
            if services.assistant.whole is not None:
                services.assistant.whole.confirm = self.confirm_cost
        finally:
            slow.stop()
            self.view.notice.end_progress()
            self.opened = self.session.is_open
            await self.show_conversation()
            if self.opened:
                self.view.composer.past_prompts.load(await self.session.prompts())
                await self.take_up_unsent()
        await asyncio.to_thread(import_module, "chatui.app.commands.registry")
        from chatui.app.commands.pull import offer_first

        await offer_first(self)
        await self.session.warm()
        await self.view.warm()
        await self.session.mend_documents()
        if not self.is_headless:
            spare_the_collector()
        if self.view.composer.text:
            self.get_ready_to_ask()
        if self.start.reads_manual and await self.session.quotes_only():
            from chatui.app.commands.documents import read_manual

            self.begin(MANUAL_READING, read_manual, self)

    async def on_unmount(self) -> None:
        if self.has_title:
            self.tell_terminal(PUT_TITLE_BACK)
        if "session" in vars(self):
            await self.unsent.keep()
            if self.view.side is not None and self.view.side.doomed:
                from chatui.app.commands import side

                await side.remove_doomed(self)
            await self.session.close()
        if "shown_copies" in vars(self):
            await asyncio.to_thread(self.shown_copies.close)

    # Asking

    @on(Composer.Submitted)
    async def _submitted(self, event: Composer.Submitted) -> None:
        self.view.notice.dismiss()
        if self.editing and self.edited == "answer":
            from chatui.app.commands import versions

            self.begin("command", versions.put_answer, self, self.editing, event.text)
            return
        command = parse(event.text)
        if command is not None:
            self.command(*command, typed=event.text)
        elif event.text != self._told_of_missing and await self._lacks_a_file(event.text):
            self.give_back(event.text)
        elif self.is_replying:
            self.leave_editing()
            self.waiting.add(event.text)
        else:
            path = self.session.path
            parent = path.parent_of(self.editing) if self.editing else path.head
            kept = self.session.kept_media(self.editing, event.text)
            self.ask(event.text, parent, media=kept)

    async def _lacks_a_file(self, question: str) -> bool:
        """Says once that a mentioned file is not there; it may be a person's handle."""
        missing = await self.session.files.missing(question)
        if missing:
            self._told_of_missing = question
            key = key_names(self.keys.send)
            self.say(f"There is no file {missing[0]}: {key} sends it as it stands.", "warning")
        return bool(missing)

    async def _run_command(self, typed: str, name: str, argument: str) -> None:
        """A command that fails comes back, to be corrected."""
        from chatui.app.commands import registry

        if not registry.leads_elsewhere(name, argument):
            self.ahead.let_go()
        try:
            await registry.run(self, name, argument)
        except ChatuiError:
            self.give_back(typed)
            raise

    # What keys and widgets ask for

    async def on_event(self, event: Event) -> None:
        # Here, and not in a widget, so that the keys of one burst keep their order.
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            if self.ahead.keeps(event):
                return
            if isinstance(event, Key) and (led := self._leads_elsewhere(event)):
                # At once, and not when it has come back from the widget that has the focus.
                await self.run_action(*led)
                return
            if self._is_written(event):
                self.screen.set_focus(self.view.composer)
        await super().on_event(event)

    def _leads_elsewhere(self, event: Key) -> tuple[str, DOMNode] | None:
        """The action of a key behind which more may be typed for what it opens, and whose it is."""
        bound, transcript = self.screen.active_bindings.get(event.key), self.view.transcript
        if bound is None or not bound.enabled:
            return None
        action, node = bound.binding.action, bound.node
        if node is self:
            leads = action in LEADING and not self.view.composer.has_own(event.key)
        else:
            leads = action in LEADING_ON_TURNS and node is transcript and transcript.vim is None
            if leads and action != FIND and transcript is not None and transcript.selected_key:
                # Its message is on its way for a while.
                self.ahead.hold()
        return (action, self if action == FIND else node) if leads else None

    def _is_written(self, event: Key | Paste) -> bool:
        """Whether it is a text that is typed where there is no field for it."""
        if len(self.screen_stack) > 1 or isinstance(self.focused, Input | TextArea):
            return False
        if isinstance(event, Key) and not self.view.composer.takes_text:
            return False
        return is_text(event) and not (
            isinstance(event, Key) and event.key in self.screen.active_bindings
        )

    def command(self, name: str, argument: str = "", typed: str = "") -> None:
        """Runs a slash command, as if it had been typed; or `typed`, which comes back when it
        fails."""
        self.lead(self._run_command, typed, name, argument)

    @on(Composer.Changed)
    def _typed(self) -> None:
        self.draft_changed()

    def action_slash(self, name: str) -> None:
        self.command(name)

    def action_palette(self) -> None:
        from chatui.app.commands import palette

        self.lead(palette.open_palette, self)

    def action_scroll_half(self, step: int) -> None:
        if self.view.transcript:
            half = max(1, self.view.transcript.size.height // 2)
            self.view.transcript.scroll_relative(y=step * half, animate=False)

    def action_scroll_lines(self, lines: int) -> None:
        if self.view.transcript:
            self.view.transcript.scroll_relative(y=lines, animate=False)

    def action_write_here(self) -> None:
        self.view.composer.focus()
        self.view.composer.insert_mode()

    def action_scroll_page_up(self) -> None:
        if self.view.transcript:
            self.view.transcript.scroll_page_up()

    def action_scroll_page_down(self) -> None:
        if self.view.transcript:
            self.view.transcript.scroll_page_down()

    async def action_transcript(self, where: str) -> None:
        if self.view.transcript:
            await self.view.transcript.action_go(where)

    # The conversations at the left

    def on_side_list_opened(self, event: SideList.Opened) -> None:
        from chatui.app.commands import side

        self.lead(side.open_chosen, self, event.conversation_id)

    def on_side_list_changed(self, event: SideList.Changed) -> None:
        from chatui.app.commands import side

        self.begin("sessions", side.change, self, event.conversation_id, event.what)

    def on_side_list_widened(self, event: SideList.Widened) -> None:
        self.view.set_side_width(event.width)
        if event.done:
            self.keep_looks(side_width=event.width)

    # Finding

    def action_find(self) -> None:
        if self.view.find is not None and self.session.path.turns:
            self.view.find.open()

    def on_transcript_find_wanted(self) -> None:
        self.action_find()

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        self.begin("find", self._find, event.text)

    async def _find(self, text: str) -> None:
        if self.view.transcript is not None:
            await self.view.transcript.find(text)

    async def on_find_bar_stepped(self, event: FindBar.Stepped) -> None:
        if self.view.transcript is not None:
            await self.view.transcript.find_step(event.step)

    def on_transcript_found(self, event: Transcript.Found) -> None:
        if self.view.find is not None:
            self.view.find.show_count(event.at, event.count)

    async def on_find_bar_left(self, event: FindBar.Left) -> None:
        transcript = self.view.transcript
        if event.into and transcript is not None and transcript.finds:
            transcript.focus()
            transcript.chosen = transcript.selected is not None
        else:
            self.end_find()
            self.view.composer.focus()

    def end_find(self) -> bool:
        """Takes the marks off; False when nothing was looked for."""
        if self.view.find is None or not self.view.find.display:
            return False
        self.view.find.close()
        self.begin("find", self._find, "")
        return True

    def action_edit_waiting(self) -> None:
        self.waiting.edit_newest()

    def action_drop_waiting(self) -> None:
        self.waiting.drop_newest()

    def action_next_model(self) -> None:
        from chatui.app.commands import switching

        self.begin("command", switching.next_recent, self)

    def action_search_history(self) -> None:
        from chatui.app.commands import editor

        self.lead(editor.search_history, self)

    @on(Composer.Resized)
    def _composer_resized(self) -> None:
        self.view.edge_resized()

    @on(Composer.PasteWanted)
    def _paste_wanted(self) -> None:
        from chatui.app.commands import pictures

        self.begin("command", pictures.paste_any, self)

    def on_click(self, event: Click) -> None:
        """A right click pastes into the composer, wherever it is. What a terminal pastes by itself,
        as with Shift, comes as a paste."""
        if event.button == RIGHT and len(self.screen_stack) == 1:
            self.view.composer.focus()
            self._paste_wanted()

    @on(Composer.CompletionWanted)
    def _completion_wanted(self, event: Composer.CompletionWanted) -> None:
        from chatui.app.commands import completions

        self.begin("completion", completions.offer, self, event.trigger)

    @on(CompletionList.Clicked)
    def _completion_clicked(self) -> None:
        self.view.composer.action_complete()
        self.view.composer.focus()

    def on_transcript_turn_action(self, event: Transcript.TurnAction) -> None:
        from chatui.app.commands import turn_keys

        # What has to be kept for it is kept since the key.
        self.begin("command", self.leading, turn_keys.act, self, event.key, event.action)

    def on_transcript_code_copied(self, event: Transcript.CodeCopied) -> None:
        from chatui.app.commands import copying

        self.begin("command", copying.copy_code, self, event.key, event.number)

    async def on_transcript_citation_chosen(self, event: Transcript.CitationChosen) -> None:
        turn = self.session.path.turn(event.key)
        if turn and event.n in [citation.n for citation in turn.reply.citations]:
            await self.view.open_sources(turn, event.n)

    def on_sources_panel_passage_chosen(self, event: SourcesPanel.PassageChosen) -> None:
        self.open_passage(event.passage, event.line)

    def on_sources_panel_widened(self, event: SourcesPanel.Widened) -> None:
        if self.size.width >= NARROW:
            self.view.set_sources_width(event.width)
            if event.done:
                self.keep_looks(sources_width=event.width)

    def open_passage(self, passage: Passage, line: int) -> None:
        """Shows that line of the document that the passage was taken from, or its page."""
        from chatui.app.commands import editor

        self.begin("command", editor.open_passage, self, passage, line)

    async def action_quit_when_empty(self) -> None:
        if not self.view.composer.text:
            await self.action_quit()

    def say_warning(self, text: str) -> None:
        self.say(text, "warning")

    def say_proposals(self, notes: Sequence[Note]) -> None:
        first, more = notes[0], f", and {len(notes) - 1} more" if notes[1:] else ""
        self.say(f"Worth a note? “{first.text}”{more} · /memory keeps or declines")

    def say_preparation(self, progress: Preparation) -> None:
        step = f"{progress.step} of {progress.steps}"
        self.say(f"Preparing the embedding model, this once: {progress.text} ({step}).")

    # Stopping and leaving

    async def action_interrupt(self) -> None:
        """Clears the draft before anything else: it stays in the composer's history."""
        if self.view.composer.text.strip() and not self.editing:
            self.view.composer.put_aside()
            self.say(f"Put aside: ↑ brings it back. {key_names(self.keys.interrupt)} again stops.")
        elif self._pressed_twice("interrupt"):
            await self.action_quit()
        else:
            stopped = "Stopped. " if self.stop_work() else ""
            self.say(f"{stopped}Press {key_names(self.keys.interrupt)} again to leave.")

    async def action_cancel(self) -> None:
        """Takes back one thing at a time: the list, the focus, the edit, what waits, the work.
        Where there is nothing to take back it leads into the transcript."""
        composer = self.view.composer
        # Who has Vim in the fingers presses Esc more than once: that changes nothing then.
        calm = composer.vim is not None
        if composer.completions.is_open:
            composer.completions.close()
        elif self.end_find():
            pass
        elif not composer.has_focus:
            if self._in_transcript and not calm and self._pressed_twice("cancel"):
                self.command("edit")
            else:
                composer.focus()
        elif self.editing:
            self.leave_editing()
            self.view.composer.put_aside()
        elif self.waiting.texts and not composer.text:
            self.waiting.drop_newest()
        elif not calm and self._pressed_twice("cancel") and self.session.path.head:
            self.command("edit")
        elif not self.stop_work() and self.view.transcript and not (calm and composer.text):
            await self.view.transcript.enter()

    @property
    def _in_transcript(self) -> bool:
        return self.view.transcript is not None and self.view.transcript.has_focus

    def _pressed_twice(self, what: str) -> bool:
        now = time.monotonic()
        before, self._pressed[what] = self._pressed.get(what, -TWICE_SECONDS), now
        return now - before < TWICE_SECONDS
