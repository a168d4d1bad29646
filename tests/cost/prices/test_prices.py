"""Where a price comes from, and that a bill is exact."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version

import pytest
from genai_prices import Usage as ListedUsage
from genai_prices.data import providers
from hypothesis import given
from hypothesis import strategies as st

from chatui.config.schema import PriceEntry, PriceStep
from chatui.cost.prices.price import Price, Rate
from chatui.cost.prices.prices import PriceBook
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MILLION = Usage(input=1_000_000, output=1_000_000)
EURO = PriceEntry(input=Decimal("0.10"), output=Decimal("0.30"), currency="EUR")
tokens = st.integers(0, 2_000_000)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    output = draw(tokens)
    return Usage(draw(tokens), draw(tokens), draw(tokens), output, draw(st.integers(0, output)))


def amount(book: PriceBook, model: str, usage: Usage, at: datetime = NOW) -> Decimal | None:
    return book.cost(model, usage, at=at).amount


def test_a_listed_model_has_its_listed_price() -> None:
    price = PriceBook().price("openai/gpt-5-mini", NOW)
    assert price is not None
    assert (price.source, price.model, price.currency) == (
        "genai-prices",
        "openai/gpt-5-mini",
        "USD",
    )
    assert price.input == Rate(Decimal("0.25"))
    assert price.output == Rate(Decimal("2"))
    assert price.cache_read == Rate(Decimal("0.025"))
    assert price.day.isoformat() == "2026-11-01"


def test_a_cost_is_exact_to_the_last_digit() -> None:
    usage = Usage(input=3, cache_read=7, output=11, reasoning=5)
    assert amount(PriceBook(), "openai/gpt-5-mini", usage) == Decimal("0.000022925")


def test_the_same_model_costs_what_its_seller_asks() -> None:
    book = PriceBook()
    direct = book.price("openai/gpt-4o", NOW)
    resold = book.price("openrouter/openai/gpt-4o", NOW)
    assert direct is not None
    assert resold is not None
    assert direct.model == "openai/gpt-4o"
    assert resold.model == "openrouter/openai/gpt-4o"


@pytest.mark.parametrize(
    "model", ["openai/no-such-model", "nobody/gpt-4o", "gpt-4o", "openai/", "/gpt-4o", "", "/"]
)
def test_an_unknown_price_is_none_and_never_nothing(model: str) -> None:
    book = PriceBook()
    assert book.price(model, NOW) is None
    assert book.cost(model, MILLION, at=NOW) == UNKNOWN_COST
    assert book.cost(model, Usage(), at=NOW).amount is None


def test_a_provider_of_the_users_own_name_is_known_by_its_address() -> None:
    book = PriceBook(
        provider_urls={"work": "https://api.deepseek.com", "lab": "http://10.0.0.1/v1"}
    )
    price = book.price("work/deepseek-chat", NOW)
    assert price is not None
    assert price.model == "deepseek/deepseek-chat"
    assert book.price("lab/deepseek-chat", NOW) is None


@pytest.mark.parametrize("model", ["builtin/extract", "local/qwen3-0.6b", "ollama/qwen3:8b"])
def test_a_model_on_this_machine_costs_nothing(model: str) -> None:
    book = PriceBook(local_providers=["ollama"])
    assert book.cost(model, MILLION) == Cost(Decimal(0), "USD", "local")
    price = book.price(model)
    assert price is not None
    assert price.source == "local"


def test_nothing_is_never_an_estimate() -> None:
    usage = Usage(input=10, output=10, estimated=True)
    assert not PriceBook().cost("builtin/extract", usage).estimated
    assert PriceBook().cost("openai/gpt-4o", usage).estimated


@pytest.mark.parametrize("key", ["openai/gpt-5-mini", "gpt-5-mini"])
def test_the_users_price_beats_the_list_and_the_providers_word(key: str) -> None:
    book = PriceBook({key: EURO})
    cost = book.cost("openai/gpt-5-mini", MILLION, reported=Decimal(5))
    assert cost == Cost(Decimal("0.4"), "EUR", "config")


def test_the_users_price_reaches_models_that_no_list_knows_and_local_ones() -> None:
    book = PriceBook({"lab/big": EURO, "ollama/electric": EURO}, local_providers=["ollama"])
    assert amount(book, "lab/big", MILLION) == Decimal("0.4")
    assert amount(book, "ollama/electric", MILLION) == Decimal("0.4")
    assert amount(book, "ollama/other", MILLION) == 0


def test_a_price_for_one_seller_is_not_the_price_of_another() -> None:
    price = PriceBook({"openai/gpt-4o": EURO}).price("openrouter/openai/gpt-4o", NOW)
    assert price is not None
    assert price.source == "genai-prices"


def test_the_users_cache_prices_default_to_the_input_price() -> None:
    cached = Usage(cache_read=1_000_000, cache_write=1_000_000)
    assert amount(PriceBook({"a/b": EURO}), "a/b", cached) == Decimal("0.20")
    entry = PriceEntry(
        input=Decimal(1), output=Decimal(1), cache_read=Decimal(0), cache_write=Decimal("1.25")
    )
    assert amount(PriceBook({"a/b": entry}), "a/b", cached) == Decimal("1.25")


def test_what_openrouter_marks_as_free_costs_nothing() -> None:
    assert amount(PriceBook(), "openrouter/mistralai/mistral-nemo:free", MILLION) == 0


def test_a_row_without_any_rate_is_an_unknown_price() -> None:
    book = PriceBook()
    assert book.context_size("github-copilot/gpt-4o") is not None
    assert book.price("github-copilot/gpt-4o", NOW) is None


def test_the_providers_word_beats_the_list() -> None:
    cost = PriceBook().cost("openai/gpt-5-mini", MILLION, reported=Decimal("0.0123"))
    assert cost == Cost(Decimal("0.0123"), "USD", "provider")


def test_a_local_models_report_is_not_money() -> None:
    cost = PriceBook(local_providers=["ollama"]).cost("ollama/x", MILLION, reported=Decimal(3))
    assert cost == Cost(Decimal(0), "USD", "local")


def test_a_price_may_depend_on_the_hour() -> None:
    book = PriceBook()
    day = amount(book, "deepseek/deepseek-chat", MILLION, NOW.replace(hour=12))
    night = amount(book, "deepseek/deepseek-chat", MILLION, NOW.replace(hour=20))
    assert day == Decimal("1.37")
    assert night == Decimal("0.685")


def test_a_long_prompt_costs_its_step_for_every_token() -> None:
    rate = Rate(Decimal(1), ((100, Decimal(2)), (200, Decimal(3))))
    price = Price("m", "config", NOW.date(), input=rate, output=Rate(Decimal(0)))
    assert [rate.at(n) for n in (0, 100, 101, 200, 201)] == [1, 1, 2, 2, 3]
    assert price.cost(Usage(input=101)).amount == Decimal("0.000202")


def test_a_bucket_without_a_rate_makes_the_cost_unknown_only_when_it_is_used() -> None:
    price = Price("m", "config", NOW.date(), input=Rate(Decimal(1)))
    assert price.cost(Usage(input=1)).amount == Decimal("0.000001")
    assert price.cost(Usage(input=1, output=1)) == UNKNOWN_COST


def test_a_price_row_is_json_and_names_its_day_and_source() -> None:
    price = PriceBook().price("google/gemini-2.5-pro", NOW)
    assert price is not None
    row = json.loads(json.dumps(price.row()))
    assert row["model"] == "google/gemini-2.5-pro"
    assert row["source"] == "genai-prices"
    assert row["day"] == "2026-11-01"
    assert row["input"] == {"0": "1.25", "200000": "2.5"}


def test_context_sizes_come_from_the_list() -> None:
    book = PriceBook()
    assert book.context_size("openai/gpt-5-mini") == 400_000
    assert book.context_size("openai/no-such-model") is None
    assert book.context_size("builtin/extract") is None


@given(usages(), st.sampled_from([p for p in providers if p.models]), st.data())
def test_a_bill_agrees_with_the_lists_own_arithmetic(
    usage: Usage, provider: object, data: st.DataObject
) -> None:
    model = data.draw(st.sampled_from(provider.models))  # type: ignore[attr-defined]
    name = f"{provider.id}/{model.id}"  # type: ignore[attr-defined]
    book = PriceBook()
    price = book.price(name, NOW)
    if price is None or price.input is None or price.output is None:
        return
    from genai_prices import calc_price

    listed = calc_price(
        ListedUsage(
            input_tokens=usage.prompt,
            cache_read_tokens=usage.cache_read,
            cache_write_tokens=usage.cache_write,
            output_tokens=usage.output,
            output_reasoning_tokens=usage.reasoning,
        ),
        model.id,
        provider_id=provider.id,  # type: ignore[attr-defined]
        genai_request_timestamp=NOW,
    )
    assert book.cost(name, usage, at=NOW).amount == listed.total_price


def entry(**fields: object) -> PriceEntry:
    given: dict[str, object] = {"input": Decimal(10), "output": Decimal(40)}
    return PriceEntry(**given | fields)  # type: ignore[arg-type]


def test_the_users_price_may_rise_with_the_length_of_the_prompt() -> None:
    steps = (
        PriceStep(above=200_000, input=Decimal(30)),
        PriceStep(above=100_000, input=Decimal(20), output=Decimal(60)),
    )
    book = PriceBook({"a/b": entry(steps=steps)})
    prompts = (100_000, 100_001, 200_001)
    assert [amount(book, "a/b", Usage(input=n)) for n in prompts] == [
        Decimal(1),
        Decimal("2.00002"),
        Decimal("6.00003"),
    ]
    assert amount(book, "a/b", Usage(cache_read=150_000, output=100_000)) == Decimal(9)


def test_a_cache_price_of_a_step_holds_from_there_on() -> None:
    steps = (
        PriceStep(above=1000, input=Decimal(20)),
        PriceStep(above=2000, cache_read=Decimal(1)),
    )
    book = PriceBook({"a/b": entry(steps=steps)})
    costs = [amount(book, "a/b", Usage(cache_read=n)) for n in (1000, 2000, 3000)]
    assert costs == [Decimal("0.01"), Decimal("0.04"), Decimal("0.003")]


def test_a_price_may_be_for_all_models_of_a_provider_and_a_named_one_beats_it() -> None:
    book = PriceBook({"a/*": EURO, "a/b": entry(), "shared": entry(currency="CHF")})
    assert [book.cost(name, MILLION).currency for name in ("a/x", "a/b", "a/shared")] == [
        "EUR",
        "USD",
        "CHF",
    ]
    assert book.price("c/x") is None


def test_a_call_may_have_a_price_of_its_own() -> None:
    book = PriceBook({"a/b": entry(request=Decimal("0.5"))})
    assert amount(book, "a/b", Usage(input=1000)) == Decimal("0.51")


def test_an_hour_of_a_machine_is_an_estimate_of_what_a_call_cost() -> None:
    rate = entry(input=Decimal(0), output=Decimal(0), hour=Decimal("0.36"), currency="EUR")
    book = PriceBook({"ollama/*": rate}, local_providers=["ollama"])
    usage = Usage(input=100, output=50)
    assert book.cost("ollama/x", usage, seconds=2.5) == Cost(
        Decimal("0.00025"), "EUR", "config", estimated=True
    )
    assert book.cost("ollama/x", usage) == UNKNOWN_COST


def test_the_row_of_a_cost_says_what_it_was_computed_from() -> None:
    book = PriceBook({"a/b": entry(hour=Decimal(1))})
    listed = book.row("openai/gpt-5-mini", Cost(Decimal(1), source="genai-prices"), NOW)
    assert listed is not None
    assert (listed["source"], listed["edition"], listed["day"]) == (
        "genai-prices",
        version("genai-prices"),
        "2026-11-01",
    )
    assert book.row("openai/gpt-5-mini", Cost(Decimal(1), source="provider"), NOW) == {
        "model": "openai/gpt-5-mini",
        "source": "provider",
        "day": "2026-11-01",
        "currency": "USD",
    }
    own = book.row("a/b", Cost(Decimal(1), source="config"), NOW)
    assert own is not None
    assert (own["source"], own["hour"]) == ("config", "1")
    assert book.row("nobody/knows", UNKNOWN_COST, NOW) is None


def test_the_tier_of_service_has_its_own_rates_and_is_kept_with_them() -> None:
    book = PriceBook()
    usage = Usage(input=1_000_000)
    costs = [
        book.cost("openai/gpt-5-mini", usage, at=NOW, tier=tier).amount
        for tier in ("priority", "flex", "default", "on_demand", "")
    ]
    assert costs == [Decimal("0.45"), Decimal("0.125"), *[Decimal("0.25")] * 3]
    rows = [
        book.row("openai/gpt-5-mini", Cost(None), NOW, tier) or {} for tier in ("flex", "default")
    ]
    assert [row.get("tier") for row in rows] == ["flex", None]


def test_a_price_kept_for_one_moment_is_not_taken_for_another() -> None:
    book = PriceBook()
    hours = [NOW.replace(hour=hour) for hour in range(24)]
    kept = [book.price("deepseek/deepseek-chat", at) for at in [*hours, *hours]]

    assert kept == [PriceBook().price("deepseek/deepseek-chat", at) for at in hours] * 2
    assert book.price("openai/gpt-5-mini", hours[-1]) != kept[-1]


def test_the_class_of_service_that_is_asked_for_counts_where_the_answer_names_none() -> None:
    book = PriceBook(tiers={"openai": "flex"})
    usage = Usage(input=1_000_000)
    costs = [
        book.cost("openai/gpt-5-mini", usage, at=NOW, tier=tier).amount
        for tier in ("", "default", "priority")
    ]
    assert costs == [Decimal("0.125"), Decimal("0.25"), Decimal("0.45")]
    assert PriceBook(tiers={"openai": "flex"}).cost("deepseek/deepseek-chat", usage, at=NOW) == (
        PriceBook().cost("deepseek/deepseek-chat", usage, at=NOW)
    )
