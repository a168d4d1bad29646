"""`/context`: what the next prompt holds and leaves out, and what of it a cache would read;
with words behind it, what this conversation's memory keeps to."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.memory.policy import NO_CHOICE, read_choice
from chatui.memory.window.layout import Layout, Prefix, shared_prefix
from chatui.memory.window.summary_window import StandIn
from chatui.memory.window.window import LeftOut
from chatui.text.figures import approximate, counted
from chatui.text.figures import tokens as figure
from chatui.widgets.details import Details, Fact, text_width

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.assistant.plan import Plan

BAR = 20
NAMES = 16
"""Cells of the widest name below, with the gap behind it."""
USAGE = "[turns N] [cap N] [full|trim] [cut|error] [summarise on|off] [recall on|off] [default]"


async def context(window: Window, argument: str) -> None:
    if argument:
        await choose(window, argument)
        return
    plan = await planned(window, window.view.composer.draft)
    store = (await window.session.services()).store
    cid = window.session.conversation_id
    last = await store.last_sent(cid) if cid else None
    prices = (await window.session.services()).prices
    rule = prices.cache_rule(plan.info.name)
    tokens = (await window.session.services()).tokens

    def count(answer: str) -> int:
        return tokens.count(answer, plan.info.name).tokens

    now = datetime.now(UTC)
    prefix = await asyncio.to_thread(shared_prefix, last, plan.layout, now, rule, count=count)
    width = text_width(window.size.width, NAMES)
    await window.push_screen_wait(Details("Context", context_facts(plan, prefix, width)))


async def choose(window: Window, argument: str) -> None:
    """Sets what this conversation's memory keeps to, from the next prompt on."""
    session = window.session
    store = (await session.services()).store
    before = NO_CHOICE
    if session.conversation_id is not None:
        before = await store.memory_choice(session.conversation_id)
    chosen = read_choice(argument, before)
    if session.conversation_id is None:
        session.conversation_id = (await store.create()).id
    await store.choose_memory(session.conversation_id, chosen)
    plan = await planned(window, "")
    dropped = plan.memory.dropped_turns
    left_out = f"; {counted(dropped, 'turn is', 'turns are')} left out" if dropped else ""
    window.say(f"This chat now keeps {kept_words(plan)}{left_out}.")
    window.meter.refresh()


async def planned(window: Window, draft: str) -> Plan:
    services = await window.session.services()
    session = window.session
    return await services.assistant.plan(session.conversation_id, draft, session.settings)


def kept_words(plan: Plan) -> str:
    bounds = plan.layout.bounds
    turns = f"the last {counted(bounds.turns, 'turn')}" if bounds.turns else "all turns"
    rest = ", with a summary of the others" if plan.policy.summarise else ""
    if plan.cap is None:
        return turns + rest * bool(bounds.turns)
    if bounds.full:
        return f"{turns}, and refuses what is beyond {plan.cap:,} tokens"
    return f"{turns} that fit into {plan.cap:,} tokens{rest}"


def context_facts(plan: Plan, prefix: Prefix, width: int) -> list[Fact]:
    """`width` is the cells that there are for what stands beside a name."""
    size = f"{plan.info.context_size:,} tokens" if plan.info.context_size else "size unknown"
    facts = [("Model", f"{plan.info.name}, {size}"), ("Memory", kept_words(plan))]
    facts += [("Prompt", used(plan)), ("", ""), ("In the next prompt", "")]
    facts += parts(plan.layout, prefix)
    reasons = left_out(plan.layout)
    if reasons:
        facts += [("", ""), ("Left out", ""), *reasons]
    facts += [("", ""), ("Prompt cache", ""), ("Same beginning", shared(plan, prefix))]
    facts += [("Would miss", miss) for miss in prefix.misses]
    return [line for name, text in facts for line in wrapped(name, text, width)]


def wrapped(name: str, text: str, width: int) -> list[Fact]:
    """The fact on as many lines as it needs; what goes on stands below its text."""
    if len(text) <= width:
        return [(name, text)]
    lines = textwrap.wrap(text, width, drop_whitespace=False)
    return [
        (name if at == 0 else "", line.strip() if at else line) for at, line in enumerate(lines)
    ]


def used(plan: Plan) -> str:
    tokens = approximate(figure(plan.prompt.tokens), not plan.prompt.exact)
    if plan.layout.bounds.cap is None:
        return f"{tokens} tokens"
    limit = plan.calibration.prompt(plan.layout.bounds.cap)
    share = min(1.0, plan.prompt.tokens / limit)
    full = round(share * BAR)
    bar = "━" * full + "╌" * (BAR - full)
    margin = "" if limit == plan.cap else " (cap less a margin)"
    return f"{tokens} of {limit:,} tokens{margin}  {bar} {share:.0%}"


def parts(layout: Layout, prefix: Prefix) -> list[Fact]:
    """What the prompt is made of, in its order, with the tokens of each part."""
    pinned, history = layout.pinned, layout.history
    same = max(0, prefix.turns - len(pinned))
    same_head = "● same as last time" if prefix.tokens else ""
    rows = [("System prompt", layout.system - layout.notes, same_head)]
    if layout.notes:
        rows.append(("Notes", layout.notes, same_head))
    for name, places in (
        ("Pinned turns", [place for place in pinned if place not in layout.refilled]),
        ("Older turns", layout.refilled),
    ):
        if places:
            rows.append((name, layout.tokens(places), counted(len(places), "turn")))
    if layout.summary is not None:
        rows.append(("Summary", layout.summary.tokens, summary_words(layout.summary, prefix)))
    news = counted(len(history), "turn")
    if same:
        news = f"● {same} as last time, {len(history) - same} new"
    rows.append(("Earlier turns", layout.tokens(history), news))
    if layout.recalled:
        rows.append(("Recalled turns", layout.recalled, "new with every question"))
    if layout.passages:
        rows.append(("Passages", layout.passages, "new with every question"))
    cut = f"{layout.cut:,} tokens cut out of its middle" if layout.cut else ""
    if layout.called_notes:
        rows.append(("Called notes", layout.called_notes, "new with every question"))
    rows.append(("Draft", layout.question - layout.called_notes - layout.recalled, cut))
    return [(name, f"{tokens:>8,}  {note}".rstrip()) for name, tokens, note in rows]


def summary_words(summary: StandIn, prefix: Prefix) -> str:
    whose = "yours, " if summary.compact else ""
    words = f"{whose}for turns 1–{summary.after}{', shortened to fit' if summary.cut else ''}"
    return f"● same as last time, {words}" if prefix.summary else words


def left_out(layout: Layout) -> list[Fact]:
    """The turns that are left out, by reason, with their numbers."""
    by_reason: dict[LeftOut, list[int]] = {}
    for place, reason in layout.window.left_out:
        by_reason.setdefault(reason, []).append(place + 1)
    return [
        (counted(len(places), "turn"), f"{reason.value} ({ranges(places)})")
        for reason, places in by_reason.items()
    ]


def ranges(numbers: Iterable[int]) -> str:
    """1, 2, 3, 7 as "1–3, 7"; what is more than four runs is left to the dots."""
    runs = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run_numbers = [number for _, number in run]
        first, last = run_numbers[0], run_numbers[-1]
        runs.append(str(first) if first == last else f"{first}–{last}")
    return ", ".join([*runs[:4], "…"] if len(runs) > 4 else runs)


def shared(plan: Plan, prefix: Prefix) -> str:
    share = prefix.tokens / plan.prompt.tokens if plan.prompt.tokens else 0
    return f"{prefix.tokens:,} tokens, {share:.0%} of the prompt"


COMMAND = Command(
    "context", USAGE, "Show what the next prompt holds, or bound it", context, leads=True
)
