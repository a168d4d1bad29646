"""`/tokens`: how a text is cut into tokens, by one model or several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.models import choose
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.app.window import Window

USAGE = "[-m MODEL]… [TEXT]"
OPTION = re.compile(r"(?:-m|--model)(?:\s+|=)(\S+)\s*")


async def tokens(window: Window, argument: str) -> None:
    """Without a text, that of the last answer; without a model, the one that answers next."""
    from chatui.widgets.tokens import TokensScreen

    models, text = parsed(argument)
    session, services = window.session, await window.session.services()
    if not text and session.path.turns:
        text = session.path.turns[-1][1].reply.text
    if not models:
        models = [await services.assistant.model_name(session.settings)]

    async def another() -> str | None:
        return await choose(window)

    await window.push_screen_wait(TokensScreen(text, models, services.tokens.tokenised, another))


def parsed(argument: str) -> tuple[list[str], str]:
    """The models of leading `-m`, each once, and the text behind them."""
    models: list[str] = []
    while match := OPTION.match(argument):
        models.append(match[1])
        argument = argument[match.end() :]
    if argument in ("-m", "--model"):
        raise UsageError("-m wants a model: /tokens -m MODEL TEXT.")
    return list(dict.fromkeys(models)), argument


COMMANDS = (Command("tokens", USAGE, "Show how a text is cut into tokens", tokens, leads=True),)
