"""What of a prompt a provider keeps for the next one, and for how long. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

from chatui.domain.cache_rule import (
    FORGOTTEN_AFTER,
    LEAST_CACHED,
    SHORT_LIVED,
    CacheRule,
)
from chatui.domain.known_providers import KnownProvider

Known = TypeVar("Known")

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


MARKED_BY = ("openai", "openrouter")
"""Who takes marks for GPTs."""
MARKED_SINCE = (5, 6)
OF_GPT = CacheRule(lifetime=timedelta(minutes=30), marked=True, asked=True)
"""What is kept of a prompt at OpenAI since GPT-5.6
(https://developers.openai.com/api/docs/guides/prompt-caching)."""
GPT = r"gpt-(\d{1,3})(?:\.(\d{1,3}))?(?=$|-)"


def gpt_number(model: str) -> tuple[int, int]:
    """The version of a GPT, whoever sells it; (0, 0) for another model."""
    found = re.match(GPT, model.rpartition("/")[2].lower())
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


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


def cache_rule(model: str, kept: str = "", seller: KnownProvider | None = None) -> CacheRule | None:
    """The rule for a model whose endpoint is told to keep prompts for "5m" or "1h", is told nothing
    ("") or keeps none ("off"): None. Of the models of several makers it counts for Claude alone.
    `seller` is who serves it, as far as that is known."""
    claude = claude_name(model)
    if seller is not None and not claude and not gemini_name(model):
        if seller.name in MARKED_BY and gpt_number(model) >= MARKED_SINCE:
            return None if kept == "off" else OF_GPT
        return seller.cache
    return _of_maker(model, kept, claude)


def _of_maker(model: str, kept: str, claude: str) -> CacheRule | None:
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
