"""The figures for other programs: JSON objects and CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from chatui.cost.stats.brevity import Brevity, Sample
from chatui.cost.stats.values import Stats, StatsRow
from chatui.text.json_text import json_text
from chatui.text.safety import drawable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins so; a title may be anybody's text."""


def as_object(stats: Stats) -> dict[str, Any]:
    """Decimals stay Decimals; times are milliseconds."""
    return {
        "by": stats.by,
        "days": stats.days,
        "since": stats.since.isoformat(),
        "until": stats.until.isoformat(),
        "total": _figures(stats.total),
        "rows": [
            {"key": row.key}
            | ({"title": row.title} if stats.by == "conversation" else {})
            | _figures(row)
            for row in stats.rows
        ],
        "concise": [_brevity(brevity) for brevity in stats.brevity],
    }


def as_json(stats: Stats) -> str:
    """The object as text; money as decimal strings."""
    return json_text(as_object(stats), indent=2, default="{:f}".format) + "\n"


def _figures(row: StatsRow) -> dict[str, Any]:
    usage, waits = row.usage, row.first_token
    return {
        "calls": row.calls,
        "replies": row.replies,
        "usage": {
            "input": usage.input,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write,
            "output": usage.output,
            "reasoning": usage.reasoning,
            "estimated": usage.estimated,
        },
        "costs": [
            {
                "amount": cost.amount,
                "currency": cost.currency,
                "price_source": cost.source,
                "estimated": cost.estimated,
            }
            for cost in row.costs
        ],
        "unpriced_calls": row.unpriced,
        "cache_hit_rate": _rounded(row.cache_hit_rate, 4),
        "ttft_ms": {"p50": _ms(waits.p50), "p95": _ms(waits.p95)} if waits else None,
        "tokens_per_second": _rounded(row.speed, 1),
        "between_tokens_ms": {
            "median": _optional_ms(row.between_tokens),
            "p95": _optional_ms(row.gap_p95),
            "longest": _optional_ms(row.longest_stall),
        },
        "reasoning_share": _rounded(row.reasoning_share, 4),
        "reasoning_multiple": _rounded(row.reasoning_multiple, 2),
    }


def _brevity(brevity: Brevity) -> dict[str, Any]:
    enough = brevity.is_enough
    return {
        "model": brevity.model,
        "with": _sample(brevity.brief),
        "without": _sample(brevity.usual),
        "enough": enough,
        "clear": brevity.is_clear,
        "saved_tokens_per_reply": _rounded(brevity.saved, 1) if enough else None,
        "margin": _rounded(brevity.margin, 1) if enough else None,
        "saved_tokens": brevity.saved_tokens if enough else None,
        "saved_costs": [
            {"amount": cost.amount, "currency": cost.currency, "estimated": cost.estimated}
            for cost in brevity.saved_costs
        ]
        if enough
        else None,
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {"replies": sample.replies, "output_tokens": _rounded(sample.mean, 1)}


def _optional_ms(seconds: float | None) -> float | None:
    return None if seconds is None else _ms(seconds)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


def as_csv(stats: Stats) -> str:
    """A line per row, with a column for each currency; an unknown cost is an empty cell."""
    currencies = list(dict.fromkeys(c.currency for row in stats.rows for c in row.priced))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    usage = ("input", "cache_read", "cache_write", "output", "reasoning")
    writer.writerow(
        (
            stats.by, "title", "calls", "replies", *usage, "tokens_estimated",
            *(f"cost_{currency}" for currency in currencies), "cost_estimated", "unpriced_calls",
            "cache_hit_rate", "ttft_p50_ms", "ttft_p95_ms", "tokens_per_second",
            "gap_p95_ms", "longest_stall_ms", "reasoning_share", "reasoning_multiple",
        )
    )  # fmt: skip
    for row in stats.rows:
        sums = {cost.currency: cost for cost in row.priced}
        waits = row.first_token
        writer.writerow(
            (
                _cell(row.key or ""), _cell(row.title), row.calls, row.replies,
                *(getattr(row.usage, name) for name in usage), int(row.usage.estimated),
                *(f"{sums[c].amount:f}" if c in sums else "" for c in currencies),
                int(any(cost.estimated for cost in row.costs)), row.unpriced,
                _empty(_rounded(row.cache_hit_rate, 4)),
                _empty(_ms(waits.p50) if waits else None),
                _empty(_ms(waits.p95) if waits else None),
                _empty(_rounded(row.speed, 1)),
                _empty(_optional_ms(row.gap_p95)),
                _empty(_optional_ms(row.longest_stall)),
                _empty(_rounded(row.reasoning_share, 4)),
                _empty(_rounded(row.reasoning_multiple, 2)),
            )
        )  # fmt: skip
    return text.getvalue()


def _cell(text: str) -> str:
    text = drawable(text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _empty(value: float | None) -> float | str:
    return "" if value is None else value
