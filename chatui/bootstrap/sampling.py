"""Sampling options as people give them, in the config and as `key value`, into what a call takes.

`config.schema.Options` is where their names, types and bounds stand, once for both.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le

from chatui.bootstrap.text_files import read_named
from chatui.domain.errors import UsageError
from chatui.models.base import SamplingOptions
from chatui.system.files import at_home

if TYPE_CHECKING:
    from chatui.config.schema import Options

GRAMMAR_BYTES = 64 * 1024
UNSET = "default"
"""The value that leaves an option to the model, whatever a profile or the config says."""
ESCAPES = {"\\n": "\n", "\\t": "\t"}
"""How a line's end is written where Enter would send the line."""


def sampling(options: Options) -> SamplingOptions:
    """What the config says. Raises UsageError when the file of a grammar can't be read."""
    given = {name: getattr(options, name) for name in names()}
    if given["grammar"] is not None:
        given["grammar"] = read_grammar(given["grammar"])
    return SamplingOptions(**given)


def changes(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What was given as `key value`: later ones win, and the texts of `stop` add up. Reads the
    file of a grammar, so not for the event loop. Raises UsageError, which names the nearest key
    or the values there are."""
    found: dict[str, Any] = {}
    for key, text in pairs:
        name = option_name(key)
        value = read_value(name, text)
        before = found.get(name)
        found[name] = before + value if name == "stop" and before and value else value
    return found


def names() -> list[str]:
    """The keys there are."""
    from chatui.config.schema import Options

    return [field.name for field in dataclasses.fields(Options)]


def option_name(key: str) -> str:
    """The option's name; `top-p` is `top_p`. Raises UsageError."""
    name, known = key.strip().lower().replace("-", "_"), names()
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
    raise UsageError(f"There is no option {key}; {hint}")


def read_value(name: str, text: str) -> Any:
    """The value of an option, None for UNSET. Raises UsageError with the bounds."""
    if text.strip().lower() == UNSET:
        return None
    if name == "grammar":
        return read_grammar(text)
    kind, bounds = typed(name)
    value: Any = None
    if name == "stop":
        for written, meant in ESCAPES.items():
            text = text.replace(written, meant)
        value = (text,) if text else None
    elif get_origin(kind) is Literal:
        value = text if text in get_args(kind) else None
    else:
        with suppress(ValueError):
            number = kind(text)
            value = number if all(holds(bound, number) for bound in bounds) else None
    if value is None:
        raise UsageError(f"{name} is {accepted(name)}, not {text!r}.")
    return value


def accepted(name: str) -> str:
    """What the values of an option are."""
    kind, bounds = typed(name)
    if name == "stop":
        return "a text that ends a reply"
    if name == "grammar":
        return "a .gbnf file"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    return f"{'a whole number' if kind is int else 'a number'} {worded(bounds)}"


def typed(name: str) -> tuple[Any, tuple[Any, ...]]:
    """The type and the bounds of an option, out of `Annotated[type, *bounds] | None`."""
    from chatui.config.schema import Options

    kind = get_args(get_type_hints(Options, include_extras=True)[name])[0]
    bounds = getattr(kind, "__metadata__", ())
    return (get_args(kind)[0] if bounds else kind), bounds


def holds(bound: Ge | Gt | Le, value: float) -> bool:
    match bound:
        case Ge(least):
            return bool(value >= least)  # type: ignore[operator]
        case Gt(under):
            return bool(value > under)  # type: ignore[operator]
        case Le(most):
            return bool(value <= most)  # type: ignore[operator]


def worded(bounds: Iterable[Ge | Gt | Le]) -> str:
    """The bounds in words; every number has both."""
    low = next(bound for bound in bounds if not isinstance(bound, Le))
    high = next(bound.le for bound in bounds if isinstance(bound, Le))
    return f"from {low.ge} to {high}" if isinstance(low, Ge) else f"above {low.gt}, at most {high}"


def shown(name: str, value: Any) -> str:
    """An option's value as people write it."""
    match value:
        case tuple():
            return "  ".join(repr(text)[1:-1] for text in value)
        case str() if name == "grammar":
            lines = len(value.splitlines())
            return f"{lines:,} line{'' if lines == 1 else 's'} of GBNF"
        case Mapping():
            return "a JSON schema"
    return str(value)


def read_grammar(name: str) -> str:
    """The text of a .gbnf file. Blocks, for a file of at most GRAMMAR_BYTES. Raises UsageError."""
    text = read_named(at_home(name), "grammar", GRAMMAR_BYTES)
    if "::=" not in text:
        raise UsageError(f"{name} is no grammar: a .gbnf file has rules such as root ::= [0-9]+.")
    return text
