"""The ledger's replies that were asked to be brief, beside those that were not."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal

from chatui.cost.stats.brevity import Brevity, OutputRate, Sample
from chatui.memory.store.codec import amount_of, real_of

# The built-in model reads no prompt, so it can't be asked to be brief.
_COMPARED = (
    "kind = 'reply' AND outcome = 'complete' AND model NOT LIKE 'builtin/%' AND started >= ?"
)


def brevity(db: sqlite3.Connection, started: str) -> tuple[Brevity, ...]:
    """For every model that was asked to be brief."""
    samples: dict[tuple[str, bool], Sample] = {}
    for row in db.execute(
        f"""SELECT model, concise, count(*) AS n, avg(output) AS mean,
            avg(1.0 * output * output) AS square
        FROM ledger WHERE {_COMPARED} GROUP BY model, concise""",
        (started,),
    ):
        n, mean, square = row["n"], real_of(row["mean"]) or 0.0, real_of(row["square"]) or 0.0
        variance = max(0.0, square - mean * mean) * n / max(1, n - 1)
        samples[row["model"], bool(row["concise"])] = Sample(n, mean, variance)
    asked = [model for model, concise in samples if concise]
    rates = _rates(db, started) if asked else {}
    return tuple(
        Brevity(
            model,
            samples[model, True],
            samples.get((model, False), Sample()),
            tuple(rates.get(model, ())),
        )
        for model in asked
    )


def _rates(db: sqlite3.Connection, started: str) -> dict[str, list[OutputRate]]:
    """What output cost in the brief replies, by the price rows that were booked with them."""
    rates: dict[str, list[OutputRate]] = {}
    for row in db.execute(
        f"""SELECT model, count(*) AS n, json_extract(price, '$.output') AS rate,
            json_extract(price, '$.per') AS per, json_extract(price, '$.currency') AS currency
        FROM ledger WHERE {_COMPARED} AND concise AND json_valid(price) GROUP BY 1, 3, 4, 5""",
        (started,),
    ):
        rate = OutputRate(row["n"], _rate(row["rate"], row["per"]), row["currency"] or "USD")
        rates.setdefault(row["model"], []).append(rate)
    return rates


def _rate(listed: str | None, per: int | None) -> Decimal | None:
    """Money for one token. Of a rate in steps, which is an object, the lowest one."""
    if listed is None or not per:
        return None
    base = json.loads(listed).get("0") if str(listed).startswith("{") else listed
    known, each = amount_of(base), amount_of(per)
    return known / each if known is not None and each else None
