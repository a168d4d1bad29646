"""Work beside the window's handlers, and the one place where its faults become sentences."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, ParamSpec

from textual import on
from textual.app import App
from textual.worker import Worker, WorkerError, WorkerState

from chatui.errors import ChatuiError
from chatui.widgets.notice import Tone

Arguments = ParamSpec("Arguments")

COMMAND = "command"
SETTLING_SECONDS = 5.0
STOPPABLE = ("reply", "ingest", "compare")
PULL = "pull"
"""A download: stopped by Esc when nothing else is at work."""
WATCH = "watch"
"""Goes on through Esc, which is for what the user waits for."""


class WorkingApp(App[None]):
    """An app whose handlers start work by name and go on."""

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

    def stop_reply(self) -> bool:
        """Ends the reply in good order; False when that is not possible yet."""
        raise NotImplementedError

    def stop_work(self) -> bool:
        """Stops the reply and the reading of files, or else a download; False when nothing
        was at work."""
        return bool(self._stop_groups(*STOPPABLE) or self._stop_groups(PULL))

    def _stop_groups(self, *groups: str) -> list[Worker[Any]]:
        """What was stopped, which may still be ending."""
        working = self.at_work(*groups)
        for worker in working:
            if worker.group != "reply" or not self.stop_reply():
                worker.cancel()
        return working

    async def settle(self) -> None:
        """Stops the work and waits until what it had is stored. For work, not for a handler.
        A download goes on: no conversation has to do with it."""
        await self._end_groups(*STOPPABLE, WATCH)

    async def _end_groups(self, *groups: str) -> None:
        for worker in self._stop_groups(*groups):
            with suppress(WorkerError, TimeoutError):
                await asyncio.wait_for(worker.wait(), SETTLING_SECONDS)

    async def leave(self) -> None:
        await self.settle()
        await self._end_groups(PULL)
        self.exit()

    async def action_quit(self) -> None:
        self.begin("leave", self.leave)

    def say(self, text: str, tone: Tone = "info") -> None:
        raise NotImplementedError

    @on(Worker.StateChanged)
    def _work_ended(self, event: Worker.StateChanged) -> None:
        if event.state != WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, ChatuiError):
            self.say(str(error), "error")
        else:
            logging.getLogger(__name__).error("Work of the window failed", exc_info=error)
            self.say(f"Something went wrong inside chatui: {error!r}.", "error")
