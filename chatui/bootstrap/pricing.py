"""The price book that the settings ask for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from chatui.bootstrap.settings import endpoints
from chatui.config.schema import Config
from chatui.cost.ask_above import AskAbove
from chatui.cost.prices.conversion import Conversion
from chatui.cost.prices.price_list import PriceList
from chatui.cost.prices.prices import PriceBook
from chatui.cost.prices.told import Told, ToldModels
from chatui.models.base import SERVER, ModelInfo
from chatui.system.urls import shown


def price_book(config: Config, fetched: Path | None = None) -> PriceBook:
    """Prices for the models of all providers, and for those of the embedding endpoint.
    `fetched` is the file of a newer price list, if there is one; beside it stands what providers
    have told."""
    local = [name for name, provider in config.providers.items() if provider.local]
    urls = {name: provider.base_url for name, provider in config.providers.items()}
    settings = config.retrieval.embedder
    if settings.provider != "local":
        name = embedding_provider(config)
        urls.setdefault(name, settings.base_url)
        keyless = not (settings.api_key_env or settings.api_key_command)
        if name not in config.providers and keyless and on_this_machine(settings.base_url):
            local.append(name)
    conversion = Conversion(config.conversion.currency, config.conversion.rates)
    kept = {one.name: one.keeps for one in endpoints(config)}
    told = fetched.with_name("told") if fetched else None
    return PriceBook(
        config.prices,
        local,
        urls,
        listed=PriceList(fetched),
        kept=kept,
        tiers={name: provider.service_tier for name, provider in config.providers.items()},
        told=ToldModels(told, urls),
        conversion=conversion,
    )


def ask_above(config: Config, prices: PriceBook) -> AskAbove:
    return AskAbove(config.budget.ask_above, config.budget.currency, prices.conversion)


def tell_prices(prices: PriceBook, infos: Iterable[ModelInfo]) -> None:
    """Has the book know what providers' lists of models say of prices and contexts, and keep it for
    later processes. Writes files."""
    told: dict[str, dict[str, Told]] = {}
    for info in infos:
        prices.tell(info.name, info.price, info.context_size)
        of_provider = told.setdefault(info.provider, {})
        told_size = info.context_size and info.context_from == SERVER
        if info.price is not None or told_size or info.takes is not None:
            of_provider[info.name] = Told(info.price, info.context_size, info.takes)
    for provider, models in told.items():
        prices.keep_told(provider, models)


def embedding_provider(config: Config) -> str:
    """Whose the embedding endpoint is: the provider at that address, else its host."""
    url = config.retrieval.embedder.base_url.rstrip("/")
    for name, provider in config.providers.items():
        if provider.base_url.rstrip("/") == url:
            return name
    return _host(url)


def _host(url: str) -> str:
    return shown(url).partition("//")[2].partition("/")[0]


def on_this_machine(url: str) -> bool:
    host = _host(url)
    return host.startswith(("localhost", "127.", "[::1]"))
