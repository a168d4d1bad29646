"""Whether something is a JSON schema, and whether a value fits one.

Expressions, references and comparisons may take for ever with a schema that is small: those
schemas are looked at in a child, as a service, within bounds.
"""

from __future__ import annotations

from typing import Any

from chatui.domain.errors import BadResponse, UsageError
from chatui.text.safety import one_line
from chatui.workers.bounds import OutOfBounds, bounded

ENDLESS = "The JSON schema refers to itself before any value is reached; take that reference out."
REFERENCES = {"$ref", "$dynamicRef"}
SLOW = REFERENCES | {"pattern", "patternProperties", "uniqueItems"}
"""What a check may go on with without an end."""
PLAIN_PARTS = 2_000
"""Values of a schema that is surely checked at once where nothing slow is in it."""
MEGABYTES = 512
LONGEST_REASON = 300


class SchemaCheck:
    """The service. `seconds` are of processor time, for each call."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def examine(self, schema: dict[str, Any], place: str) -> None:
        """Raises UsageError, as `examine` does, and where it takes too long."""
        try:
            with bounded(self._seconds, MEGABYTES):
                examine(schema, place)
        except OutOfBounds as error:
            raise UsageError(f"{place} can't be followed: {error}; make it simpler.") from error

    def compare(self, data: Any, schema: dict[str, Any]) -> None:
        """Raises BadResponse, as `compare` does, and where it takes too long."""
        try:
            with bounded(self._seconds, MEGABYTES):
                compare(data, schema)
        except OutOfBounds as error:
            raise BadResponse(
                f"The answer can't be checked against the JSON schema: {error}; make that simpler."
            ) from error


def is_plain(schema: Any) -> bool:
    """Whether it is checked in no time, and whatever is compared with it, too."""
    seen = 0
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > PLAIN_PARTS:
            return False
        if isinstance(part, dict):
            if not SLOW.isdisjoint(part):
                return False
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return True


def examine(schema: dict[str, Any], place: str) -> None:
    """Raises UsageError, with the place, when it is no schema, refers to what it does not hold
    (nothing is fetched or read for it), or goes round in circles with any value."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(schema)
        missing = unresolved(schema)
        if missing is None:
            for value in (None, True, 0, "", [], {}, [None], {"a": None}):
                _fault(value, schema)
    except RecursionError as error:
        raise UsageError(
            f"{place} refers to itself before any value is reached, or is nested too deep; "
            "correct it."
        ) from error
    # jsonschema's own errors, those of `re` and of addresses that are none.
    except (SchemaError, ValueError, ArithmeticError, TypeError, LookupError) as error:
        reason = error.message if isinstance(error, SchemaError) else str(error)
        raise UsageError(f"{place} is not a JSON schema ({short(reason)}); mend it.") from error
    if missing is not None:
        raise UsageError(
            f"{place} refers to {short(missing)}, which it does not hold; put that part into the "
            "schema: chatui fetches and reads nothing for it."
        )


def compare(data: Any, schema: dict[str, Any]) -> None:
    """Raises BadResponse when the value does not fit, or when the schema goes round in circles."""
    try:
        wrong = _fault(data, schema)
    except RecursionError as error:
        raise BadResponse(ENDLESS) from error
    if wrong is not None:
        place = "/".join(str(part) for part in wrong.absolute_path) or "the whole"
        raise BadResponse(
            f"The answer does not fit the schema at {short(place)}: {short(wrong.message)}."
        )


def short(reason: str) -> str:
    """On one line. jsonschema quotes the whole value first, and says last what is wrong."""
    line = one_line(reason)
    half = LONGEST_REASON // 2
    return line if len(line) <= LONGEST_REASON else f"{line[:half]} … {line[-half:]}"


def _fault(data: Any, schema: dict[str, Any]) -> Any:
    """A jsonschema.ValidationError, or None."""
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # Its own registry would fetch what a reference names, from the network and from files.
    validator = Draft202012Validator(schema, registry=Registry())
    return next(iter(validator.iter_errors(data)), None)


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
