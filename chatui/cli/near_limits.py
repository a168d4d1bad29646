"""Budgets that are nearly used up, on stderr."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatui.cli.output import warn

if TYPE_CHECKING:
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
        warn(f"chatui: {near.sentence}")
