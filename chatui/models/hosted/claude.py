"""What Anthropic publishes of its models, as far as a request depends on it. Pure.

- Limits of replies: https://platform.claude.com/docs/en/models/overview
- Thinking and sampling: https://platform.claude.com/docs/en/build-with-claude/thinking and the
  "what's new" pages of the models
- Effort: https://platform.claude.com/docs/en/build-with-claude/effort
- Schemas: https://platform.claude.com/docs/en/build-with-claude/structured-outputs
- Beginnings of replies: .../build-with-claude/prompt-engineering/prefill-claudes-response
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chatui.cost.cache_rules import by_beginning, claude_name

LOW_TO_HIGH = ("low", "medium", "high")
ALL_EFFORTS = (*LOW_TO_HIGH, "xhigh", "max")
BUDGETS: Mapping[str, int] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16_384,
    "xhigh": 32_768,
}
"""Tokens to think in, for models that take a budget: the documentation names 1,024 as the least,
about 16,000 for hard questions and 32,000 as the most that pays."""
LEAST_BUDGET = 1024


@dataclass(frozen=True, slots=True)
class ClaudeModel:
    """`max_output` is in tokens. `thinking`: by a "budget", or as the model sees fit ("adaptive")
    once it is asked to, unless it is told not to ("default") or in any case ("always"). `off` is
    the type of `thinking` that ends it where it is the default. `sampling`: temperature and top_p
    "both", only "one" of them, or "none". `hidden`: its thoughts come only if they are asked for.
    """

    max_output: int = 128_000
    thinking: Literal["none", "budget", "adaptive", "default", "always"] = "default"
    efforts: tuple[str, ...] = ALL_EFFORTS
    sampling: Literal["both", "one", "none"] = "none"
    prefill: bool = False
    schemas: bool = True
    off: str = "disabled"
    hidden: bool = True

    def thoughts(self, effort: str | None, limit: int) -> dict[str, Any] | None:
        """The `thinking` of a request for a reply of so many tokens; None leaves it out."""
        if self.thinking == "none":
            return None
        if self.thinking == "budget":
            # Half of a short reply is for the answer.
            budget = min(BUDGETS.get(effort or "", 0), limit // 2)
            if budget < LEAST_BUDGET:
                return None
            return {"type": "enabled", "budget_tokens": budget}
        effort = self.wanted(effort, limit)
        if effort == "none" and self.thinking == "default":
            return {"type": self.off}
        if self.thinking == "adaptive" and effort in (None, "none"):
            return None
        shown = {"display": "summarized"} if self.hidden else {}
        return {"type": "adaptive", **shown}

    def wanted(self, effort: str | None, limit: int) -> str | None:
        """The effort for a reply of so many tokens, where nobody names one: a short reply that
        thinks first has no room for an answer."""
        short = limit < 2 * LEAST_BUDGET and self.thinking in ("default", "always")
        return "none" if effort is None and short else effort

    def effort(self, effort: str | None, limit: int) -> str | None:
        """The level of `output_config.effort` for one of ours; None leaves it out."""
        wanted = self.wanted(effort, limit)
        if not self.efforts or wanted is None or self.thinking == "budget":
            return None
        if wanted == "none":
            # It can't be told not to think: as little as there is.
            return "low" if self.thinking == "always" else None
        wanted = "low" if wanted == "minimal" else wanted
        return wanted if wanted in self.efforts else "high"


_FIRST = ClaudeModel(4096, "none", (), "both", prefill=True, schemas=False, hidden=False)
_BUDGET = ClaudeModel(64_000, "budget", (), "both", prefill=True, schemas=False, hidden=False)
_FOUR_FIVE = ClaudeModel(64_000, "budget", (), "one", prefill=True, hidden=False)
_ASKED = ClaudeModel(thinking="adaptive")
NEWEST = ClaudeModel()
OTHERS = ClaudeModel(32_000, "budget", (), "both", schemas=False, hidden=False)
"""Models of others behind the same protocol."""

MODELS: Mapping[str, ClaudeModel] = {
    "claude-3": _FIRST,
    "claude-3-5": ClaudeModel(8192, "none", (), "both", prefill=True, schemas=False, hidden=False),
    "claude-3-7": _BUDGET,
    "claude-sonnet-4-0": _BUDGET,
    "claude-sonnet-4-20250514": _BUDGET,
    "claude-opus-4-0": ClaudeModel(
        32_000, "budget", (), "both", prefill=True, schemas=False, hidden=False
    ),
    "claude-opus-4-20250514": ClaudeModel(
        32_000, "budget", (), "both", prefill=True, schemas=False, hidden=False
    ),
    "claude-opus-4-1": ClaudeModel(
        32_000, "budget", (), "one", prefill=True, schemas=False, hidden=False
    ),
    "claude-sonnet-4-5": _FOUR_FIVE,
    "claude-haiku-4-5": _FOUR_FIVE,
    "claude-opus-4-5": _FOUR_FIVE,
    "claude-opus-4-6": ClaudeModel(
        thinking="adaptive", efforts=(*LOW_TO_HIGH, "max"), sampling="one", hidden=False
    ),
    "claude-sonnet-4-6": ClaudeModel(
        thinking="adaptive", efforts=(*LOW_TO_HIGH, "max"), sampling="one", hidden=False
    ),
    "claude-opus-4-7": _ASKED,
    "claude-opus-4-8": _ASKED,
    "claude-mythos-preview": ClaudeModel(thinking="always", efforts=(*LOW_TO_HIGH, "max")),
    "claude-mythos-5": ClaudeModel(thinking="always"),
    "claude-fable-5": ClaudeModel(thinking="always"),
    "claude-opus-5": NEWEST,
    "claude-opus-5-5": ClaudeModel(thinking="always"),
    "claude-sonnet-5": NEWEST,
    "claude-sonnet-5-5": ClaudeModel(off="between_tools"),
    "claude-haiku-5-5": NEWEST,
}
"""By the beginning of the name. One that is not known yet is taken to be as the newest are."""


def claude(model: str) -> ClaudeModel:
    name = claude_name(model)
    return (by_beginning(MODELS, name) or NEWEST) if name else OTHERS
