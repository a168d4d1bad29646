"""What stands above the answers that are compared."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chatui.cost.reading import MeterReading
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage
from chatui.widgets.compare_head import (
    Best,
    LaneFacts,
    LaneState,
    best_of,
    head_lines,
    tab_line,
    totals,
)

READING = MeterReading(
    model="mine/model",
    turn=Usage(input=210, cache_read=1_024, output=321),
    turn_cost=Cost(Decimal("0.0042")),
    first_token=0.42,
    tokens_per_second=51.0,
)
DONE = LaneFacts(1, "mine/model", LaneState.DONE, READING)


def dearer(head: LaneFacts, **figures: object) -> LaneFacts:
    cost = Cost(Decimal("0.0060"))
    figures = {"turn_cost": cost, "tokens_per_second": 60.0, **figures}
    return replace(head, number=2, reading=replace(head.reading, **figures))  # type: ignore[arg-type]


NO_BEST = Best()


def text(head: LaneFacts, best: Best = NO_BEST, width: int = 60) -> list[str]:
    return [line.plain.rstrip() for line in head_lines(head, best, width, {})]


def test_the_figures_are_those_of_the_meter() -> None:
    lines = text(DONE)
    assert lines[0].startswith("1 mine/model")
    assert lines[0].endswith("✓ done")
    assert lines[1:] == [
        "$0.0042  51 tok/s",
        "first 0.42 s  in 1,234 (1,024 cached)  out 321",
    ]


def test_estimates_and_unknown_prices_carry_their_marks() -> None:
    usage = replace(READING.turn, estimated=True)
    reading = replace(READING, turn=usage, turn_cost=UNKNOWN_COST)
    lines = text(replace(DONE, reading=reading))
    assert lines[1:] == ["—  51 tok/s", "first 0.42 s  in ≈ 1,234 (1,024 cached)  out ≈ 321"]


def test_nothing_is_said_before_something_was_counted() -> None:
    assert text(LaneFacts(1, "mine/model", LaneState.WAITING))[1:] == ["", ""]


@pytest.mark.parametrize("width", [20, 28, 36, 60])
def test_the_lines_keep_to_their_width(width: int) -> None:
    head = replace(DONE, model="a-provider/a-model-with-a-very-long-name-20260101")
    for line in head_lines(head, Best(1, 1), width, {}):
        assert line.cell_length <= width


def test_the_cheapest_and_the_fastest_are_told() -> None:
    best = best_of([DONE, dearer(DONE)])
    assert best == Best(cheapest=1, fastest=2)
    assert "$0.0042 cheapest" in text(DONE, best)[1]


@pytest.mark.parametrize(
    "other",
    [
        replace(dearer(DONE), standing=LaneState.STREAMING),
        replace(dearer(DONE), standing=LaneState.FAILED),
        dearer(DONE, turn_cost=READING.turn_cost, tokens_per_second=51.0),
        dearer(DONE, turn_cost=UNKNOWN_COST, tokens_per_second=None),
        dearer(DONE, turn_cost=Cost(Decimal(1), "EUR"), tokens_per_second=51.0),
    ],
    ids=["streams", "failed", "equal", "unknown", "another currency"],
)
def test_what_can_not_be_compared_has_no_best(other: LaneFacts) -> None:
    assert best_of([DONE, other]) == NO_BEST


def test_tabs_name_every_answer_and_its_state() -> None:
    heads = [DONE, replace(DONE, number=2, model="yours/other", standing=LaneState.FAILED)]
    assert tab_line(heads, 1, 60).plain.split() == ["1", "model", "✓", "2", "other", "✗"]


def test_totals_add_up_what_is_known() -> None:
    line = totals([Cost(Decimal("0.1")), None, UNKNOWN_COST], None, 60)
    assert line.plain == "together ≈ $0.1000"
