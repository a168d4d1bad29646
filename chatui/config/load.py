"""Reads the config file and the environment into a Config: flag > environment > file > default.

pydantic checks what a user wrote, once: a stamp in the cache folder, named by the hash of
all that was read, says that the same text was found good before. Its import would cost
more than the window's first frame.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from chatui.config.reading import (
    ENVIRONMENT_PREFIX,
    digest,
    merge,
    parse,
    read_text,
    remember,
    written,
)
from chatui.config.schema import Config, as_written
from chatui.domain.errors import ConfigError

MOST_LINES = 2_000
"""The line of a fault is sought in so many: each is a reading of all lines before it."""
TABLE_WANTED = {"dict_type", "mapping_type", "dataclass_type"}
Table = TypeVar("Table")


def load_config(
    path: Path,
    environ: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
    stamps: Path | None = None,
) -> Config:
    """The settings in force. `flags` is nested like the file. `stamps` is the folder that
    remembers good settings; None checks every time.

    Raises ConfigError, which names the file (or the variable), the key and the nearest
    known key."""
    told = written(path, environ, flags)
    if not told.data:
        return Config()
    data = {**told.data, "providers": provider_tables(told.data)}
    stamp = told.stamp(stamps)
    if stamp is None or not stamp.exists():
        check(data, path, told.from_variables)
        if stamp is not None:
            remember(stamp)
    made: Config = build(Config, data)
    return made


def check(data: Mapping[str, Any], path: Path, variables: Mapping[str, Any]) -> None:
    """Raises ConfigError unless pydantic accepts the settings. `variables` are those that
    came from the environment."""
    fault = first_fault(Config, data)
    if fault is not None:
        keys, sentence = fault
        source = variable(keys) if holds(variables, keys) else placed(path, read_text(path), keys)
        raise ConfigError(f"{source}: {sentence}")


def first_fault(kind: type, data: Mapping[str, Any]) -> tuple[list[str], str] | None:
    """The first thing that pydantic does not accept: its keys, and the sentence."""
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        problem = error.errors()[0]
        keys = [str(part) for part in problem["loc"]]
        return keys, explain(kind, problem["type"], problem["msg"], keys)
    return None


def load_table(kind: type[Table], path: Path, stamps: Path | None = None) -> Table:
    """A file of its own that holds one table of the settings. `stamps` as in `load_config`.
    Raises ConfigError, which names the file, the line and the key."""
    text = read_text(path)
    data = parse(text, path)
    stamp = stamps / f"{kind.__name__.lower()}-{digest(data)}" if stamps else None
    if stamp is None or not stamp.exists():
        fault = first_fault(kind, data)
        if fault is not None:
            keys, sentence = fault
            raise ConfigError(f"{placed(path, text, keys)}: {sentence}")
        if stamp is not None:
            remember(stamp)
    made: Table = build(kind, data)
    return made


def placed(path: Path, text: str, keys: Sequence[str]) -> str:
    """The file, with the line where the text of TOML gives a key its value."""
    line = line_of(text, keys)
    return f"{path}, line {line}" if line else str(path)


def line_of(text: str, keys: Sequence[str]) -> int:
    """The line, from 1, that sets the key or the first part of it; 0 when none does."""
    lines, whole = text.splitlines(), 0
    for number in range(1, min(len(lines), MOST_LINES) + 1):
        try:
            data = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue  # In the middle of a value.
        if reaches(data, keys):
            return whole + 1
        whole = number
    return 0


def reaches(table: Any, keys: Sequence[str]) -> bool:
    """Whether the keys lead to a value; in lists they are places from 0."""
    for key in keys:
        if isinstance(table, Mapping) and key in table:
            table = table[key]
        elif isinstance(table, list) and key.isdecimal() and int(key) < len(table):
            table = table[int(key)]
        else:
            # What follows a value names a part of it that pydantic looked at.
            return not isinstance(table, Mapping | list)
    return True


def holds(table: Any, keys: list[str]) -> bool:
    for key in keys:
        if isinstance(table, list):
            return True  # What is in a list came with it.
        if not isinstance(table, Mapping) or key not in table:
            return False
        table = table[key]
    return True


def variable(keys: list[str]) -> str:
    """The variable that sets the key, or the list that it is a place in."""
    return ENVIRONMENT_PREFIX + "__".join(takewhile(lambda key: not key.isdigit(), keys)).upper()


def provider_tables(data: Mapping[str, Any]) -> Any:
    """The file may name one key of a built-in provider: the others keep their defaults."""
    defaults = {name: dataclasses.asdict(value) for name, value in Config().providers.items()}
    given = data.get("providers", {})
    return merge(defaults, given) if isinstance(given, Mapping) else given


def explain(root: type, kind: str, message: str, keys: list[str]) -> str:
    *parents, key = keys
    where = ".".join(keys)
    if kind != "unexpected_keyword_argument":
        reason = message.removeprefix("Value error, ")
        if kind in TABLE_WANTED:
            reason = "it has to be a table"
        return f"{where} is wrong: {reason[:1].lower()}{reason[1:]}."
    known = known_keys(root, parents)
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if near:
        return f"unknown key {where}; did you mean {'.'.join([*parents, near[0]])}?"
    return f"unknown key {where}; known here: {', '.join(known)}."


def known_keys(root: type, parents: list[str]) -> list[str]:
    cls: Any = root
    for part in parents:
        if dataclasses.is_dataclass(cls):
            cls = get_type_hints(cls)[part]
        else:
            cls = get_args(cls)[0 if get_origin(cls) is tuple else 1]
        # A table that may be missing, as `provider` of a provider's section.
        cls = (
            next(filter(dataclasses.is_dataclass, get_args(cls)), cls) if may_be_none(cls) else cls
        )
    return [as_written(field.name) for field in dataclasses.fields(cls)]


def may_be_none(kind: Any) -> bool:
    return type(None) in get_args(kind)


def build(kind: Any, value: Any) -> Any:
    """The value of type `kind` from checked TOML data."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = {as_written(name): (name, hint) for name, hint in get_type_hints(kind).items()}
        fields = {hints[key][0]: build(hints[key][1], item) for key, item in value.items()}
        return kind(**fields)
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else build(args[0], value)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: build(args[1], item) for key, item in value.items()}
    if origin is tuple:
        return tuple(build(args[0], item) for item in value)
    return Decimal(str(value)) if kind is Decimal else float(value) if kind is float else value


def flatten(config: Config) -> Iterator[tuple[str, Any]]:
    """Every setting as a dotted key with its value, in the order of the file."""

    def walk(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        if isinstance(value, Mapping) and value:
            for key, item in value.items():
                yield from walk(f"{prefix}.{key}" if prefix else key, item)
        elif not isinstance(value, Mapping):
            yield prefix, value

    yield from walk("", config)
