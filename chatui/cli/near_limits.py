"""Budgets that are nearly used up, on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.cli.output import complain

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.cli.answer import Answer
    from chatui.cost.near import NearLimit


def warn_of_limits(answers: Iterable[Answer]) -> None:
    """Each budget once, as the dearest answer left it. What cost nothing warns of nothing."""
    nearest: dict[str, NearLimit] = {}
    for done in answers:
        cost = done.turn.reply.cost
        if done.reading is None or cost is None or cost.amount == 0:
            continue
        for near in done.reading.near:
            known = nearest.get(near.span)
            if known is None or near.share > known.share:
                nearest[near.span] = near
    for near in nearest.values():
        complain(near.sentence)


async def warn_of_shared_limits(
    services: Services, answers: Sequence[Answer], max_cost: Decimal | None
) -> None:
    """Each budget once, as several answers to one question left it together."""
    from chatui.assistant.shared_budget import held
    from chatui.cost.near import near_limits
    from chatui.memory.spending import Spending

    costs = [cost for done in answers if (cost := done.turn.reply.cost) and cost.amount]
    if not costs:
        return
    spending = Spending(services.store, services.prices, services.budget)
    limits = (await spending.spent(answers[0].conversation, max_cost)).limits
    # The ledger has them by now, but it knows no turn of several answers.
    left = [held([one], costs)[0] if one.span == "this turn" else one for one in limits]
    for near in near_limits(left):
        complain(near.sentence)
