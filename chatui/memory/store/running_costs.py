"""What was spent, added up once: only the calls that were booked since are read again."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chatui.domain.usage import UNKNOWN_COST, Cost, total_cost
from chatui.memory.store import ledger

SUMS_KEPT = 8
"""A conversation's, the day's and the month's are asked for in every turn."""


@dataclass(frozen=True, slots=True)
class _SumSoFar:
    """Of the rows up to the number `last`: the sums of what is known, and one unknown cost where
    any was: it makes an estimate of every sum, also of one that is yet to come."""

    parts: tuple[Cost, ...]
    last: int

    def with_more(self, costs: Sequence[Cost], last: int) -> _SumSoFar:
        every = [*self.parts, *costs]
        unknown = any(cost.amount is None for cost in every)
        known = total_cost([cost for cost in every if cost.amount is not None])
        return _SumSoFar((*known, UNKNOWN_COST) if unknown else known, last)


class RunningCosts:
    """The ledger only grows at its end, whichever process books; a row's money never changes.
    What a removed conversation had cost stays in the sums over all."""

    def __init__(self) -> None:
        self._sums: OrderedDict[tuple[str | None, datetime | None], _SumSoFar] = OrderedDict()

    def costs(
        self, connection: sqlite3.Connection, conversation: str | None, since: datetime | None
    ) -> tuple[Cost, ...]:
        """As `ledger.costs`. In a transaction, so that it sees one state of the file."""
        key = (conversation, since)
        kept = self._sums.pop(key, _SumSoFar((), 0))
        last = ledger.last_number(connection)
        if last > kept.last:
            new = ledger.costs_after(connection, conversation, since, kept.last)
            kept = kept.with_more(new, last)
        self._sums[key] = kept
        while len(self._sums) > SUMS_KEPT:
            self._sums.popitem(last=False)
        return total_cost(list(kept.parts))
