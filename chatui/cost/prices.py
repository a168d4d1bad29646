"""Where prices come from: the user's own, then the provider's word, then genai-prices.

genai-prices is a list that ships with its package, so nothing here asks the network. Its
import takes a fifth of a second, so it happens at the first price that needs it: call from
a thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chatui.cost.price import Price, Rate
from chatui.usage import UNKNOWN_COST, Cost, Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

    from chatui.config import PriceEntry

ALWAYS_LOCAL = frozenset({"builtin", "local"})
FREE = Rate(Decimal(0))


class PriceBook:
    """Prices of models by `provider/model` name.

    `overrides` are the user's prices, by full name or bare model name. `local_providers`
    run on this machine and cost nothing. `provider_urls` gives the base URLs of providers,
    by which genai-prices knows those that a user has named in their own way.
    """

    def __init__(
        self,
        overrides: Mapping[str, PriceEntry] | None = None,
        local_providers: Collection[str] = (),
        provider_urls: Mapping[str, str] | None = None,
    ) -> None:
        self._overrides = dict(overrides or {})
        self._local = ALWAYS_LOCAL | set(local_providers)
        self._urls = dict(provider_urls or {})
        self._found: dict[str, tuple[Provider, ModelInfo] | None] = {}

    def price(self, model: str, at: datetime | None = None) -> Price | None:
        """The price at a moment (now when None), None when it is unknown. Some prices have
        a first day or depend on the hour."""
        moment = at or datetime.now(UTC)
        entry = self._override(model)
        if entry is not None:
            return _price_of_entry(model, entry, moment)
        if self._is_local(model):
            return Price(model, "local", moment.date(), input=FREE, output=FREE)
        found = self._find(model)
        return _price_of_row(model, *found, moment) if found is not None else None

    def cost(
        self,
        model: str,
        usage: Usage,
        *,
        reported: Decimal | None = None,
        at: datetime | None = None,
    ) -> Cost:
        """The cost of one call. `reported` is the provider's own figure in USD; it beats
        the list, and the user's own price beats both."""
        if reported is not None and self._override(model) is None and not self._is_local(model):
            return Cost(reported, "USD", "provider")
        price = self.price(model, at)
        return price.cost(usage) if price is not None else UNKNOWN_COST

    def context_size(self, model: str) -> int | None:
        """How many tokens the model reads at most, None when unknown."""
        if self._is_local(model):
            return None
        found = self._find(model)
        return found[1].context_window if found is not None else None

    def _override(self, model: str) -> PriceEntry | None:
        bare = model.partition("/")[2]
        # `openrouter/openai/x` is not `openai/x`: another seller, another price.
        return self._overrides.get(model) or (
            self._overrides.get(bare) if "/" not in bare else None
        )

    def _is_local(self, model: str) -> bool:
        return model.partition("/")[0] in self._local

    def _find(self, model: str) -> tuple[Provider, ModelInfo] | None:
        if model not in self._found:
            self._found[model] = self._look_up(model)
        return self._found[model]

    def _look_up(self, model: str) -> tuple[Provider, ModelInfo] | None:
        """The list's row. A provider that the list doesn't know has no row there: another
        seller's price for the same model would be a guess."""
        from genai_prices.data_snapshot import get_snapshot

        provider, _, name = model.partition("/")
        hints: list[tuple[str | None, str | None]] = [(provider, None)]
        if provider in self._urls:
            hints.append((None, self._urls[provider]))
        for provider_id, url in hints:
            try:
                return get_snapshot().find_provider_model(name, None, provider_id, url)
            except LookupError:
                continue
        return None


def _price_of_entry(model: str, entry: PriceEntry, moment: datetime) -> Price:
    return Price(
        model,
        "config",
        moment.date(),
        currency=entry.currency,
        input=Rate(entry.input),
        output=Rate(entry.output),
        cache_read=Rate(entry.cache_read) if entry.cache_read is not None else None,
        cache_write=Rate(entry.cache_write) if entry.cache_write is not None else None,
    )


def _price_of_row(
    name: str, provider: Provider, model: ModelInfo, moment: datetime
) -> Price | None:
    rates = model.get_prices(moment)
    row = f"{provider.id}/{model.id}"
    if provider.id == "openrouter" and name.endswith(":free"):
        # OpenRouter's own mark for what it serves at no charge; the list leaves it blank.
        return Price(row, "genai-prices", moment.date(), input=FREE, output=FREE)
    if rates.input_mtok is None and rates.output_mtok is None:
        return None
    per_thousand = rates.requests_kcount
    return Price(
        row,
        "genai-prices",
        moment.date(),
        input=_rate(rates.input_mtok),
        output=_rate(rates.output_mtok),
        cache_read=_rate(rates.cache_read_mtok),
        cache_write=_rate(rates.cache_write_mtok),
        reasoning=_rate(rates.output_reasoning_mtok),
        request=per_thousand / 1000 if isinstance(per_thousand, Decimal) else Decimal(0),
    )


def _rate(listed: Any) -> Rate | None:
    """A Decimal, or genai-prices' TieredPrices."""
    if listed is None or isinstance(listed, Decimal):
        return None if listed is None else Rate(listed)
    return Rate(listed.base, tuple((tier.start, tier.price) for tier in listed.tiers))
