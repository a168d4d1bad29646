"""Where prices come from: the user's own, then the provider's word, then the price list.

The list is read at the first price that needs it: call from a thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.cost.cache_rules import cache_rule
from chatui.cost.prices.conversion import NO_CONVERSION, Conversion
from chatui.cost.prices.price import Price, Rate
from chatui.cost.prices.price_list import BATCH, FREE, PriceList, Row
from chatui.cost.prices.told import Told, ToldModels
from chatui.domain.cache_rule import CacheRule
from chatui.domain.known_providers import known_provider, provider_at
from chatui.domain.media import MediumKind
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage

if TYPE_CHECKING:
    from chatui.config.schema import PriceEntry, PriceStep

ALWAYS_LOCAL = frozenset({"builtin", "local"})
PROVIDER = "provider"


class PriceBook:
    """Prices of models by `provider/model` name.

    `overrides` are the user's prices, by full name, bare model name, or `provider/*`.
    `local_providers` run on this machine and cost nothing. `provider_urls` gives the base
    URLs of providers, by which the list knows those that a user has named in their own way.
    `kept` is how long a provider is told to keep prompts, as `cache_rule` has it, for those that
    are told. `tiers` are the classes of service that providers are asked for: what counts where a
    provider says nothing of it. `told` is what providers said to earlier processes. `conversion`
    has the user's rates between currencies.
    """

    def __init__(
        self,
        overrides: Mapping[str, PriceEntry] | None = None,
        local_providers: Collection[str] = (),
        provider_urls: Mapping[str, str] | None = None,
        *,
        listed: PriceList | None = None,
        kept: Mapping[str, str] | None = None,
        tiers: Mapping[str, str] | None = None,
        told: ToldModels | None = None,
        conversion: Conversion = NO_CONVERSION,
    ) -> None:
        self._overrides = dict(overrides or {})
        self._local = ALWAYS_LOCAL | set(local_providers)
        self._urls = dict(provider_urls or {})
        self._list = listed or PriceList()
        self._kept = dict(kept or {})
        self._tiers = dict(tiers or {})
        self._found: dict[str, Row | None] = {}
        self._told: dict[str, Price] = {}
        self._sizes: dict[str, int] = {}
        self._before = told or ToldModels()
        self._last: tuple[tuple[str, datetime, str], Price | None] | None = None
        self.conversion = conversion

    def tell(self, model: str, price: Price | None, context_size: int | None = None) -> None:
        """What the model's own provider says of it; that counts more than the price list, which
        somebody else keeps, and less than the user's own price."""
        if price is not None:
            self._told[model], self._last = price, None
        if context_size is not None:
            self._sizes[model] = context_size

    def keep_told(self, provider: str, told: Mapping[str, Told]) -> None:
        """Keeps what the list of a provider has just said, for later processes. Writes a file."""
        if provider not in self._local:
            self._before.keep(provider, told)

    def takes(self, model: str) -> frozenset[MediumKind] | None:
        """What the provider told an earlier process that the model sees; None for nothing."""
        before = None if self._is_local(model) else self._before.of(model)
        return before[0].takes if before else None

    def context_day(self, model: str) -> date | None:
        """When the provider said the size of the model's context, if that was to an earlier
        process. The price has its own day."""
        if model in self._sizes or self._is_local(model):
            return None
        before = self._before.of(model)
        return before[1].date() if before and before[0].context_size else None

    def is_old(self, provider: str) -> bool:
        """Whether the provider should be asked again for what it tells."""
        return self._before.is_old(provider)

    def price(self, model: str, at: datetime | None = None, tier: str = "") -> Price | None:
        """The price at a moment (now when None), None when it is unknown. Some prices have
        a first day or depend on the hour, some on the `tier` of service."""
        tier = tier or self._tiers.get(model.partition("/")[0], "")
        if at is None:
            return self._price(model, datetime.now(UTC), tier)
        # A running meter asks for that of its question's moment again and again.
        asked, last = (model, at, tier), self._last
        if last is None or last[0] != asked:
            last = self._last = (asked, self._price(model, at, tier))
        return last[1]

    def _price(self, model: str, moment: datetime, tier: str) -> Price | None:
        entry = self._override(model)
        if entry is not None:
            own = _price_of_entry(model, entry, moment.date())
            return own.halved(BATCH) if tier == BATCH else own
        if self._is_local(model):
            return Price(model, "local", moment.date(), input=FREE, output=FREE)
        told = self._told.get(model)
        if told is None and (before := self._before.of(model)):
            told = before[0].price
        if told is not None and not tier:
            return told
        found = self._find(model)
        if found is None:
            # A class of service whose price nobody tells costs the usual one, or half in a batch.
            return told.halved(BATCH) if told is not None and tier == BATCH else told
        if tier == BATCH:
            return found.batch_price(model, moment, self._list.edition)
        return found.price(model, moment, self._list.edition, tier)

    def cost(
        self,
        model: str,
        usage: Usage,
        *,
        reported: Decimal | None = None,
        at: datetime | None = None,
        seconds: float | None = None,
        tier: str = "",
    ) -> Cost:
        """The cost of one call that took so many seconds, in that tier of service. `reported`
        is the provider's own figure in USD; it beats the list, and the user's own price beats
        both."""
        if reported is not None and self._override(model) is None and not self._is_local(model):
            return Cost(reported, "USD", PROVIDER)
        price = self.price(model, at, tier)
        return price.cost(usage, seconds) if price is not None else UNKNOWN_COST

    def row(
        self, model: str, cost: Cost, at: datetime | None = None, tier: str = ""
    ) -> dict[str, object] | None:
        """What a cost was computed from, as JSON values for the ledger: the rates of that
        moment, or that the provider said so itself. None when nothing was known."""
        if cost.source == PROVIDER:
            day = (at or datetime.now(UTC)).date().isoformat()
            return {"model": model, "source": PROVIDER, "day": day, "currency": cost.currency}
        price = self.price(model, at, tier)
        return price.row() if price is not None else None

    def cache_rule(self, model: str) -> CacheRule | None:
        """What its provider keeps of prompts; None where it keeps none."""
        provider = model.partition("/")[0]
        seller = provider_at(self._urls.get(provider, "")) or known_provider(provider)
        return cache_rule(model, self._kept.get(provider, ""), seller)

    def context_size(self, model: str) -> int | None:
        """How many tokens the model reads at most, None when unknown."""
        if self._is_local(model):
            return None
        if model in self._sizes:
            return self._sizes[model]
        if (before := self._before.of(model)) and before[0].context_size:
            return before[0].context_size
        found = self._find(model)
        return found.model.context_window if found is not None else None

    def _override(self, model: str) -> PriceEntry | None:
        provider, _, bare = model.partition("/")
        # `openrouter/openai/x` is not `openai/x`: another seller, another price.
        names = [model, *([bare] if "/" not in bare else []), f"{provider}/*"]
        return next((self._overrides[name] for name in names if name in self._overrides), None)

    def _is_local(self, model: str) -> bool:
        return model.partition("/")[0] in self._local

    def _find(self, model: str) -> Row | None:
        if model not in self._found:
            provider, _, name = model.partition("/")
            self._found[model] = self._list.find(name, provider, self._urls.get(provider))
        return self._found[model]


def _price_of_entry(model: str, entry: PriceEntry, day: date) -> Price:
    levels: list[tuple[int, PriceEntry | PriceStep]] = [(0, entry)]
    levels += sorted(((step.above, step) for step in entry.steps), key=lambda each: each[0])

    def rate(name: str) -> Rate | None:
        """An absent price stays as below; a cache price that is absent from the first on is
        the input price."""
        money = input_price = entry.input
        steps: list[tuple[int, Decimal]] = []
        own = False
        for above, level in levels:
            given: Decimal | None = getattr(level, name)
            if level.input is not None:
                input_price = level.input
            own = own or given is not None
            money = given if given is not None else money if own else input_price
            steps.append((above, money))
        return Rate(steps[0][1], tuple(steps[1:])) if own else None

    return Price(
        model,
        "config",
        day,
        currency=entry.currency,
        input=rate("input"),
        output=rate("output"),
        cache_read=rate("cache_read"),
        cache_write=rate("cache_write"),
        cache_write_1h=rate("cache_write_1h"),
        request=entry.request,
        hour=entry.hour,
    )
