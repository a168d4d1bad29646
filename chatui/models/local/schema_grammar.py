"""JSON schemas as GBNF, llama.cpp's grammars. Pure: nothing of llama.cpp is needed.

llama-cpp-python brings a translator too. Its strings may hold raw line ends, which is no JSON,
it writes a rule as often as `maxLength` says, and it stops at assertions. What a grammar can't
say (`pattern`, `uniqueItems`, `not`, bounds of fractions, that one alone of `oneOf` fits, that a
member beside the named ones has another name) is what the reply is checked for afterwards.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chatui.domain.errors import BadResponse
from chatui.models.local.digit_ranges import integers

MOST_RULES = 2_000
MOST_CHARACTERS = 200_000
DEEPEST = 60
"""What a grammar may have. llama.cpp works through all open rules for every token."""
MOST_PARTS = 20_000
"""Parts of a schema that are translated. Alternatives that refer to alternatives may stand for
more than there are atoms."""
MOST_REPEATS = 1_000
"""llama.cpp takes no more than 2,000 of one thing; a bound beyond is checked afterwards."""

GAP = '" "?'
"""What may stand behind a comma and a colon. Any white space is where models get lost."""
COMMA = f'"," {GAP}'
ANY = {
    "value": 'object | array | string | number | "true" | "false" | "null"',
    "object": f'"{{" (member ({COMMA} member)*)? "}}"',
    "member": f'string ":" {GAP} value',
    "array": f'"[" (value ({COMMA} value)*)? "]"',
    "string": r'"\"" char* "\""',
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" (["\\bfnrt/] | "u" code)',
    # No half of a pair: two of them are one character to JSON, and one is none.
    "code": "[0-9a-cA-Ce-fE-F] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}",
    # With more digits in the exponent it is no number to those who read it.
    "number": '"-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
}
_DATE = '[0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "3" [01])'
_CLOCK = '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]'
_TIME = f'{_CLOCK} ":" [0-5] [0-9] ("." [0-9]{{1,6}})? ("Z" | [-+] {_CLOCK})'
_HEX = "[0-9a-fA-F]"
FORMATS = {
    "date": _DATE,
    "time": _TIME,
    "date-time": f'{_DATE} "T" {_TIME}',
    "uuid": f'{_HEX}{{8}} ("-" {_HEX}{{4}}){{3}} "-" {_HEX}{{12}}',
}
OBJECT_KEYS = ("properties", "required", "additionalProperties")
NOTES = ("$defs", "definitions", "$schema", "$id", "$comment", "title", "description", "default",
         "examples", "deprecated")  # fmt: skip
"""What says nothing of a value itself."""
ARRAY_KEYS = ("items", "prefixItems", "minItems", "maxItems")
STRING_KEYS = ("minLength", "maxLength", "format")
LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
TOO_LARGE = "The JSON schema is too large for a model on this machine; make it simpler."
NO_VALUE = "The JSON schema has a part that no value fits; take it out."


def grammar_of_schema(schema: Any) -> str:
    """The GBNF text of a JSON schema, whose rule `root` is the whole reply. Raises BadResponse
    for one that no value fits, that refers to what it does not have, or that is too large."""
    try:
        return _Grammar(schema).text()
    except RecursionError as error:
        raise BadResponse(TOO_LARGE) from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadResponse(f"The JSON schema can't be followed ({error}); correct it.") from error


class _Grammar:
    """`_names` are the rules by what they say, so that it is said once; `_references` those of
    the references that were met, which is how a schema may contain itself. `_open` are those that
    lead to what is being said, with no bracket in between."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._names: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._referred: dict[str, str] = {}
        self._open: frozenset[str] = frozenset()
        self._depth = self._parts = self._characters = 0

    def text(self) -> str:
        rules = {"root": self._value(self._schema), **ANY, **self._referred}
        rules |= {name: rule for rule, name in self._names.items()}
        text = "\n".join(f"{name} ::= {rule}" for name, rule in rules.items())
        if len(text) > MOST_CHARACTERS:
            raise BadResponse(TOO_LARGE)
        return text

    def _value(self, schema: Any) -> str:
        """What may stand for a value of the schema: a rule's name, or one literal."""
        self._depth += 1
        self._parts += 1
        if self._depth > DEEPEST or self._parts > MOST_PARTS:
            raise BadResponse(TOO_LARGE)
        found = self._named(self._expression(schema))
        self._depth -= 1
        return found

    def _expression(self, schema: Any) -> str:
        if schema is True or schema == {}:
            return "value"
        if not isinstance(schema, Mapping):
            raise BadResponse(NO_VALUE)
        if "$ref" in schema:
            if schema.keys() <= {"$ref", *NOTES}:
                return self._reference(str(schema["$ref"]))
            return self._value(self._joined([schema]))
        if "const" in schema or "enum" in schema:
            values = [schema["const"]] if "const" in schema else schema["enum"]
            return _either(literal(value) for value in values if self._fits(value, schema))
        alternatives = self._alternatives(schema)
        if alternatives is not None:
            return _either(map(self._value, alternatives))
        kind = schema.get("type")
        if kind is None:
            kind = "string" if any(key in schema for key in STRING_KEYS) else "value"
            kind = "object" if any(key in schema for key in OBJECT_KEYS) else kind
            kind = "array" if any(key in schema for key in ARRAY_KEYS) else kind
        makers = {"object": self._object, "array": self._array, **PLAIN}
        if kind not in makers:
            raise BadResponse(f"The JSON schema has a type {kind!r} that JSON does not; mend it.")
        outside, self._open = self._open, frozenset()
        found = makers[kind](schema)
        self._open = outside
        return found

    def _alternatives(self, schema: Mapping[str, Any]) -> list[Any] | None:
        """The schemas of which a value fits one, None for a schema that says itself what fits."""
        for key in ("anyOf", "oneOf", "allOf"):
            if key not in schema:
                continue
            # What stands beside the alternatives holds for each of them.
            beside = {name: schema[name] for name in schema if name not in {key, *NOTES}}
            if not beside and (key != "allOf" or len(schema[key]) == 1):
                return list(schema[key])
            if key == "allOf":
                return [self._joined([schema])]
            return [self._joined([beside, one]) for one in schema[key]]
        if isinstance(schema.get("type"), list):
            return [{**schema, "type": kind} for kind in schema["type"]]
        return None

    def _object(self, schema: Mapping[str, Any]) -> str:
        properties = schema.get("properties") or {}
        required = schema.get("required") or ()
        # What is required and not described is one of the others.
        unnamed = [name for name in dict.fromkeys(required) if name not in properties]
        if unnamed and schema.get("additionalProperties") is False:
            raise BadResponse(NO_VALUE)
        parts = {**dict.fromkeys(unnamed, schema.get("additionalProperties", True)), **properties}
        order = [*properties, *unnamed]
        more = schema.get("additionalProperties", not parts)
        rest = "" if more is False else f'string ":" {GAP} {self._value(more)}'
        # From the last member on: what may follow when something was written, and when nothing.
        behind = f"({COMMA} {rest})*" if rest else ""
        alone = f"({rest} {behind})?" if rest else ""
        for name in reversed(order):
            member = self._named(f'{literal(name)} ":" {GAP} {self._value(parts[name])}')
            first = f"{member} {behind}"
            if name in required:
                alone, behind = first, f"{COMMA} {member} {behind}"
            else:
                alone = f"({first} | {alone})" if alone else f"({first})?"
                behind = f"({COMMA} {member})? {behind}"
            alone, behind = self._named(alone), self._named(behind)
        return f'"{{" {alone} "}}"'

    def _array(self, schema: Mapping[str, Any]) -> str:
        least, most = int(schema.get("minItems") or 0), schema.get("maxItems")
        if most is not None and least > most:
            raise BadResponse(NO_VALUE)
        least = min(least, MOST_REPEATS)
        most = None if most is None or most > MOST_REPEATS else int(most)
        first = [self._value(part) for part in list(schema.get("prefixItems") or ())[:most]]
        items = schema.get("items", True)
        if items is False and least > len(first):
            raise BadResponse(NO_VALUE)
        if most == 0 or (items is False and not first):
            return '"[" "]"'
        if items is False:
            return f'"[" {f" {COMMA} ".join(first)} "]"'
        item = self._value(items)
        one = first or [item]
        more = self._named(f"{COMMA} {item}")
        left = None if most is None else most - len(one)
        tail = "" if left == 0 else f"{more}{_times(max(0, least - len(one)), left)}"
        whole = f"{f' {COMMA} '.join(one)} {tail}"
        return f'"[" {whole if least or first else f"({whole})?"} "]"'

    def _reference(self, place: str) -> str:
        if place in self._open:
            raise BadResponse(
                f"The JSON schema refers to {place} from {place} itself, with no object or list in "
                "between; correct it."
            )
        if place not in self._references:
            name = self._references[place] = f"ref{len(self._references)}"
            outside, self._open = self._open, self._open | {place}
            self._referred[name] = self._value(self._target(place))
            self._open = outside
        return self._references[place]

    def _target(self, place: str) -> Any:
        if not place.startswith("#"):
            raise BadResponse(f"The JSON schema refers to {place}; put that into the schema.")
        target = self._schema
        for part in place[1:].split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            try:
                target = target[int(key)] if isinstance(target, list) else target[key]
            except (KeyError, ValueError, IndexError, TypeError) as error:
                raise BadResponse(
                    f"The JSON schema refers to {place}, which it does not have; correct it."
                ) from error
        return target

    def _joined(self, schemas: Iterable[Any]) -> dict[str, Any]:
        """One schema of several that hold together, without references and `allOf` on top."""
        waiting, found = [*schemas][::-1], dict[str, Any]()
        for _ in range(MOST_RULES):
            if not waiting:
                return found
            schema = waiting.pop()
            if schema is False:
                raise BadResponse(NO_VALUE)
            part = {} if schema is True else dict(schema)
            waiting += [*part.pop("allOf", ())][::-1]
            if "$ref" in part:
                waiting.append(self._target(str(part.pop("$ref"))))
            found = _both(found, part)
        raise BadResponse(TOO_LARGE)

    def _fits(self, value: Any, schema: Mapping[str, Any]) -> bool:
        """Whether one of the values that a schema lists is what else the schema says."""
        if schema.keys() <= {"const", *NOTES} or schema.keys() <= {"enum", *NOTES}:
            return True
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import UnknownType
        from referencing import Registry
        from referencing.exceptions import Unresolvable

        whole = Draft202012Validator(self._schema, registry=Registry())
        try:
            return bool(whole.evolve(schema=schema).is_valid(value))
        except (UnknownType, Unresolvable, re.error) as error:
            raise BadResponse(
                f"The JSON schema can't be followed ({error!r}); correct it."
            ) from error

    def _named(self, rule: str) -> str:
        """The name of a rule that says this."""
        if not rule or rule.isalnum():
            return rule
        if rule not in self._names:
            self._names[rule] = f"r{len(self._names)}"
            self._characters += len(rule)
            if len(self._names) > MOST_RULES or self._characters > MOST_CHARACTERS:
                raise BadResponse(TOO_LARGE)
        return self._names[rule]


def literal(value: Any) -> str:
    """The JSON text of a value, as a literal of a grammar."""
    text = json.dumps(value, ensure_ascii=False).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What two schemas say together; of what can't be said together the later one's."""
    found = {**one, **other}
    for key in one.keys() & other.keys() - {*NOTES}:
        first, second = one[key], other[key]
        if key in LEAST or key in MOST:
            found[key] = max(first, second) if key in LEAST else min(first, second)
        elif key == "required":
            found[key] = [*first, *second]
        elif key == "properties":
            both = {
                name: {"allOf": [first[name], second[name]]} for name in first if name in second
            }
            found[key] = {**first, **second, **both}
        elif key in ("items", "additionalProperties"):
            found[key] = False not in (first, second) and {"allOf": [first, second]}
        elif key in ("anyOf", "oneOf"):
            found[key] = [{"allOf": [each, beside]} for each in first for beside in second]
        elif key in ("enum", "const"):
            lists = [given if key == "enum" else [given] for given in (first, second)]
            texts = {literal(value) for value in lists[0]}
            found.pop(key)
            found["enum"] = [value for value in lists[1] if literal(value) in texts]
        elif key == "type":
            found[key] = _common(first, second)
    return found


def _common(one: Any, other: Any) -> list[str]:
    """The types of values that two schemas leave; a whole number is a number as well."""
    first, second = ({given} if isinstance(given, str) else {*given} for given in (one, other))
    kinds = first & second
    for wide, narrow in ((first, second), (second, first)):
        kinds |= narrow & {"integer"} if "number" in wide else set()
    if not kinds:
        raise BadResponse(NO_VALUE)
    return sorted(kinds)


def _either(alternatives: Iterable[str]) -> str:
    found = list(alternatives)
    if not found:
        raise BadResponse(NO_VALUE)
    return " | ".join(found)


def _string(schema: Mapping[str, Any]) -> str:
    shape = FORMATS.get(str(schema.get("format")))
    if shape is None:
        least, most = int(schema.get("minLength") or 0), schema.get("maxLength")
        if not least and most is None:
            return "string"
        bounded = None if most is None or most > MOST_REPEATS else int(most)
        times = _times(min(least, MOST_REPEATS), bounded)
        shape = "" if most == 0 else f"char{times}"
    return rf'"\"" {shape} "\""'


def _times(least: int, most: int | None) -> str:
    """How often something may come, behind what it is said of. Raises BadResponse when never."""
    if most is None:
        return f"{{{least},}}"
    if most < least:
        raise BadResponse(NO_VALUE)
    return f"{{{least},{most}}}"


def _integer(schema: Mapping[str, Any]) -> str:
    return integers(*_bounds(schema)) or _either(())


def _bounds(schema: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The least and the largest whole number that the schema allows; None is no bound."""
    lows = [math.ceil(schema[key]) for key in ("minimum",) if key in schema]
    lows += [math.floor(schema[key]) + 1 for key in ("exclusiveMinimum",) if key in schema]
    highs = [math.floor(schema[key]) for key in ("maximum",) if key in schema]
    highs += [math.ceil(schema[key]) - 1 for key in ("exclusiveMaximum",) if key in schema]
    return max(lows, default=None), min(highs, default=None)


PLAIN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "string": _string,
    "integer": _integer,
    "number": lambda schema: "number",
    "boolean": lambda schema: '"true" | "false"',
    "null": lambda schema: '"null"',
    "value": lambda schema: "value",
}
