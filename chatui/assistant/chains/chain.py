"""A chain as it was written: its steps, what each waits for, and what is wrong with it.

What a step waits for stands in its templates: `steps.NAME`. Nothing else orders the steps.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from typing import Any

from chatui.domain.errors import UsageError
from chatui.jobs.profiles import ReplySettings
from chatui.jobs.prompts import OWN_VARIABLES, Prompt
from chatui.jobs.templates import (
    Reference,
    free_names,
    references,
    references_of_expression,
)

STEPS, VARIABLES = "steps", "vars"
ROOTS = frozenset({STEPS, VARIABLES})
OF_LOOPS = ("index", "item")
"""What a step with `for` may name beside the variables: the thing that it is about, and which
one of them it is, from 1."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OUTPUT = "output"
INPUT = "input"
"""The variable that is what comes by a pipe, or from a file that is handed over."""


@dataclass(frozen=True, slots=True)
class StepText:
    """A text of a step: the key that it has in the file, and whether it is an expression and no
    template. `included` names the file beside the prompt that it is from, if it is."""

    key: str
    text: str
    expression: bool = False
    included: str = ""

    def references(self) -> Iterator[Reference]:
        """What it refers to. Raises jinja2.TemplateSyntaxError."""
        read = references_of_expression if self.expression else references
        return read(self.text, ROOTS)

    def free_names(self) -> set[str]:
        return free_names("{{ (" + self.text + ") }}" if self.expression else self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call, or one for each thing that the expression `items` gives; only where `condition`
    holds. `settings` have what the chain, its profile and the step set on top."""

    name: str
    prompt: Prompt
    settings: ReplySettings
    query: Prompt | None = None
    system: Prompt | None = None
    """The one that the settings have from the chain's file, if any."""
    items: str = ""
    condition: str = ""

    def parts(self) -> Iterator[StepText]:
        prompts = {"prompt": self.prompt, "query": self.query, "system": self.system}
        for key, prompt in prompts.items():
            if prompt is not None:
                yield from parts_of(key, prompt)
        expressions = {"for": self.items, "if": self.condition}
        for key, expression in expressions.items():
            if expression:
                yield StepText(key, expression, expression=True)

    def names(self, root: str) -> frozenset[str]:
        """What it takes of `steps` or `vars`."""
        found = (reference for part in self.parts() for reference in part.references())
        return frozenset(one.name for one in found if one.root == root)

    @property
    def needs(self) -> frozenset[str]:
        """The steps that it waits for."""
        return self.names(STEPS)

    def digest(self, variables: Mapping[str, Any]) -> str:
        """Changes with everything that makes another call of it, but for the answers of the
        steps before it."""
        names = self.names(VARIABLES)
        used = variables if "" in names else {name: variables.get(name) for name in names}
        prompts = [
            (one.text, sorted(one.parts.items())) for one in (self.prompt, self.query) if one
        ]
        whole = (prompts, self.items, self.condition, sorted(used.items()), self.settings)
        return hashlib.sha256(repr(whole).encode(errors="replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """`file` is where it stands. `variables` are those with a value, `defaults` what the file
    gives them; `max_cost` is USD for a
    whole run. Without an `output` the last step's text is that."""

    name: str
    file: str
    steps: Sequence[Step]
    description: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    output: Prompt | None = None
    max_cost: Decimal | None = None

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def in_order(self) -> list[Step]:
        """Each step behind those that it waits for, else as they stand in the file."""
        placed: list[Step] = []
        waiting = list(self.steps)
        while waiting:
            names = {step.name for step in placed}
            ready = next(step for step in waiting if step.needs <= names)
            waiting.remove(ready)
            placed.append(ready)
        return placed

    def wanted(self) -> frozenset[str]:
        """The variables that its texts name."""
        found = {name for step in self.steps for name in step.names(VARIABLES)}
        for part in parts_of(OUTPUT, self.output) if self.output else ():
            found |= {one.name for one in part.references() if one.root == VARIABLES}
        return frozenset(found - {""})

    def check_given(self, names: Iterable[str]) -> None:
        """Raises UsageError for a variable that the chain does not name."""
        known = {*self.defaults, *self.wanted()}
        for name in names:
            if name not in known:
                hint = nearest(name, known)
                there = ", ".join(sorted(known)) or "none"
                which = ", which is what is piped in or given by -f" if name == INPUT else ""
                raise UsageError(
                    f"The chain {self.name} has no variable {name}{which}; "
                    + (f"{hint}?" if hint else f"it has {there}.")
                )


def with_given(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with the values that were given, each of the kind that its default has.
    Raises UsageError."""
    return {
        **defaults,
        **{name: like(defaults.get(name), value, name) for name, value in given.items()},
    }


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, as a sentence, and where: the keys of the file, and the line of the text
    there, from 1. `included` as in `StepText`."""

    keys: tuple[str, ...]
    line: int
    sentence: str
    included: str = ""


def faults(chain: Chain) -> Iterator[Fault]:
    """What is wrong with a chain before anything is asked."""
    if not chain.steps:
        yield Fault((), 0, "a chain needs steps: add [steps.NAME] with a prompt.")
    known = {step.name for step in chain.steps}
    broken = False
    for step in chain.steps:
        if not NAME.fullmatch(step.name):
            yield Fault(
                ("steps", step.name),
                1,
                f"{step.name} can't name a step: take letters, digits and _.",
            )
        loop = OF_LOOPS if step.items else ()
        for part in step.parts():
            keys = ("steps", step.name, part.key)
            # The list itself comes before the things of it.
            found = list(_faults_of(part, chain, known, keys, () if part.key == "for" else loop))
            broken = broken or bool(found)
            yield from found
    for part in parts_of(OUTPUT, chain.output) if chain.output else ():
        yield from _faults_of(part, chain, known, (OUTPUT,), ())
    if not broken:
        yield from _cycles(chain)


def _faults_of(
    part: StepText, chain: Chain, steps: set[str], keys: tuple[str, ...], loop: Sequence[str]
) -> Iterator[Fault]:
    from jinja2 import TemplateSyntaxError

    try:
        found = list(part.references())
        free = part.free_names()
    except TemplateSyntaxError as error:
        reason = (error.message or "it is no template").rstrip(".")
        yield Fault(keys, error.lineno, f"{reason}.", part.included)
        return
    except RecursionError:
        yield Fault(keys, 1, "it is nested too deeply to be read; make it simpler.", part.included)
        return
    for one in found:
        if one.root == VARIABLES:
            sentence = _fault_of_variable(one.name, chain.variables)
        else:
            sentence = _fault_of_step(one.name, steps)
        if sentence:
            yield Fault(keys, one.line, sentence, part.included)
    for name in sorted(free - {*ROOTS, *OWN_VARIABLES, *loop}):
        yield Fault(keys, _line_with(name, part.text), _stray(name, chain, steps), part.included)


def _fault_of_variable(name: str, variables: Mapping[str, Any]) -> str:
    if not name or name in variables:
        return ""
    hint = nearest(name, variables, VARIABLES)
    if name == INPUT and not hint:
        return f"there is no {VARIABLES}.{name}; pipe a text in, or name a file with -f."
    return f"there is no variable {name}; " + (
        f"{hint}?" if hint else f"give it a value under [vars], or with --set {name}=…"
    )


def _fault_of_step(name: str, steps: set[str]) -> str:
    if name in steps:
        return ""
    if not name:
        return "steps stands alone: name the step behind it, as steps.NAME."
    hint = nearest(name, steps, STEPS)
    there = ", ".join(sorted(steps))
    return f"there is no step {name}; " + (f"{hint}?" if hint else f"there are {there}.")


def _stray(name: str, chain: Chain, steps: set[str]) -> str:
    """What is wrong with a name that is neither of a step nor of a variable."""
    if name in chain.variables:
        return f"{name} stands alone: write {VARIABLES}.{name}."
    if name in steps:
        return f"{name} stands alone: write {STEPS}.{name}."
    if name in OF_LOOPS:
        return f"there is no {name} here: it is the thing of a list, in a step that has for."
    hint = nearest(name, chain.variables, VARIABLES)
    return f"there is no {name}; " + (
        f"{hint}?" if hint else f"write {VARIABLES}.NAME for a variable, {STEPS}.NAME for a step."
    )


def _cycles(chain: Chain) -> Iterator[Fault]:
    try:
        TopologicalSorter({step.name: step.needs for step in chain.steps}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        named, first = " → ".join(circle), circle[-1]
        yield Fault(
            ("steps", first),
            1,
            f"the steps wait for each other ({named}); take one of these references out."
            if len(circle) > 2
            else f"the step {first} waits for itself; take steps.{first} out of it.",
        )


def parts_of(key: str, prompt: Prompt) -> Iterator[StepText]:
    yield StepText(key, prompt.text)
    for name, text in prompt.parts.items():
        yield StepText(key, text, included=name)


def nearest(name: str, known: Mapping[str, Any] | set[str], root: str = "") -> str:
    """`did you mean …?`, without the mark, or nothing."""
    near = difflib.get_close_matches(name, known, n=1)
    return (
        f"did you mean {root}.{near[0]}"
        if near and root
        else (f"did you mean {near[0]}" if near else "")
    )


def like(default: Any, value: Any, name: str) -> Any:
    """A value as the kind of the default, where it was given as a text. Raises UsageError."""
    if not isinstance(value, str):
        return value
    match default:
        case bool():
            if value.lower() not in {"true", "false"}:
                raise UsageError(f"{name} is true or false, not {value}.")
            return value.lower() == "true"
        case int() | float():
            kind = type(default)
            try:
                return kind(value)
            except ValueError as error:
                what = "a whole number" if kind is int else "a number"
                raise UsageError(f"{name} is {what}, not {value}.") from error
        case list():
            return [line.strip() for line in value.splitlines() if line.strip()]
    return value


def _line_with(name: str, text: str) -> int:
    return next((at for at, line in enumerate(text.splitlines(), 1) if name in line), 1)
