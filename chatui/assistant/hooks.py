"""Hooks: what the user has done when something happens, by a command or a plug-in.

Nothing waits for one, and none can break what it is told of. A command gets the event as one JSON
document on stdin; a plug-in, a callable under the entry points `chatui.hooks`, as a dict.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chatui.domain.errors import WorkerDied, WorkerError, WorkerTimeout
from chatui.domain.warn_once import WarnOnce
from chatui.text.safety import one_line
from chatui.workers.command import run_command
from chatui.workers.host import Worker, WorkerSpec

EventName = Literal["turn_start", "reply", "error", "ingest", "budget", "chain_step"]
MOST_WAITING = 1_000
"""Events; where hooks are slower than what they are told of, the oldest are dropped."""
CLOSING_SECONDS = 10.0
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Hook:
    """Runs the `command`, or the plug-in of that name, on these events, for at most so many
    `seconds`. Without texts the event has ids and figures alone."""

    on: tuple[EventName, ...]
    command: tuple[str, ...] = ()
    plugin: str = ""
    seconds: float = 10.0
    content: bool = False

    @property
    def name(self) -> str:
        return self.plugin or self.command[0]


class Hooks:
    """`environment` is what commands and plug-ins get, `log` what plug-ins print; `on_warning` is
    told once of each hook that fails, and why."""

    def __init__(
        self,
        hooks: Sequence[Hook] = (),
        environment: Mapping[str, str] | None = None,
        on_warning: Callable[[str], None] | None = None,
        log: Path | None = None,
    ) -> None:
        self.hooks = tuple(hooks)
        self._environment = environment
        self._warnings = WarnOnce(on_warning)
        self._waiting: deque[tuple[Hook, dict[str, Any]]] = deque(maxlen=MOST_WAITING)
        self._task: asyncio.Task[None] | None = None
        self._plugins: Worker | None = None
        self._log = log

    def fire(
        self, event: EventName, figures: Mapping[str, Any], texts: Mapping[str, str] | None = None
    ) -> None:
        """Has the hooks of the event run, one after another, and returns at once."""
        for hook in self.hooks:
            if event in hook.on:
                told = {"event": event, **figures, **((texts or {}) if hook.content else {})}
                self._waiting.append((hook, told))
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Waits for those that wait, at most CLOSING_SECONDS; then they are ended."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=CLOSING_SECONDS)
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._plugins is not None:
            await self._plugins.stop()

    async def _run(self) -> None:
        while self._waiting:
            hook, told = self._waiting.popleft()
            try:
                reason = await (self._call(hook, told) if hook.plugin else self._start(hook, told))
            # Whatever it is, the turn that was told of is over, and the other hooks go on.
            except Exception as error:  # noqa: BLE001
                reason = f"{type(error).__name__}: {error}"
            if reason:
                why = one_line(reason, LONGEST_REASON).removesuffix(".")
                self._warnings.warn(f"The hook {hook.name} failed ({why}); see [[hooks]].", hook)

    async def _start(self, hook: Hook, told: Mapping[str, Any]) -> str:
        """Runs a command; why it failed, or ""."""
        given = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
        return await run_command(
            hook.command, given, environment=self._environment, seconds=hook.seconds
        )

    async def _call(self, hook: Hook, told: dict[str, Any]) -> str:
        """Calls a plug-in; why it failed, or "". One that takes too long is ended, with its
        process: the next one gets a new process."""
        if self._plugins is None:
            self._plugins = Worker(
                WorkerSpec(
                    "chatui.assistant.hook_plugins:PluginService",
                    "the process of the plug-ins",
                    env=self._environment or {},
                    log=self._log,
                )
            )
        try:
            await self._plugins.start()
            await self._plugins.call("call", hook.plugin, told, timeout=hook.seconds)
        except WorkerTimeout:
            return f"it took more than {hook.seconds:g} seconds, and was ended"
        except WorkerDied:
            return "it ended its process"
        except WorkerError as error:
            return str(error)
        return ""
