"""Switching the model: at once in an empty chat, else after its quote was confirmed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatui.app.switch_quote import quote_switch
from chatui.domain.errors import ChatuiError, UsageError
from chatui.widgets.switch_panel import Answer, SwitchPanel

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.bootstrap.services import Services
    from chatui.jobs.profiles import ReplySettings

RECENT_MODELS = 8


async def switch(window: Window, name: str) -> None:
    """Raises UnknownModel before anything is asked."""
    session, services = window.session, await window.session.services()
    full_name = await services.catalog.resolve(name)
    if await confirmed(window, full_name) == "switch":
        tell(window, await session.use_model(full_name))


async def next_recent(window: Window) -> None:
    """The next of the recently used models, round and round; first of all one that was just
    fetched. Raises UsageError."""
    session, services = window.session, await window.session.services()
    current = await services.assistant.model_name(session.settings)
    names = await services.store.recent_models(RECENT_MODELS)
    at = names.index(current) + 1 if current in names else 0
    others = [name for name in names[at:] + names[:at] if name != current]
    offered, window.offered_model = window.offered_model, ""
    if offered not in {"", current}:
        others = [offered, *(name for name in others if name != offered)]
    if not others:
        raise UsageError("No other model was used yet: Ctrl+L lists all of them.")
    keys = window.keys.next_model if len(others) > 1 else ""
    while True:
        for name in others:
            answer = await confirmed(window, name, keys)
            if answer == "switch":
                # Not remembered before it has answered: that would change the round.
                session.answer_with(name)
                tell(window, name)
            if answer != "next":
                return


async def confirmed(window: Window, new: str, next_keys: str = "") -> Answer:
    """Shows the quote and waits for the user; nothing is asked where nothing was said yet."""
    session, services = window.session, await window.session.services()
    cid = session.conversation_id
    old = await services.assistant.model_name(session.settings)
    if cid is None or new == old or not any(turn.reply.text for _, turn in session.path.turns):
        return "switch"
    draft = window.view.composer.draft
    if await is_cheap(services, cid, draft, session.settings, (old, new)):
        return "switch"
    panel = SwitchPanel(old, new, next_keys)

    async def fill() -> None:
        try:
            quote = await quote_switch(services, cid, draft, session.settings, (old, new))
        except ChatuiError as error:
            panel.fail(str(error))
        else:
            panel.show_quote(quote)

    answer = window.push_screen(panel, wait_for_dismiss=True)
    quoting = asyncio.create_task(fill())
    try:
        chosen = await answer
    finally:
        quoting.cancel()
    if chosen == "keep":
        window.say(f"{old} answers as before.")
    return chosen


async def is_cheap(
    services: Services, cid: str, draft: str, settings: ReplySettings, models: tuple[str, str]
) -> bool:
    """Whether the next turn on the new model costs less than the user wants to be asked about. What
    it costs has to be known, and nothing may leave the prompt for it."""
    budget = services.budget
    if not budget.ask_switch_above:
        return False
    try:
        quote = await quote_switch(services, cid, draft, settings, models)
    except ChatuiError:
        # The panel says why.
        return False
    new, old = quote.new, quote.old
    amount = quote.conversion.amount(new.costs.next_turn, budget.currency)
    if new.fault or amount is None or new.kept < old.kept:
        return False
    return amount <= budget.ask_switch_above


def tell(window: Window, name: str) -> None:
    window.refresh_meter()
    later = " from the next question on" if window.is_replying else ""
    window.say(f"{name} answers{later}.")
