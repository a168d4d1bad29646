"""`chatui` without a verb: opens the window, or the chat in lines."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

from chatui.cli.invocation import invocation
from chatui.cli.output import error_console, has_terminal, is_plain
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.app.start import StartOptions
    from chatui.bootstrap.services import Services
    from chatui.cli.invocation import Invocation
    from chatui.config.window import WindowSettings


def open_chat(given: dict[str, Any]) -> int:
    """Runs the window until it is closed, or the chat in lines where that is wanted or nothing can
    be drawn; its exit code. Raises UsageError without a terminal."""
    if not has_terminal() and not given.get("plain"):
        raise UsageError(
            "The chat needs a terminal; in scripts and pipes use `chatui ask`, or `chatui --plain` "
            "for a chat in lines."
        )
    if given.get("cid") and given.get("continue_last"):
        raise UsageError("Give -c or --cid, not both: they name different conversations.")
    run = invocation(given)
    settings = run.window_settings()
    from chatui.app.start import StartOptions

    start = StartOptions(
        model=given.get("model"),
        profile=given.get("profile"),
        default_profile=settings.profile or None,
        variables=given.get("variables") or {},
        conversation_id=given.get("cid"),
        continue_last=bool(given.get("continue_last")),
        collection=given.get("collection"),
        options=given.get("options") or {},
        reads_manual=True,
    )
    if given.get("plain") or settings.ui.plain or is_plain(sys.stdout):
        from chatui.cli.plain import open_plain

        with run.reporting("the plain chat"):
            return open_plain(run, run.config(), start, given)
    return open_window(run, settings, start)


def open_window(run: Invocation, settings: WindowSettings, start: StartOptions) -> int:
    from chatui.app.app import ChatuiApp
    from chatui.system.terminal import terminal_of

    async def services() -> Services:
        from chatui.bootstrap.services import open_services

        config = await asyncio.to_thread(run.config)
        return await open_services(
            config, run.paths, app.say_preparation, app.say_warning, app.say_proposals
        )

    app = ChatuiApp(
        settings.ui,
        settings.keys,
        services,
        start,
        run.faults,
        looks=run.paths.looks,
        terminal=terminal_of(os.environ),
    )
    app.error_console = error_console()
    with run.reporting("the window"):
        app.run()
    return app.return_code or 0
