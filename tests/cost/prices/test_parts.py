"""What is billed at rates of its own, against arithmetic that is done anew here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chatui.cost.prices.input_limits import input_limit
from chatui.cost.prices.price import Price
from chatui.cost.prices.price_list import PriceList
from chatui.cost.prices.prices import PriceBook
from chatui.models.hosted.usage_report import read_usage

MILLION = Decimal(1_000_000)
DAY = datetime(2026, 11, 1, tzinfo=UTC)
BOOK = PriceBook(listed=PriceList())


def listed(model: str) -> Price:
    price = BOOK.price(model, DAY)
    assert price is not None
    return price


def cost_of(model: str, report: dict[str, Any]) -> Decimal:
    usage = read_usage(report)
    assert usage is not None
    amount = listed(model).cost(usage).amount
    assert amount is not None
    return amount


def test_what_is_written_for_an_hour_costs_more_than_for_five_minutes() -> None:
    # Anthropic's list of October 2026: 3, 15, read 0.30, write 3.75, for an hour 6.
    report = {
        "input_tokens": 100,
        "cache_read_input_tokens": 2000,
        "cache_creation_input_tokens": 1500,
        "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 1000},
        "output_tokens": 40,
    }
    wanted = (
        100 * Decimal(3)
        + 2000 * Decimal("0.3")
        + 500 * Decimal("3.75")
        + 1000 * Decimal(6)
        + 40 * Decimal(15)
    ) / MILLION
    assert cost_of("anthropic/claude-sonnet-4-5", report) == wanted


def test_searches_that_a_provider_makes_are_paid_each() -> None:
    report = {
        "input_tokens": 1000,
        "output_tokens": 100,
        "server_tool_use": {"web_search_requests": 3},
    }
    wanted = (1000 * Decimal(3) + 100 * Decimal(15)) / MILLION + 3 * Decimal(10) / 1000
    assert cost_of("anthropic/claude-sonnet-4-5", report) == wanted


def test_citations_and_reasoning_have_their_own_prices() -> None:
    # Sonar Deep Research: 2, 8, citations 2, reasoning 3, and 5 for a thousand searches.
    report = {
        "prompt_tokens": 33,
        "completion_tokens": 5200,
        "total_tokens": 5233,
        "citation_tokens": 2000,
        "num_search_queries": 9,
        "reasoning_tokens": 8000,
    }
    wanted = (33 * 2 + 5200 * 8 + 2000 * 2 + 8000 * 3) / MILLION + 9 * Decimal(5) / 1000
    assert cost_of("perplexity/sonar-deep-research", report) == wanted


@pytest.mark.parametrize(
    ("heard", "before", "said"),
    [(0, 0, 0), (400, 0, 0), (400, 100, 0), (0, 0, 70), (400, 100, 70)],
)
def test_audio_is_priced_as_audio(heard: int, before: int, said: int) -> None:
    price = listed("google/gemini-2.0-flash")
    assert price.audio_input is not None
    assert price.audio_read is not None
    report = {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "prompt_tokens_details": {
            "audio_tokens": heard,
            "cached_tokens": 300,
            "cached_tokens_details": {"audio_tokens": before},
        },
        "completion_tokens_details": {"audio_tokens": said},
    }
    assert price.input is not None
    assert price.output is not None
    assert price.cache_read is not None
    spoken = price.audio_output or price.output
    wanted = (
        (700 - (heard - before)) * price.input.base
        + (heard - before) * price.audio_input.base
        + (300 - before) * price.cache_read.base
        + before * price.audio_read.base
        + (100 - said) * price.output.base
        + said * spoken.base
    ) / MILLION
    assert cost_of("google/gemini-2.0-flash", report) == wanted


def test_geminis_own_report_tells_of_audio_too() -> None:
    report = {
        "promptTokenCount": 1000,
        "candidatesTokenCount": 10,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 600},
            {"modality": "AUDIO", "tokenCount": 400},
        ],
    }
    usage = read_usage(report)
    assert usage is not None
    assert usage.parts.audio_input == 400


@pytest.mark.parametrize("part", [-5, 10**30, "many", None, True, 5000])
def test_a_part_is_never_more_than_its_bucket(part: object) -> None:
    report = {
        "prompt_tokens": 100,
        "completion_tokens": 0,
        "prompt_tokens_details": {"audio_tokens": part},
    }
    price = listed("google/gemini-2.0-flash")
    assert price.audio_input is not None
    assert cost_of("google/gemini-2.0-flash", report) <= 100 * price.audio_input.base / MILLION


def test_the_rates_of_parts_are_kept_with_the_row_and_halved_in_a_batch() -> None:
    price = listed("anthropic/claude-sonnet-4-5")
    assert Price.of_row(json.loads(json.dumps(price.row()))) == price
    half = price.halved("batch")
    assert half.cache_write_1h is not None
    assert half.cache_write_1h.base == Decimal(3)


@pytest.mark.parametrize(
    ("model", "context", "limit"),
    [
        ("openai/gpt-5-mini", 400_000, 272_000),
        ("openrouter/openai/gpt-5", 400_000, 272_000),
        ("openai/gpt-5.4", 1_050_000, 922_000),
        ("openai/gpt-5-chat-latest", 400_000, 111_616),
        ("openai/gpt-4.1", 1_000_000, None),
        ("anthropic/claude-sonnet-4-5", 200_000, None),
        ("openai/gpt-5", None, None),
    ],
)
def test_a_prompt_may_have_what_the_provider_takes_of_the_context(
    model: str, context: int | None, limit: int | None
) -> None:
    assert input_limit(model, context) == limit
