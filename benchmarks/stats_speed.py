"""`chatui stats` over a ledger of 100,000 calls in 2,000 conversations, beside reading every
row of it and adding up in Python: over all days, over most of them and over a month."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatui.cost.stats.values import GROUPINGS, Grouping
from chatui.domain.usage import total_cost
from chatui.memory.store.database import time_text
from chatui.memory.store.store import ChatStore

CALLS = 100_000
CONVERSATIONS = 2_000
DAYS = 365
ROUNDS = 3


def fill(path: Path) -> None:
    """Calls spread over a year, with prices of many digits."""
    chance = random.Random(5)
    now = datetime.now(UTC)
    moments = [now - timedelta(days=chance.random() * DAYS) for _ in range(CALLS)]
    db = sqlite3.connect(path)
    db.executemany(
        "INSERT INTO conversations (id, title, created, updated) VALUES (?, 'Talk', '', '')",
        ((f"{n:016x}",) for n in range(CONVERSATIONS)),
    )
    db.executemany(
        """INSERT INTO ledger (conversation, kind, model, started, input, cache_read, cache_write,
            output, reasoning, usage_estimated, amount, currency, price_source, cost_estimated,
            ttft, seconds, outcome, profile, concise)
        VALUES (?, 'reply', ?, ?, ?, ?, 0, ?, 0, 0, ?, 'USD', 'genai-prices', 0, ?, ?,
            'complete', '', ?)""",
        (
            (
                f"{chance.randrange(CONVERSATIONS):016x}",
                f"openai/model-{chance.randrange(6)}",
                time_text(moment),
                chance.randrange(4_000),
                chance.randrange(4_000),
                chance.randrange(800),
                f"{chance.random() / 100:.10f}",
                chance.random(),
                1 + chance.random() * 9,
                chance.random() < 0.3,
            )
            for moment in moments
        ),
    )
    db.commit()
    db.close()


async def measure(path: Path) -> None:
    store = await ChatStore.open(path)
    await store.close()
    fill(path)
    store = await ChatStore.open(path)
    started = time.perf_counter()
    total_cost([row.cost for row in await store.ledger()])
    whole = time.perf_counter() - started
    print(f"reading all {CALLS:,} rows: {whole:.2f} s")
    for by in GROUPINGS:
        for days in (0, 300, 30):
            took = min([await seconds(store, by, days) for _ in range(ROUNDS)])
            over = f"of {days} days" if days else "of all days"
            print(f"stats by {by} {over}: {took:.3f} s, ratio {took / whole:.3f}")
    await store.close()


async def seconds(store: ChatStore, by: Grouping, days: int) -> float:
    started = time.perf_counter()
    await store.stats(by, days, datetime.now())
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder) / "chats.db"))


if __name__ == "__main__":
    main()
