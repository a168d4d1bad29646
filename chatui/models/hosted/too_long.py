"""How servers say that a prompt does not fit the context, and what they tell of the limit.

There is no common form: each has words of its own, and some have fields beside them. A proxy
hands on those of whoever is behind it, so all of them are looked for at every server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Patterns as text: `re` compiles them when the first error comes, which a start need not wait for.
TOO_LONG = (
    r"(?i)context[_ ](length|window|size)|maximum context|prompt is too long"
    r"|too many (input )?tokens|input is too long|exceeds? the (maximum|available|configured limit)"
    r"|maximum (prompt|input|model) length|exceed context limit|reduce the length of"
    r"|prompt too long|prompt exceeds max|exceeds the limit of \d|request too large for"
    r"|reduce your message size|model token limit|greater than max_seq_len|request_too_large"
    r"|request body too large|tokens_limit_reached|exceed_context_size|inputs` must have less"
    r"|`inputs` tokens \+|only supports up to \d|range of input length"
)
"""One of these is in what OpenAI, Azure, llama.cpp, Ollama, vLLM, SGLang, TGI, TabbyAPI, LM Studio,
Mistral, DeepSeek, Anthropic, Gemini, Groq, OpenRouter, xAI, Together, Fireworks, Cohere, Cerebras,
Bedrock, Moonshot, Qwen, Zhipu, MiniMax and GitHub answer."""

WAITING_IS_NO_USE = r"(?i)request too large for|reduce your message size|tokens_limit_reached"
"""Among refusals for what is asked in a minute, those of a prompt that no minute has room for."""

NUMBER = r"(\d[\d,]{0,14})"
LIMIT = (
    # The context first: what else is called a limit may be that of the reply.
    rf"(?i)maximum (?:context|prompt|input|model) length:?(?: is| of)? ?\(?{NUMBER}",
    rf"(?i){NUMBER} maximum context",
    rf"(?i)context (?:length|window|size)(?: is| of)?(?: only)? ?\(?{NUMBER}",
    rf"(?i)maximum (?:number of tokens )?allowed ?\(?{NUMBER}",
    rf"[>] {NUMBER}",
    rf"(?i)\blimit(?: is| of|:)? {NUMBER}",
    rf"(?i)(?:<=|up to|less than|cannot exceed|max_seq_len|max size:) {NUMBER}",
    rf"(?i)input length should be \[\d, {NUMBER}\]",
)
PROMPT = (
    # Of a sum, the prompt's own part comes first.
    rf"(?i){NUMBER} (?:tokens )?(?:in (?:the|your) (?:messages|prompt)|(?:of text|from the) input)",
    rf"(?i)(?:resulted in|has|passed|contains|requested(?: about)?) {NUMBER} (?:input )?tokens",
    rf"(?i)(?:request|input|prompt) \(?(?:(?:total )?length )?{NUMBER}",
    rf"(?i)(?:token count|input length|current length)(?: is| of)? ?\(?{NUMBER}",
    rf"(?i)(?:too long|requested(?: tokens)?|received|given|context limit|first):? \(?{NUMBER}",
)
LARGEST = 2**31
"""Tokens. What is beyond that is no size of a context."""
DIGITS = len(str(LARGEST))


@dataclass(frozen=True, slots=True)
class TokensTold:
    """`limit` is how many tokens fit and `prompt` how many there were; None: it does not say."""

    limit: int | None = None
    prompt: int | None = None


def is_too_long(words: str, status: int | None = None) -> bool:
    """Whether a provider's words, with that HTTP status, say that the prompt does not fit."""
    expression = WAITING_IS_NO_USE if status == 429 else TOO_LONG
    return re.search(expression, words) is not None


def tokens_told(body: Any, words: str) -> TokensTold:
    """What a refusal tells: `words` are all that its `body` says."""
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    fields = inner if isinstance(inner, Mapping) else {}
    return TokensTold(
        _size(fields.get("n_ctx")) or _first(LIMIT, words),
        _size(fields.get("n_prompt_tokens")) or _first(PROMPT, words),
    )


def _first(patterns: tuple[str, ...], words: str) -> int | None:
    for pattern in patterns:
        found = re.search(pattern, words)
        if found is not None and (size := _size(found[1])):
            return size
    return None


def _size(value: object) -> int | None:
    if isinstance(value, str):
        digits = value.replace(",", "")
        value = int(digits) if digits.isdecimal() and len(digits) <= DIGITS else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < LARGEST else None
