"""How far a prompt's true size may lie above our count of it."""

from __future__ import annotations

FAMILIES = {"deepseek": 1.15, "claude": 1.2}
"""True tokens over o200k_base's, measured: DeepSeek 1.07 for English and up to 1.13 for code,
Claude 1.10 and up to 1.18. A little is added for what a sample didn't hold. Of other scripts
than Latin `scripts` knows more."""

UNKNOWN = 1.2
"""For every other vocabulary that is not at hand."""


def safety_margin(model: str, *, exact: bool) -> float:
    """The factor that a count for `model` is taken times before it is held against a cap.
    1 where the model's own vocabulary counts (`exact`), and for the built-in model, which has
    no context to overflow."""
    if exact or model.startswith("builtin/"):
        return 1.0
    bare = model.lower()
    return next((factor for family, factor in FAMILIES.items() if family in bare), UNKNOWN)
