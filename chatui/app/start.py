"""How the window opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """`model` and `collection` win over the profile's and the config's."""

    model: str | None = None
    profile: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    """Of the profile's prompt, in place of the values that it has for them."""
    conversation_id: str | None = None
    continue_last: bool = False
    collection: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Sampling options by name, over the profile's and the config's."""
    manual: tuple[Path, ...] = ()
    """What to read in first: chatui's own manual, where there are no documents yet."""
