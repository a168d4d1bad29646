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
SHORT_LIVED = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(hours=1)
"""The longest that OpenAI says it keeps an idle prefix; others forget after 5 minutes."""


@dataclass(frozen=True, slots=True)
class CacheRule:
    """`least` is the tokens below which nothing is kept, `lifetime` how long it is kept without
    being read. `marked`: only what lies before a mark is kept, and the marks are behind the system
    prompt and behind the turns before the question; elsewhere the whole prompt is. `hour`: writing
    it costs what an hour costs; `free`: it costs nothing beyond reading it, whatever price the list
    has for it."""

    least: int = LEAST_CACHED
    lifetime: timedelta = FORGOTTEN_AFTER
    marked: bool = False
    hour: bool = False
    free: bool = False

    @property
    def known(self) -> bool:
        """Whether it is this model's own, and not what most providers do."""
        return self.marked or self.free

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


OF_GEMINI = 4096
LEAST_OF_GEMINI: Mapping[str, int] = {
    "gemini-1.0": 0,
    "gemini-1.5": 0,
    "gemini-2.0": 0,
    "gemini-2.5": 2048,
}
"""Tokens, by the beginning of a model's name; `OF_GEMINI` for those since Gemini 3, and 0 for those
that keep nothing unasked (https://ai.google.dev/gemini-api/docs/caching, Implicit caching). How
long it is kept Google doesn't say; OpenRouter has seen 3 to 5 minutes
(https://openrouter.ai/docs/guides/best-practices/prompt-caching)."""


def gemini_name(model: str) -> str:
    """The name that Google has for a Gemini model, without a seller's prefix; "" for another."""
    name = model.rpartition("/")[2].lower()
    return name if name.startswith("gemini-") else ""


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
    ("") or keeps none ("off"): None. Of the models of several makers it counts for Claude alone."""
    claude = claude_name(model)
    if not claude and model.count("/") > 1:
        kept = ""
    if kept == "off":
        return None
    if name := gemini_name(model):
        at_least = by_beginning(LEAST_OF_GEMINI, name)
        if at_least == 0:
            return None
        return CacheRule(at_least or OF_GEMINI, SHORT_LIVED, free=True)
    least = (by_beginning(LEAST_OF_CLAUDE, claude) or OF_CLAUDE) if claude else LEAST_CACHED
    if not kept:
        return CacheRule(least)
    hour = kept == "1h"
    return CacheRule(least, FORGOTTEN_AFTER if hour else SHORT_LIVED, True, hour)
