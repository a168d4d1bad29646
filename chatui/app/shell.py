"""What a window of Textual is to everything in it, whatever it shows: work that takes its time,
what the terminal is told, sentences for the user, and faults that end nothing but themselves.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ParamSpec

from rich.text import Text
from textual.worker import Worker, WorkerError

from chatui.app.terminal_app import TerminalApp
from chatui.app.typed_ahead import TypedAhead
from chatui.domain.errors import UsageError
from chatui.system.fault_log import FaultLog
from chatui.system.terminal import Terminal
from chatui.widgets.chat_view import ChatView
from chatui.widgets.notice import SaysItself, Tone
from chatui.widgets.terminal_words import copied, notification, through, title

if TYPE_CHECKING:
    from chatui.app.session import ChatSession
    from chatui.bootstrap.services import Services
    from chatui.config.window import Keys, Ui

Arguments = ParamSpec("Arguments")

COMMAND = "command"
SETTLING_SECONDS = 5.0
REPLY = "reply"
STOPPABLE = (REPLY, "ingest", "compare")
CHAIN = "chain"
"""A chain has a conversation of its own: it goes on while the chat goes elsewhere, and Esc stops it
when nothing is at work in the chat."""
PULL = "pull"
"""A download: stopped by Esc when nothing else is at work."""
MANUAL_READING = "manual"
"""Nobody asked for it: stopped last."""
NO_CLIPBOARD = (
    "This terminal has no clipboard: Ctrl+V pastes it here, and /export answer writes it to a file."
)
WATCH = "watch"
"""Goes on through Esc, which is for what the user waits for."""


class StillAtWork(UsageError):
    """What was asked for waits for work of the group to end, and so does the sentence that says
    so."""

    def __init__(self, sentence: str, group: str) -> None:
        super().__init__(sentence)
        self.group = group


def spare_the_collector() -> None:
    """Python looks through all objects now and then, for 80 ms in which no key is taken. What is
    there by now, code above all, stays to the end and need not be looked at."""
    gc.freeze()


class Shell(TerminalApp):
    """`ui` and `keys` are the config's; `open_services` is called after the first frame; `faults`
    keeps what goes wrong inside; `terminal` is what the window is shown on."""

    def __init__(
        self,
        ui: Ui,
        keys: Keys,
        open_services: Callable[[], Awaitable[Services]],
        faults: FaultLog | None = None,
        terminal: Terminal | None = None,
    ) -> None:
        super().__init__(terminal or Terminal())
        self.ui, self.keys = ui, keys
        self.faults = faults or FaultLog()
        self._open_services = open_services
        self.view = ChatView(ui.turns_shown, ui.show_reasoning)
        self.opened = False
        """Whether there is more to it than the first frame."""
        self.ahead = TypedAhead(self)

    @cached_property
    def session(self) -> ChatSession:
        """Made when it is first needed, which is after the first frame."""
        from chatui.app.session import ChatSession

        return ChatSession(self._open_services)

    def say(self, text: str, tone: Tone = "info") -> None:
        self.view.notice.say(text, tone)
        if isinstance(self.screen, SaysItself):
            self.screen.pass_on(text)

    def give_back(self, typed: str) -> None:
        """Nothing typed is lost; what was typed meanwhile stays, the history has this."""
        if not self.view.composer.text:
            self.view.composer.fill(typed)

    # What the terminal is told beside what it draws

    @property
    def has_title(self) -> bool:
        """Whether the terminal's title is ours to set."""
        return self.ui.terminal_title and self.terminal.is_modern

    def notify_terminal(self, told: str) -> None:
        """In the way that the config says; a bell where the terminal would write it out."""
        way = self.ui.notify
        if way in {"osc9", "osc777"}:
            if self.terminal.is_modern:
                sequence = through(self.terminal.multiplexer, notification(way, told))
                self.tell_terminal(sequence)
                return
            way = "bell"
        self.tell_terminal(notification(way, told))

    def copy_to_clipboard(self, text: str) -> None:
        """Onto the clipboard where the terminal is, which over ssh is not this machine's."""
        self._clipboard = text
        if not self.terminal.is_modern:
            self.call_later(self.say, NO_CLIPBOARD, "warning")
            return
        between = self.terminal.multiplexer
        self.tell_terminal(copied(text))
        if between:
            self.tell_terminal(through(between, copied(text)))
        if between == "tmux" and not self.is_headless:
            from chatui.system.clipboard import copy_in_tmux

            self.run_worker(partial(copy_in_tmux, text), group="clipboard", thread=True)

    def show_title(self) -> None:
        """The conversation's title, with a mark while a reply comes, as that of the terminal."""
        if self.has_title:
            at_work = "… " if self.is_replying else ""
            name = self.session.title if self.session.is_open else ""
            self.tell_terminal(title(f"{at_work}{name} · chatui" if name else f"{at_work}chatui"))

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

    def lead(
        self,
        work: Callable[Arguments, Coroutine[Any, Any, None]],
        /,
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> None:
        """Runs work that leads to another place to type in, as a command: what is typed meanwhile
        is for that place."""
        self.ahead.hold()
        self.begin(COMMAND, self.leading, work, *arguments, **named)

    async def leading(
        self,
        work: Callable[Arguments, Coroutine[Any, Any, None]],
        /,
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> None:
        """The work, behind which is handed on what was typed."""
        try:
            await work(*arguments, **named)
        finally:
            self.ahead.let_go()

    def at_work(self, *groups: str) -> list[Worker[Any]]:
        return [w for w in self.workers if w.group in groups and not w.is_finished]

    @property
    def is_replying(self) -> bool:
        return bool(self.at_work(REPLY))

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
            if worker.group != REPLY or not self.stop_reply():
                worker.cancel()
        return working

    async def settle(self) -> None:
        """Stops the work and waits until what it had is stored. For work, not for a handler.
        A chain and a download go on: this conversation has nothing to do with them."""
        await self.end_groups(*STOPPABLE, WATCH)

    async def end_groups(self, *groups: str) -> None:
        for worker in self._stop_groups(*groups):
            with suppress(WorkerError, TimeoutError):
                await asyncio.wait_for(worker.wait(), SETTLING_SECONDS)

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
