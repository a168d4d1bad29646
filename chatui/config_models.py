"""The settings of models: their providers, their options, what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

from annotated_types import Ge, Gt, Le, MinLen

from chatui.config_types import Count, Money, Positive, ReasoningEffort, Seconds, Section
from chatui.currency import Currency, MaybeCurrency


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Section):
    """Sampling options; an absent one is left to the provider."""

    max_output_tokens: Annotated[int, Ge(1), Le(10_000_000)] | None = None
    temperature: Annotated[float, Ge(0), Le(2)] | None = None
    top_p: Annotated[float, Gt(0), Le(1)] | None = None
    top_k: Annotated[int, Ge(0), Le(1_000_000)] | None = None
    min_p: Annotated[float, Ge(0), Le(1)] | None = None
    repeat_penalty: Annotated[float, Gt(0), Le(2)] | None = None
    presence_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    frequency_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    seed: Annotated[int, Ge(0), Le(2**63 - 1)] | None = None
    stop: tuple[Annotated[str, MinLen(1)], ...] | None = None
    reasoning_effort: ReasoningEffort | None = None
    grammar: str | None = None
    """A .gbnf file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider(Section):
    """An OpenAI-compatible endpoint. `context_size` 0 is unknown."""

    base_url: str
    api_key_env: str = ""
    api_key_command: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    context_size: Count = 0
    timeout_seconds: Seconds = 600.0
    first_token_seconds: Seconds = 120.0
    retries: Annotated[int, Ge(0), Le(10)] = 2
    tokens_per_minute: Count = 0
    requests_per_minute: Count = 0
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep(Section):
    """What a prompt of more than `above` tokens costs, all of it; an absent price stays."""

    above: Positive
    input: Money | None = None
    output: Money | None = None
    cache_read: Money | None = None
    cache_write: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry(Section):
    """What a model costs per million tokens; cache prices default to the input price."""

    input: Money
    output: Money
    cache_read: Money | None = None
    cache_write: Money | None = None
    request: Money = Decimal(0)
    """For each call, whatever its length."""
    hour: Money = Decimal(0)
    """For an hour of answering: what electricity or a rented machine costs."""
    currency: Currency = "USD"
    steps: tuple[PriceStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRates(Section):
    """What one unit of other currencies is worth in `currency`; "" converts nothing."""

    currency: MaybeCurrency = ""
    rates: Mapping[Currency, Annotated[Decimal, Gt(0)]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.rates and not self.currency:
            raise ValueError("name the currency that the rates are in, as conversion.currency")


def default_providers() -> dict[str, Provider]:
    return {
        "openai": Provider(base_url="https://api.openai.com/v1", api_key_env="OPENAI_API_KEY"),
        "anthropic": Provider(
            base_url="https://api.anthropic.com/v1", api_key_env="ANTHROPIC_API_KEY"
        ),
        "deepseek": Provider(base_url="https://api.deepseek.com", api_key_env="DEEPSEEK_API_KEY"),
        "openrouter": Provider(
            base_url="https://openrouter.ai/api/v1", api_key_env="OPENROUTER_API_KEY"
        ),
        "ollama": Provider(base_url="http://127.0.0.1:11434/v1", local=True),
    }
