"""What each provider really sends, read and priced to the last digit.

`usage_fixtures.json` holds for each: its `shape`'s source, the `report` or `stream` as sent,
the four buckets, and the cost, which was worked out by hand from the `rates` (input, cache
read, cache write, output, per million tokens) and the `fee` for a call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chatui.config.load import build
from chatui.config.schema import PriceEntry
from chatui.cost.meter import Meter
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.conversation import FinishReason
from chatui.domain.usage import Cost, Usage
from chatui.models.base import Finished, TextDelta
from chatui.models.hosted.event_stream import StreamEvent
from chatui.models.hosted.reply_reader import ReplyReader
from chatui.models.hosted.usage_report import read_cost, read_usage

Fixture = Mapping[str, Any]
FIXTURES: list[Fixture] = json.loads(
    (Path(__file__).parent / "usage_fixtures.json").read_text(encoding="utf-8")
)


def price_book(fixture: Fixture) -> PriceBook:
    provider = fixture["model"].partition("/")[0]
    return PriceBook(
        {name: build(PriceEntry, entry) for name, entry in fixture.get("prices", {}).items()},
        [provider] if fixture.get("local") else [],
        {provider: fixture["url"]} if "url" in fixture else {},
    )


def read(fixture: Fixture) -> tuple[str, Finished]:
    """The text that streamed, and what the provider told at the end."""
    if "stream" not in fixture:
        report = fixture.get("report")
        usage = read_usage(report, fixture.get("timings"))
        return "", Finished(FinishReason.STOP, usage, reported_cost=read_cost(report))
    reader = ReplyReader("test")
    events = []
    for chunk in fixture["stream"]:
        events += reader.read(StreamEvent(chunk if isinstance(chunk, str) else json.dumps(chunk)))
    events += reader.flush()
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    return text, reader.outcome()


def booked(fixture: Fixture) -> tuple[Usage, Cost]:
    """What the meter books at the end of that call; a token of our own count is a letter."""
    text, end = read(fixture)
    seconds = fixture.get("seconds", 1.0)
    moments = iter([0.0, *[seconds] * 9])
    meter = Meter(
        fixture["model"],
        prompt=TokenCount(fixture.get("counted", 0), exact=False),
        count=len,
        cost=partial(
            price_book(fixture).cost, fixture["model"], at=datetime.fromisoformat(fixture["at"])
        ),
        clock=lambda: next(moments),
    )
    meter.text(text)
    return meter.finish(end.usage, end.reported_cost, end.tier)


def test_there_are_many_of_them_and_each_says_where_it_is_from() -> None:
    assert len({fixture["name"] for fixture in FIXTURES}) >= 60
    assert all(fixture["shape"] for fixture in FIXTURES)


@pytest.mark.parametrize("fixture", FIXTURES, ids=[each["name"] for each in FIXTURES])
def test_a_report_is_read_and_priced_as_worked_out_by_hand(fixture: Fixture) -> None:
    usage, cost = booked(fixture)
    assert usage == Usage(**fixture["usage"])
    wanted = fixture["cost"]
    assert (cost.currency, cost.source, cost.estimated) == (
        wanted["currency"],
        wanted["source"],
        wanted["estimated"],
    )
    if wanted["amount"] is None:
        assert cost.amount is None
    else:
        assert cost.amount is not None
        assert abs(cost.amount - Decimal(wanted["amount"])) < Decimal("1e-9")


@pytest.mark.parametrize(
    "fixture",
    [each for each in FIXTURES if "rates" in each],
    ids=[each["name"] for each in FIXTURES if "rates" in each],
)
def test_the_worked_out_cost_is_the_sum_of_its_buckets(fixture: Fixture) -> None:
    names = ("input", "cache_read", "cache_write", "output")
    rates = dict(zip(names, map(Decimal, fixture["rates"]), strict=True))
    sums = sum(fixture["usage"][name] * rates[name] for name in names) / 1_000_000
    assert sums + Decimal(fixture.get("fee", 0)) == Decimal(fixture["cost"]["amount"])
