"""What providers' lists of models have said of prices, contexts and what models see, kept in the
cache folder: a later process knows it without asking, and says from when it is.

One file for each provider, read when it is first asked for: call from a thread.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chatui.cost.prices.price import Price
from chatui.domain.media import PDF, PICTURE, MediumKind
from chatui.system.files import read_plain, touch_private_file
from chatui.text.foreign_json import read_json

OLD = timedelta(days=1)
"""After that a provider is asked again, beside the next call to it."""
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """Of one model; None is what its provider does not tell."""

    price: Price | None = None
    context_size: int | None = None
    takes: frozenset[MediumKind] | None = None
    """What it sees beside text."""


@dataclass(frozen=True, slots=True)
class ToldList:
    """Of the models of one provider, by their full names. `at` is when it was asked."""

    at: datetime
    models: Mapping[str, Told]


@dataclass(frozen=True, slots=True)
class ToldModels:
    """`folder` is where it is kept, None for nowhere. What was told at another of `urls`, the
    addresses of providers, counts for nothing."""

    folder: Path | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    _read: dict[str, ToldList | None] = field(default_factory=dict)

    def of(self, model: str) -> tuple[Told, datetime] | None:
        """What was told of the model of that full name, and when."""
        found = self._list(model.partition("/")[0])
        told = found.models.get(model) if found else None
        return (told, found.at) if found and told else None

    def is_old(self, provider: str, now: datetime | None = None) -> bool:
        """Whether what is kept of the provider should be asked again; not where nothing is."""
        found = self._list(provider)
        return found is not None and (now or datetime.now(UTC)) - found.at > OLD

    def keep(self, provider: str, models: Mapping[str, Told], now: datetime | None = None) -> None:
        """Keeps what the provider has just told, in the place of what it told before. A folder that
        can't be written keeps nothing."""
        found = ToldList(now or datetime.now(UTC), models)
        self._read[provider] = found
        place = self._place(provider)
        if place is None or not (models or place.exists()):
            return
        try:
            _write(place, json.dumps(_as_json(found, self.urls.get(provider, ""))))
        except OSError as error:
            logging.getLogger(__name__).warning("%s was not written: %s", place, error)

    def _list(self, provider: str) -> ToldList | None:
        if provider not in self._read:
            place = self._place(provider)
            self._read[provider] = _read(place, self.urls.get(provider, "")) if place else None
        return self._read[provider]

    def _place(self, provider: str) -> Path | None:
        return self.folder / f"{quote(provider, safe='')}.json" if self.folder else None


def _as_json(told: ToldList, url: str) -> dict[str, Any]:
    return {
        "at": told.at.isoformat(),
        "url": url,
        "models": {
            name: {
                "context_size": one.context_size,
                "price": one.price and one.price.row(),
                "takes": None if one.takes is None else sorted(one.takes),
            }
            for name, one in told.models.items()
        },
    }


def _read(place: Path, url: str) -> ToldList | None:
    """None for what is not there, is of another address, or can't be read."""
    try:
        told = read_json(read_plain(place, MOST_BYTES))
        if told["url"] != url:
            return None
        at = datetime.fromisoformat(told["at"])
        models = {str(name): _told(one) for name, one in told["models"].items()}
        return ToldList(at if at.tzinfo else at.replace(tzinfo=UTC), models)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _told(one: Mapping[str, Any]) -> Told:
    price, size, takes = one.get("price"), one.get("context_size"), one.get("takes")
    kinds: tuple[MediumKind, ...] = (PICTURE, PDF)
    return Told(
        Price.of_row(price) if isinstance(price, Mapping) else None,
        size if isinstance(size, int) and size > 0 else None,
        frozenset(one for one in kinds if one in takes) if isinstance(takes, list) else None,
    )


def _write(place: Path, text: str) -> None:
    new = place.with_name(f"{place.name}.new")
    new.unlink(missing_ok=True)
    touch_private_file(new).write_text(text, encoding="utf-8")
    new.replace(place)
