"""What a provider's refusal means: HTTP status and words into one of our errors.

A message says what failed and what to do. The provider's own words are passed on as one
short line, without control sequences and without the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from chatui.domain.errors import (
    AuthenticationFailed,
    BadResponse,
    ContextTooLong,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
    UnknownModel,
)
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.too_long import TOO_LONG, WAITING_IS_NO_USE, tokens_told
from chatui.text.error_words import USED_UP, error_words

# Patterns as text: `re` compiles them when the first error comes, which a start need not wait for.
NO_SUCH_MODEL = (
    r"(?is)model[_ ]not[_ ](found|exist)|(no such|unknown|invalid|not a valid) model"
    r"|\bmodel\b.{0,120}?(not found|does ?n[o']t exist|not exist|no such|unknown|not (a )?valid)"
    r"|no endpoints found"
)


WORDS_READ = 4000
"""Characters of a server's words that are looked through: some say first what was asked of them."""


@dataclass(frozen=True, slots=True)
class RefusalRule:
    """The first rule whose statuses and words both fit gives the error. None among the
    statuses is an error inside a stream, which has none; an empty pattern fits any words."""

    statuses: Container[int | None]
    error: type[ModelError]
    sentence: str
    words: str = ""


PROMPT_TOO_LONG = (
    "The prompt is too long for {name}{reason}; shorten it, start a new conversation or "
    "choose a model with a larger context."
)
RULES = (
    RefusalRule((401,), AuthenticationFailed, "{who} {key_problem}; {advice}."),
    RefusalRule(
        (None, 400, 413, 422, *range(500, 600)),
        ContextTooLong,
        PROMPT_TOO_LONG,
        TOO_LONG,
    ),
    RefusalRule((429,), ContextTooLong, PROMPT_TOO_LONG, WAITING_IS_NO_USE),
    RefusalRule((413,), ContextTooLong, "{who} takes no request as long as this one; shorten it."),
    RefusalRule((402,), RateLimited, "The quota at {who} is used up{reason}; see to its billing."),
    RefusalRule(
        (None, 400, 403, 429),
        RateLimited,
        "The quota at {who} is used up{reason}; see to its billing.",
        USED_UP,
    ),
    RefusalRule(
        (403,), AuthenticationFailed, "{who} does not allow this key to use {name}{reason}."
    ),
    RefusalRule(
        (429,), RateLimited, "{who} limits how often it is asked{reason}; try again {when}."
    ),
    RefusalRule(
        (None, 400, 404, 422),
        UnknownModel,
        "{who} has no model {model!r}; `chatui models list` shows what it has.",
        NO_SUCH_MODEL,
    ),
    RefusalRule(
        (404, 405),
        ModelUnavailable,
        "{url} does not serve this ({code}); check base_url in [providers.{who}].",
    ),
    RefusalRule((408, 504), ModelTimeout, "{who} gave up waiting for {name} ({code}); try again."),
    RefusalRule(
        range(300, 400),
        BadResponse,
        "{url} sends elsewhere ({code}); put the address that it means into base_url of "
        "[providers.{who}].",
    ),
    RefusalRule(
        range(500, 600), ModelUnavailable, "{who} failed with {code}{reason}; try again later."
    ),
)
OTHERWISE = RefusalRule((), BadResponse, "{who} refused the request with {code}{reason}.")


def refusal(
    status: int | None,
    body: Any,
    endpoint: Endpoint,
    model: str,
    *,
    key: str = "",
    wait: float | None = None,
) -> ModelError:
    """Our error for an HTTP status (None inside a stream) and the body that came with it.
    `wait` is what the server asks for, in seconds."""
    told = error_words(body, key)
    words = error_words(body, key, WORDS_READ)
    about = f"{words} {error_field(body, 'code')} {error_field(body, 'type')}"
    rule = next((rule for rule in RULES if _fits(rule, status, about)), OTHERWISE)
    error = rule.error(
        rule.sentence.format(
            who=endpoint.name,
            name=f"{endpoint.name}/{model}",
            model=model,
            url=endpoint.shown_url,
            key_problem="refused the API key" if endpoint.key.present else "wants an API key",
            advice=endpoint.key.advice,
            reason=f" ({told})" if told else "",
            code=f"HTTP {status}" if status else "an error",
            when=f"in {wait:.0f} s" if wait else "in a while",
        ),
        free=True,
    )
    if isinstance(error, ContextTooLong):
        told_tokens = tokens_told(body, json.dumps(body, default=str)[:WORDS_READ])
        error.limit, error.prompt = told_tokens.limit, told_tokens.prompt
    return error


def error_field(body: Any, name: str) -> str:
    """A field of an error body, "" when it is not there."""
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    return str(inner.get(name) or "") if isinstance(inner, Mapping) else ""


def status_in(body: Any) -> int | None:
    """The HTTP status that OpenRouter and others put into the code of a streamed error."""
    code = error_field(body, "code")
    return int(code) if code.isdecimal() and 400 <= int(code) <= 599 else None


def _fits(rule: RefusalRule, status: int | None, about: str) -> bool:
    return status in rule.statuses and re.search(rule.words, about) is not None
