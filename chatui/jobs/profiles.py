"""What a reply is made with: the chat's settings, a profile's on top, a call's own on top."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from chatui.domain.errors import UsageError
from chatui.memory.policy import NO_CHOICE, MemoryChoice
from chatui.models.base import SamplingOptions


@dataclass(frozen=True, slots=True)
class ReplySettings:
    """`model` may be "auto" or a bare name. `rag` looks into `collection` before answering.
    `max_cost` bounds this one call, in the budget's currency; None doesn't."""

    model: str = "auto"
    system: str = ""
    collection: str = "default"
    rag: bool = True
    options: SamplingOptions = field(default_factory=SamplingOptions)
    max_cost: Decimal | None = None
    remember: bool = True
    """Whether earlier turns of the conversation join the prompt."""
    memory: MemoryChoice = NO_CHOICE
    """Which of them, where a profile says so."""
    profile: str = ""
    """The profile that these settings came from, for the ledger."""
    concise: bool = False
    """Whether the prompt asks for a brief answer."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A named job. None keeps what the settings below it say."""

    name: str
    system: str | None = None
    model: str | None = None
    collection: str | None = None
    rag: bool | None = None
    options: SamplingOptions = field(default_factory=SamplingOptions)
    memory: MemoryChoice = NO_CHOICE


def apply(profile: Profile, settings: ReplySettings) -> ReplySettings:
    """The settings with everything that the profile sets."""
    return replace(
        settings,
        options=overlay(profile.options, settings.options),
        memory=profile.memory.on(settings.memory),
        profile=profile.name,
        **given(profile, ("system", "model", "collection", "rag")),
    )


def overlay(over: SamplingOptions, under: SamplingOptions) -> SamplingOptions:
    """A reply can follow one form only: a schema over a grammar takes its place, and the other
    way round."""
    names = [field.name for field in fields(SamplingOptions)]
    if over.grammar is not None or over.json_schema is not None:
        under = replace(under, grammar=None, json_schema=None)
    return replace(under, **given(over, names))


def given(source: object, names: Iterable[str]) -> dict[str, Any]:
    values = ((name, getattr(source, name)) for name in names)
    return {name: value for name, value in values if value is not None}


def named(profiles: Mapping[str, Profile], name: str) -> Profile:
    """The profile of that name. Raises UsageError with the nearest name, or those there are."""
    if name not in profiles:
        near = difflib.get_close_matches(name, profiles, n=1)
        if near:
            raise UsageError(f"There is no profile {name}; did you mean {near[0]}?")
        known = ", ".join(sorted(profiles)) or "none"
        raise UsageError(
            f"There is no profile {name} (known: {known}); add [profiles.{name}] to the config."
        )
    return profiles[name]
