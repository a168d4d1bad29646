"""Hooks: what the user has done when something happens, by a command or a plug-in.

Nothing waits for one, and none can break what it is told of. A command gets the event as one JSON
document on stdin; a plug-in, a callable under the entry points `chatui.hooks`, as a dict.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from chatui.domain.warn_once import WarnOnce
from chatui.text.safety import one_line

EventName = Literal["turn_start", "reply", "error", "ingest", "budget", "chain_step"]
MOST_WAITING = 1_000
"""Events; where hooks are slower than what they are told of, the oldest are dropped."""
CLOSING_SECONDS = 10.0
LONGEST_REASON = 200
ENTRY_POINTS = "chatui.hooks"


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
    """`environment` is what a command gets; `on_warning` is told once of each hook that fails,
    and why."""

    def __init__(
        self,
        hooks: Sequence[Hook] = (),
        environment: Mapping[str, str] | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self._hooks = tuple(hooks)
        self._environment = environment
        self._warnings = WarnOnce(on_warning)
        self._waiting: deque[tuple[Hook, dict[str, Any]]] = deque(maxlen=MOST_WAITING)
        self._task: asyncio.Task[None] | None = None

    def fire(
        self, event: EventName, figures: Mapping[str, Any], texts: Mapping[str, str] | None = None
    ) -> None:
        """Has the hooks of the event run, one after another, and returns at once."""
        for hook in self._hooks:
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

    async def _run(self) -> None:
        while self._waiting:
            hook, told = self._waiting.popleft()
            try:
                reason = await (self._call(hook, told) if hook.plugin else self._start(hook, told))
            # A plug-in is anybody's code, and raises what it likes.
            except Exception as error:  # noqa: BLE001
                reason = f"{type(error).__name__}: {error}"
            if reason:
                why = one_line(reason, LONGEST_REASON).removesuffix(".")
                self._warnings.warn(f"The hook {hook.name} failed ({why}); see [[hooks]].", hook)

    async def _start(self, hook: Hook, told: Mapping[str, Any]) -> str:
        """Runs a command; why it failed, or "". One that takes too long is ended."""
        try:
            process = await asyncio.create_subprocess_exec(
                *hook.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return getattr(error, "strerror", None) or str(error)
        given = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
        try:
            async with asyncio.timeout(hook.seconds):
                _, said = await process.communicate(given)
        except TimeoutError:
            return f"it took more than {hook.seconds:g} seconds, and was ended"
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode == 0:
            return ""
        words = said.decode("utf-8", "replace").strip().splitlines()
        return words[-1] if words else f"its exit code is {process.returncode}"

    async def _call(self, hook: Hook, told: dict[str, Any]) -> str:
        """Calls a plug-in in a thread, which can't be ended: one that takes too long is left
        to itself."""
        try:
            async with asyncio.timeout(hook.seconds):
                await asyncio.to_thread(_plugin(hook.plugin), told)
        except TimeoutError:
            return f"it took more than {hook.seconds:g} seconds"
        return ""


def _plugin(name: str) -> Callable[[dict[str, Any]], object]:
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINTS, name=name):
        made: Callable[[dict[str, Any]], object] = point.load()
        return made
    raise LookupError(f"no installed package has {name} among its entry points {ENTRY_POINTS}")
