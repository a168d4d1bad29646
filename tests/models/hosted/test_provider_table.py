"""The manual's table of providers and what they take, held equal to the code's own tables."""

from __future__ import annotations

from pathlib import Path

from chatui.cost.cache_rules import cache_rule
from chatui.domain.cache_rule import CacheRule
from chatui.domain.errors import UsageError
from chatui.domain.known_providers import KNOWN, KnownProvider
from chatui.models.base import ModelInfo, ModelRequest, SamplingOptions
from chatui.models.hosted.batches import AnthropicBatches, OpenAIBatches, batch_endpoint
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.dialect import Dialect
from chatui.models.hosted.endpoint import OLLAMA, RESPONSES, Endpoint
from chatui.models.hosted.model_list import models_of
from chatui.models.hosted.protocols import protocol_of
from chatui.models.hosted.wire import WireCall
from chatui.system.api_key import KeySource

MANUAL = Path(__file__).parents[3] / "docs" / "models.md"
HEAD = (
    "| provider | options that it doesn't take | a JSON schema | a reply is gone on with |\n"
    "|---|---|---|---|\n"
)
KNOWN_HEAD = (
    "| provider | its name | its key | asked by | what it keeps of a prompt | its prices are in |\n"
    "|---|---|---|---|---|---|\n"
)
APIS = {
    "chat-completions": "chat completions",
    "messages": "Messages",
    "responses": "Responses",
    "gemini": "Gemini's own",
    "openrouter": "chat completions and its own",
    "ollama": "Ollama's own",
}
VARIANTS = {
    "OpenAI, by the Responses API": "openai",
    "Anthropic, since Claude 4.7": "anthropic",
    "Anthropic, Claude 4.6": "anthropic",
    "Anthropic, Claude 4.5": "anthropic",
}
OTHERS = {
    "vLLM (named `vllm`)": ("http://127.0.0.1:8000/v1", "vllm"),
    "SGLang (named `sglang`)": ("http://127.0.0.1:30000/v1", "sglang"),
    "llama.cpp (named `llamacpp`)": ("http://127.0.0.1:8080/v1", "llamacpp"),
    "any other": ("http://127.0.0.1:1/v1", "mine"),
}


def providers() -> dict[str, tuple[str, str]]:
    """Address and name of each row."""
    rows: dict[str, tuple[str, str]] = {}
    for one in KNOWN:
        variants = [title for title, name in VARIANTS.items() if name == one.name]
        plain = [] if one.name == "anthropic" else [one.title]
        rows |= dict.fromkeys((*plain, *variants), (one.base_url, one.name))
    return rows | OTHERS


PROVIDERS = providers()
MODELS = {
    "OpenAI, by the Responses API": "gpt-5-mini",
    "Anthropic, since Claude 4.7": "claude-opus-5-5",
    "Anthropic, Claude 4.6": "claude-sonnet-4-6",
    "Anthropic, Claude 4.5": "claude-haiku-4-5",
    "Google": "gemini-3.8-flash",
}
ALL = SamplingOptions(
    max_output_tokens=1, temperature=1.0, top_p=0.5, top_k=1, min_p=0.1, repeat_penalty=1.1,
    presence_penalty=0.1, frequency_penalty=0.1, seed=1, stop=("x",), reasoning_effort="low",
    grammar="x",
)  # fmt: skip


def form_of(dialect: Dialect) -> str:
    if dialect.schema_format == "words":
        return "in words"
    if dialect.schema_format == "json_object":
        return "as JSON, and in words"
    return "its mode, known keywords" if dialect.mode is not None else "its mode"


def row(name: str) -> str:
    url, provider = PROVIDERS[name]
    endpoint = Endpoint(provider, url, KeySource(provider))
    model = MODELS.get(name, "m")
    protocol = protocol_of(endpoint.protocol_for(model), endpoint)
    dialect = protocol.first(model)
    options = dialect.left_out(ALL)
    if dialect.api == RESPONSES:
        # What it takes of the rest depends on the effort, and this has one.
        options = protocol.left_out(
            WireCall(ModelInfo(f"{provider}/{model}"), ModelRequest((), options=ALL), dialect)
        )
    left = ", ".join(f"`{option}`" for option in options) or "none known"
    begun = "behind its beginning" if dialect.prefill is not None else "in words"
    return f"| {name} | {left} | {form_of(dialect)} | {begun} |\n"


def kept(rule: CacheRule | None) -> str:
    if rule is None:
        return "nothing that it tells of"
    least = f"{rule.least:,} tokens" if rule.least > 1 else "the first token"
    marked = "up to marks, " if rule.marked else ""
    return f"{marked}from {least} on, for {rule.lifetime_in_words}"


def known_row(one: KnownProvider) -> str:
    endpoint = Endpoint(one.name, one.base_url, KeySource(one.name, env=one.keys))
    keys = " or ".join(f"`{key}`" for key in one.keys.split(",")) if one.keys else "none"
    api = APIS[endpoint.protocol]
    if endpoint.protocol_for("gpt-5") != endpoint.protocol:
        api += ", Responses"
    rule = cache_rule(f"{one.name}/{one.model}", endpoint.keeps, one)
    money = "—" if one.local else one.currency
    return f"| {one.title} | `{one.name}` | {keys} | {api} | {kept(rule)} | {money} |\n"


def test_the_manual_lists_the_known_providers_with_their_keys_and_caches() -> None:
    table = KNOWN_HEAD + "".join(map(known_row, KNOWN))
    assert table in MANUAL.read_text()


def test_the_manual_says_of_each_provider_what_the_code_knows() -> None:
    table = HEAD + "".join(map(row, PROVIDERS))
    assert table in MANUAL.read_text()


FIGURES_HEAD = (
    "| provider | the context is from | the price is from | batches, where it has them |\n"
    "|---|---|---|---|\n"
)
LISTED: dict[str, dict[str, object]] = {
    "OpenAI": {"id": "m", "object": "model", "owned_by": "openai"},
    "Anthropic": {"id": "m", "type": "model", "max_input_tokens": 200_000, "max_tokens": 64_000},
    "DeepSeek": {"id": "m", "object": "model", "owned_by": "deepseek"},
    "OpenRouter": {
        "id": "m", "context_length": 65_536, "pricing": {"prompt": "1e-6", "completion": "2e-6"},
    },
    "Ollama": {"name": "m"},
    "Mistral": {"id": "m", "max_context_length": 32_768},
    "Groq": {"id": "m", "context_window": 131_072},
    "Google": {"name": "models/m", "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536},
    "Moonshot": {"id": "m", "object": "model", "context_length": 262_144},
    "DashScope": {"id": "m", "object": "model"},
    "xAI": {"id": "m", "object": "model", "owned_by": "xai"},
    "Together": {
        "id": "m", "type": "chat", "context_length": 131_072,
        "pricing": {"hourly": 0, "input": 0.18, "output": 0.18, "base": 0, "finetune": 0},
    },
    "Baidu Qianfan": {"id": "m", "object": "model", "owned_by": "baidu"},
    "Z.ai": {"id": "m", "object": "model", "owned_by": "z-ai"},
    "Zhipu (BigModel)": {"id": "m", "object": "model", "owned_by": "z-ai"},
    "vLLM (named `vllm`)": {"id": "m", "max_model_len": 8192},
    "SGLang (named `sglang`)": {"id": "m", "max_model_len": 8192},
    "llama.cpp (named `llamacpp`)": {"id": "m", "meta": {"n_ctx": 8192}},
}  # fmt: skip
"""A model as the provider's own list has it, by its reference."""
SERVERS = {OLLAMA, "vllm", "sglang", "llamacpp"}
"""What is mostly run on one's own machine, with `local = true`."""


def figures_row(name: str) -> str:
    url, provider = PROVIDERS.get(name) or PROVIDERS[f"{name}, since Claude 4.7"]
    local = provider in SERVERS
    endpoint = Endpoint(provider, url, KeySource(provider), local=local)
    infos = models_of(provider, {"data": [LISTED[name]]}, local=local)
    assert infos
    info = infos[0]
    context = "its list" if info.context_size else "the price list"
    if provider == OLLAMA:
        context = "`/api/ps`, `/api/show`"
    price = "its list" if info.price else "nothing on this machine" if local else "the price list"
    return f"| {name} | {context} | {price} | {batches_of(endpoint)} |\n"


def batches_of(endpoint: Endpoint) -> str:
    if endpoint.local:
        return "—"
    try:
        kind = type(batch_endpoint(Connection(endpoint)))
    except UsageError:
        return "—"
    return {OpenAIBatches: "OpenAI's form", AnthropicBatches: "Anthropic's form"}[kind]


def test_the_manual_says_where_contexts_prices_and_batches_come_from() -> None:
    table = FIGURES_HEAD + "".join(map(figures_row, LISTED))
    assert table in MANUAL.read_text()
