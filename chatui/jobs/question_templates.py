"""A question that is asked again and again with other words in it: a text with variables, by the
engine of profiles' prompts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.domain.errors import UsageError
from chatui.jobs.prompts import OWN_VARIABLES, Prompt, told
from chatui.jobs.templates import environment

if TYPE_CHECKING:
    from jinja2 import nodes

DEFAULTS = ("default", "d")
"""Jinja's filter that says what a variable is where nobody does."""


@dataclass(frozen=True, slots=True)
class TemplateVariable:
    """`default` is what the template says where nothing is given; None where it says nothing."""

    name: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionTemplate:
    name: str
    prompt: Prompt

    @property
    def description(self) -> str:
        """The first line with anything in it."""
        return next((line.strip() for line in self.prompt.text.splitlines() if line.strip()), "")

    def variables(self) -> tuple[TemplateVariable, ...]:
        """What is to be given, in the order in which the template asks for it. Raises UsageError
        for a text that is no template."""
        found: dict[str, TemplateVariable] = {}
        if self.prompt.is_template:
            for text in (self.prompt.text, *self.prompt.parts.values()):
                for one in self._variables_of(text):
                    known = found.setdefault(one.name, one)
                    if known.default is None and one.default is not None:
                        found[one.name] = one
        return tuple(found.values())

    def _variables_of(self, text: str) -> Iterator[TemplateVariable]:
        from jinja2 import TemplateSyntaxError, meta, nodes

        try:
            tree = environment(self.prompt.parts).parse(text)
        except TemplateSyntaxError as error:
            raise UsageError(f"{self.prompt.place}{told(error, self.prompt)}") from error
        wanted = meta.find_undeclared_variables(tree) - set(OWN_VARIABLES)
        defaults = {
            one.node.name: default
            for one in tree.find_all(nodes.Filter)
            if isinstance(one.node, nodes.Name) and (default := _default(one)) is not None
        }
        for name in dict.fromkeys(one.name for one in tree.find_all(nodes.Name)):
            if name in wanted:
                yield TemplateVariable(name, defaults.get(name))

    def filled(self, model: str, values: Mapping[str, str]) -> str:
        """The question. A variable that is given as "" has its default. Raises UsageError."""
        defaulted = {one.name for one in self.variables() if one.default is not None}
        given = {name: value for name, value in values.items() if value or name not in defaulted}
        return replace(self.prompt, variables=given).filled(model)


def _default(one: nodes.Filter) -> str | None:
    """The constant that the filter stands for; None for any other."""
    from jinja2 import nodes

    if one.name not in DEFAULTS or not one.args or not isinstance(one.args[0], nodes.Const):
        return None
    return str(one.args[0].value)
