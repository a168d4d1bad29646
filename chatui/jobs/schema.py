"""Answers as JSON that fits a schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from chatui.domain.errors import BadResponse, UsageError

FENCE = re.compile(r"^\s*```[a-zA-Z]*\n(.*)\n\s*```\s*$", re.DOTALL)


def load_schema(path: Path) -> dict[str, Any]:
    """The JSON schema in a file. Raises UsageError when it is none."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        schema = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(schema, dict):
            raise UsageError(f"{path} is not a JSON schema: it has to be an object.")
        Draft202012Validator.check_schema(schema)
    except OSError as error:
        raise UsageError(f"The schema {path} cannot be read ({error.strerror}).") from error
    except (ValueError, SchemaError) as error:
        reason = error.message if isinstance(error, SchemaError) else str(error)
        raise UsageError(f"{path} is not a JSON schema ({reason}); mend it.") from error
    return schema


def parse(text: str, schema: dict[str, Any]) -> Any:
    """The object that an answer holds, out of a code fence where it stands in one. Raises
    BadResponse when it is no JSON or does not fit."""
    from jsonschema import Draft202012Validator

    fenced = FENCE.match(text)
    try:
        data = json.loads(fenced[1] if fenced else text)
    except ValueError as error:
        raise BadResponse(
            "The answer is not JSON; ask again, or take a model that supports JSON schemas."
        ) from error
    wrong = next(iter(Draft202012Validator(schema).iter_errors(data)), None)
    if wrong is not None:
        place = "/".join(str(part) for part in wrong.absolute_path) or "the whole"
        raise BadResponse(f"The answer does not fit the schema at {place}: {wrong.message}.")
    return data
