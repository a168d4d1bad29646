"""What the keys on a turn of the transcript do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.app.commands import boundary, copying, turns, versions
from chatui.assistant.prompt import without_attachments
from chatui.text.figures import money

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.domain.conversation import Turn

ACTIONS = {
    "copy": copying.copy,
    "copy_sources": copying.copy_with_sources,
    "copy_code": copying.copy_code,
    "copy_question": copying.copy_question,
    "copy_table": copying.copy_table,
    "open_link": copying.follow_link,
    "edit": turns.edit,
    "edit_answer": turns.edit_answer,
    "retry": turns.retry,
    "go_on": turns.go_on,
    "branch": turns.branch,
    "pin": turns.pin,
    "omit": versions.omit,
    "version_before": versions.before,
    "version_after": versions.behind,
    "read": boundary.read,
}
COSTS = {"retry": "Ask this question again", "go_on": "Go on with this answer"}
"""Keys on a turn that call a model, and what they do."""


async def act(window: Window, key: str, action: str) -> None:
    """Does what a key pressed on a turn of the transcript asks for."""
    turn = window.session.path.turn(key)
    if action not in ACTIONS or turn is None:
        return
    if action not in COSTS or await may_spend(window, COSTS[action], turn):
        await ACTIONS[action](window, key)


async def may_spend(window: Window, what: str, turn: Turn) -> bool:
    """Asks before a letter on a turn costs money; what is typed as a command was meant."""
    asked = without_attachments(turn.question)
    quote = (await window.session.reading(asked, turn.media)).quote
    if quote is None or quote.cost.amount == 0:
        return True
    price = "at a price that is not known" if quote.cost.amount is None else money(quote.cost)
    return await window.confirm_cost(f"{what}: about {quote.tokens:,} tokens, {price} to send.")
