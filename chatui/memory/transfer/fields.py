"""Fields of values that another program wrote: what isn't of the kind that is asked for is as good
as missing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

LATEST_SECONDS = 1e11
"""Since 1970, in the year 5138: what is larger counts milliseconds."""


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def identity(value: object) -> str:
    """An id, which some write as a number."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def tokens(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def moment(value: object) -> datetime | None:
    """A time as seconds or milliseconds since 1970, or as ISO 8601 (UTC where it names no zone)."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) > LATEST_SECONDS else value
            return datetime.fromtimestamp(seconds, UTC)
        if isinstance(value, str) and value:
            time = datetime.fromisoformat(value)
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def digest(parts: Sequence[str]) -> str:
    """A name for what has none of its own: equal texts have equal ones."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(data) + data)
    return found.hexdigest()[:32]


def joined(parts: Sequence[str], between: str = "\n\n") -> str:
    """Those that hold anything."""
    return between.join(part for part in parts if part.strip())
