"""What is kept of a prompt, by model: the minimums that Anthropic publishes (Cache limitations)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatui.cost.cache_rules import BY_ITSELF, CacheRule, cache_rule

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
