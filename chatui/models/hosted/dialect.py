"""The form of a request that a server takes, and how it bends to what the server refuses.

Servers that call themselves OpenAI-compatible differ in whether they know `stream_options`, how
they name the output limit, which form of `response_format` and which sampling options they
take. A refusal names the field, so the next form is tried and the one that works is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from chatui.domain.known_providers import host_of, known_as
from chatui.models.base import SamplingOptions
from chatui.models.hosted.endpoint import CHAT_COMPLETIONS, OLLAMA_CHAT, Api, is_openai
from chatui.models.hosted.schema_modes import (
    MAKERS,
    MODES,
    OPENAI,
    PASSES_ON,
    SchemaMode,
    sent,
)
from chatui.models.schema_forms import loosened

SchemaFormat = Literal["json_schema", "json_object", "words"]
Known = TypeVar("Known")

OPTION_FIELDS: dict[str, tuple[str, ...]] = {
    "temperature": ("temperature",),
    "top_p": ("top_p",),
    "top_k": ("top_k",),
    "min_p": ("min_p",),
    # llama.cpp's servers have the first name, vLLM, SGLang and OpenRouter the second.
    "repeat_penalty": ("repeat_penalty", "repetition_penalty"),
    "presence_penalty": ("presence_penalty",),
    "frequency_penalty": ("frequency_penalty",),
    "seed": ("seed",),
    "stop": ("stop",),
    "reasoning_effort": ("reasoning_effort",),
    "grammar": ("grammar",),
}
"""By the name of a sampling option, the fields of a request that say it."""
EXTRAS = ("service_tier", "prompt_cache_key", "prompt_cache_options")
"""What else a provider may be asked for, and refuse."""

BAD_SCHEMA = r"Invalid schema for response_format|invalid_json_schema"
"""How OpenAI and those who follow it refuse a keyword, rather than the field."""
ABOUT_SCHEMA = (
    r"(?i)response_format|json_?schema|schema|grammar|structured.outputs?|output_(?:format|config)"
    r"|too many states"
)
"""What refusals of a schema, or of a mode for schemas, speak of: "Invalid schema for
response_format" (OpenAI), "JSON schema conversion failed" (llama.cpp), "invalid format" beside it
(Ollama), "constraint has too many states" (Gemini), "features not supported by xgrammar" (vLLM)."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """How a server is told that the last message is the beginning of its reply."""

    mark: str = ""
    """The field of that message which is to be true; "" where its place says enough."""
    body: tuple[tuple[str, bool], ...] = ()
    """Fields of the request."""
    root: str = ""
    """The path that takes the place of the base URL's."""
    trimmed: bool = False
    """Whether a beginning may not end with white space, or comes back without it."""
    echoed: bool = False
    """Whether the beginning comes back, however short it is."""


PREFILLS: dict[str, Prefill] = {
    # https://api-docs.deepseek.com/guides/chat_prefix_completion
    "api.deepseek.com": Prefill("prefix", root="/beta"),
    # https://docs.mistral.ai/guides/prefix shows the beginning in the response, which is to be cut
    # off there; it comes in a stream as well (vercel/ai, pull request 3256).
    "api.mistral.ai": Prefill("prefix", trimmed=True, echoed=True),
    # https://platform.kimi.ai/docs/guide/use-partial-mode-feature-of-kimi-api
    "api.moonshot.ai": Prefill("partial"),
    "api.moonshot.cn": Prefill("partial"),
    # https://help.aliyun.com/en/model-studio/partial-mode; the hosts are those of
    # https://help.aliyun.com/en/model-studio/regions
    "dashscope.aliyuncs.com": Prefill("partial"),
    "dashscope-intl.aliyuncs.com": Prefill("partial"),
    "dashscope-us.aliyuncs.com": Prefill("partial"),
    "maas.aliyuncs.com": Prefill("partial"),
    # https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/prefill-claudes-response
    # Models before 4.6 go on, and take no white space at the end; later ones refuse it.
    "api.anthropic.com": Prefill(trimmed=True),
    # https://openrouter.ai/docs, Assistant Prefill: passed on to whoever serves the model.
    "openrouter.ai": Prefill(trimmed=True),
    # https://console.groq.com/docs/prefilling
    "api.groq.com": Prefill(),
    # https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html; the two exclude each
    # other there, and the second is true by default.
    "vllm": Prefill(body=(("continue_final_message", True), ("add_generation_prompt", False))),
    # sgl-project/sglang, pull request 4226
    "sglang": Prefill(body=(("continue_final_message", True),)),
    # llama.cpp's server leaves a last message of the assistant open (ggml-org/llama.cpp, pull
    # request 13174) and refuses it while a model is to think.
    "llamacpp": Prefill(),
    "llama.cpp": Prefill(),
    # ollama/ollama, issue 6778: so do Ollama's templates.
    "ollama": Prefill(),
}
"""Who goes on behind the beginning of a reply, by host, or by the name of a provider that may be
anywhere. Others are told to in words."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The form of a request that a model's server takes. `without` are fields to leave out."""

    stream_options: bool = True
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    schema_format: SchemaFormat = "json_schema"
    """How a JSON schema is told: by the server's own mode, or in words where it has none that
    keeps to a schema."""
    without: frozenset[str] = frozenset()
    prefill: Prefill | None = None
    """How a reply is gone on with; None is in words."""
    mode: SchemaMode | None = None
    """What its mode for schemas takes of them; None for what is not known."""
    api: Api = CHAT_COMPLETIONS
    """The protocol that it is a form of."""
    most: int | None = None
    """The longest reply that may be asked for, in tokens, as a refusal said it."""

    @property
    def form(self) -> tuple[SchemaFormat, SchemaMode | None]:
        """How a JSON schema is told."""
        return self.schema_format, self.mode

    def left_out(self, options: SamplingOptions) -> tuple[str, ...]:
        """The names of the options that are set and that no field of this form says."""
        return tuple(
            name
            for name, fields in OPTION_FIELDS.items()
            if getattr(options, name) is not None and self.without.issuperset(fields)
        )


def first_dialect(base_url: str, provider: str = "", model: str = "") -> Dialect:
    """What is known of a provider, or of the maker of a model that it only passes requests on to.
    OpenAI's own reasoning models refuse `max_tokens`; most others know nothing else."""
    host, known = host_of(base_url), known_as(base_url, provider)
    dialect = Dialect(mode=_of(MODES, host) or MODES.get(provider))
    if known is not None:
        dialect = replace(
            dialect,
            without=known.without,
            schema_format=known.schema,
            stream_options=known.usage_asked,
        )
    if is_openai(base_url):
        return replace(dialect, limit_field="max_completion_tokens", mode=OPENAI)
    if f".{host}".endswith(f".{PASSES_ON}"):
        dialect = replace(dialect, mode=MAKERS.get(model.partition("/")[0]))
    return replace(dialect, prefill=_of(PREFILLS, host) or PREFILLS.get(provider))


def native_dialect(usual: Dialect) -> Dialect:
    """The form of Ollama's /api/chat, which takes more sampling options than its /v1."""
    return replace(usual, api=OLLAMA_CHAT, without=frozenset(("grammar", "repetition_penalty")))


def _of(table: Mapping[str, Known], host: str) -> Known | None:
    """What a table knows of a host, or of the one that it belongs to."""
    return next((known for name, known in table.items() if f".{host}".endswith(f".{name}")), None)


def next_dialect(
    dialect: Dialect,
    refusal: str,
    body: Mapping[str, Any],
    *,
    begun: bool = False,
    of_request: bool = False,
) -> Dialect | None:
    """The form to try after a refusal that names a field of the body, else None. `begun`: the last
    message was the beginning of a reply. `of_request`: the status says that the request is wrong,
    which it may be by its schema where nothing is named."""
    if "stream_options" in body and ("stream_options" in refusal or "include_usage" in refusal):
        return replace(dialect, stream_options=False)
    if dialect.limit_field in body and dialect.limit_field in refusal:
        usual = dialect.limit_field == "max_tokens"
        return replace(dialect, limit_field="max_completion_tokens" if usual else "max_tokens")
    if "response_format" in body and (form := _next_form(dialect, refusal, body)):
        return form
    fields = [field for fields in OPTION_FIELDS.values() for field in fields if field in body]
    fields += [field for field in EXTRAS if field in body]
    named = frozenset(field for field in fields if _names(refusal, field))
    # Refusals of a beginning have no words in common, and to be told in words costs little.
    begun = begun and dialect.prefill is not None
    if not named and not begun:
        unsaid = of_request and "response_format" in body
        return replace(dialect, schema_format="words") if unsaid else None
    prefill = dialect.prefill if named else None
    return replace(dialect, without=dialect.without | named, prefill=prefill)


def _next_form(dialect: Dialect, refusal: str, body: Mapping[str, Any]) -> Dialect | None:
    """How a JSON schema is told after a refusal of the form before."""
    if dialect.schema_format == "words" or not re.search(ABOUT_SCHEMA, refusal):
        return None
    if dialect.schema_format == "json_object":
        return replace(dialect, schema_format="words")
    if dialect.mode is None and _has_a_keyword_of(body, refusal):
        return replace(dialect, mode=OPENAI)
    return replace(dialect, schema_format="json_object")


def _has_a_keyword_of(body: Mapping[str, Any], refusal: str) -> bool:
    """Whether what was refused may be a part of the schema that is left out for others."""
    form = body["response_format"]["json_schema"]
    fewer = sent(form["schema"], OPENAI)
    if fewer is None or (fewer.schema, fewer.strict) == (form["schema"], form["strict"]):
        return False
    found = loosened(form["schema"], OPENAI.taken)
    named = found is not None and any(name in refusal for name in found.left_out)
    return named or re.search(BAD_SCHEMA, refusal) is not None


def _names(refusal: str, field: str) -> bool:
    """Whether the words are of this field. "stop" is an everyday word as well: it counts in
    quotes, before a colon, or behind one."""
    word = rf"\b{field}\b"
    if field == "stop":
        word = rf"['\"`]{field}\\?['\"`]|\b{field}:|: {field}\b"
    return re.search(word, refusal) is not None
