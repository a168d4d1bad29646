"""What is left of a provider's limits, as the headers of its responses tell it. Pure.

OpenAI, Groq, Azure, Together, Fireworks and others write `x-ratelimit-remaining-tokens`, Anthropic
`anthropic-ratelimit-input-tokens-remaining`, Cerebras and Mistral name the minute behind it
(`x-ratelimit-remaining-tokens-minute`); a plain `x-ratelimit-remaining` is of requests. A reset is
seconds ("7.66"), a time as Go writes it ("6m0s", "20ms"), a moment (RFC 3339), or milliseconds or
seconds since 1970.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from chatui.domain.usage import LimitLeft

KINDS = ("requests", "tokens", "input-tokens", "output-tokens")
_GO = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)(ms|s))?")
LONG_AGO = 1_000_000_000
"""Seconds since 1970: a reset of more is a moment and no wait."""
LONGEST = 366 * 86_400.0


def limits_left(headers: Mapping[str, str], now: datetime | None = None) -> tuple[LimitLeft, ...]:
    """Those that are told, each once: of a minute where it says so, otherwise of whatever time the
    provider has. `headers` are asked for names in small letters."""
    moment = now or datetime.now(UTC)
    found = (_left(kind, headers, moment) for kind in KINDS)
    return tuple(one for one in found if one is not None)


def _left(kind: str, headers: Mapping[str, str], now: datetime) -> LimitLeft | None:
    for left, most, reset in _names(kind):
        remaining = _count(headers.get(left, ""))
        if remaining is not None:
            return LimitLeft(
                kind.replace("-", " "),
                remaining,
                _count(headers.get(most, "")),
                seconds_until(headers.get(reset, ""), now),
            )
    return None


def _names(kind: str) -> tuple[tuple[str, str, str], ...]:
    """What the figures of a kind are called: what remains, the limit, when it is whole again."""

    def told(name: str) -> tuple[str, str, str]:
        return name.format("remaining"), name.format("limit"), name.format("reset")

    names = [
        told(f"x-ratelimit-{{}}-{kind}-minute"),
        told(f"x-ratelimit-{{}}-{kind}"),
        told(f"anthropic-ratelimit-{kind}-{{}}"),
    ]
    if kind == "requests":
        names.append(told("x-ratelimit-{}"))
    return tuple(names)


def _count(text: str) -> int | None:
    """A number of requests or tokens; None for what is none."""
    plain = text.strip().replace(",", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 16 else None


def seconds_until(text: str, now: datetime) -> float | None:
    """How long a reset is off; None where that is not told."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        return _written(text, now)
    if not math.isfinite(number):
        return None
    if number > LONG_AGO:
        # Milliseconds are a thousand times as many.
        number = (number / 1000 if number > 1000 * LONG_AGO else number) - now.timestamp()
    return min(max(0.0, number), LONGEST)


def _written(text: str, now: datetime) -> float | None:
    match = _GO.fullmatch(text)
    if match and text:
        hours, minutes, rest, unit = match.groups()
        seconds = float(rest or 0) / (1000 if unit == "ms" else 1)
        return min(int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds, LONGEST)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), LONGEST)
