"""`/compact`: a summary in the place of all turns but the newest, once the user has read it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from chatui.app.commands.command import Command
from chatui.app.shell import REPLY, StillAtWork
from chatui.assistant.measure import SUMMARY_SHARE
from chatui.assistant.summaries.compact import Material, material
from chatui.cost.tokens.margin import safety_margin
from chatui.domain.errors import ChatuiError, UsageError
from chatui.memory.records import Summary
from chatui.text.figures import counted
from chatui.widgets.compact_panel import Compaction, CompactPanel

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.memory.records import StoredConversation


async def compact(window: Window, focus: str) -> None:
    """Summarises, lets the user change the text, and stores it for the next prompt. Nothing
    is stored before it is accepted, and nothing is ever deleted."""
    if window.is_replying:
        raise StillAtWork("A reply is still coming: Esc stops it, then compact.", REPLY)
    session, services = window.session, await window.session.services()
    if not session.settings.remember:
        raise UsageError("This chat sends no earlier turns, so there is nothing to compact.")
    conversation, found = await what_there_is(window, focus)
    model = await services.assistant.model_name(session.settings)
    reading = window.view.meter.reading
    cap = reading.memory.cap if reading else None
    leaving = await asyncio.to_thread(leaving_tokens, found, services.tokens, model, cap)
    count = partial(count_text, services.tokens, model)
    turns = counted(found.end, "turn")
    panel = CompactPanel(f"Summarising {turns} …", focus, leaving, count)
    writing = asyncio.create_task(
        services.summariser.summarise(
            conversation.id,
            found.turns,
            found.previous,
            focus,
            settings=session.settings,
            reader=model,
        )
    )
    answer = window.push_screen(panel, wait_for_dismiss=True)
    try:
        first: set[asyncio.Future[Any]] = {writing, answer}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if not writing.done():
            window.say("Stopped; nothing was changed.")
            return
        made = writing.result()
        panel.propose(made.text)
        text = await answer
    except ChatuiError:
        panel.dismiss(None)
        raise
    finally:
        writing.cancel()
    if text is None:
        window.say("Dropped; nothing was changed.")
        return
    upto = conversation.turns[found.end - 1].id
    await services.store.summaries.compact(
        Summary(
            id="",
            conversation=conversation.id,
            upto=upto,
            text=text,
            kind="compact",
            model=made.model,
            turns=found.end,
            created=datetime.now(UTC),
            focus=focus,
            head=conversation.head,
        )
    )
    window.show_state()
    stands = "the first turn" if found.end == 1 else f"the first {found.end:,} turns"
    window.say(f"From the next question on it stands for {stands}; /undo takes it back.")


async def what_there_is(window: Window, focus: str) -> tuple[StoredConversation, Material]:
    """The conversation, and what a compact of it is made of. Raises UsageError."""
    session = window.session
    store = (await session.services()).store
    found = None
    if session.conversation_id is not None:
        conversation = await store.load(session.conversation_id)
        summaries = await store.summaries.of(conversation.id)
        standing = await store.summaries.standing(conversation.id)
        found = material(conversation.turns, summaries, standing, focus)
    if found is None:
        raise UsageError("There is nothing to compact yet: that takes two answered questions.")
    return conversation, found


def leaving_tokens(
    found: Material, tokens: TokenCounter, model: str, cap: int | None
) -> Compaction:
    """What leaves the next prompt, counted: slow the first time, so for a thread. `cap` is the
    tokens that the prompt may hold."""
    messages = [message for turn in found.leaving for message in turn.messages()]
    size = tokens.count_messages(messages, model).tokens if messages else 0
    before = count_text(tokens, model, found.summary.text) if found.summary else 0
    limit = None
    if cap is not None:
        margin = safety_margin(model, exact=tokens.encoding_name(model)[1])
        limit = int(cap / margin) // SUMMARY_SHARE
    return Compaction(len(found.leaving), size + before, limit)


def count_text(tokens: TokenCounter, model: str, text: str) -> int:
    return tokens.count(text, model).tokens


COMMANDS = (
    Command(
        "compact", "[FOCUS]", "Put a summary in the place of all but the newest turns", compact
    ),
)
