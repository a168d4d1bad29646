"""The verbs of the command line, and where each is."""

from __future__ import annotations

VERBS = {
    "ask": "chatui.cli.ask:ask",
    "collections": "chatui.cli.collections:collections",
    "completion": "chatui.cli.completion:completion",
    "compare": "chatui.cli.compare:compare",
    "config": "chatui.cli.config:config",
    "cost": "chatui.cli.cost:cost",
    "doctor": "chatui.cli.doctor:doctor",
    "eval": "chatui.cli.eval:evaluate",
    "filters": "chatui.cli.filters:filters",
    "ingest": "chatui.cli.ingest:ingest",
    "logs": "chatui.cli.logs:logs",
    "models": "chatui.cli.models:models",
    "notes": "chatui.cli.notes:notes",
    "profiles": "chatui.cli.profiles:profiles",
    "run": "chatui.cli.run:run",
    "search": "chatui.cli.search:search",
    "sessions": "chatui.cli.sessions:sessions",
    "stats": "chatui.cli.stats:stats",
    "tokens": "chatui.cli.tokens:tokens",
}
