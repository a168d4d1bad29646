"""Answers as JSON that fits a schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from chatui.domain.errors import BadResponse, UsageError
from chatui.text.foreign_json import read_json

FENCE = re.compile(r"```[a-zA-Z]*\n(.*)\n[^\S\n]*```", re.DOTALL)
TYPE_NAME = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)")
REFERENCES = {"$ref", "$dynamicRef"}
ENDLESS = "The JSON schema refers to itself before any value is reached; take that reference out."


def load_schema(named: str | Path, folder: Path = Path()) -> dict[str, Any]:
    """The JSON schema in a file, by its path from `folder`, or that of a Pydantic model or any
    type that Pydantic knows, as MODULE:NAME: that runs the module, which is sought in the folder
    first. Raises UsageError when it is no schema, or refers to what it does not hold: nothing is
    fetched or read for it."""
    path = folder / Path(named).expanduser()
    of_type = TYPE_NAME.fullmatch(str(named))
    if of_type and not path.exists():
        return checked(schema_of_type(of_type["module"], of_type["name"], folder), str(named))
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"The schema {path} is not a file; name a file.")
        schema = read_json(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"The schema {path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise UsageError(f"{path} is not a JSON schema ({error}); mend it.") from error
    return checked(schema, str(path))


def checked(schema: Any, place: str) -> dict[str, Any]:
    """The schema, if it is one. Raises UsageError, with the place."""
    from jsonschema import Draft202012Validator, SchemaError

    if not isinstance(schema, dict):
        raise UsageError(f"{place} is not a JSON schema: it has to be an object.")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise UsageError(f"{place} is not a JSON schema ({error.message}); mend it.") from error
    missing = unresolved(schema)
    if missing is not None:
        raise UsageError(
            f"{place} refers to {missing}, which it does not hold; put that part into the schema: "
            "chatui fetches and reads nothing for it."
        )
    return schema


def schema_of_type(module: str, name: str, folder: Path) -> Any:
    """The JSON schema of a type in a module. Raises UsageError."""
    import importlib
    import sys

    from pydantic import PydanticUserError, TypeAdapter

    place = str(folder.resolve())
    sys.path.insert(0, place)
    try:
        kind = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"There is no module {error.name} for the schema {module}:{name}."
        ) from error
    except AttributeError as error:
        raise UsageError(f"The module {module} has no {name}; check the schema's name.") from error
    # A module of the user's own may raise whatever it likes.
    except Exception as error:
        raise UsageError(
            f"The module {module} of the schema can't be loaded ({type(error).__name__}: {error})."
        ) from error
    finally:
        sys.path.remove(place)
    try:
        return TypeAdapter(kind).json_schema()
    except PydanticUserError as error:
        raise UsageError(f"{module}:{name} is no type that Pydantic has a schema for.") from error


def unresolved(schema: Any) -> str | None:
    """A reference of the schema that leads out of it, or to nothing; None without one.

    What cannot be reached does not count: a `$ref` inside an example is only text."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    root = DRAFT202012.create_resource(schema)
    waiting = [(root, REGISTRY.resolver_with_root(root))]
    seen = set()
    while waiting:
        part, resolver = waiting.pop()
        if id(part.contents) in seen or not isinstance(part.contents, dict):
            continue
        seen.add(id(part.contents))
        for keyword in REFERENCES & part.contents.keys():
            place = str(part.contents[keyword])
            try:
                found = resolver.lookup(place)
            except Unresolvable:
                return place
            waiting.append((DRAFT202012.create_resource(found.contents), found.resolver))
        waiting += [(sub, resolver.in_subresource(sub)) for sub in part.subresources()]
    return None


def parse(text: str, schema: dict[str, Any]) -> Any:
    """The object that an answer holds, out of a code fence where it stands in one. Raises
    BadResponse when it is no JSON or does not fit, or when the schema goes round in circles."""
    from jsonschema import Draft202012Validator
    from referencing import Registry

    fenced = FENCE.fullmatch(text.strip())
    try:
        data = read_json(fenced[1] if fenced else text)
    except ValueError as error:
        raise BadResponse(
            "The answer is not JSON; ask again, or take a model that supports JSON schemas."
        ) from error
    # Its own registry would fetch what a reference names, from the network and from files.
    validator = Draft202012Validator(schema, registry=Registry())
    try:
        wrong = next(iter(validator.iter_errors(data)), None)
    except RecursionError as error:
        raise BadResponse(ENDLESS) from error
    if wrong is not None:
        place = "/".join(str(part) for part in wrong.absolute_path) or "the whole"
        raise BadResponse(f"The answer does not fit the schema at {place}: {wrong.message}.")
    return data
