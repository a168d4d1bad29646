"""What a server says of an error, whichever form it has for that."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chatui.text.foreign_json import read_json
from chatui.text.safety import one_line

QUOTED_LIMIT = 200
"""Characters of a server's own words that a message carries."""
LOOKED_AT = 10_000
"""Characters of a body's words: it may have millions."""
DEEPEST = 6
"""Errors inside of errors: a gateway hands on what another one handed on to it."""

INNER = ("error", "errors", "Error", "ResponseMetadata", "Response", "base_resp", "fault")
"""Where the object is that tells: OpenAI, Anthropic, Google and most others; Cloudflare and
GraphQL; Volcengine and Tencent; MiniMax; Apigee."""
WORDS = (
    *("message", "error_msg", "status_msg", "msg", "detail", "error_description", "error_message"),
    *("errorMessage", "errmsg", "Message", "faultstring", "description", "title"),
)
"""OpenAI; Baidu; MiniMax; Zhipu; FastAPI and RFC 9457; OAuth; and those of smaller servers."""
CODES_OF_FAULTS = ("code", "error_code", "status_code", "statusCode", "errcode", "Code")
CODES = (*CODES_OF_FAULTS, "type", "status", "reason")
OF_REPLIES = frozenset(("choices", "usage", "id", "object"))
FINE = frozenset(("", "0", "200", "ok", "success", "none", "null", "false"))
"""Codes that servers send with a reply which has no fault."""

# Patterns as text: `re` compiles them when the first error comes, which a start need not wait for.
_PER_TIME = (
    r"(?i)per[ _-]?(sec|min|hour|day)|\b[rtq]p[smhd]\b|\bqpm\b|(again|retry) (in|after) \d"
    r"|retry_?delay|rate[ _-]?limit|每(秒|分|小时|天|日)"
)
_NOTHING_LEFT = (
    r"(?i)insufficient[_ ]?(quota|balance|credit|funds)|billing|exceeded your current quota"
    r"|balance is too low|out of credits?|(more|no|not enough) credits?\b|arrear|overdue"
    r"|free ?tier ?only|total request limit|quota (is |has been )?(used up|exhausted)"
    r"|欠费|余额不足|余额已|充值|额度(不足|已用)"
)
_CODE_OF_NOTHING_LEFT = r"(?i)insufficient_?(quota|balance)|billing_error|arrearage|FreeTierOnly"
_WAIT = (
    r"(?i)(?:again|retry|wait)(?: (?:in|after|for))?:? ?"
    r"((?:\d{1,7}(?:\.\d{1,9})? ?(?:ms|milliseconds?|hours?|h|minutes?|mins?|m|seconds?|secs?|s)"
    r"[ ,]{0,2}){1,4})"
)
_SPAN = r"(?i)(\d{1,7}(?:\.\d{1,9})?) ?(ms|milli|h|m|s)"
_SECONDS = {"ms": 0.001, "milli": 0.001, "h": 3600.0, "m": 60.0, "s": 1.0}
LONGEST_WAIT = 365 * 86_400.0
"""Seconds. A server that asks for more is taken to ask for this: it stays a number to show."""


@dataclass(frozen=True, slots=True)
class ErrorTold:
    """`words` are the server's own, on as many lines as it likes; `codes` are its codes, types and
    reasons, joined by blanks; `status` is the HTTP status that is among them, and `wait` the
    seconds after which it may be asked again."""

    words: str = ""
    codes: str = ""
    status: int | None = None
    wait: float | None = None

    @property
    def used_up(self) -> bool:
        """Whether there is nothing left to pay with, so that asking again is of no use. A text
        about a limit for each minute may speak of billing too: that one passes."""
        if re.search(_CODE_OF_NOTHING_LEFT, self.codes):
            return True
        return used_up(f"{self.words} {self.codes}") and self.wait is None


def used_up(words: str) -> bool:
    """Whether a server's words say that there is nothing left to pay with."""
    return re.search(_NOTHING_LEFT, words) is not None and re.search(_PER_TIME, words) is None


def is_error(value: Any) -> bool:
    """Whether what came with a 200 is an error and no part of a reply."""
    if isinstance(value, list):
        return bool(value) and is_error(value[0])
    if not isinstance(value, Mapping):
        return False
    if _is_marked(value):
        return True
    if choices := value.get("choices"):
        return any(_tells(one.get("error")) for one in _mappings(choices))
    if value.get("success") is False or "detail" in value:
        return True
    coded = any(not _fine(value.get(name)) for name in CODES_OF_FAULTS) or _status(value)
    return bool(_first_text(value) and (coded or value.keys().isdisjoint(OF_REPLIES)))


def _is_marked(value: Mapping[str, Any]) -> bool:
    """Whether it has what no part of a reply has, whatever stands beside that."""
    if "error" in (value.get("object"), value.get("type")) or not _fine(value.get("error_code")):
        return True
    if any(isinstance(value.get(name), Mapping) and _failed(value[name]) for name in INNER[2:]):
        return True
    return _tells(value.get("error")) or _tells(value.get("errors"))


def read_error(body: Any) -> ErrorTold:
    """What an error body tells: JSON as it was decoded, or a text. Nothing is taken out of it but
    the page of HTML that a proxy sends."""
    told = ErrorTold()
    for layer in _layers(body, DEEPEST):
        words = _words(layer)
        told = ErrorTold(
            # The innermost words are those of the server where it happened.
            words or told.words,
            " ".join(part for part in (told.codes, *_codes(layer)) if part),
            _status(layer) or told.status,
            _wait_field(layer) or told.wait,
        )
    if told.wait is None and (found := re.search(_WAIT, told.words[:LOOKED_AT])):
        told = replace(told, wait=_bounded(_seconds(found[1])))
    return told


def error_words(body: Any, key: str = "", limit: int = QUOTED_LIMIT) -> str:
    """The message of an error body, JSON as it was decoded: one line without its full stop, at
    most `limit` characters, and no HTML. "" when it says nothing. Some servers repeat the
    `key` that they refuse: it is cut out."""
    line = one_line(read_error(body).words[:LOOKED_AT])
    # Before it is cut: half a key is a secret too.
    line = line.replace(key, "…") if key else line
    return one_line(line, limit).rstrip(".")


def _layers(body: Any, deepest: int) -> Iterator[Any]:
    """The body, and what tells inside it, from the outside in."""
    if isinstance(body, list):
        body = body[0] if body else None
    if isinstance(body, str) and body.lstrip()[:1] in ("{", "["):
        try:
            body = read_json(body[body.index("{") if body.lstrip()[0] == "{" else 0 :])
        except ValueError:
            pass
        else:
            yield from _layers(body, deepest - 1)
            return
    yield body
    if deepest > 0 and isinstance(body, Mapping):
        for inner in _inside(body):
            yield from _layers(inner, deepest - 1)


def _inside(body: Mapping[str, Any]) -> Iterator[Any]:
    inner = next((body[name] for name in INNER if body.get(name)), None)
    if inner is None:
        choices = _mappings(body.get("choices"))
        inner = next((one["error"] for one in choices if one.get("error")), None)
    # Chroma and others put the kind into `error` and the words beside it.
    if inner is not None and not (isinstance(inner, str) and _first_text(body)):
        yield inner
    # OpenRouter: what the provider behind it said, as text or as a value.
    metadata = body.get("metadata")
    if isinstance(metadata, Mapping) and (raw := metadata.get("raw")):
        yield raw
    # A gateway that puts the other server's JSON into its own message.
    words = _first_text(body)
    if "{" in words and "}" in words:
        begin = words[: words.rindex("}") + 1]
        begin = begin[begin.index("{") :] if "{" in begin else ""
        if begin and is_error(_value(begin[:LOOKED_AT])):
            yield begin[:LOOKED_AT]


def _value(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return None


def _first_text(body: Mapping[str, Any]) -> str:
    texts = (body[name] for name in WORDS if isinstance(body.get(name), str))
    return next((text for text in texts if text.strip()), "")


def _words(layer: Any) -> str:
    text = layer if isinstance(layer, str) else ""
    if isinstance(layer, Mapping):
        text = _first_text(layer)
    if text or not isinstance(layer, Mapping):
        return "" if text.lstrip().startswith("<") else text
    # FastAPI's list of what is wrong with the request.
    detail = layer.get("detail")
    if isinstance(detail, list):
        return "; ".join(_fault_of_a_field(one) for one in detail if isinstance(one, Mapping))
    if isinstance(detail, Mapping):
        return _words(detail)
    deeper = any(layer.get(name) for name in (*INNER, "choices"))
    return json.dumps(layer, default=str) if any(layer.values()) and not deeper else ""


def _fault_of_a_field(one: Mapping[str, Any]) -> str:
    where = one.get("loc")
    place = ".".join(str(part) for part in where) if isinstance(where, list) else ""
    said = str(one.get("msg") or "")
    return f"{place}: {said}" if place else said


def _codes(layer: Any) -> Iterator[str]:
    if not isinstance(layer, Mapping):
        return
    for name in (*CODES, "error"):
        if isinstance(value := layer.get(name), str | int) and not isinstance(value, bool):
            yield str(value)[:LOOKED_AT]
    # Google's list of details, each with a type, a reason or the quota that was passed.
    for one in _mappings(layer.get("details")):
        yield str(one.get("reason") or "")[:LOOKED_AT]
        for passed in _mappings(one.get("violations")):
            yield str(passed.get("quotaId") or "")[:LOOKED_AT]


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, Mapping))


def _status(layer: Any) -> int | None:
    if not isinstance(layer, Mapping):
        return None
    for name in CODES:
        value = str(layer.get(name) or "")
        if value.isdecimal() and len(value) == 3 and 400 <= int(value) <= 599:
            return int(value)
    return None


def _wait_field(layer: Any) -> float | None:
    if not isinstance(layer, Mapping):
        return None
    for one in (layer, *_mappings(layer.get("details"))):
        for name in ("retryDelay", "retry_after", "retry_after_seconds"):
            value = one.get(name)
            if isinstance(value, str):
                return _bounded(_seconds(value if value[-1:].isalpha() else f"{value}s"))
            if isinstance(value, int | float) and not isinstance(value, bool):
                return _bounded(float(value))
    return None


def _seconds(text: str) -> float:
    """Of a span like "6m0.5s", "20ms" or "1 hour"."""
    parts = re.findall(_SPAN, text[:100])
    return math.fsum(float(number) * _SECONDS[unit.lower()] for number, unit in parts)


def _bounded(seconds: float) -> float | None:
    return min(seconds, LONGEST_WAIT) if seconds > 0 else None


def _tells(inner: Any) -> bool:
    """Whether there is anything in it: some servers send an empty error with every chunk."""
    return any(inner.values()) if isinstance(inner, Mapping) else bool(inner)


def _failed(inner: Mapping[str, Any]) -> bool:
    """Whether an object for errors tells one: MiniMax sends its own with every reply."""
    return any(not _fine(inner.get(name)) for name in CODES) or bool(inner.get("Error"))


def _fine(code: Any) -> bool:
    return code is None or str(code).strip().lower() in FINE
