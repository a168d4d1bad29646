"""Keeping to what a provider takes in a minute: by waiting, and saying so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatui.config.schema import Provider
    from chatui.memory.store.store import ChatStore

MINUTE = 60.0
SAY_SECONDS = 15.0
"""How often the rest of a wait is told: once a notice has passed, but not all the time."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What a provider takes in any 60 seconds; 0 is any number."""

    tokens: int = 0
    requests: int = 0


NO_LIMIT = RateLimit()


@dataclass(frozen=True, slots=True, eq=False)
class PacedCall:
    """A call of `tokens` that began at `start`, in seconds, or is to begin then."""

    start: float
    tokens: int


def earliest(limit: RateLimit, calls: Sequence[PacedCall], tokens: int, now: float) -> float:
    """When a call of so many tokens may begin. One that is beyond the limit by itself waits
    until nothing else is in the minute: the provider then says what it thinks of it."""
    start = now
    recent = sorted((call.start, call.tokens) for call in calls if call.start + MINUTE > now)
    requests, held = len(recent), sum(each for _, each in recent)
    for began, leaving in recent:
        too_many = limit.requests and requests >= limit.requests
        if not too_many and not (limit.tokens and held + tokens > limit.tokens):
            break
        start = max(start, began + MINUTE)
        requests, held = requests - 1, held - leaving
    return start


class RateLimiter:
    """Shared by everything that asks chat models, or with `embedding` by all that embeds:
    providers count the two apart. The calls of other processes are known from the ledger, once
    they have ended; the provider's own refusal stands behind that."""

    def __init__(
        self,
        store: ChatStore,
        limits: Mapping[str, RateLimit],
        say: Callable[[str], None] | None = None,
        *,
        embedding: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._embedding = embedding
        self._limits = limits
        self._say = say or (lambda text: None)
        self._clock = clock
        self._sleep = sleep
        self._calls: dict[str, list[PacedCall]] = {}

    async def wait(self, model: str, tokens: int) -> None:
        """Returns when the model of that full name may be asked with a prompt of so many
        tokens. Cancelling it gives the place in the queue back."""
        provider = model.partition("/")[0]
        limit = self._limits.get(provider)
        if limit is None:
            return
        booked = await self._booked(provider)
        now = self._clock()
        own = [each for each in self._calls.get(provider, ()) if each.start + MINUTE > now]
        # What this process has asked stands in both once it is booked, so they aren't added.
        start = max(earliest(limit, calls, tokens, now) for calls in (booked, own))
        call = PacedCall(start, tokens)
        self._calls[provider] = [*own, call]
        try:
            await self._until(start, provider, limit)
        # Mostly a cancel: a call that was not made takes no place from others.
        except BaseException:
            self._calls[provider].remove(call)
            raise

    async def _until(self, start: float, provider: str, limit: RateLimit) -> None:
        while (rest := start - self._clock()) > 0:
            self._say(
                f"Waiting {max(1, round(rest))} s: {provider} may be asked {_worded(limit)} a "
                "minute, as its settings say."
            )
            await self._sleep(min(rest, SAY_SECONDS))

    async def _booked(self, provider: str) -> list[PacedCall]:
        now = datetime.now(UTC)
        rows = await self._store.ledger(since=now - timedelta(seconds=MINUTE))
        clock = self._clock()
        return [
            PacedCall(
                clock - (now - row.started).total_seconds(),
                row.usage.prompt + row.usage.output,
            )
            for row in rows
            if row.model.startswith(f"{provider}/") and (row.kind == "embedding") == self._embedding
        ]


def _worded(limit: RateLimit) -> str:
    times = "once" if limit.requests == 1 else f"{limit.requests:,} times"
    if not limit.tokens:
        return times
    tokens = f"with {limit.tokens:,} tokens"
    return f"{times} and {tokens}" if limit.requests else tokens


def rate_limits(providers: Mapping[str, Provider]) -> dict[str, RateLimit]:
    """Of the providers that have any."""
    found = {
        name: RateLimit(provider.tokens_per_minute, provider.requests_per_minute)
        for name, provider in providers.items()
    }
    return {name: limit for name, limit in found.items() if limit != NO_LIMIT}
