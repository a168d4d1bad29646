"""What was chosen for a conversation: profile, documents, options and the like, as a value that is
kept with it and comes back when the conversation is opened again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from chatui.jobs.profiles import Changes, Layer, apply
from chatui.jobs.prompts import Prompt
from chatui.models.base import SamplingOptions
from chatui.text.file_naming import base_names, in_short
from chatui.text.foreign_json import read_json

if TYPE_CHECKING:
    from chatui.jobs.profiles import Profile, ReplySettings

HERE = "set here"
OPTIONS = frozenset(each.name for each in fields(SamplingOptions))


@dataclass(frozen=True, slots=True)
class Choices:
    """`before` is what was set here before the profile was chosen, which wins over it, and `here`
    what was set since. `variables` are those given for the profile's prompt, `chosen` sampling
    options by name, `only` the paths of the files that are looked into."""

    profile: Profile | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    before: Layer = Layer(origin=HERE)
    here: Layer = Layer(origin=HERE)
    chosen: Changes = field(default_factory=dict)
    concise: bool = False
    only: tuple[str, ...] = ()

    def over(self, settings: ReplySettings) -> ReplySettings:
        """The settings with everything that was chosen."""
        settings = settings.over(self.before)
        if self.profile is not None:
            settings = apply(self.profile, settings)
        settings = settings.over(self.here).over(Layer(origin=HERE, options=self.chosen))
        return replace(settings, concise=self.concise, only=self.only)

    def setting(self, **values: Any) -> Choices:
        """With these of a layer's values set here."""
        return replace(self, here=replace(self.here, **values))

    def with_profile(self, profile: Profile, variables: Mapping[str, str]) -> Choices:
        """It wins over what was set here, but for sampling options."""
        told = {name: value for name, value in self.here.values() if name != "system"}
        if self.here.system is not None:
            told["system"] = self.here.system
        before = replace(self.before, **told)
        here = Layer(origin=HERE)
        return replace(self, profile=profile, variables=variables, before=before, here=here)

    def kept(self) -> str:
        """As it is stored; "" where nothing was chosen."""
        told: dict[str, Any] = {
            "profile": self.profile.name if self.profile else "",
            "variables": dict(self.variables),
            "before": _told(self.before),
            "here": _told(self.here),
            "options": dict(self.chosen),
            "concise": self.concise,
            "only": list(self.only),
        }
        told = {name: value for name, value in told.items() if value}
        return json.dumps(told) if told else ""


def told_limit(settings: ReplySettings) -> str:
    """Which documents are looked into."""
    paths = settings.only
    if not paths:
        return (
            f"Answers look into all documents of {settings.collection}; /rag only FILE limits them "
            "to a file."
        )
    return f"Answers look only into {in_short(base_names(paths))}; /rag all ends that."


def read_choices(stored: str) -> tuple[Choices, str]:
    """What was stored, and the name of its profile, which is for the caller to load. What makes no
    sense is passed over."""
    try:
        told = read_json(stored) if stored else {}
    except ValueError:
        told = {}
    told = told if isinstance(told, Mapping) else {}
    options = _mapping(told.get("options"))
    profile = told.get("profile")
    return (
        Choices(
            variables={str(name): str(value) for name, value in _mapping(told.get("variables"))},
            before=_layer(told.get("before")),
            here=_layer(told.get("here")),
            chosen={
                name: tuple(map(str, value)) if isinstance(value, list) else value
                for name, value in options
                if name in OPTIONS
            },
            concise=told.get("concise") is True,
            only=_texts(told.get("only")),
        ),
        profile if isinstance(profile, str) else "",
    )


def _told(layer: Layer) -> dict[str, Any]:
    told = {
        "system": layer.system.text if layer.system else None,
        "collection": layer.collection,
        "rag": layer.rag,
    }
    return {name: value for name, value in told.items() if value is not None}


def _layer(told: object) -> Layer:
    known = dict(_mapping(told))
    system, collection, rag = (known.get(name) for name in ("system", "collection", "rag"))
    return Layer(
        origin=HERE,
        # What was typed is sent as it stands: only a profile's prompt has variables.
        system=Prompt(system, literal=True) if isinstance(system, str) else None,
        collection=collection if isinstance(collection, str) else None,
        rag=rag if isinstance(rag, bool) else None,
    )


def _mapping(told: object) -> list[tuple[str, Any]]:
    return list(told.items()) if isinstance(told, Mapping) else []


def _texts(told: object) -> tuple[str, ...]:
    return tuple(map(str, told)) if isinstance(told, list) else ()
