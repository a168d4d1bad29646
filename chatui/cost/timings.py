"""How fast a model on a machine of one's own was, by its own clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chatui.domain.usage import Gaps


@dataclass(frozen=True, slots=True)
class Timings:
    """Tokens a second: of the prompt, less what was cached, and of the reply. None is unknown."""

    reading: float | None = None
    writing: float | None = None


def gaps_of(moments: Sequence[float]) -> Gaps | None:
    """Between these moments; None for fewer than two."""
    gaps = sorted(after - before for before, after in pairwise(moments))
    if not gaps:
        return None
    p95 = gaps[min(len(gaps) * 95 // 100, len(gaps) - 1)]
    return Gaps(sum(gaps) / len(gaps), p95, gaps[-1])


def timings_of(raw_usage: Mapping[str, Any] | None) -> Timings:
    """Out of the `timings` that llama.cpp reports: counts, and milliseconds."""
    told = raw_usage.get("timings") if raw_usage else None
    if not isinstance(told, Mapping):
        return Timings()
    return Timings(
        _speed(told.get("prompt_n"), told.get("prompt_ms")),
        _speed(told.get("predicted_n"), told.get("predicted_ms")),
    )


def _speed(tokens: Any, milliseconds: Any) -> float | None:
    """Of a handful of tokens it says nothing."""
    numbers = isinstance(tokens, int) and isinstance(milliseconds, int | float)
    if not numbers or tokens < 2 or milliseconds <= 0:
        return None
    return float(tokens * 1000 / milliseconds)
