"""Switching the model: at once in an empty chat, else after its quote was confirmed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatui.app.switch_quote import quote_switch
from chatui.cost.switch import SwitchQuote, Verdict
from chatui.domain.errors import ChatuiError, UsageError
from chatui.widgets.switch_panel import Answer, SwitchPanel

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.config.schema import Budget

RECENT_MODELS = 8
PATIENCE_SECONDS = 0.5
"""After which the panel is there while its figures are still counted."""
SLOW_SECONDS = 2.0
"""After which it is told that the model's server takes its time."""


async def switch(window: Window, name: str) -> None:
    """Raises UnknownModel before anything is asked."""
    session, services = window.session, await window.session.services()
    full_name = await services.catalog.resolve(name)
    if await confirmed(window, full_name) == "switch":
        await tell(window, await session.choices.use_model(full_name))


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
                session.choices.answer_with(name)
                await tell(window, name)
            if answer != "next":
                return


async def confirmed(window: Window, new: str, next_keys: str = "") -> Answer:
    """Shows the quote and waits for the user; nothing is asked where nothing was said yet."""
    session, services = window.session, await window.session.services()
    cid = session.conversation_id
    old = await services.assistant.model_name(session.settings)
    if new == old:
        return "switch"
    if cid is None or not any(turn.reply.text for _, turn in session.path.turns):
        window.begin("doubt", tell_doubt, window, new)
        return "switch"
    draft = window.view.composer.draft
    quoting = asyncio.create_task(quote_switch(services, cid, draft, session.settings, (old, new)))
    try:
        done, _ = await asyncio.wait((quoting,), timeout=PATIENCE_SECONDS)
        if done and not quoting.exception() and not is_asked(quoting.result(), services.budget):
            return "switch"
        panel = SwitchPanel(old, new, next_keys)
        answer = window.push_screen(panel, wait_for_dismiss=True)
        filling = asyncio.create_task(fill(panel, quoting))
        try:
            chosen = await answer
        finally:
            filling.cancel()
    finally:
        quoting.cancel()
    if chosen == "keep":
        window.say(f"{old} answers as before.")
    return chosen


async def fill(panel: SwitchPanel, quoting: asyncio.Task[SwitchQuote]) -> None:
    try:
        await asyncio.wait((quoting,), timeout=SLOW_SECONDS)
        if not quoting.done():
            panel.tell_slow()
        panel.show_quote(await quoting)
    except ChatuiError as error:
        panel.fail(str(error))


def is_asked(quote: SwitchQuote, budget: Budget) -> bool:
    """Whether the user has something to decide: not where both models cost the same, or the next
    turn on the new one less than the user wants to be asked about. Nothing may leave the prompt
    for it, and what it costs has to be known."""
    new = quote.new
    if new.doubt or not quote.loses_nothing:
        return True
    if quote.payoff.verdict is Verdict.EQUAL:
        return False
    amount = quote.conversion.amount(new.costs.next_turn, budget.currency)
    return amount is None or not budget.ask_switch_above or amount > budget.ask_switch_above


async def tell_doubt(window: Window, name: str) -> None:
    """Says so where nobody tells of a model of that name."""
    services = await window.session.services()
    if doubt := await services.catalog.doubt(name):
        window.say(f"{name} answers, if there is such a model. {doubt}", "warning")


async def tell(window: Window, name: str) -> None:
    window.meter.refresh()
    window.refresh_welcome()
    if lacking := await (await window.session.services()).catalog.lacking(name):
        window.say(lacking, "warning")
        return
    later = " from the next question on" if window.is_replying else ""
    window.say(f"{name} answers{later}.")
