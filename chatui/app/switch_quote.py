"""What the coming turns take on another model: the planner's prompts, this conversation's own
averages, and what the caches still hold, as the figures of a switch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING

from chatui.cost.switch import Costs, Load, Side, SwitchQuote
from chatui.cost.tokens.tokens import REPLY_TOKENS
from chatui.domain.cache_rule import CacheRule
from chatui.domain.conversation import Message, Role
from chatui.domain.errors import ContextTooLong
from chatui.memory.window.layout import Layout, shared_prefix
from chatui.models.base import ModelInfo
from chatui.system.tasks import both

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.bootstrap.services import Services
    from chatui.cost.prices.prices import PriceBook
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import SentPrompt, StoredTurn

NEWEST = 50
"""Averages are taken of so many turns, so that a long chat is quoted as fast as a short one."""


async def quote_switch(
    services: Services,
    conversation_id: str,
    draft: str,
    settings: ReplySettings,
    models: tuple[str, str],
) -> SwitchQuote:
    """The next turns on the old model and on the new one, by their full names. Without a draft, a
    question of this conversation of usual length stands for the next one. Looks nothing up; of a
    new model that no list has, its provider is asked."""
    store = services.store
    past = [one for one in (await store.load(conversation_id)).turns if one.turn.reply.text]
    last = await store.last_sent(conversation_id)
    question = draft if draft.strip() else usual_question(past[-NEWEST:])

    async def side(model: str) -> Side:
        chosen = replace(settings, model=model)
        info = ModelInfo(model)
        try:
            info = await services.catalog.info(model)
            plan = await services.assistant.plan(conversation_id, question, chosen, look_up=False)
        except ContextTooLong as error:
            return Side(model=model, context_size=info.context_size, fault=str(error))
        return await asyncio.to_thread(side_of, plan, past, last, services.tokens, services.prices)

    (old, new), (lacking, doubt) = await both(
        both(side(models[0]), side(models[1])),
        both(services.catalog.lacking(models[1]), services.catalog.doubt(models[1])),
    )
    return SwitchQuote(old, replace(new, doubt=lacking or doubt), services.prices.conversion)


def usual_question(past: Sequence[StoredTurn]) -> str:
    """The question whose length is nearest to their mean."""
    questions = [stored.turn.question for stored in past]
    mean = fmean(map(len, questions)) if questions else 0
    return min(questions, key=lambda question: abs(len(question) - mean), default="")


def side_of(
    plan: Plan,
    past: Sequence[StoredTurn],
    last: SentPrompt | None,
    tokens: TokenCounter,
    prices: PriceBook,
) -> Side:
    """The figures of one model. `past` are the turns that were answered. It counts, and the
    first price reads the price list: for a thread."""
    layout, name = plan.layout, plan.info.name
    rule = prices.cache_rule(name)
    held = held_by_cache(last, layout, rule, lambda text: tokens.count(text, name).tokens)
    load = load_of(plan, past[-NEWEST:], held, tokens, rule)
    times = [
        one.turn.reply.timing.seconds
        for one in past
        if one.turn.reply.timing and one.turn.reply.model == name
    ]
    cost = partial(prices.cost, name, seconds=fmean(times) if times else None)
    return Side(
        model=name,
        context_size=plan.info.context_size,
        used=plan.prompt.tokens,
        kept=len(layout.window.kept),
        turns=len(past),
        summarised=layout.summary is not None,
        reread=load.reread,
        costs=Costs(cost(load.next_turn()), cost(load.typical_turn())),
    )


def held_by_cache(
    last: SentPrompt | None, coming: Layout, rule: CacheRule | None, count: Callable[[str], int]
) -> int:
    """Tokens of the coming prompt's beginning that the provider may still hold. `count` gives those
    of an answer."""
    now = datetime.now(UTC)
    if last is None or rule is None or now - last.asked > rule.lifetime:
        return 0
    shared = shared_prefix(last, coming, now, rule, count=count).tokens
    return rule.read(shared)


def load_of(
    plan: Plan,
    past: Sequence[StoredTurn],
    cached: int,
    tokens: TokenCounter,
    rule: CacheRule | None,
) -> Load:
    """The turns to come, by the averages of those in `past`."""
    layout, name = plan.layout, plan.info.name
    tail = layout.question + layout.passages
    sizes = {stored.id: size for stored, size in zip(layout.past, layout.sizes, strict=True)}
    exchanges = [sizes[stored.id] for stored in past if stored.id in sizes]
    questions = [
        tokens.count_messages([Message(Role.USER, stored.turn.question)], name).tokens
        for stored in past
    ]
    outputs, reasonings = replies(past, name, tokens)
    output, most = mean(outputs), plan.request.options.max_output_tokens
    return Load(
        prefix=plan.prompt.tokens - tail,
        tail=tail,
        typical_tail=mean(questions) - REPLY_TOKENS * bool(questions) + layout.passages,
        exchange=mean(exchanges),
        answer=mean([tokens.count(one.turn.reply.text, name).tokens for one in past]),
        output=min(output, most) if most else output,
        reasoning=mean(reasonings),
        cached=cached,
        cap=layout.bounds.cap,
        rule=rule,
    )


def replies(
    past: Sequence[StoredTurn], model: str, tokens: TokenCounter
) -> tuple[list[int], list[int]]:
    """The output tokens of the replies, and the reasoning in them: as they were booked, and
    counted where nothing was, as of imported ones."""
    outputs, reasonings = [], []
    for stored in past:
        reply = stored.turn.reply
        booked = reply.usage if reply.usage and reply.usage.output else None
        outputs.append(booked.output if booked else tokens.count(reply.text, model).tokens)
        reasonings.append(booked.reasoning if booked else 0)
    return outputs, reasonings


def mean(figures: Sequence[int]) -> int:
    return round(fmean(figures)) if figures else 0
