"""What of a prompt a provider keeps for the next one, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chatui.domain.usage import Usage, UsageParts

LEAST_CACHED = 1024
"""Tokens: providers that cache by themselves start there (OpenAI's documentation)."""
SHORT_LIVED = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(hours=1)
"""The longest that OpenAI says it keeps an idle prefix; others forget after 5 minutes."""


@dataclass(frozen=True, slots=True)
class CacheRule:
    """`least` is the tokens below which nothing is kept, `lifetime` how long it is kept without
    being read. `marked`: only what lies before a mark is kept, and the marks are behind the system
    prompt and behind the turns before the question; elsewhere the whole prompt is. `hour`: writing
    it costs what an hour costs; `free`: it costs nothing beyond reading it, whatever price the list
    has for it. What is read counts in steps of `step` tokens. `asked`: the last mark is behind the
    last question before this one, and not behind its answer."""

    least: int = LEAST_CACHED
    lifetime: timedelta = FORGOTTEN_AFTER
    marked: bool = False
    hour: bool = False
    free: bool = False
    step: int = 1
    asked: bool = False

    @property
    def known(self) -> bool:
        """Whether it is the provider's or the model's own, and not what most do."""
        return self != CacheRule()

    @property
    def lifetime_in_words(self) -> str:
        minutes = self.lifetime // timedelta(minutes=1)
        if minutes < 60:
            return f"{minutes} minutes"
        return "an hour" if minutes < 120 else f"{minutes // 60} hours"

    def read(self, tokens: int) -> int:
        """How many come from the cache of a prompt that begins with so many that are kept."""
        return tokens - tokens % self.step if tokens >= self.least else 0

    def written(self, tokens: int, *, estimated: bool) -> Usage:
        """So many tokens of a prompt, as they are written."""
        parts = UsageParts(cache_write_1h=tokens if self.hour else 0)
        return Usage(cache_write=tokens, estimated=estimated, parts=parts)


BY_ITSELF = CacheRule()
"""Of providers that keep prompts unasked."""
