"""What is kept of a prompt, by model: the minimums that Anthropic publishes (Cache limitations) and
those that Google does (Implicit caching)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatui.cost.cache_rules import cache_rule
from chatui.cost.prices.prices import PriceBook
from chatui.domain.cache_rule import BY_ITSELF, CacheRule

LEAST = {
    512: "claude-fable-5-1 claude-mythos-5-1 claude-opus-5-5 claude-opus-5 claude-sonnet-5-5 "
    "claude-fable-5 claude-mythos-5 claude-haiku-5-5 claude-of-tomorrow-9",
    1024: "claude-opus-4-8 claude-sonnet-5 claude-sonnet-4-6 claude-sonnet-4-5-20250929 "
    "claude-opus-4-1-20250805 claude-opus-4-20250514 claude-sonnet-4-0 claude-3-7-sonnet-20250219 "
    "gpt-5 deepseek-chat",
    2048: "claude-mythos-preview claude-opus-4-7 claude-3-5-haiku-20241022 claude-3-haiku-20240307",
    4096: "claude-opus-4-6 claude-opus-4-5-20251101 claude-haiku-4-5",
}


@pytest.mark.parametrize(
    ("model", "least"), [(model, least) for least, all_ in LEAST.items() for model in all_.split()]
)
def test_the_least_that_is_kept_is_the_models_own(model: str, least: int) -> None:
    rule = cache_rule(f"mine/{model}", "5m")
    assert rule is not None
    assert rule.least == least


def test_a_gateways_name_for_a_model_is_known() -> None:
    assert cache_rule("openrouter/anthropic/claude-haiku-4.5") == CacheRule(4096)


def test_how_long_it_is_kept_is_what_the_provider_is_told() -> None:
    assert cache_rule("a/claude-opus-5", "5m") == CacheRule(512, timedelta(minutes=5), True)
    assert cache_rule("a/claude-opus-5", "1h") == CacheRule(512, timedelta(hours=1), True, True)
    assert cache_rule("a/claude-opus-5", "off") is None
    assert cache_rule("a/gpt-5") == BY_ITSELF


@pytest.mark.parametrize(
    ("model", "least"),
    [
        ("google/gemini-2.5-flash", 2048),
        ("google/gemini-2.5-flash-lite-preview-09-2025", 2048),
        ("google/models/gemini-2.5-pro", 2048),
        ("google/gemini-3.8-flash", 4096),
        ("google/gemini-flash-latest", 4096),
        ("google/gemini-4-argon", 4096),
        ("openrouter/google/gemini-3.1-pro-preview", 4096),
    ],
)
def test_gemini_keeps_prompts_unasked_and_for_nothing(model: str, least: int) -> None:
    for kept in ("", "5m"):
        assert cache_rule(model, kept if model.count("/") > 1 else "") == CacheRule(
            least, timedelta(minutes=5), free=True
        )


@pytest.mark.parametrize("name", ["gemini-2.0-flash", "gemini-1.5-pro-002"])
def test_gemini_before_2_5_keeps_nothing_unasked(name: str) -> None:
    assert cache_rule(f"google/{name}") is None


def test_a_seller_of_many_makers_is_told_for_claude_alone_what_to_keep() -> None:
    assert cache_rule("openrouter/openai/gpt-5-mini", "off") == BY_ITSELF
    assert cache_rule("openrouter/anthropic/claude-opus-5", "off") is None


@pytest.mark.parametrize(
    ("model", "rule"),
    [
        ("openai/gpt-5-mini", CacheRule(1024, timedelta(hours=1), step=128)),
        ("openai/gpt-5.5", CacheRule(1024, timedelta(hours=1), step=128)),
        ("openai/gpt-5.6-sol", CacheRule(1024, timedelta(minutes=30), marked=True, asked=True)),
        ("openai/gpt-7-dawn", CacheRule(1024, timedelta(minutes=30), marked=True, asked=True)),
        ("deepseek/deepseek-chat", CacheRule(64, timedelta(hours=2), step=64)),
        ("groq/openai/gpt-oss-120b", CacheRule(1024, timedelta(hours=2))),
        ("xai/grok-4.7", CacheRule(1, timedelta(minutes=5))),
        ("moonshot/kimi-k3", CacheRule(1, timedelta(minutes=5))),
        ("dashscope/qwen-plus", CacheRule(1024, timedelta(minutes=5), free=True)),
        ("qianfan/ernie-4.5-turbo-128k", None),
        ("mine/deepseek-chat", CacheRule(64, timedelta(hours=2), step=64)),
        ("elsewhere/gpt-5.6-sol", BY_ITSELF),
    ],
)
def test_a_model_is_kept_by_the_rule_of_whoever_serves_it(
    model: str, rule: CacheRule | None
) -> None:
    book = PriceBook(
        provider_urls={"mine": "https://api.deepseek.com/v1", "elsewhere": "http://10.0.0.1/v1"}
    )
    assert book.cache_rule(model) == rule


def test_gpts_marks_are_set_by_nobody_who_wants_none() -> None:
    book = PriceBook(kept={"openai": "off"})
    assert book.cache_rule("openai/gpt-5.6-sol") is None
    assert book.cache_rule("openai/gpt-5-mini") is not None, "it keeps prompts unasked"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (CacheRule(lifetime=timedelta(minutes=5)), "5 minutes"),
        (CacheRule(lifetime=timedelta(minutes=30)), "30 minutes"),
        (CacheRule(lifetime=timedelta(hours=1)), "an hour"),
        (CacheRule(lifetime=timedelta(hours=2)), "2 hours"),
    ],
)
def test_a_lifetime_is_told_in_words(rule: CacheRule, words: str) -> None:
    assert rule.lifetime_in_words == words


@pytest.mark.parametrize(
    ("tokens", "read"), [(1023, 0), (1024, 1024), (1151, 1024), (1152, 1152), (18_200, 18_176)]
)
def test_what_is_read_counts_in_steps(tokens: int, read: int) -> None:
    assert CacheRule(1024, step=128).read(tokens) == read
