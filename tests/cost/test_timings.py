"""What llama.cpp's own clock tells."""

from __future__ import annotations

from typing import Any

import pytest

from chatui.cost.meter import Meter
from chatui.cost.timings import Timings, timings_of
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.usage import Cost, Usage

TOLD = {"prompt_n": 100, "prompt_ms": 250.0, "predicted_n": 50, "predicted_ms": 2000.0}


def test_tokens_a_second_come_from_the_models_own_clock() -> None:
    assert timings_of({"timings": TOLD}) == Timings(reading=400.0, writing=25.0)


@pytest.mark.parametrize(
    "report",
    [None, {}, {"timings": None}, {"timings": {"prompt_n": "x"}}, {"timings": {"prompt_n": 9}},
     {"timings": {"prompt_n": 1, "prompt_ms": 5.0}}, {"timings": {"prompt_n": 9, "prompt_ms": 0}}],
)  # fmt: skip
def test_what_it_does_not_tell_is_unknown(report: dict[str, Any] | None) -> None:
    assert timings_of(report) == Timings()


def test_the_meter_shows_them_when_the_reply_is_whole() -> None:
    meter = Meter(
        "local/m", prompt=TokenCount(9, True), count=len, cost=lambda *_, **__: Cost(None)
    )
    assert meter.reading().read_per_second is None
    meter.finish(Usage(input=100, output=50), timings=timings_of({"timings": TOLD}))
    reading = meter.reading()
    assert (reading.read_per_second, reading.tokens_per_second) == (400.0, 25.0)
