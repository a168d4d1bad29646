"""Fetches a newer price list when the user asks for one, and keeps it only when it is good.

genai-prices publishes its list as a JSON file; nothing but `chatui models refresh` asks for it.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatui.cost.prices.price import Price
from chatui.cost.prices.price_list import LIST, PriceList, Row, made
from chatui.domain.errors import PricesNotUpdated
from chatui.system.files import at_home, make_private_folder, read_plain, touch_private_file
from chatui.system.network import building_fails, by_proxy, environment_fault
from chatui.system.urls import shown
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    from genai_prices.types import Provider

MOST_BYTES = 64 * 2**20
"""The list had 0.9 MB in autumn 2026."""
SECONDS = 60.0
"""For the whole download."""
LEAST_SHARE = 0.5
"""A list with fewer models than this share of ours is taken for a broken one."""
UNUSED = ("extractors", "pricing_urls", "description", "price_comments")
"""What is said of a provider beside its prices."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What the new list has, and what is different from the one before. `changed` and its like
    are names of rows."""

    source: str
    file: Path
    fetched: datetime
    providers: int
    models: int
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def refresh_prices(target: Path, source: str = "") -> Refreshed:
    """Puts the list at `source` (an address or a file; "" is where genai-prices publishes its
    own) into `target`. Blocks. Raises PricesNotUpdated, and then `target` is as before."""
    if not source:
        from genai_prices.update_prices import DEFAULT_UPDATE_URL

        source = DEFAULT_UPDATE_URL
    now = datetime.now(UTC)
    content = _read(source)
    raw, providers = _checked(content, source)
    before, after = _rows(PriceList(target).providers(), now), _rows(providers, now)
    if len(after) < LEAST_SHARE * len(before):
        raise PricesNotUpdated(
            f"The price list at {shown(source)} has only {len(after)} models, the one in use "
            f"{len(before)}; it was not taken. Try again later, or name another place with --from."
        )
    kept = [{key: each[key] for key in each if key not in UNUSED} for each in raw]
    header = {"package": version(LIST), "fetched": now.isoformat(), "source": shown(source)}
    _write(target, json.dumps(header | {"providers": kept}))
    return Refreshed(
        source=shown(source),
        file=target,
        fetched=now,
        providers=len(providers),
        models=len(after),
        changed=tuple(name for name in after if name in before and after[name] != before[name]),
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
    )


def _read(source: str) -> bytes:
    if "://" in source:
        return _download(source)
    try:
        return read_plain(at_home(source))
    except OSError as error:
        raise PricesNotUpdated(
            f"The price list {source} can't be read ({error.strerror}); name a file or an "
            "address with --from."
        ) from error


def _download(url: str) -> bytes:
    import httpx2

    with _sentences(url):
        limits = httpx2.Timeout(20.0, connect=10.0)
        with httpx2.stream("GET", url, timeout=limits, follow_redirects=True) as response:
            if response.status_code != 200:
                raise _not_fetched(url, f"the server answered {response.status_code}")
            content, end = bytearray(), time.monotonic() + SECONDS
            for part in response.iter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    raise _not_fetched(url, f"it is larger than {MOST_BYTES // 2**20} MB")
                if time.monotonic() > end:
                    raise _not_fetched(url, f"it took longer than {SECONDS:.0f} s")
    return bytes(content)


@contextlib.contextmanager
def _sentences(url: str) -> Iterator[None]:
    import httpx2

    try:
        yield
    except httpx2.TimeoutException as error:
        raise _not_fetched(url, "the server did not answer in time") from error
    except httpx2.ConnectError as error:
        raise _not_fetched(url, f"there is no connection to it{by_proxy(url)}") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        raise _not_fetched(url, str(error).rstrip(".") or type(error).__name__) from error
    except building_fails() as error:
        raise _not_fetched(url, environment_fault(url, error)) from error


def _not_fetched(url: str, reason: str) -> PricesNotUpdated:
    return PricesNotUpdated(
        f"The price list at {shown(url)} could not be fetched: {reason}. The prices in use stay "
        "as they are; try again later, or name another place with --from."
    )


def _checked(content: bytes, source: str) -> tuple[list[dict[str, Any]], list[Provider]]:
    """The list as JSON and as genai-prices reads it, once every price in it makes sense."""
    try:
        raw = read_json(content)
        if not isinstance(raw, list) or not raw:
            raise ValueError("it is not a list of providers")
        providers = made(raw)
        for provider in providers:
            for model in provider.models:
                if not all(map(_sensible, _money(model.prices))):
                    raise ValueError(f"{provider.id}/{model.id} has a price that is none")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PricesNotUpdated(
            f"What {shown(source)} has is no price list ({_reason(error)}); it was not taken, and "
            "the prices in use stay as they are."
        ) from error
    return raw, providers


def _reason(error: Exception) -> str:
    """On one line. pydantic's own sentence is a page, its first fault says enough."""
    faults = error.errors() if hasattr(error, "errors") else ()
    words = faults[0]["msg"] if faults else str(error) or type(error).__name__
    return str(words).splitlines()[0].rstrip(".:")


def _money(prices: Any) -> Iterator[Any]:
    """Every figure in a model's prices: plain, by steps, or by date and hour."""
    for each in prices if isinstance(prices, list) else [prices]:
        for value in vars(getattr(each, "prices", each)).values():
            if hasattr(value, "tiers"):
                yield value.base
                yield from (tier.price for tier in value.tiers)
            elif value is not None:
                yield value


def _sensible(money: Any) -> bool:
    return math.isfinite(money) and money >= 0


def _rows(providers: list[Provider], moment: datetime) -> dict[str, Price | None]:
    """The rates of every model of a list, by the row's name."""
    return {
        f"{provider.id}/{model.id}": Row(provider, model).price(model.id, moment, edition="")
        for provider in providers
        for model in provider.models
    }


def _write(target: Path, text: str) -> None:
    new = target.with_suffix(".new")
    try:
        make_private_folder(target.parent)
        new.unlink(missing_ok=True)
        touch_private_file(new).write_text(text, encoding="utf-8")
        new.replace(target)
    except OSError as error:
        raise PricesNotUpdated(
            f"The new price list can't be written to {target} ({error.strerror}); make room or "
            "mend the folder, and run chatui models refresh again."
        ) from error
