"""The request log, telemetry and the hooks, composed from the settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from chatui.assistant.hooks import Hook, Hooks
from chatui.assistant.request_log import RequestLog
from chatui.workers.environment import NETWORK, child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from chatui.assistant.telemetry.telemetry import Telemetry
    from chatui.config.paths import Paths
    from chatui.config.schema import Config, HookTable

DESKTOP = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY")
"""What a command needs that shows a notification."""


WITHIN = "CHATUI_HOOK"
"""What a hook's environment has set."""


def request_log(config: Config, paths: Paths, collector: Telemetry | None = None) -> RequestLog:
    logs = config.logs
    path = paths.requests if logs.requests else None
    return RequestLog(path, logs.max_mb << 20, logs.content, collector)


def open_telemetry(
    config: Config, paths: Paths, on_warning: Callable[[str], None] | None = None
) -> Telemetry | None:
    """What sends to the collector that the user named; it starts nothing yet."""
    settings = config.telemetry
    if not settings.endpoint:
        return None
    from chatui.assistant.telemetry.telemetry import SECTION, Telemetry
    from chatui.system.api_key import KeySource

    key = KeySource(
        "the telemetry collector",
        env=settings.api_key_env,
        command=settings.api_key_command,
        section=SECTION,
    )
    return Telemetry(settings.endpoint, key, settings.key_header, paths.log, on_warning)


def open_hooks(
    config: Config,
    on_warning: Callable[[str], None] | None = None,
    log: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Hooks:
    """None where chatui is itself run by a hook, which would have it run for ever."""
    if not config.hooks or environ.get(WITHIN):
        return Hooks()
    environment = child_environment((*DESKTOP, *NETWORK), {WITHIN: "1"}, environ)
    return Hooks([hook(table) for table in config.hooks], environment, on_warning, log)


def hook(table: HookTable) -> Hook:
    on = (table.on,) if isinstance(table.on, str) else tuple(table.on)
    return Hook(on, table.command, table.plugin, table.seconds, table.content)
