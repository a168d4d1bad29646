"""What Google publishes of its Gemini models, as far as a request depends on it. Pure.

- Levels and budgets of thinking: https://ai.google.dev/gemini-api/docs/thinking and
  https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/thinking
- Efforts, by what their compatible endpoint makes of them:
  https://ai.google.dev/gemini-api/docs/openai#thinking
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chatui.cost.cache_rules import by_beginning, gemini_name

BUDGETS: Mapping[str, int] = {
    "minimal": 1024,
    "low": 1024,
    "medium": 8192,
    "high": 24_576,
    "xhigh": 32_768,
}
"""Tokens to think in."""
LEVELS = ("minimal", "low", "medium", "high")
WITHOUT_MINIMAL = LEVELS[1:]
SHORT = 2048
"""A reply of fewer tokens, thoughts included, has no room for thinking first."""


@dataclass(frozen=True, slots=True)
class GeminiModel:
    """`thinking`: by a "budget" of `least` to `most` tokens (0 too, where it can be `off`), or by
    one of `levels`. `asked`: only if it is told to."""

    thinking: Literal["none", "budget", "level"] = "level"
    levels: tuple[str, ...] = WITHOUT_MINIMAL
    least: int = 1
    most: int = 24_576
    off: bool = True
    asked: bool = False

    def thoughts(self, effort: str | None, limit: int | None) -> dict[str, Any] | None:
        """The `thinkingConfig` of a request for a reply of at most so many tokens, None where
        nobody limits it; None leaves it out."""
        if self.thinking == "none":
            return None
        if effort is None and limit is not None and limit < SHORT:
            effort = "none"
        if effort is None:
            return None if self.asked else {"includeThoughts": True}
        if self.thinking == "level":
            return {"includeThoughts": True, "thinkingLevel": self._level(effort).upper()}
        budget = self._budget(effort, limit)
        return {"includeThoughts": budget > 0, "thinkingBudget": budget}

    def _level(self, effort: str) -> str:
        """The nearest level that is no lower; the lowest where it is not to think."""
        place = LEVELS.index(effort) if effort in LEVELS else 0 if effort == "none" else len(LEVELS)
        return next((level for level in self.levels if LEVELS.index(level) >= place), "high")

    def _budget(self, effort: str, limit: int | None) -> int:
        budget = min(BUDGETS.get(effort, 0), self.most)
        if limit is not None:
            # Half of a short reply is for the answer.
            budget = min(budget, limit // 2)
        if budget >= self.least:
            return budget
        return 0 if self.off else self.least


_NONE = GeminiModel("none")
_FLASH_2_5 = GeminiModel("budget")
_ALL_LEVELS = GeminiModel(levels=LEVELS)
NEWEST = GeminiModel()

MODELS: Mapping[str, GeminiModel] = {
    "gemini-pro": _NONE,
    "gemini-pro-latest": NEWEST,
    "gemini-1.0": _NONE,
    "gemini-1.5": _NONE,
    "gemini-2.0": _NONE,
    "gemini-2.5-flash": _FLASH_2_5,
    "gemini-2.5-flash-image": _NONE,
    "gemini-2.5-flash-lite": GeminiModel("budget", least=512, asked=True),
    "gemini-2.5-pro": GeminiModel("budget", least=128, most=32_768, off=False),
    "gemini-3-pro": GeminiModel(levels=("low", "high")),
    "gemini-3-pro-image": _NONE,
    "gemini-3-flash": _ALL_LEVELS,
    "gemini-3.1-flash-lite": _ALL_LEVELS,
    "gemini-3.5-flash": _ALL_LEVELS,
    "gemini-3.6-flash": _ALL_LEVELS,
}
"""By the beginning of the name. One that is not known yet is taken to be as the newest are, which
think at three levels and can't be kept from it (Gemini 3.1 Pro, 3.7 and 3.8 Flash, 4 Argon)."""


def gemini(model: str, thinks: bool | None = None) -> GeminiModel:
    """`thinks` is what Google's list says, which counts for a model that is not known here. Others
    than Gemini behind the same protocol (Gemma, LearnLM) think if the list says so."""
    name = gemini_name(model)
    if name and (known := by_beginning(MODELS, name)):
        return known
    return NEWEST if thinks or (name and thinks is None) else _NONE
