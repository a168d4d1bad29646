"""Jinja's sandbox as prompts use it: what values look like in a text, what stands for one that
is not known yet, and what a text refers to."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatui.text.json_text import json_text

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment


class Placeholder(str):
    """A text that is not known yet, drawn as ⟨name⟩. So is every part of it."""

    __slots__ = ()

    def __new__(cls, name: str) -> Placeholder:
        return super().__new__(cls, f"⟨{name}⟩")

    @property
    def name(self) -> str:
        return self[1:-1]

    def part(self, name: object) -> Placeholder:
        return Placeholder(f"{self.name}.{name}")

    def __iter__(self) -> Iterator[str]:
        yield Placeholder(f"each of {self.name}")


class Texts(list[Any]):
    """Several answers, in their order; as one text they are its paragraphs."""

    def __str__(self) -> str:
        return "\n\n".join(as_text(one) for one in self if one)


@dataclass(frozen=True, slots=True)
class Reference:
    """`root.name` in a template; `name` is "" where the template takes the root as a whole, or
    says by an expression which part of it."""

    root: str
    name: str
    line: int


def environment(parts: Mapping[str, str]) -> SandboxedEnvironment:
    """`parts` are the texts that a template may include."""
    from jinja2 import DictLoader, StrictUndefined

    return _sandbox()(
        loader=DictLoader(parts),
        undefined=StrictUndefined,
        keep_trailing_newline=False,
        finalize=as_text,
    )


@functools.cache
def _sandbox() -> type[SandboxedEnvironment]:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """A key of a value wins over a method of Python's: an answer may well have `items`."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            if isinstance(obj, Placeholder):
                return obj.part(attribute)
            if isinstance(obj, Mapping) and attribute in obj:
                return obj[attribute]
            return super().getattr(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            return (
                obj.part(argument)
                if isinstance(obj, Placeholder)
                else super().getitem(obj, argument)
            )

    return Sandbox


def as_text(value: Any) -> Any:
    """How a value stands in a text: structures as JSON."""
    if isinstance(value, Texts):
        return str(value)
    return json_text(value, indent=2) if isinstance(value, dict | list) else value


def evaluated(expression: str, values: Mapping[str, Any]) -> Any:
    """What an expression comes to. Raises jinja2.TemplateError, and what its operations raise."""
    compiled = environment({}).compile_expression(expression, undefined_to_none=False)
    return compiled(**values)


def references(text: str, roots: frozenset[str]) -> Iterator[Reference]:
    """What a template refers to of these roots. Raises jinja2.TemplateSyntaxError."""
    yield from _references(environment({}).parse(text), roots)


def references_of_expression(expression: str, roots: frozenset[str]) -> Iterator[Reference]:
    """The same for an expression, all of it on line 1."""
    environment({}).compile_expression(expression)
    yield from references("{{ (" + expression + ") }}", roots)


def free_names(text: str) -> set[str]:
    """The names that a template takes from outside."""
    from jinja2 import meta

    return meta.find_undeclared_variables(environment({}).parse(text))


def _references(node: nodes.Node, roots: frozenset[str]) -> Iterator[Reference]:
    from jinja2 import nodes

    match node:
        case nodes.Getattr(node=nodes.Name(name=root), attr=name) if root in roots:
            yield Reference(root, name, node.lineno)
            return
        case nodes.Getitem(node=nodes.Name(name=root), arg=nodes.Const(value=str() as name)) if (
            root in roots
        ):
            yield Reference(root, name, node.lineno)
            return
        case nodes.Name(name=root, ctx="load") if root in roots:
            yield Reference(root, "", node.lineno)
    for child in node.iter_child_nodes():
        yield from _references(child, roots)
