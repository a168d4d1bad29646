"""The ledger's replies that were asked to be brief, beside those that were not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from chatui.cost.stats.brevity import Brevity, OutputRate, Sample
from chatui.memory.store.codec import amount_of, decoded, real_of
from chatui.memory.store.database import text_of
from chatui.memory.store.ledger_groups import Calls

# The built-in model reads no prompt, so it can't be asked to be brief.
COMPARED = "kind = 'reply' AND outcome = 'complete' AND model NOT LIKE 'builtin/%'"


class Tally(NamedTuple):
    """Of the output tokens of so many replies their sum and that of their squares."""

    replies: int
    output: float
    square: float

    def plus(self, other: Tally) -> Tally:
        return Tally(
            self.replies + other.replies, self.output + other.output, self.square + other.square
        )


BriefCalls = dict[tuple[str, bool, str | None], Tally]
"""By the model, whether they were asked to be brief, and the price row of those that were."""


def brief_calls(db: sqlite3.Connection, calls: Calls) -> BriefCalls:
    """What there is to compare, the other calls of the models among it."""
    return brief_of(
        db.execute(
            f"""SELECT model, concise <> 0 AS brief, CASE WHEN concise THEN price END AS price,
                count(*) AS n, total(output) AS output, total(1.0 * output * output) AS square
            FROM ledger WHERE {COMPARED} AND ({calls.where}) GROUP BY 1, 2, 3""",
            calls.values,
        )
    )


def brief_of(rows: Iterable[sqlite3.Row]) -> BriefCalls:
    """Of a row for each model, whether it was asked to be brief, and price."""
    found: BriefCalls = {}
    for row in rows:
        price = None if row["price"] is None else text_of(row["price"])
        tally = Tally(row["n"], real_of(row["output"]) or 0.0, real_of(row["square"]) or 0.0)
        found = put_together(found, {(text_of(row["model"]), bool(row["brief"]), price): tally})
    return found


def put_together(one: BriefCalls, other: BriefCalls) -> BriefCalls:
    found = dict(one)
    for key, tally in other.items():
        found[key] = found[key].plus(tally) if key in found else tally
    return found


def compared(calls: BriefCalls) -> tuple[Brevity, ...]:
    """For every model that was asked to be brief."""
    samples: dict[tuple[str, bool], Tally] = {}
    rates: dict[str, list[OutputRate]] = {}
    for (model, brief, price), tally in sorted(calls.items(), key=str):
        key = model, brief
        samples[key] = samples[key].plus(tally) if key in samples else tally
        if price is not None and (row := decoded(price, dict)) is not None:
            rate = OutputRate(tally.replies, _rate(row), str(row.get("currency") or "USD"))
            rates.setdefault(model, []).append(rate)
    return tuple(
        Brevity(
            model,
            _sample(tally),
            _sample(samples.get((model, False), Tally(0, 0.0, 0.0))),
            tuple(rates.get(model, ())),
        )
        for (model, brief), tally in samples.items()
        if brief
    )


def _sample(tally: Tally) -> Sample:
    n = tally.replies
    if n == 0:
        return Sample()
    mean = tally.output / n
    variance = max(0.0, tally.square / n - mean * mean) * n / max(1, n - 1)
    return Sample(n, mean, variance)


def _rate(price: Mapping[str, object]) -> Decimal | None:
    """Money for one token. Of a rate in steps, which is an object, the lowest one."""
    listed = price.get("output")
    base = listed.get("0") if isinstance(listed, Mapping) else listed
    known, each = amount_of(base), amount_of(price.get("per"))
    return known / each if known is not None and each else None
