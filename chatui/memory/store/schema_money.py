"""The tables of money: the ledger, what is under way, budgets, and how well was counted."""

from __future__ import annotations

_CALL = """kind TEXT NOT NULL,
        model TEXT NOT NULL,
        started TEXT NOT NULL,
        input INTEGER NOT NULL,
        cache_read INTEGER NOT NULL,
        cache_write INTEGER NOT NULL,
        output INTEGER NOT NULL,
        reasoning INTEGER NOT NULL,
        usage_estimated INTEGER NOT NULL,
        raw_usage TEXT,
        amount TEXT,
        currency TEXT NOT NULL,
        price_source TEXT NOT NULL,
        cost_estimated INTEGER NOT NULL,
        price TEXT,
        ttft REAL,
        seconds REAL NOT NULL,
        outcome TEXT NOT NULL"""
"""What both tables say of a call."""

# What was spent stays known when its conversation is removed. `amount` is a decimal number
# as text, NULL when the price is unknown.
LEDGER_TABLES = (
    f"""CREATE TABLE ledger (
        number INTEGER PRIMARY KEY,
        conversation TEXT REFERENCES conversations(id) ON DELETE SET NULL,
        turn TEXT REFERENCES turns(id) ON DELETE SET NULL,
        {_CALL}
    )""",
    "CREATE INDEX ledger_conversation ON ledger(conversation)",
    "CREATE INDEX ledger_turn ON ledger(turn)",
    "CREATE INDEX ledger_started ON ledger(started)",
)

# Of the calls from before it is not known with which profile they were made: NULL; "" is none.
PROFILE_COLUMNS = (
    "ALTER TABLE ledger ADD COLUMN profile TEXT",
    "ALTER TABLE ledger ADD COLUMN concise INTEGER NOT NULL DEFAULT 0",
)

# `amount` is a decimal number as text; 0 lifts the limit of the settings.
BUDGET_TABLES = (
    """CREATE TABLE conversation_budgets (
        conversation TEXT PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
        amount TEXT NOT NULL,
        currency TEXT NOT NULL
    ) WITHOUT ROWID""",
)

OBSERVATION_TABLES = (
    """CREATE TABLE token_observations (
        number INTEGER PRIMARY KEY,
        model TEXT NOT NULL,
        encoding TEXT NOT NULL,
        side TEXT NOT NULL,
        counted INTEGER NOT NULL,
        estimated INTEGER NOT NULL,
        reported INTEGER NOT NULL
    )""",
    "CREATE INDEX token_observations_model ON token_observations(model)",
)

OPEN_CALL_TABLES = (
    f"""CREATE TABLE open_calls (
        turn TEXT PRIMARY KEY REFERENCES turns(id) ON DELETE CASCADE,
        writer TEXT NOT NULL,
        {_CALL},
        profile TEXT,
        concise INTEGER NOT NULL
    ) WITHOUT ROWID""",
)
