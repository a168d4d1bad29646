"""What of a prompt a provider keeps for the next one, and for how long. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from chatui.domain.usage import Usage, UsageParts

Known = TypeVar("Known")

LEAST_CACHED = 1024
"""Tokens: providers that cache by themselves start there (OpenAI's documentation)."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""The longest that OpenAI says it keeps an idle prefix; others forget after 5 minutes."""


@dataclass(frozen=True, slots=True)
class CacheRule:
    """`least` is the tokens below which nothing is kept, `lifetime` how long it is kept without
    being read. `marked`: only what lies before a mark is kept, and the marks are behind the system
    prompt and behind the turns before the question; elsewhere the whole prompt is. `hour`: writing
    it costs what an hour costs."""

    least: int = LEAST_CACHED
    lifetime: timedelta = FORGOTTEN_AFTER
    marked: bool = False
    hour: bool = False

    @property
    def lifetime_in_words(self) -> str:
        return "an hour" if self.lifetime >= timedelta(hours=1) else "5 minutes"

    def written(self, tokens: int, *, estimated: bool) -> Usage:
        """So many tokens of a prompt, as they are written."""
        parts = UsageParts(cache_write_1h=tokens if self.hour else 0)
        return Usage(cache_write=tokens, estimated=estimated, parts=parts)


BY_ITSELF = CacheRule()
"""Of providers that keep prompts unasked."""

OF_CLAUDE = 512
LEAST_OF_CLAUDE: Mapping[str, int] = {
    "claude-3": 1024,
    "claude-3-haiku": 2048,
    "claude-3-5-haiku": 2048,
    "claude-haiku-4-5": 4096,
    "claude-sonnet-4": 1024,
    "claude-sonnet-5": 1024,
    "claude-sonnet-5-5": 512,
    "claude-opus-4": 1024,
    "claude-opus-4-5": 4096,
    "claude-opus-4-6": 4096,
    "claude-opus-4-7": 2048,
    "claude-mythos-preview": 2048,
}
"""Tokens, by the beginning of a model's name, the longest one first; `OF_CLAUDE` for those since
Opus 5 (https://platform.claude.com/docs/en/build-with-claude/prompt-caching, Cache limitations).
Shorter prompts are read without a word about it."""


def claude_name(model: str) -> str:
    """The name that Anthropic has for a model of theirs, without a date's dots or a seller's
    prefix; "" for another's model."""
    name = model.rpartition("/")[2].lower().replace(".", "-")
    start = name.find("claude-")
    return name[start:] if start >= 0 else ""


def by_beginning(table: Mapping[str, Known], name: str) -> Known | None:
    """What a table has for the longest beginning of a name, whole words of it."""
    found = [key for key in table if name == key or name.startswith(f"{key}-")]
    return table[max(found, key=len)] if found else None


def cache_rule(model: str, kept: str = "") -> CacheRule | None:
    """The rule for a model whose endpoint is told to keep prompts for "5m" or "1h", is told nothing
    ("") or keeps none ("off"): None."""
    if kept == "off":
        return None
    name = claude_name(model)
    least = (by_beginning(LEAST_OF_CLAUDE, name) or OF_CLAUDE) if name else LEAST_CACHED
    if not kept:
        return CacheRule(least)
    hour = kept == "1h"
    return CacheRule(least, timedelta(hours=1) if hour else timedelta(minutes=5), True, hour)
