"""The price list of genai-prices: the state that comes with its package, or a newer one that
the user had fetched.

Nothing here asks the network. The package takes a fifth of a second to import, so that
happens at the first price that needs it; a fetched list is read provider by provider, because
all of it at once would take a second of every thread's time. Call from a thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatui.cost.prices.price import Price, Rate
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, Provider

LIST = "genai-prices"
BATCH = "batch"
"""What the list calls the prices of batch endpoints."""
FREE = Rate(Decimal(0))
AT_ONCE = 40
"""Models that are made at a time: some 10 ms in which no other thread runs."""


@dataclass(frozen=True, slots=True)
class Row:
    """A model of the list, and whose it is there."""

    provider: Provider
    model: ModelInfo

    def price(self, name: str, moment: datetime, edition: str, tier: str = "") -> Price | None:
        """What the row says of that moment and that class of service; None when it has no
        rate. `name` is what the user calls the model."""
        return self._price(name, moment, edition, tier, {"service_tier": tier} if tier else {})

    def batch_price(self, name: str, moment: datetime, edition: str) -> Price | None:
        """What the row says of the provider's batch endpoint; where it says nothing, half the usual
        price, which OpenAI, Anthropic, Google, Mistral and Groq all ask."""
        found = self._price(name, moment, edition, BATCH, {"processing": BATCH})
        return found.halved(BATCH) if found is not None and not found.tier else found

    def _price(
        self, name: str, moment: datetime, edition: str, tier: str, context: Mapping[str, str]
    ) -> Price | None:
        row, day = f"{self.provider.id}/{self.model.id}", moment.date()
        usual = self.model.get_prices(moment)
        rates = self.model.get_prices(moment, context) if context else usual
        if self.provider.id == "openrouter" and name.endswith(":free"):
            # OpenRouter's own mark for what it serves at no charge; the list leaves it blank.
            return Price(row, LIST, day, input=FREE, output=FREE, edition=edition)
        if rates.input_mtok is None and rates.output_mtok is None:
            return None
        return Price(
            row,
            LIST,
            day,
            input=_rate(rates.input_mtok),
            output=_rate(rates.output_mtok),
            cache_read=_rate(rates.cache_read_mtok),
            cache_write=_rate(rates.cache_write_mtok),
            reasoning=_rate(rates.output_reasoning_mtok),
            cache_write_1h=_rate(getattr(rates, "cache_write_1h_mtok", None)),
            audio_input=_rate(getattr(rates, "input_audio_mtok", None)),
            audio_read=_rate(getattr(rates, "cache_audio_read_mtok", None)),
            audio_output=_rate(getattr(rates, "output_audio_mtok", None)),
            citations=_rate(getattr(rates, "output_citation_mtok", None)),
            request=_each(getattr(rates, "requests_kcount", None)),
            search=_each(getattr(rates, "web_searches_kcount", None)),
            edition=edition,
            tier=tier if rates != usual else "",
        )


def _rate(listed: Any) -> Rate | None:
    """A Decimal, or genai-prices' TieredPrices."""
    if listed is None or isinstance(listed, Decimal):
        return None if listed is None else Rate(listed)
    return Rate(listed.base, tuple((tier.start, tier.price) for tier in listed.tiers))


def _each(per_thousand: Any) -> Decimal:
    return per_thousand / 1000 if isinstance(per_thousand, Decimal) else Decimal(0)


class PriceList:
    """Looks models up. `fetched` is the file that `chatui models refresh` writes; it counts
    until the package itself is a newer one. A damaged one is left aside and told in the log."""

    def __init__(self, fetched: Path | None = None) -> None:
        self._fetched = fetched
        self._lock = threading.Lock()
        self._shipped = fetched is None

    @property
    def edition(self) -> str:
        """The package's version, or the day on which the list was fetched."""
        with self._lock:
            return self._file.day if self._file else self._package

    def find(self, name: str, provider: str, url: str | None = None) -> Row | None:
        """The row of a provider's model; the provider is known by its name there, or else by
        its base URL. Another seller's price for the same model would be a guess."""
        hints: list[tuple[str | None, str | None]] = [(provider, None)]
        if url is not None:
            hints.append((None, url))
        with self._lock:
            for provider_id, address in hints:
                try:
                    return self._look_up(name, provider_id, address)
                except LookupError:
                    continue
        return None

    def providers(self) -> list[Provider]:
        """The whole list, which takes a second."""
        with self._lock:
            if self._file is not None:
                try:
                    return self._file.all()
                except ValueError as error:
                    self._leave_aside(str(error))
        from genai_prices.data_snapshot import get_snapshot

        return list(get_snapshot().providers)

    def _look_up(self, name: str, provider_id: str | None, url: str | None) -> Row:
        if self._file is not None:
            try:
                seller = self._file.snapshot.find_provider(None, provider_id, url)
                self._file.fill(seller)
                return Row(*self._file.snapshot.find_provider_model(name, seller, None, None))
            except ValueError as error:
                self._leave_aside(str(error))
        from genai_prices.data_snapshot import get_snapshot

        return Row(*get_snapshot().find_provider_model(name, None, provider_id, url))

    @cached_property
    def _package(self) -> str:
        from importlib.metadata import version

        return version(LIST)

    @property
    def _file(self) -> _FetchedList | None:
        return None if self._shipped else self._opened

    @cached_property
    def _opened(self) -> _FetchedList | None:
        assert self._fetched is not None
        try:
            content = read_json(self._fetched.read_bytes())
            return _FetchedList(content) if content["package"] == self._package else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._leave_aside(str(error) or type(error).__name__)
            return None

    def _leave_aside(self, reason: str) -> None:
        self._shipped = True
        first = reason.splitlines()[0] if reason else "it is empty"
        logging.getLogger(__name__).warning(
            "The fetched prices in %s can't be read (%s); those that came with chatui are used."
            " Run chatui models refresh.",
            self._fetched,
            first,
        )


class _FetchedList:
    """The providers of a file, whose models are made when one of them is asked for."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        from genai_prices.data_snapshot import DataSnapshot

        self.day = str(content["fetched"])[:10]
        self._raw: dict[str, Mapping[str, Any]] = {
            each["id"]: each for each in content["providers"]
        }
        shells = [each | {"models": []} for each in content["providers"]]
        self.snapshot: DataSnapshot = DataSnapshot(made(shells), from_auto_update=True)

    def all(self) -> list[Provider]:
        for provider in self.snapshot.providers:
            self.fill(provider)
        return self.snapshot.providers

    def fill(self, provider: Provider) -> None:
        """Makes the provider's models, and those that it sells for others."""
        others = provider.fallback_model_providers or ()
        for each in [provider, *(one for one in self.snapshot.providers if one.id in others)]:
            raw = self._raw.pop(each.id, None)
            for start in range(0, len(raw["models"]) if raw else 0, AT_ONCE):
                assert raw is not None
                part = {**raw, "models": raw["models"][start : start + AT_ONCE]}
                each.models.extend(made([part])[0].models)
                # Lets the other threads run: checking holds them all up.
                time.sleep(0)


def made(providers: Sequence[Mapping[str, Any]]) -> list[Provider]:
    """Providers from their JSON form, checked. Raises ValueError.

    This is how genai-prices itself reads an update; its version is pinned because the
    function is not a public one."""
    from genai_prices.types import _providers_from_raw

    found: list[Provider] = _providers_from_raw(list(providers))
    return found
