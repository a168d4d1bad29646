"""What a step is asked, once the answers that it waits for are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chatui.assistant.chains.chain import STEPS, VARIABLES, Step
from chatui.domain.errors import UsageError
from chatui.jobs.prompts import Prompt
from chatui.jobs.templates import Placeholder, evaluated
from chatui.text.citations.marks import MarkForm, without_marks

if TYPE_CHECKING:
    from chatui.domain.conversation import Reply

MOST_ITEMS = 1_000
"""A list that a model wrote may have no end."""
FAULTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""Whatever an expression does to a value of the wrong kind."""


@dataclass(frozen=True, slots=True)
class Known:
    """The variables, and the answers by the names of their steps: a text, what a schema made of
    it, or of a step with `for` all of them. A step that was left out is an empty text."""

    variables: Mapping[str, Any]
    answers: dict[str, Any] = field(default_factory=dict)

    def values(self, item: Any = None, index: int = 0) -> dict[str, Any]:
        """What a template may name."""
        whole = {STEPS: self.answers, VARIABLES: self.variables}
        return {**whole, "item": item, "index": index} if index else whole


def filled(prompt: Prompt, values: Mapping[str, Any], model: str) -> str:
    """Blocks. Raises UsageError."""
    return replace(prompt, variables=values).filled(model).strip()


def items_of(step: Step, known: Known) -> list[Any]:
    """What the step is asked for each of: the things of a list, or the lines of a text. Raises
    UsageError."""
    found = _value(step, "for", step.items, known.values())
    if isinstance(found, Placeholder):
        return list(found)
    if isinstance(found, str):
        found = [line.strip() for line in found.splitlines() if line.strip()]
    if not isinstance(found, list | tuple | range):
        raise UsageError(
            f"{step.prompt.place}: for = {step.items!r} is no list, but {type(found).__name__}; "
            "name a list, or a text of lines."
        )
    if len(found) > MOST_ITEMS:
        raise UsageError(
            f"{step.prompt.place}: {step.items} has {len(found):,} things, and a step is asked "
            f"for {MOST_ITEMS:,} at most; shorten the list."
        )
    return list(found)


def holds(step: Step, values: Mapping[str, Any]) -> bool:
    """Whether the step is to be asked. Raises UsageError."""
    return not step.condition or bool(_value(step, "if", step.condition, values, truth=True))


def _value(
    step: Step, key: str, expression: str, values: Mapping[str, Any], *, truth: bool = False
) -> Any:
    from jinja2 import TemplateError

    try:
        found = evaluated(expression, values)
        # One that is not there raises when it is looked at.
        holds_true = bool(found)
        return holds_true if truth else found
    except (TemplateError, *FAULTS) as error:
        raise UsageError(
            f"{step.prompt.place}: {key} = {expression!r} can't be worked out: {error}."
        ) from error


def try_out(step: Step, known: Known) -> None:
    """Fills in all that a step asks which waits for no other. Raises UsageError."""
    for at, item in enumerate(items_of(step, known) if step.items else [None], 1):
        values = known.values(item, at) if step.items else known.values()
        if holds(step, values) and not filled(step.prompt, values, ""):
            raise UsageError(f"{step.prompt.place}: its prompt is empty.")


def plain_text(reply: Reply) -> str:
    """An answer as it goes on to other steps, without the marks of its citations: there the
    numbers would be those of other passages."""
    form = MarkForm(reply.mark_prefix)
    return without_marks(reply.text, form) if reply.citations else reply.text
