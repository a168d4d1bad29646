"""The settings: their names, defaults and bounds. `bootstrap` is the only reader.

Plain dataclasses, because the window needs them before its first frame and pydantic takes
longer to import than that may last; `config.load` has pydantic check what a user wrote.
The repo's `config.toml` shows every key at its default value; a test keeps the two equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le, MinLen

from chatui.config.currency import Currency, MaybeCurrency
from chatui.config.window import ConfigSection, Keys, Ui
from chatui.domain.known_providers import KNOWN

SearchMode = Literal["hybrid", "dense", "lexical"]

TooLong = Literal["error", "cut"]

ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]

ServiceTier = Literal["", "auto", "default", "flex", "priority", "on_demand", "performance"]

Count = Annotated[int, Ge(0)]

Positive = Annotated[int, Ge(1)]

Seconds = Annotated[float, Gt(0)]

Money = Annotated[Decimal, Ge(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(ConfigSection):
    """Sampling options; an absent one is left to the provider."""

    max_output_tokens: Annotated[int, Ge(1), Le(10_000_000)] | None = None
    temperature: Annotated[float, Ge(0), Le(2)] | None = None
    top_p: Annotated[float, Gt(0), Le(1)] | None = None
    top_k: Annotated[int, Ge(0), Le(1_000_000)] | None = None
    min_p: Annotated[float, Ge(0), Le(1)] | None = None
    repeat_penalty: Annotated[float, Gt(0), Le(2)] | None = None
    presence_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    frequency_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    seed: Annotated[int, Ge(0), Le(2**63 - 1)] | None = None
    stop: tuple[Annotated[str, MinLen(1)], ...] | None = None
    reasoning_effort: ReasoningEffort | None = None
    grammar: str | None = None
    """A .gbnf file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MostPaid(ConfigSection):
    """USD for a million tokens, and for each request and picture."""

    prompt: Money | None = None
    completion: Money | None = None
    request: Money | None = None
    image: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing(ConfigSection):
    """Who may serve a model of OpenRouter's, by its own names
    (https://openrouter.ai/docs/guides/routing/provider-selection); an absent key is its choice."""

    order: tuple[str, ...] | None = None
    only: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    allow_fallbacks: bool | None = None
    require_parameters: bool | None = None
    data_collection: Literal["allow", "deny"] | None = None
    zdr: bool | None = None
    quantizations: tuple[str, ...] | None = None
    sort: Literal["price", "throughput", "latency"] | None = None
    max_price: MostPaid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningSettings(ConfigSection):
    """How a model of OpenRouter's thinks where no effort is named; `exclude` has it keep to itself
    what it thinks."""

    max_tokens: Positive | None = None
    exclude: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider(ConfigSection):
    """An endpoint. `api_key_env` may be several names with commas between, of which the first that
    is set counts. `api` "" is what its address tells, `context_size` 0 is unknown, `num_ctx` 0 and
    `keep_alive` "" are what Ollama chooses."""

    base_url: str
    api_key_env: str = ""
    api_key_command: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    context_size: Count = 0
    timeout_seconds: Seconds = 600.0
    first_token_seconds: Seconds = 120.0
    retries: Annotated[int, Ge(0), Le(10)] = 2
    tokens_per_minute: Count = 0
    requests_per_minute: Count = 0
    local: bool = False
    num_ctx: Count = 0
    keep_alive: str = ""
    ca_file: str = ""
    api: Literal["", "chat-completions", "gemini", "messages", "openrouter", "responses"] = ""
    prompt_cache: Literal["off", "5m", "1h"] = "5m"
    """How long a provider keeps what a prompt begins with, where its protocol has marks for it."""
    service_tier: ServiceTier = ""
    """The class of service that is asked for; "" is the provider's usual one."""
    provider: Routing | None = None
    reasoning: ReasoningSettings | None = None
    filters: tuple[str, ...] = ()
    """Names from [filters], on whatever is sent to it and comes from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep(ConfigSection):
    """What a prompt of more than `above` tokens costs, all of it; an absent price stays."""

    above: Positive
    input: Money | None = None
    output: Money | None = None
    cache_read: Money | None = None
    cache_write: Money | None = None
    cache_write_1h: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry(ConfigSection):
    """What a model costs per million tokens; cache prices default to the input price."""

    input: Money
    output: Money
    cache_read: Money | None = None
    cache_write: Money | None = None
    cache_write_1h: Money | None = None
    """For what is kept for an hour; what other writes cost, when absent."""
    request: Money = Decimal(0)
    """For each call, whatever its length."""
    hour: Money = Decimal(0)
    """For an hour of answering: what electricity or a rented machine costs."""
    currency: Currency = "USD"
    steps: tuple[PriceStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRates(ConfigSection):
    """What one unit of other currencies is worth in `currency`; "" converts nothing."""

    currency: MaybeCurrency = ""
    rates: Mapping[Currency, Annotated[Decimal, Gt(0)]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.rates and not self.currency:
            raise ValueError("name the currency that the rates are in, as conversion.currency")


def default_providers() -> dict[str, Provider]:
    return {
        one.name: Provider(base_url=one.base_url, api_key_env=one.keys, local=one.local)
        for one in KNOWN
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTable(ConfigSection):
    """What is known of one model; an absent key leaves it to what its server and its name tell."""

    vision: bool | None = None
    """Whether it sees pictures."""
    mmproj: str = ""
    """Of a model in a file: the file that it sees with, where none lies beside it."""


CacheType = Literal["f16", "q8_0", "q4_0"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Local(ConfigSection):
    """0 leaves `context_size` and `threads` to chatui. A context shorter than 512 holds no
    conversation."""

    folders: tuple[str, ...] = ()
    """Folders with GGUF files, beside the models folder."""
    stores: bool = True
    """Whether the files of Ollama, LM Studio, llama.cpp and the Hugging Face cache are used."""
    context_size: Annotated[int, Ge(0)] = 0
    loaded: Annotated[int, Ge(1), Le(16)] = 1
    idle_minutes: Annotated[float, Gt(0), Le(10_000)] = 15.0
    threads: Annotated[int, Ge(0), Le(512)] = 0
    batch_size: Annotated[int, Ge(32), Le(8192)] = 512
    flash_attn: Literal["auto", "on", "off"] = "auto"
    type_k: CacheType = "f16"
    type_v: CacheType = "f16"
    prompt_cache_mb: Annotated[int, Ge(0)] = 512
    gpu_layers: Annotated[int, Ge(-1)] = -1
    chat_formats: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if 0 < self.context_size < 512:
            raise ValueError("context_size is 0, or at least 512 tokens")


__all__ = [
    "Budget",
    "ChainTable",
    "Chat",
    "ChromaSettings",
    "Config",
    "ConversionRates",
    "EmbedderSettings",
    "FilterTable",
    "HookTable",
    "Ingest",
    "JobTable",
    "Local",
    "Logs",
    "Memory",
    "ModelTable",
    "Options",
    "PriceEntry",
    "PriceStep",
    "ProfileMemory",
    "ProfileTable",
    "Provider",
    "ReasoningSettings",
    "RerankerSettings",
    "Retrieval",
    "Routing",
    "SearchMode",
    "StepJob",
    "StepTable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat(ConfigSection):
    model: str = "auto"
    system: str = "You are a helpful assistant. Answer in the language of the question."
    profile: str = ""
    keep_asks: bool = False
    """List what was asked once from the shell among the chats."""
    options: Options = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory(ConfigSection):
    cap_tokens: Count = 0
    """The most that a prompt may hold; 0 is the model's own context size."""
    last_turns: Count = 0
    """The most earlier turns that a prompt may hold; 0 is all that fit."""
    full: bool = False
    """Refuse what doesn't fit instead of leaving turns out."""
    too_long: TooLong = "error"
    reserve_output_tokens: Annotated[int, Ge(16)] = 1024
    low_water: Annotated[float, Gt(0), Le(1)] = 0.7
    summarise: bool = True
    """Put a summary in the place of the turns that left the prompt."""
    summary_model: str = "builtin/extract"
    summary_tokens: Annotated[int, Ge(100)] = 600
    recall: bool = True
    """Bring turns back that had left, when a question is about them."""
    recall_tokens: Annotated[int, Ge(100)] = 800
    notes: bool = True
    """Let what `/remember` keeps join the prompt."""
    notes_tokens: Annotated[int, Ge(50)] = 400
    note_model: str = ""
    """The chat model that proposes notes; "" is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileMemory(ConfigSection):
    """What a profile sets of [memory]; an absent key keeps the value there."""

    cap_tokens: Count | None = None
    last_turns: Count | None = None
    full: bool | None = None
    too_long: TooLong | None = None
    summarise: bool | None = None
    recall: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSettings(ConfigSection):
    provider: Literal["local", "openai-compatible"] = "local"
    model: str = "all-MiniLM-L6-v2"
    multilingual: bool = True
    """Puts a small model of sixteen languages beside all-MiniLM-L6-v2; others stay alone."""
    runtime: Literal["auto", "onnx", "sentence-transformers"] = "auto"
    precision: Literal["auto", "int8", "bf16", "fp32"] = "auto"
    threads: Annotated[int, Ge(0), Le(256)] = 0
    base_url: str = ""
    """Of an OpenAI-compatible endpoint; the keys from here on are for such a one."""
    api_key_env: str = ""
    api_key_command: tuple[str, ...] = ()
    batch: Annotated[int, Ge(1), Le(2048)] = 16
    tokens_per_minute: Count = 0
    requests_per_minute: Count = 0
    query_prompt: str = ""
    document_prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChromaSettings(ConfigSection):
    """A Chroma server or Chroma Cloud; without a `url` the index is on this machine."""

    url: str = ""
    tenant: str = ""
    database: str = ""
    api_key_env: str = ""
    api_key_command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankerSettings(ConfigSection):
    """A cross-encoder, by folder or name; "auto" is the one of the extra `rerank`, where that is
    installed, and "" none."""

    model: str = "auto"
    candidates: Annotated[int, Ge(0), Le(200)] = 0
    """0 is what suits the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval(ConfigSection):
    enabled: bool = True
    collection: str = "default"
    mode: SearchMode = "hybrid"
    passages: Annotated[int, Ge(1), Le(100)] = 8
    candidates: Annotated[int, Ge(1), Le(1000)] = 50
    dense_weight: Annotated[float, Ge(0), Le(1)] = 0.4
    diversity: Annotated[float, Ge(0), Le(1)] = 0.0
    neighbours: Annotated[int, Ge(0), Le(5)] = 0
    embedder: EmbedderSettings = EmbedderSettings()
    chroma: ChromaSettings = ChromaSettings()
    rewrite_model: str = ""
    """The chat model that makes a follow-up stand for itself; "" is a rule, for nothing."""
    query_variants: Annotated[int, Ge(0), Le(8)] = 0
    query_model: str = ""
    """The chat model that words the variants; "" is the one that answers."""
    reranker: RerankerSettings = RerankerSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest(ConfigSection):
    jobs: Count = 0
    """Reader processes; 0 is one per processor, four at most."""
    seconds_per_file: Seconds = 120.0
    memory_mb_per_file: Annotated[int, Ge(256)] = 512
    max_file_mb: Positive = 200
    passage_characters: Annotated[int, Ge(200), Le(20_000)] = 1200
    chunk_tokens: Count = 0
    """Cuts by the embedding model's tokens instead; 0 does not."""
    ocr: Literal["auto", "off"] = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget(ConfigSection):
    """Limits in `currency`; 0 is no limit."""

    currency: Currency = "USD"
    ask_above: Money = Decimal("0.10")
    """What a document that is read as a whole, or an ingest, may cost before the user is asked; 0
    never asks."""
    ask_switch_above: Money = Decimal("0.01")
    """What the next turn on another model may cost before its quote is shown; 0 shows it wherever
    the costs differ."""
    turn: Money = Decimal(0)
    conversation: Money = Decimal(0)
    day: Money = Decimal(0)
    month: Money = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs(ConfigSection):
    requests: bool = True
    """Whether each call of a model is a line of requests.jsonl."""
    content: bool = False
    """Whether the texts are written there too."""
    max_mb: Positive = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings(ConfigSection):
    """A collector that gets OTLP over HTTP; "" is none."""

    endpoint: str = ""
    api_key_env: str = ""
    api_key_command: tuple[str, ...] = ()
    key_header: str = "Authorization: Bearer {key}"

    def __post_init__(self) -> None:
        if self.endpoint and not re.match(r"https?://[^/?#\s]", self.endpoint):
            raise ValueError("an endpoint begins with http:// or https://")
        if not re.fullmatch(r"[A-Za-z0-9-]+: ?[^\r\n]*\{key\}[^\r\n]*", self.key_header):
            raise ValueError("a key_header is the header's name, a colon, and a value with {key}")


HookEvent = Literal["turn_start", "reply", "error", "ingest", "budget", "chain_step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HookTable(ConfigSection):
    """A command, or a plug-in, that is run when something happens."""

    on: HookEvent | tuple[HookEvent, ...]
    command: tuple[str, ...] = ()
    plugin: str = ""
    """The name of an entry point of the group chatui.hooks."""
    seconds: Seconds = 10.0
    content: bool = False
    """Whether it is told the texts too."""

    def __post_init__(self) -> None:
        if bool(self.command) == bool(self.plugin):
            raise ValueError("name a command or a plugin, one of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTable(ConfigSection):
    """A job's own prompt and options; an absent key keeps the value of the layer below."""

    system: str | None = None
    prompt: str | None = None
    """The file with the system prompt, in place of `system`."""
    collection: str | None = None
    rag: bool | None = None
    options: Options = Options()
    schema: str | None = None
    """A JSON schema that the answer has to fit, as a file."""
    memory: ProfileMemory = ProfileMemory()
    filters: tuple[str, ...] | None = None
    """Names from [filters]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTable(JobTable):
    """A job: what holds for every model, and in `models` what holds for one, by its name or a
    pattern such as openai/*."""

    description: str = ""
    model: str | None = None
    clipboard: bool = False
    """Whether its prompt may read the clipboard."""
    vars: Mapping[str, Any] = field(default_factory=dict)
    """The variables of its prompt, with the values that they have where none is given."""
    models: Mapping[str, JobTable] = field(default_factory=dict)


DetectorName = Literal[
    "email", "phone", "card", "iban", "cn_id", "cn_phone", "fr_nir", "de_tax_id", "ip", "secret"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterTable(ConfigSection):
    """What is looked for in texts, and what is done about it."""

    words: tuple[str, ...] = ()
    """Files with a word a line."""
    patterns: tuple[Annotated[str, MinLen(1)], ...] = ()
    """Regular expressions."""
    detect: tuple[DetectorName, ...] = ()
    action: Literal["warn", "mask", "replace", "block"] = "mask"
    direction: Literal["out", "in", "both"] = "out"
    homoglyphs: bool = False
    confirm: bool = False
    """Whether the window shows what is changed before it is sent."""
    label: str = "WORD"
    """What words and patterns are called in a mask."""
    local: bool = False
    """Whether models of this machine are put through it too."""


def as_written(field_name: str) -> str:
    """The key of a field: one that is a word of Python has a stroke behind it in the code."""
    return field_name.rstrip("_")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepJob(ConfigSection):
    """What a step is asked with, or all steps of a chain that don't say it themselves."""

    model: str | None = None
    profile: str | None = None
    system: str | None = None
    collection: str | None = None
    rag: bool | None = None
    k: Annotated[int, Ge(1), Le(100)] | None = None
    """The most passages that join the prompt."""
    options: Options = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTable(StepJob):
    """One call of a chain, or one for each thing of a list. `prompt` and `query` are
    templates, `for_` and `if_` expressions of Jinja."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "alias_generator": as_written}

    prompt: str | None = None
    prompt_file: str | None = None
    """The file with the prompt, in place of `prompt`."""
    query: str | None = None
    """What is searched for in the documents, in place of the prompt."""
    schema: str | None = None
    """A JSON schema that the answer has to fit: a file, or MODULE:MODEL."""
    for_: str | None = None
    if_: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainTable(StepJob):
    """A file in `chains/`. `max_cost` is USD, for a whole run."""

    description: str = ""
    vars: Mapping[str, Any] = field(default_factory=dict)
    """The variables, with the values that they have where none is given."""
    output: str | None = None
    """A template; the last step's text where there is none."""
    max_cost: Money | None = None
    steps: Mapping[str, StepTable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(ConfigSection):
    chat: Chat = Chat()
    ui: Ui = Ui()
    keys: Keys = Keys()
    memory: Memory = Memory()
    retrieval: Retrieval = Retrieval()
    ingest: Ingest = Ingest()
    budget: Budget = Budget()
    providers: Mapping[str, Provider] = field(default_factory=default_providers)
    models: Mapping[str, ModelTable] = field(default_factory=dict)
    """By provider/model."""
    prices: Mapping[str, PriceEntry] = field(default_factory=dict)
    conversion: ConversionRates = field(default_factory=ConversionRates)
    local: Local = Local()
    tokenizers: Mapping[str, str] = field(default_factory=dict)
    """By model, or a pattern such as mine/*: a GGUF file, a tokenizer.json or its folder."""
    logs: Logs = Logs()
    telemetry: TelemetrySettings = TelemetrySettings()
    hooks: tuple[HookTable, ...] = ()
    profiles: Mapping[str, ProfileTable] = field(default_factory=dict)
    filters: Mapping[str, FilterTable] = field(default_factory=dict)
