"""What a reply is made with, for a job on a model: layers, the later ones on top.

[chat] lies at the bottom; on it what a profile says for all models, on that what it says for
patterns of models and for one model, the more specific on top; and on all of them what was
chosen for this chat or this call.
"""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from chatui.domain.errors import UsageError
from chatui.domain.media import Medium
from chatui.domain.passage import Passage
from chatui.jobs.prompts import Prompt
from chatui.memory.policy import NO_CHOICE, MemoryChoice
from chatui.models.base import SamplingOptions

Changes = Mapping[str, Any]
"""Options by name with their values, None for one that is left to the model."""
EVERY_MODEL = "*"
CONFIG = "config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one place sets, for the models that `pattern` matches; None, and an option that is
    not there, leave it to the layers below. `origin` says where that place is."""

    origin: str
    pattern: str = EVERY_MODEL
    system: Prompt | None = None
    collection: str | None = None
    rag: bool | None = None
    options: Changes = field(default_factory=dict)
    memory: MemoryChoice = NO_CHOICE
    filters: tuple[str, ...] | None = None

    def matches(self, model: str) -> bool:
        """Whether it holds for the model of that full name, `provider/model`. A pattern without
        a provider is one of any provider's models. Case does not count."""
        pattern, name = self.pattern.lower(), model.lower()
        if "/" not in pattern:
            name = name.partition("/")[2] or name
        return fnmatch.fnmatchcase(name, pattern)

    @property
    def specificity(self) -> tuple[bool, bool, int]:
        """Of two that match, the greater wins: a name over a pattern, one with a provider over
        one without, and of patterns the one with more characters that stand for themselves."""
        wild = any(mark in self.pattern for mark in "*?[")
        return (not wild, "/" in self.pattern, sum(mark not in "*?" for mark in self.pattern))

    def values(self) -> Iterator[tuple[str, Any]]:
        """What it sets, by name; options and parts of the memory one by one."""
        for name in ("system", "collection", "rag", "filters"):
            if (value := getattr(self, name)) is not None:
                yield name, value
        yield from self.options.items()
        for one in fields(self.memory):
            if (value := getattr(self.memory, one.name)) is not None:
                yield f"memory.{one.name}", value


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
    passages: int | None = None
    """The most passages that join the prompt; None is as many as anywhere."""
    query: str = ""
    """What is searched for in the documents; "" is the question."""
    only: tuple[str, ...] = ()
    """The paths of the files that are looked into; none is all of the collection."""
    attached: tuple[Passage, ...] = ()
    """What stands in the files that the question has with it, to be quoted and cited: their text is
    in the question."""
    media: tuple[Medium, ...] = ()
    """The pictures and PDFs that the question has with it."""
    filters: tuple[str, ...] = ()
    """The names of what texts are put through, beside what the provider has."""
    step: str = ""
    """The chain and the step that the call is for, as `article/opening`, for the ledger."""
    run: str = ""
    """The chain's run that it is a part of, for what is told of both."""
    layers: tuple[Layer, ...] = ()
    """What lies on top, the last one uppermost. What holds for every model is in the values
    above already; what only some get, `on` brings in."""

    def over(self, layer: Layer) -> ReplySettings:
        """These with a layer more on top."""
        settings = _laid(self, layer) if layer.pattern == EVERY_MODEL else self
        return replace(settings, layers=(*self.layers, layer))

    def on(self, model: str) -> ReplySettings:
        """These for the model of that full name, with its own layers and its prompt filled in.
        May block, for a prompt with variables. Raises UsageError where that can't be filled."""
        prompt = self.prompt(model)
        settings = self.unfilled(model)
        return settings if prompt is None else replace(settings, system=prompt.filled(model))

    def unfilled(self, model: str) -> ReplySettings:
        """These for the model, with its prompt as it was written."""
        settings = replace(self, layers=())
        for layer in self._of(model):
            settings = _laid(settings, layer)
        return settings

    def prompt(self, model: str) -> Prompt | None:
        """The prompt that the uppermost layer has for the model; None: that of [chat]."""
        return next((one.system for one in reversed(self._of(model)) if one.system), None)

    def _of(self, model: str) -> Sequence[Layer]:
        return [layer for layer in self.layers if layer.matches(model)]

    def origin(self, name: str, model: str) -> str:
        """Where the value of that name is from, for a model: that of `Layer.values`."""
        setting = (
            layer.origin for layer in reversed(self._of(model)) if name in dict(layer.values())
        )
        return next(setting, CONFIG)

    @property
    def needs_thread(self) -> bool:
        """Whether `on` may take long."""
        return any(layer.system is not None and layer.system.is_template for layer in self.layers)


async def settings_on(settings: ReplySettings, model: str) -> ReplySettings:
    """`ReplySettings.on`, off the event loop where it may take long."""
    if settings.needs_thread:
        return await asyncio.to_thread(settings.on, model)
    return settings.on(model)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named job. `layers` are what it says for every model, and for some, in rising
    specificity. `model` answers where none was named; None leaves that to the chat."""

    name: str
    model: str | None = None
    layers: tuple[Layer, ...] = ()
    description: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)

    def with_variables(self, given: Mapping[str, str]) -> Profile:
        """The profile with other values for its variables. Raises UsageError for one that it
        does not have."""
        import difflib

        for name in given:
            if name not in self.variables:
                near = difflib.get_close_matches(name, self.variables, n=1)
                known = ", ".join(self.variables) or "none"
                hint = f"did you mean {near[0]}?" if near else f"it has {known}."
                raise UsageError(f"The profile {self.name} has no variable {name}; {hint}")
        variables = {**self.variables, **given}
        layers = tuple(
            replace(one, system=replace(one.system, variables=variables)) if one.system else one
            for one in self.layers
        )
        return replace(self, layers=layers, variables=variables)


def apply(profile: Profile, settings: ReplySettings) -> ReplySettings:
    """The settings with everything that the profile sets."""
    settings = replace(settings, profile=profile.name, model=profile.model or settings.model)
    for layer in profile.layers:
        settings = settings.over(layer)
    return settings


def changed(options: SamplingOptions, given: Changes) -> SamplingOptions:
    """The options with the changes on top. A reply can follow one form only, so a grammar takes
    the place of a schema, and the other way round."""
    if given.get("grammar") is not None:
        options = replace(options, json_schema=None)
    if given.get("json_schema") is not None:
        options = replace(options, grammar=None)
    return replace(options, **given)


def _laid(settings: ReplySettings, layer: Layer) -> ReplySettings:
    return replace(
        settings,
        system=settings.system if layer.system is None else layer.system.text,
        collection=settings.collection if layer.collection is None else layer.collection,
        rag=settings.rag if layer.rag is None else layer.rag,
        options=changed(settings.options, layer.options),
        memory=layer.memory.on(settings.memory),
        filters=settings.filters if layer.filters is None else layer.filters,
    )
