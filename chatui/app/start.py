"""How the window opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """`model` and `collection` win over the profile's and the config's."""

    model: str | None = None
    profile: str | None = None
    default_profile: str | None = None
    """That of the config, where none is named and a conversation has none of its own."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Of the profile's prompt, in place of the values that it has for them."""
    conversation_id: str | None = None
    continue_last: bool = False
    collection: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Sampling options by name, over the profile's and the config's."""
    reads_manual: bool = False
    """Whether chatui's own manual is read in as soon as the built-in model may need it."""
