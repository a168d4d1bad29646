"""What sending a draft would take, and the meter between turns."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from chatui.config.schema import PriceEntry
from chatui.cost.budget import Limit
from chatui.cost.meter import Spent
from chatui.cost.prices.prices import PriceBook
from chatui.cost.quote import idle_reading, quote
from chatui.cost.reading import MemoryState, Quote
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.conversation import Reply
from chatui.domain.usage import Cost, Gaps, Timing, Usage

BOOK = PriceBook({"a/b": PriceEntry(input=Decimal(2), output=Decimal(8))})


def test_a_quote_is_the_price_of_the_prompt_alone() -> None:
    quoted = quote(TokenCount(500, exact=True), partial(BOOK.cost, "a/b"))
    assert quoted == Quote(500, Cost(Decimal("0.001"), "USD", "config"), estimated=False)


def test_a_quote_of_an_estimated_prompt_is_an_estimate() -> None:
    quoted = quote(TokenCount(500, exact=False), partial(BOOK.cost, "a/b"))
    assert quoted == Quote(500, Cost(Decimal("0.001"), "USD", "config", True), estimated=True)


CACHING = PriceBook(
    {
        "a/b": PriceEntry(
            input=Decimal(2),
            output=Decimal(8),
            cache_read=Decimal("0.2"),
            cache_write=Decimal("2.5"),
        )
    }
)


def test_a_quote_counts_what_writing_to_the_cache_costs() -> None:
    quoted = quote(TokenCount(4000, exact=True), partial(CACHING.cost, "a/b"))
    assert quoted.cost.amount == 4000 * Decimal("2.5") / 1_000_000


def test_a_prompt_that_no_cache_keeps_is_quoted_as_it_is_read() -> None:
    plain = 1000 * Decimal(2) / 1_000_000
    assert quote(TokenCount(1000, exact=True), partial(CACHING.cost, "a/b")).cost.amount == plain
    uncached = quote(TokenCount(4000, exact=True), partial(CACHING.cost, "a/b"), rule=None)
    assert uncached.cost.amount == 4 * plain


def test_what_is_kept_for_an_hour_is_quoted_at_its_own_price() -> None:
    book = PriceBook(kept={"anthropic": "1h"})
    name = "anthropic/claude-haiku-4-5"
    cost, rule = partial(book.cost, name), book.cache_rule(name)
    assert quote(TokenCount(4096, exact=True), cost, rule=rule).cost.amount == Decimal("0.008192")
    assert quote(TokenCount(4095, exact=True), cost, rule=rule).cost.amount == Decimal("0.004095")


def test_a_quote_without_a_price_has_tokens_and_no_amount() -> None:
    quoted = quote(TokenCount(500, exact=False), partial(BOOK.cost, "a/unknown"))
    assert quoted.tokens == 500
    assert quoted.cost.amount is None


def test_the_idle_meter_shows_the_newest_turn_and_what_sending_would_fill() -> None:
    last = Usage(input=100, cache_read=50, output=21)
    cost = Cost(Decimal("0.0004"), "USD", "config")
    prompt = TokenCount(500, exact=False)
    reading = idle_reading(
        "a/b",
        prompt=prompt,
        quoted=quote(prompt, partial(BOOK.cost, "a/b")),
        context_size=4096,
        spent=Spent((cost,), (cost, cost), (Limit("today", Decimal(1), "USD", Decimal("0.0008")),)),
        memory=MemoryState(cap=4096),
        last=Reply(model="a/b", usage=last, cost=cost, timing=Timing(2.5, 0.5)),
    )
    assert (reading.context_used, reading.context_size, reading.turn) == (500, 4096, last)
    assert (reading.turn_cost, reading.conversation) == (cost, (cost,))
    assert [total.amount for total in reading.today] == [Decimal("0.0008")]
    assert reading.budget_left == Cost(Decimal("0.9992"), "USD", "budget")
    assert (reading.first_token, reading.tokens_per_second) == (0.5, 10.0)
    assert reading.quote is not None
    assert reading.quote.tokens == 500


def test_another_model_has_the_newest_turns_tokens_and_cost_and_none_of_its_times() -> None:
    cost = Cost(Decimal("0.0004"), "USD", "config")
    timing = Timing(2.5, 0.5, gaps=Gaps(0.1, 0.2, 0.3))
    last = Reply(model="a/b", usage=Usage(input=100, output=21), cost=cost, timing=timing)
    prompt = TokenCount(500, exact=False)
    same, other = (idle_reading(name, prompt=prompt, last=last) for name in ("a/b", "a/other"))
    assert (same.turn, same.turn_cost) == (other.turn, other.turn_cost) == (last.usage, cost)
    assert None not in (same.first_token, same.tokens_per_second, same.between_tokens, same.gaps)
    assert (other.first_token, other.tokens_per_second) == (None, None)
    assert (other.between_tokens, other.gaps) == (None, None)


def test_the_idle_meter_of_a_new_chat_knows_nothing_and_claims_nothing() -> None:
    reading = idle_reading("a/b", prompt=TokenCount(3, exact=False))
    assert (reading.turn, reading.turn_cost, reading.conversation) == (Usage(), None, ())
    assert (reading.first_token, reading.tokens_per_second, reading.quote) == (None, None, None)
    assert reading.budget_left is None
