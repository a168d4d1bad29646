"""The prompt of a job: a text with variables, filled in for the model that gets it.

Jinja's sandbox fills it. A profile may come from a colleague: its prompt reads nothing but the
files beside it, which were read with it, and what is named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from chatui.domain.errors import UsageError
from chatui.jobs.templates import environment

MARKS = ("{{", "{%", "{#")
"""A text without any of these is not a template, and is taken as it is."""
OWN_VARIABLES = ("clipboard", "cwd", "date", "model")
MOST_CHARACTERS = 1_000_000
"""No system prompt is longer; a loop without an end would be."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """`place` names the prompt in errors. `parts` are the files that it includes, by the names
    that it calls them, and theirs. `variables` are the user's own, with their values."""

    text: str
    place: str = "the prompt"
    parts: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    clipboard: bool = False
    """Whether it may read the clipboard."""
    literal: bool = False
    """Whether it is sent as it stands, whatever it looks like."""

    @property
    def is_template(self) -> bool:
        return not self.literal and any(mark in self.text for mark in MARKS)

    def filled(self, model: str) -> str:
        """The text for the model of that full name. Blocks where it reads the clipboard.
        Raises UsageError, with the place and the line, for what can't be filled in."""
        if not self.is_template:
            return self.text
        from jinja2 import TemplateError

        given: dict[str, Any] = {
            "date": date.today().isoformat(),
            "cwd": str(Path.cwd()),
            "model": model,
        }
        if self.clipboard:
            given["clipboard"] = _Clipboard()
        try:
            template = environment(self.parts).from_string(self.text)
            return "".join(_bounded(template.generate({**given, **self.variables}), self.place))
        except TemplateError as error:
            raise UsageError(f"{self.place}{told(error, self)}") from error
        # Whatever an expression does to a value of the wrong kind: a template is a program.
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError,
                RecursionError) as error:  # fmt: skip
            raise UsageError(f"{self.place} can't be filled in: {error}.") from error

    def faults(self) -> Iterator[str]:
        """What is wrong with it, before it is sent: its syntax, and the variables without a
        value."""
        from jinja2 import TemplateSyntaxError, meta

        jinja = environment(self.parts)
        known = {*OWN_VARIABLES[not self.clipboard :], *self.variables}
        for place, text in [(self.place, self.text), *self.parts.items()]:
            try:
                missing = meta.find_undeclared_variables(jinja.parse(text)) - known
            except TemplateSyntaxError as error:
                yield f"{place}{told(error, self)}"
            else:
                for name in sorted(missing):
                    line = next(
                        (n for n, line in enumerate(text.splitlines(), 1) if name in line), 1
                    )
                    yield f"{place}, line {line}: {unknown(name, known)}"


def unknown(name: str, known: set[str]) -> str:
    import difflib

    if name == "clipboard":
        return "the clipboard is off for this profile; set clipboard = true there to allow it."
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"there is no variable {name}; did you mean {near[0]}?"
    return f"there is no variable {name}; give it a value under [vars], or with --set {name}=…"


def told(error: Exception, prompt: Prompt) -> str:
    """What follows the place: the line where it is known, and what is wrong."""
    from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError

    match error:
        case TemplateSyntaxError():
            inside = f" includes {error.name}, and there," if error.name in prompt.parts else ","
            return f"{inside} line {error.lineno}: {error.message or 'it is no template'}"
        case TemplateNotFound():
            return f" includes {error.name}, which is not beside it; check the name."
        case UndefinedError():
            message = str(error.message).removesuffix(" is undefined").strip("'")
            named = message if message.isidentifier() else ""
            if named:
                known = {*OWN_VARIABLES[not prompt.clipboard :], *prompt.variables}
                return f": {unknown(named, known)}"
    return f" can't be filled in: {str(error).rstrip('.')}."


def included(text: str, place: str) -> Iterator[str]:
    """The names that a template includes. Raises UsageError for one that only filling it in
    would tell, and for a text that is no template."""
    from jinja2 import TemplateSyntaxError, meta

    try:
        tree = environment({}).parse(text)
    except TemplateSyntaxError as error:
        raise UsageError(f"{place}, line {error.lineno}: {error.message}.") from error
    for name in meta.find_referenced_templates(tree):
        if name is None:
            raise UsageError(f"{place} includes a file whose name is an expression; write it out.")
        yield name


def _bounded(pieces: Iterator[str], place: str) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > MOST_CHARACTERS:
            raise UsageError(f"{place} comes to more than {MOST_CHARACTERS:,} characters; cut it.")
        yield piece


class _Clipboard:
    """Read only where a prompt names it."""

    def __str__(self) -> str:
        from chatui.system.clipboard import paste

        return paste()
