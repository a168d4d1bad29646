"""`chatui --plain`: the chat in lines, for screen readers and for terminals that can't draw.

It is one column of text, and each line is written once: nothing is drawn over, framed or coloured.
The main thread waits for lines, so that Ctrl+C is heard at once; the conversation lives on a loop
beside it. What comes up by itself while somebody writes is told with the next line.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from chatui.app.session import ChatSession
from chatui.cli.confirmation import confirming, confirming_cost, said_yes
from chatui.cli.lines import TypedLines
from chatui.cli.output import complain, print_line
from chatui.cli.plain_commands import found
from chatui.cli.plain_reply import PlainReply, figures, sending
from chatui.domain.errors import ChatuiError, StoreError
from chatui.system.loop_thread import loop_beside
from chatui.text.figures import counted
from chatui.text.slash import parse

if TYPE_CHECKING:
    from chatui.app.start import StartOptions
    from chatui.bootstrap.services import Services
    from chatui.cli.invocation import Invocation
    from chatui.cli.plain_commands import PlainCommand
    from chatui.config.schema import Config
    from chatui.domain.media import Medium
    from chatui.memory.records import ConversationRow, Note
    from chatui.retrieval.embedding.embedder import Preparation

T = TypeVar("T")
LEAVE = frozenset({"quit", "exit"})
GIVEN = {"config_path": "CHATUI_CONFIG", "data_dir": "CHATUI_DATA_DIR"}
"""What the command line was given, as a verb's process hears of it."""
UNDRAWN = {"TERM": "dumb", "NO_COLOR": "1"}
LEAVING_SECONDS = 10.0
"""The longest that a request to end waits for what is under way."""
AGAIN = "Stopped. /quit or Ctrl+D leaves."


def open_plain(
    run: Invocation, config: Config, start: StartOptions, given: Mapping[str, Any]
) -> int:
    """Runs the chat until it is left; its exit code. `given` is the command line's."""
    environment = {name: given[key] for key, name in GIVEN.items() if given.get(key)}
    with loop_beside() as loop:
        chat = PlainChat(loop, run, config, environment)
        with chat.leaving_on_signals():
            return chat.run(start)


class PlainChat:
    """`session` and `listed` are for commands."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        run: Invocation,
        config: Config,
        environment: Mapping[str, str],
    ) -> None:
        self._loop, self._run, self._config = loop, run, config
        self._environment = environment
        self._lines = TypedLines()
        self._busy = False
        self._leaving = False
        self._later: list[str] = []
        self._told_of_missing = ""
        self.session = ChatSession(self._services)
        self.listed: Sequence[ConversationRow] = ()

    async def _services(self) -> Services:
        from chatui.bootstrap.services import open_services

        services = await open_services(
            self._config, self._run.paths, self._preparing, self.tell, self._proposed
        )
        confirming(services.screen, yes=False)
        confirming_cost(services.assistant.whole, yes=False)
        return services

    def run(self, start: StartOptions) -> int:
        """The loop of lines."""
        self._guarded(self.session.open(start))
        if not self.session.is_open:
            return 1
        try:
            self._begin()
            while not self._leaving:
                line = self._read()
                if line is None or not self._take(line):
                    break
        finally:
            self._wait(self.session.close())
        return 0

    @contextmanager
    def leaving_on_signals(self) -> Iterator[None]:
        """A closed terminal and a request to end leave the chat, with a reply settled."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

        def leave(number: int, frame: FrameType | None) -> None:
            if not self._leaving:
                # Whoever asks a process to end, or has closed its terminal, waits for it no longer;
                # of the reply all but its last quarter of a second is stored by then.
                last = threading.Timer(LEAVING_SECONDS, os._exit, (128 + number,))
                last.daemon = True
                last.start()
            self._leaving = True
            handler = before[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)

        taken = [number for number, handler in before.items() if handler != signal.SIG_IGN]
        for number in taken:
            signal.signal(number, leave)
        try:
            yield
        finally:
            for number in taken:
                signal.signal(number, before[number])

    # What comes by itself

    def tell(self, text: str) -> None:
        """At once while something is waited for, else with the next line."""
        if self._busy:
            print_line(text)
        else:
            self._later.append(text)

    def _preparing(self, progress: Preparation) -> None:
        step = f"{progress.step} of {progress.steps}"
        self.tell(f"Preparing the embedding model, this once: {progress.text}, {step}.")

    def _proposed(self, notes: Sequence[Note]) -> None:
        for note in notes:
            self.tell(f"Worth a note? {note.text} /notes accept {note.number} keeps it.")

    # Lines

    def _begin(self) -> None:
        services = self._wait(self.session.services())
        name = self._wait(services.assistant.model_name(self.session.settings))
        print_line(f"chatui, {name} answers. /help says every command, /quit leaves.")
        if self.session.path.turns:
            turns = counted(len(self.session.path.turns), "turn")
            print_line(f"{self.session.title or 'The conversation'}: {turns}.")
        self._tell_what_is_gone()
        self._lines.remember(self._wait(self.session.prompts()))
        asyncio.run_coroutine_threadsafe(self._prepare(), self._loop)

    async def _prepare(self) -> None:
        """What the first question would wait for."""
        with suppress(ChatuiError):
            await self.session.warm()
            await self.session.warm_to_ask()
        await self.session.mend_documents()

    def _read(self) -> str | None:
        """The next line; None at the end. Ctrl+C throws away what was begun."""
        while True:
            for text in self._later:
                print_line(text)
            self._later.clear()
            try:
                return self._lines.read()
            except KeyboardInterrupt:
                print_line("")
                if self._leaving:
                    return None
                print_line("/quit or Ctrl+D leaves.")

    def _take(self, line: str) -> bool:
        """Does what the line says; False when that is to leave."""
        command = parse(line)
        if command is None:
            if line.strip():
                self._guarded(self.ask(line, self.session.path.head))
            return True
        name, argument = command
        if name in LEAVE:
            return False
        try:
            known = found("help" if name == "?" else name)
        except ChatuiError as error:
            complain(str(error))
            return True
        if known is not None:
            self._guarded(self._run_command(known, argument))
        else:
            self._verb(name, argument)
        return True

    async def _run_command(self, command: PlainCommand, argument: str) -> None:
        await command.run(self, argument)
        await self.session.keep_choices()
        self._tell_what_is_gone()

    def _tell_what_is_gone(self) -> None:
        """Of what the conversation had."""
        if self.session.not_there:
            print_line(self.session.not_there)
            self.session.not_there = ""

    def _verb(self, name: str, argument: str) -> None:
        """Runs a verb of the command line as a shell would, without anything that is drawn."""
        try:
            words = shlex.split(argument)
        except ValueError:  # A lone quote, as in "it's.md".
            words = [argument]
        if name == "cost" and not words and self.session.conversation_id:
            words = [self.session.conversation_id]
        process = subprocess.Popen(
            [sys.executable, "-m", "chatui", name, *words],
            env={**os.environ, **self._environment, **UNDRAWN},
        )
        while True:
            try:
                process.wait()
            except KeyboardInterrupt:
                # It has heard it as well, unless only this process was asked to end.
                if self._leaving:
                    process.terminate()
            else:
                return

    # The conversation

    async def ask(self, typed: str, parent: str | None, media: Sequence[Medium] = ()) -> None:
        """Asks behind the turn `parent`, with the `media` of an earlier version. Raises ChatuiError
        where it can't be asked."""
        missing = await self.session.files.missing(typed)
        if missing and typed != self._told_of_missing:
            self._told_of_missing = typed
            print_line(f"There is no file {missing[0]}: the same line again sends it as it stands.")
            return
        told = sending(await self.session.reading(typed, media))
        if told:
            print_line(told)
        for line in self.session.files.drafted:
            print_line(f"With {line}.")
        question = await self.session.files.asked(typed, media)
        for sentence in self.session.files.told:
            print_line(sentence)
        await self._hear(self.session.reply(question, parent=parent))
        # Which a new conversation has not been stored with before.
        await self.session.keep_choices()

    async def go_on(self, key: str) -> None:
        await self._hear(self.session.go_on(key))

    async def _hear(self, events: Any) -> None:
        reply = PlainReply(shows_reasoning=self._config.ui.show_reasoning)
        try:
            async for event in events:
                reply.hear(event)
        except StoreError as error:
            reply.end()
            complain(f"This answer is not saved yet. {error}")
        except ChatuiError as error:
            reply.end()
            complain(str(error))
        finally:
            reply.end()
            await events.aclose()
        if self.session.has_turns_beside:
            print_line("Another chatui has gone on with this conversation: /undo shows its turns.")
        if reply.reading is not None:
            print_line(figures(reply.reading))

    async def confirmed(self, question: str) -> bool:
        try:
            return await said_yes(question)
        except OSError:
            # Nobody is there to ask; what is piped in was meant.
            return True

    # Between the threads

    def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Waits for the work; what it fails at is told, and the chat goes on."""
        try:
            self._wait(work)
        except ChatuiError as error:
            complain(str(error))
        except (asyncio.CancelledError, CancelledError):
            print_line(AGAIN)
        # Whatever it was, the conversation is not lost by it.
        except Exception as error:  # noqa: BLE001
            complain(self._run.faults.record("the plain chat", error))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of the work. Ctrl+C settles a reply, and a second one gives the work up."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._busy, asked = True, False
        try:
            while True:
                try:
                    return future.result()
                except KeyboardInterrupt:
                    self._loop.call_soon_threadsafe(self._stop, future.cancel, asked)
                    asked = True
        finally:
            self._busy = False

    def _stop(self, give_up: Callable[[], object], asked: bool) -> None:
        if asked or not self.session.stop_reply():
            give_up()
