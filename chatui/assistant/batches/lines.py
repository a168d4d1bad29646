"""The lines of a batch: JSON objects with a prompt, or plain prompts, one a line. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chatui.domain.errors import UsageError
from chatui.text.foreign_json import read_json

MOST_LINES = 1_000_000
KEYS = ("id", "prompt", "system", "vars", "model", "profile")
TEXTS = ("prompt", "system", "model", "profile")


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A prompt with what its line says of how it is asked. `number` is its line's, from 1. `id`
    is the user's, or `line-N`."""

    number: int
    id: str
    prompt: str
    system: str | None = None
    model: str = ""
    profile: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


def read_lines(text: str, name: str) -> list[BatchLine]:
    """The lines of the file of that name; blank ones are none. JSON lines where the first one
    begins with a brace or the name says so, else each line is a prompt. Raises UsageError with
    the file and the line of the first thing that is wrong."""
    numbered = [
        (number, line)
        # Not `splitlines`: JSON may hold the other ends of lines that Unicode has.
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1)
        if line.strip()
    ]
    if not numbered:
        raise UsageError(f"{name} has no prompts; write one a line.")
    if len(numbered) > MOST_LINES:
        raise UsageError(f"{name} has {len(numbered):,} prompts; {MOST_LINES:,} are the most.")
    as_json = numbered[0][1].lstrip().startswith("{") or name.endswith((".jsonl", ".ndjson"))
    found, places = [], dict[str, int]()
    for number, line in numbered:
        one = _read(line, number, name) if as_json else _plain(line, number)
        if one.id in places:
            raise UsageError(
                f"{name}, line {number}: the id {one.id} is that of line {places[one.id]} too; "
                "each needs its own."
            )
        places[one.id] = number
        found.append(one)
    return found


def _plain(line: str, number: int) -> BatchLine:
    return BatchLine(number, f"line-{number}", line.strip())


def _read(line: str, number: int, name: str) -> BatchLine:
    place = f"{name}, line {number}"
    try:
        value = read_json(line)
    except json.JSONDecodeError as error:
        reason = f"{error.msg}, at character {error.pos + 1}"
        raise UsageError(f"{place}: this is no JSON ({reason}).") from error
    if not isinstance(value, dict):
        raise UsageError(f'{place}: this is no object; write {{"prompt": "…"}}.')
    for key in value:
        if key not in KEYS:
            raise UsageError(f"{place}: {_unknown(key, value)}")
    for key in TEXTS:
        if key in value and not isinstance(value[key], str):
            raise UsageError(f"{place}: {key} is no text; put it into quotes.")
    if not value.get("prompt", "").strip():
        raise UsageError(f"{place}: there is no prompt; write it under the key prompt.")
    variables = value.get("vars", {})
    if not isinstance(variables, dict):
        raise UsageError(f"{place}: vars is no object; write names with their values.")
    given = value.get("id", f"line-{number}")
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise UsageError(f"{place}: the id is neither a text nor a whole number.")
    return BatchLine(
        number,
        str(given),
        value["prompt"],
        value.get("system"),
        value.get("model", ""),
        value.get("profile", ""),
        variables,
    )


def _unknown(key: str, value: Mapping[str, Any]) -> str:
    if key in {"custom_id", "body"} and "body" in value:
        return (
            "this is a request as OpenAI's batch files have it; write its id and its prompt as "
            '{"id": "…", "prompt": "…"}.'
        )
    near = difflib.get_close_matches(key, KEYS, n=1)
    meant = f"did you mean {near[0]}?" if near else f"a line has {', '.join(KEYS)}."
    return f"there is no key {key}; {meant}"
