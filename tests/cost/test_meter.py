"""The meter of a turn: estimates first, the provider's word at the end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest

from chatui.cost.budget import Limit
from chatui.cost.meter import Meter, Spent
from chatui.cost.prices.prices import PriceBook
from chatui.cost.reading import MemoryState
from chatui.cost.tokens.tokens import TokenCount, TokenCounter
from chatui.domain.usage import Cost, Timing, Usage

MODEL = "openai/gpt-5-mini"
COUNTER = TokenCounter()
COST = partial(PriceBook().cost, MODEL, at=datetime(2026, 11, 1, tzinfo=UTC))
TEXT = "The answer, it's said, is forty-two. "
TEXT_TOKENS = COUNTER.count(TEXT, MODEL).tokens


@dataclass
class Clock:
    """Seconds, moved by hand."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def meter_of(clock: Clock | None = None, spent: Spent | None = None) -> Meter:
    return Meter(
        MODEL,
        prompt=TokenCount(1000, exact=False),
        count=lambda text: COUNTER.count(text, MODEL).tokens,
        cost=COST,
        context_size=400_000,
        spent=spent,
        memory=MemoryState(cap=8000, dropped_turns=2),
        clock=clock or Clock(),
    )


def streamed(meter: Meter, text: str, size: int = 3) -> Iterator[str]:
    for start in range(0, len(text), size):
        meter.text(text[start : start + size])
        yield text[: start + size]


def test_before_the_first_token_the_prompt_is_an_estimate() -> None:
    reading = meter_of().reading()
    assert reading.turn == Usage(input=1000, estimated=True)
    assert (reading.context_used, reading.context_size) == (1000, 400_000)
    assert reading.context_estimated
    assert reading.turn_cost == Cost(Decimal("0.00025"), "USD", "genai-prices", estimated=True)
    assert reading.first_token is None
    assert reading.tokens_per_second is None
    assert reading.memory == MemoryState(cap=8000, dropped_turns=2)


def test_a_streaming_reply_is_counted_as_the_whole_it_is() -> None:
    meter = meter_of()
    for so_far in streamed(meter, TEXT * 5):
        assert meter.usage().output == COUNTER.count(so_far, MODEL).tokens
    assert meter.usage().estimated
    assert meter.reading().context_used == 1000 + COUNTER.count(TEXT * 5, MODEL).tokens


def test_reasoning_is_a_part_of_the_output() -> None:
    meter = meter_of()
    meter.reasoning(TEXT)
    meter.text(TEXT)
    usage = meter.usage()
    assert (usage.output, usage.reasoning) == (2 * TEXT_TOKENS, TEXT_TOKENS)


def test_the_providers_usage_is_exact_and_booked() -> None:
    meter = meter_of()
    meter.text(TEXT)
    reported = Usage(input=200, cache_read=800, output=20, reasoning=4)
    usage, cost = meter.finish(reported)
    assert usage == reported
    # 200 x 0.25 + 800 x 0.025 + 20 x 2 dollars, for a million.
    assert cost == Cost(Decimal("0.00011"), "USD", "genai-prices")
    reading = meter.reading()
    assert (reading.turn, reading.turn_cost) == (reported, cost)
    assert reading.context_used == 1020
    assert not reading.context_estimated


def test_the_providers_own_cost_is_booked_where_it_sends_one() -> None:
    meter = meter_of()
    _, cost = meter.finish(Usage(input=10, output=1), Decimal("0.0042"))
    assert cost == Cost(Decimal("0.0042"), "USD", "provider")
    assert meter.reading().turn_cost == cost


def test_a_turn_without_a_report_is_booked_as_an_estimate() -> None:
    meter = meter_of()
    meter.text(TEXT)
    usage, cost = meter.finish(None)
    assert usage == Usage(input=1000, output=TEXT_TOKENS, estimated=True)
    assert cost.estimated
    assert cost.amount == Decimal(1000 * 25 + TEXT_TOKENS * 200) / 100_000_000


def test_a_call_that_failed_before_its_first_token_is_booked_too() -> None:
    usage, cost = meter_of().finish(None)
    assert usage == Usage(input=1000, estimated=True)
    assert cost.amount == Decimal("0.00025")


def test_a_cumulative_report_covers_what_came_before_it() -> None:
    meter = meter_of()
    meter.text(TEXT)
    meter.report(Usage(input=990, output=12))
    assert meter.usage() == Usage(input=990, output=12)
    assert not meter.reading().context_estimated
    meter.text(TEXT)
    assert meter.usage() == Usage(input=990, output=12 + TEXT_TOKENS, estimated=True)


def test_a_report_of_the_prompt_alone_keeps_the_counted_reply() -> None:
    meter = meter_of()
    meter.text(TEXT)
    meter.report(Usage(input=990))
    assert meter.usage() == Usage(input=990, output=TEXT_TOKENS, estimated=True)


def test_an_interrupted_turn_keeps_the_report_it_had() -> None:
    meter = meter_of()
    meter.text(TEXT)
    meter.report(Usage(input=990, output=12))
    assert meter.finish(None)[0] == Usage(input=990, output=12)


@pytest.mark.parametrize(
    ("reported", "booked"),
    [
        (Usage(output=5), Usage(input=1000, output=5, estimated=True)),
        (Usage(input=990), Usage(input=990, output=TEXT_TOKENS, estimated=True)),
    ],
)
def test_a_side_that_a_report_leaves_out_is_estimated(reported: Usage, booked: Usage) -> None:
    meter = meter_of()
    meter.text(TEXT)
    assert meter.finish(reported)[0] == booked


def test_a_turn_ends_once() -> None:
    clock = Clock()
    meter = meter_of(clock)
    first = meter.finish(Usage(input=10, output=1))
    clock.now += 50
    assert meter.finish(None) == first
    assert meter.timing().seconds == 0


def test_time_is_taken_to_the_first_token_and_to_the_end() -> None:
    clock = Clock()
    meter = meter_of(clock)
    clock.now += 0.5
    meter.text("")
    assert meter.timing() == Timing(0.5, None)
    meter.reasoning("so " * 101)
    clock.now += 2
    meter.finish(Usage(input=1000, output=101))
    clock.now += 60
    assert meter.timing() == Timing(2.5, 0.5, 101)
    reading = meter.reading()
    assert (reading.first_token, reading.tokens_per_second) == (0.5, 50.0)


def test_the_turn_is_added_to_the_conversation_and_the_day_and_taken_from_the_budget() -> None:
    spent = Spent(
        conversation=(
            Cost(Decimal("0.1"), "USD", "genai-prices"),
            Cost(Decimal(1), "EUR", "config"),
        ),
        today=(Cost(Decimal("0.4"), "USD", "genai-prices"),),
        limits=(Limit("today", Decimal(1), "USD", Decimal("0.4")),),
    )
    meter = meter_of(spent=spent)
    meter.finish(Usage(input=200_000, output=25_000))
    reading = meter.reading()
    assert [(cost.amount, cost.currency) for cost in reading.conversation] == [
        (Decimal("0.2"), "USD"),
        (Decimal(1), "EUR"),
    ]
    assert [cost.amount for cost in reading.today] == [Decimal("0.5")]
    assert reading.budget_left == Cost(Decimal("0.5"), "USD", "budget")


def test_an_unknown_price_stays_unknown() -> None:
    meter = Meter(
        "lab/big",
        prompt=TokenCount(10, exact=False),
        count=len,
        cost=partial(PriceBook().cost, "lab/big"),
    )
    meter.text("abc")
    _, cost = meter.finish(Usage(input=10, output=3))
    assert cost.amount is None
    assert [total.amount for total in meter.reading().conversation] == [None]


def test_readings_may_be_taken_in_a_thread_while_text_arrives() -> None:
    meter = meter_of()
    with ThreadPoolExecutor(1) as pool:
        readings = pool.submit(lambda: [meter.reading().turn.output for _ in range(200)])
        for _ in streamed(meter, TEXT * 200):
            pass
        outputs = readings.result()
    assert outputs == sorted(outputs)
    assert meter.usage().output == COUNTER.count(TEXT * 200, MODEL).tokens


def aside(*costs: Cost, model: str = MODEL) -> tuple[Cost | None, Cost]:
    """The turn's cost in the reading, and the reply's own."""
    meter = Meter(
        model,
        prompt=TokenCount(1000, exact=True),
        count=len,
        cost=partial(PriceBook().cost, model),
        aside=costs,
    )
    _, booked = meter.finish(Usage(input=1000, output=10))
    return meter.reading().turn_cost, booked


def test_what_the_turn_cost_before_its_call_is_a_part_of_its_cost() -> None:
    shown, booked = aside(Cost(Decimal("0.25")), Cost(Decimal("0.5")))
    assert shown is not None
    assert booked.amount
    assert shown.amount == booked.amount + Decimal("0.75")


def test_a_cost_in_another_currency_is_not_added() -> None:
    shown, booked = aside(Cost(Decimal(1), "CNY"))
    assert shown == booked


def test_a_reply_of_unknown_price_stays_unknown() -> None:
    shown, _ = aside(Cost(Decimal(1)), model="nobody/knows")
    assert shown is not None
    assert shown.amount is None


def test_hidden_reasoning_is_no_part_of_the_speed() -> None:
    clock = Clock()
    meter = meter_of(clock)
    clock.now += 10
    for _ in range(50):
        clock.now += 0.02
        meter.text(" word")
    meter.finish(Usage(input=10, output=539, reasoning=489))

    timing = meter.timing()
    assert timing.streamed == 50
    assert meter.reading().tokens_per_second == pytest.approx(50)
    assert timing.between_tokens(None) == pytest.approx(0.02)


def test_reasoning_that_is_shown_is_part_of_the_speed() -> None:
    clock = Clock()
    meter = meter_of(clock)
    for piece in [meter.reasoning] * 60 + [meter.text] * 40:
        clock.now += 0.1
        piece(" word")
    # Another vocabulary counts the same texts as a third more.
    meter.finish(Usage(input=10, output=133, reasoning=80))

    assert meter.timing().streamed == 133
    assert meter.reading().tokens_per_second == pytest.approx(132 / 9.9)


def test_of_reasoning_that_is_told_in_short_only_that_came_piece_by_piece() -> None:
    meter = meter_of()
    for _ in range(20):
        meter.reasoning(" word")
    for _ in range(30):
        meter.text(" word")
    meter.finish(Usage(input=10, output=1030, reasoning=1000))

    assert meter.timing().streamed == 50


def test_reasoning_that_a_server_counts_and_does_not_name_is_no_part_of_the_speed() -> None:
    meter = meter_of()
    for _ in range(30):
        meter.text(" word")
    meter.finish(Usage(input=10, output=500))

    assert meter.timing().streamed == 30


def test_text_that_was_reasoning_after_all_was_seen() -> None:
    meter = meter_of()
    for _ in range(30):
        meter.text(" word")
    meter.take_back()
    for _ in range(10):
        meter.text(" word")
    meter.finish(Usage(input=10, output=40, reasoning=30))

    assert meter.timing().streamed == 40


def test_time_runs_from_the_first_byte_that_goes_out() -> None:
    clock = Clock()
    meter = meter_of(clock)
    clock.now += 4  # imports, a connection, a first attempt that was refused
    meter.sent(clock.now - 1)
    meter.sent(clock.now)
    clock.now += 0.25
    meter.text("so")
    clock.now += 1
    meter.finish(None)

    assert (meter.timing().first_token, meter.timing().seconds) == (0.25, 1.25)
    assert meter.age == 5.25


def test_the_pauses_of_a_reply_are_kept_with_its_longest_stall() -> None:
    clock = Clock()
    meter = meter_of(clock)
    for pause in [0.0, *[0.02] * 98, 3.0]:
        clock.now += pause
        meter.text(" word")
    meter.finish(Usage(input=10, output=100))

    gaps = meter.timing().gaps
    assert gaps is not None
    assert gaps.p95 == pytest.approx(0.02)
    assert gaps.longest == pytest.approx(3.0)
    assert gaps.mean == pytest.approx((98 * 0.02 + 3) / 99)


def test_the_speed_of_a_reply_that_was_stored_without_what_was_seen_is_not_known() -> None:
    before = Timing(2.0, 1.0)

    assert before.tokens_per_second(Usage(output=101)) == 100
    assert before.tokens_per_second(Usage(output=101, reasoning=60)) is None
