"""`chatui` without a verb: opens the window."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from chatui.cli.invocation import invocation
from chatui.cli.output import error_console, has_terminal
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services


def open_chat(given: dict[str, Any]) -> None:
    """Runs the window until it is closed. Raises UsageError without a terminal."""
    if not has_terminal():
        raise UsageError("The chat needs a terminal; use `chatui ask` in scripts and pipes.")
    if given.get("cid") and given.get("continue_last"):
        raise UsageError("Give -c or --cid, not both: they name different conversations.")
    run = invocation(given)
    config = run.config()
    from chatui.app.app import ChatuiApp
    from chatui.app.start import StartOptions

    async def services() -> Services:
        from chatui.bootstrap.services import open_services

        return await open_services(
            config, run.paths, app.say_preparation, app.say_warning, app.say_proposals
        )

    start = StartOptions(
        model=given.get("model"),
        profile=given.get("profile") or config.chat.profile or None,
        variables=given.get("variables") or {},
        conversation_id=given.get("cid"),
        continue_last=bool(given.get("continue_last")),
        collection=given.get("collection"),
        options=given.get("options") or {},
        reads_manual=True,
    )
    app = ChatuiApp(config.ui, config.keys, services, start, run.faults)
    app.error_console = error_console()
    with run.reporting("the window"):
        app.run()
    sys.exit(app.return_code or 0)
