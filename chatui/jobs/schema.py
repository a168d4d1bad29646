"""Answers as JSON that fits a schema."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

from chatui.domain.errors import BadResponse, UsageError, WorkerError
from chatui.jobs.schema_check import compare, examine, is_plain, short
from chatui.system.files import at_home, is_there, read_plain
from chatui.text.foreign_json import read_json
from chatui.workers.blocking import BlockingWorker
from chatui.workers.process import WorkerSpec

FENCE = re.compile(r"```[a-zA-Z]*\n(.*)\n[^\S\n]*```", re.DOTALL)
TYPE_NAME = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)")
LARGEST = 256 << 10
"""Bytes of a schema. Providers take about half of that."""
CHECK_SECONDS = 5.0


def load_schema(named: str | Path, folder: Path = Path()) -> dict[str, Any]:
    """The JSON schema in a file, by its path from `folder`, or that of a Pydantic model or any
    type that Pydantic knows, as MODULE:NAME: that runs the module, which is sought in the folder
    first. May start a child and wait for it: call it in a thread. Raises UsageError when it is no
    schema, can't be followed, or refers to what it does not hold: nothing is fetched or read for
    it."""
    path = folder / at_home(named)
    of_type = TYPE_NAME.fullmatch(str(named))
    if of_type and not is_there(path):
        return checked(schema_of_type(of_type["module"], of_type["name"], folder), str(named))
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"The schema {path} is not a file; name a file.")
        data = read_plain(path, LARGEST + 1)
        if len(data) > LARGEST:
            raise UsageError(
                f"The schema {path} has more than {LARGEST >> 10} KB; make it smaller."
            )
        schema = read_json(data.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"The schema {path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise UsageError(f"{path} is not a JSON schema ({short(str(error))}); mend it.") from error
    return checked(schema, str(path))


def checked(schema: Any, place: str) -> dict[str, Any]:
    """The schema, if it is one that can be followed. Raises UsageError, with the place."""
    if not isinstance(schema, dict):
        raise UsageError(f"{place} is not a JSON schema: it has to be an object.")
    if is_plain(schema):
        examine(schema, place)
    else:
        try:
            _apart("examine", schema, place)
        except WorkerError as error:
            raise UsageError(f"The schema {place} can't be checked: {error}") from error
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


def parse(text: str, schema: dict[str, Any]) -> Any:
    """The object that an answer holds, out of a code fence where it stands in one. May start a
    child and wait for it: call it in a thread. Raises BadResponse when it is no JSON, does not fit,
    or can't be checked."""
    fenced = FENCE.fullmatch(text.strip())
    try:
        data = read_json(fenced[1] if fenced else text)
    except ValueError as error:
        raise BadResponse(
            "The answer is not JSON; ask again, or take a model that supports JSON schemas."
        ) from error
    if is_plain(schema):
        compare(data, schema)
    else:
        try:
            _apart("compare", data, schema)
        except WorkerError as error:
            raise BadResponse(f"The answer can't be checked against the schema: {error}") from error
    return data


def _apart(method: str, *args: Any) -> None:
    """A check in a child of its own. Raises WorkerError beside what the check raises."""
    spec = WorkerSpec(
        "chatui.jobs.schema_check:SchemaCheck", "the check of the JSON schema", (CHECK_SECONDS,)
    )
    with closing(BlockingWorker(spec)) as worker:
        worker.call(method, *args)
