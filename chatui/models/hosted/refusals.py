"""What a provider's refusal means: HTTP status and words into one of our errors.

A message says what failed and what to do. The provider's own words are passed on as one
short line, without control sequences and without the key.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from chatui.domain.errors import (
    AuthenticationFailed,
    BadResponse,
    ContentRefused,
    ContextTooLong,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    QuotaUsedUp,
    RateLimited,
    UnknownModel,
)
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.too_long import TOO_LONG, WAITING_IS_NO_USE, tokens_told
from chatui.text.error_words import ErrorTold, error_words, read_error

# Patterns as text: `re` compiles them when the first error comes, which a start need not wait for.
NO_SUCH_MODEL = (
    r"(?is)model[_ ]?not[_ ]?(found|exist|open|support)|(no such|unknown|invalid|not a valid) model"
    r"|\bmodels?\b.{0,120}?(not found|does ?n[o']t exist|not exist|no such|unknown|not (a )?valid)"
    r"|no endpoints found|模型(不存在|未找到|不支持)|无此模型"
)
NOBODY_MAY = (
    r"(?i)no (allowed|available) (model )?providers?|no providers? (is|are) (allowed|available)"
    r"|no endpoints found (matching|that can handle)|data polic(y|ies)|guardrail restrictions"
)
"""How OpenRouter says that whoever serves a model may not, by the user's own wishes."""
KEY_REFUSED = (
    r"(?i)authentication|unauthori[sz]ed|unauthenticated|login fail"
    r"|(invalid|incorrect|wrong|bad|missing|expired|no|provide an?) ?(x-)?(api|access)[-_ ]?"
    r"(key|token)"
    r"|\b(api|access)[-_ ]?(key|token) (is )?(not valid|invalid|missing|expired|not found|required)"
    r"|鉴权|身份验证|令牌|密钥(无效|错误)|api ?key ?(无效|错误|不存在)"
)
NOT_ALLOWED = r"(?i)permission|access ?denied|forbidden|not allowed to|no access to|无权|权限"
CONTENT = (
    r"(?i)content[_ ]?(policy|filter|management|blocked|moderat)|responsible ?ai|data_?inspection"
    r"|prompt (was |has been )?(blocked|rejected|flagged)|\bflagged\b|moderation|prohibited content"
    r"|safety (system|settings|reasons|filter|polic)|blocked (by|for|due to)\b.{0,40}safety"
    r"|(inappropriate|sensitive|unsafe|harmful) (content|words?|information|input|topics?)"
    r"|敏感|违规|不安全|不合规"
)
TOO_OFTEN = (
    r"(?i)rate[_ ]?limit|too[_ ]?many[_ ]?requests|throttl|resource_exhausted"
    r"|requests? limit reached|qps|\b[rt]pm\b|quota exceeded|slow down|concurren|限流|频率|并发"
    r"|速率|请求(过多|太多|次数)"
)
DOWN = (
    r"(?i)overload|unavailable|internal|server[_ ]?error|out of memory|\bcuda\b|\bengine\b|capacity"
    r"|upstream|connect error|bad gateway|too busy|is busy|high (load|demand)|try again later|crash"
    r"|disconnect|繁忙|过载|负载|服务(不可用|异常|错误)|稍后(再试|重试)|内部错误"
)
TOOK_TOO_LONG = r"(?i)time[d_ -]?out|deadline[_ ]exceeded|took too long|超时"


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
    used_up: bool = False
    """Fits only where there is nothing left to pay with."""


PROMPT_TOO_LONG = (
    "The prompt is too long for {name}{reason}; shorten it, start a new conversation or "
    "choose a model with a larger context."
)
KEY_PROBLEM = "{who} {key_problem}{reason}; {advice}."
USED_UP = "The quota at {who} is used up{reason}; see to its billing."
OFTEN = "{who} limits how often it is asked{reason}; try again {when}."
FAILED = "{who} failed with {code}{reason}; try again later."
GAVE_UP = "{who} gave up waiting for {name} ({code}); try again."
RULES = (
    RefusalRule((401,), AuthenticationFailed, KEY_PROBLEM),
    RefusalRule(
        (None, 400, 413, 422, *range(500, 600)),
        ContextTooLong,
        PROMPT_TOO_LONG,
        TOO_LONG,
    ),
    RefusalRule((429,), ContextTooLong, PROMPT_TOO_LONG, WAITING_IS_NO_USE),
    RefusalRule((413,), ContextTooLong, "{who} takes no request as long as this one; shorten it."),
    RefusalRule((402,), QuotaUsedUp, USED_UP),
    RefusalRule((None, 400, 403, 429, 432), QuotaUsedUp, USED_UP, used_up=True),
    RefusalRule(
        (None, 400, 403, 422, 451),
        ContentRefused,
        "{who} refuses the question for what it says{reason}; put it in other words, or choose "
        "another model.",
        CONTENT,
    ),
    RefusalRule((None, 400), AuthenticationFailed, KEY_PROBLEM, KEY_REFUSED),
    RefusalRule(
        (403,), AuthenticationFailed, "{who} does not allow this key to use {name}{reason}."
    ),
    RefusalRule((429,), RateLimited, OFTEN),
    RefusalRule(
        (None, 400, 404, 503),
        ModelUnavailable,
        "{who} has nobody who may serve {name}{reason}; see to provider in [providers.{who}] and "
        "to your settings there.",
        NOBODY_MAY,
    ),
    RefusalRule(
        (None, 400, 404, 422),
        UnknownModel,
        "{who} has no model {model!r}{reason}; `chatui models list` shows what it has.",
        NO_SUCH_MODEL,
    ),
    RefusalRule(
        (None,),
        AuthenticationFailed,
        "{who} does not allow this key to use {name}{reason}.",
        NOT_ALLOWED,
    ),
    RefusalRule((None, 400, 403), RateLimited, OFTEN, TOO_OFTEN),
    RefusalRule((None,), ModelTimeout, GAVE_UP, TOOK_TOO_LONG),
    RefusalRule((None,), ModelUnavailable, FAILED, DOWN),
    RefusalRule(
        (404, 405),
        ModelUnavailable,
        "{url} does not serve this ({code}); check base_url in [providers.{who}].",
    ),
    RefusalRule((408, 504), ModelTimeout, GAVE_UP),
    RefusalRule(
        range(300, 400),
        BadResponse,
        "{url} sends elsewhere ({code}); put the address that it means into base_url of "
        "[providers.{who}].",
    ),
    RefusalRule(range(500, 600), ModelUnavailable, FAILED),
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
    `wait` is what the server's headers ask for, in seconds."""
    told = read_error(body)
    quoted = error_words(body, key)
    status, wait = status or told.status, wait if wait is not None else told.wait
    rule = _rule(status, told)
    error = rule.error(
        rule.sentence.format(
            who=endpoint.name,
            name=f"{endpoint.name}/{model}",
            model=model,
            url=endpoint.shown_url,
            key_problem="refused the API key" if endpoint.key.present else "wants an API key",
            advice=endpoint.key.advice,
            reason=f" ({quoted})" if quoted else "",
            code=f"HTTP {status}" if status else "an error",
            when=f"in {math.ceil(wait)} s" if wait else "in a while",
        ),
        free=True,
    )
    if isinstance(error, ContextTooLong):
        told_tokens = tokens_told(body, json.dumps(body, default=str)[:WORDS_READ])
        error.limit, error.prompt = told_tokens.limit, told_tokens.prompt
    return error


def refusal_kind(status: int | None, body: Any) -> type[ModelError]:
    """The class of what `refusal` would say."""
    told = read_error(body)
    return _rule(status or told.status, told).error


def _rule(status: int | None, told: ErrorTold) -> RefusalRule:
    about = f"{told.words[:WORDS_READ]} {told.codes[:WORDS_READ]}"
    return next((rule for rule in RULES if _fits(rule, status, about, told)), OTHERWISE)


def _fits(rule: RefusalRule, status: int | None, about: str, told: ErrorTold) -> bool:
    if status not in rule.statuses or (rule.used_up and not told.used_up):
        return False
    return re.search(rule.words, about) is not None
