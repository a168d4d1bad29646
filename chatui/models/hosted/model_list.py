"""The models that a server's answer names, whatever form it has, with what it tells of each.

Pure. There is no common form beyond "names in a list", so each field is looked for under all the
names that servers are known to give it:

- OpenAI and those who follow it: `{"data": [{"id"}]}`, `has_more` and `last_id` for more.
- Together, bare: `[{"id", "context_length", "pricing"}]`; Google: `{"models": [{"name":
  "models/…", "inputTokenLimit"}], "nextPageToken"}`; Ollama: `{"models": [{"name"}]}`.
- vLLM and SGLang `max_model_len`; OpenRouter, Together `context_length`; Groq, Vercel
  `context_window`; Mistral, LM Studio `max_context_length`; LM Studio, of what is loaded,
  `loaded_context_length`; llama.cpp `meta.n_ctx`; DeepInfra `metadata.context_length`;
  Anthropic `max_input_tokens`, and `max_tokens` for the longest reply.
- What a model sees: OpenRouter `architecture.input_modalities` ("image", "file"); Mistral
  `capabilities.vision`; Anthropic `capabilities.image_input.supported`, `pdf_input`; Ollama and
  llama.cpp a list of `capabilities` ("vision", "multimodal"); LM Studio the `type` "vlm"; Vercel
  `tags` ("vision", "file-input").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from chatui.cost.prices.price import PER, Price, Rate
from chatui.domain.media import PDF, PICTURE, MediumKind
from chatui.models.base import SERVER, ModelInfo
from chatui.text.safety import one_line

LISTS = ("data", "models", "items", "results", "value")
"""Under which names a list of models lies."""
NAMES = ("id", "name", "model", "key", "slug")
LONGEST_NAME = 300
LARGEST_CONTEXT = 2**31
CONTEXTS = (
    "loaded_context_length",
    "n_ctx",
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "context_size",
    "inputTokenLimit",
)
"""Names for the size of a context. What a model is loaded with comes first."""
OUTPUTS = (
    "max_completion_tokens",
    "max_output_tokens",
    "max_output_length",
    "outputTokenLimit",
)
INPUTS = ("max_input_tokens",)
PLACES = ("meta", "metadata", "top_provider")
"""Objects inside an entry that some put these figures into."""

SIGHT = frozenset(("image", "vision", "multimodal", "vlm", "image_input"))
FILES = frozenset(("file", "pdf_input", "file-input"))
SAYS_SIGHT = frozenset(("vision", "image_input"))
"""Words for what a model sees, in lists of what it can; and the keys that say yes or no to it."""

OTHER_TRADES = (
    "embed",
    "rerank",
    "moderation",
    "whisper",
    "transcribe",
    "tts",
    "realtime",
    "dall-e",
    "gpt-image",
    "sora",
)
"""Parts of the names of models that don't chat; providers list them with the others."""
OTHER_TYPES = frozenset(
    ("image", "video", "audio", "embedding", "embeddings", "moderation", "rerank", "transcribe")
)
"""What Together, LM Studio and others call what they are."""

MORE = {
    "nextPageToken": ("pageToken",),
    "next_page_token": ("page_token",),
    "next_cursor": ("cursor",),
    "nextCursor": ("cursor",),
    "next_page": ("page",),
    # OpenAI's name and Anthropic's for the same; each passes over the other.
    "last_id": ("after", "after_id"),
}
"""What lists tell of a next page, and the parameters that ask for it."""

PRICES_FROM = "provider-list"
"""The source of a price that a provider's list of models tells."""
PER_TOKEN = {
    "input": ("prompt", "input"),
    "output": ("completion", "output"),
    "cache_read": ("input_cache_read",),
    "cache_write": ("input_cache_write",),
    "cache_write_1h": ("input_cache_write_1h",),
    "reasoning": ("internal_reasoning",),
}
"""OpenRouter's and Vercel's names, in USD for one token, as decimal strings."""
PER_MILLION = {
    "input": ("input", "input_tokens"),
    "output": ("output", "output_tokens"),
    "cache_read": ("cached_input", "cache_read_tokens"),
}
"""Together's and DeepInfra's, in USD for a million tokens, as numbers."""
MOST_MONEY = Decimal(100_000)
"""USD for a million tokens that a price is believed to be."""


def entries_of(listed: Any) -> list[Any] | None:
    """The entries of a list of models; None where the answer is no list. `null` is an empty one,
    and bare names are a list where there is nothing else in it."""
    found = [listed]
    if isinstance(listed, Mapping):
        found = [listed[key] for key in LISTS if key in listed]
    lists = [one for one in found if isinstance(one, list)]
    if not lists:
        return [] if isinstance(listed, Mapping) and None in found else None
    entries = max(lists, key=len)
    objects = [one for one in entries if isinstance(one, Mapping)]
    if objects or not entries:
        return objects
    return entries if all(isinstance(one, str) for one in entries) else None


def next_page(listed: Any) -> Mapping[str, str] | str | None:
    """What to ask for more with: parameters, or an address; None where that was all."""
    if not isinstance(listed, Mapping):
        return None
    following = listed.get("next_page") or listed.get("next")
    if isinstance(following, str) and "/" in following:
        return following
    told = {**listed, "next_page": following}
    if listed.get("has_more") is not True:
        told["last_id"] = None
    for key, parameters in MORE.items():
        if _told(told.get(key)):
            return dict.fromkeys(parameters, str(told[key]))
    return None


def models_of(provider: str, listed: Any, *, local: bool = False) -> list[ModelInfo] | None:
    """The models that chat, each once, in the order of the list; None where it is no list.
    `provider` goes before their names; those of `local` servers have no price."""
    entries = entries_of(listed)
    if entries is None:
        return None
    infos: dict[str, ModelInfo] = {}
    now = datetime.now(UTC).date()
    for entry in entries:
        name = _name(entry)
        if not name or not _chats(entry, name):
            continue
        info = ModelInfo(f"{provider}/{name}", local=local)
        if isinstance(entry, Mapping):
            size = size_of(entry)
            info = ModelInfo(
                info.name,
                size,
                _figure(entry, OUTPUTS) or _longest_reply(entry),
                local,
                context_from=SERVER if size else "",
                max_input=_figure(entry, INPUTS),
                price=None if local else _price(info.name, entry, now),
                takes=takes_of(entry),
                thinks=_thinks(entry),
            )
        infos.setdefault(info.name, info)
    return list(infos.values())


def size_of(entry: Mapping[str, Any]) -> int | None:
    """The size of the context that an entry tells, in tokens. Of several the smaller one, where a
    provider has less of a model than its maker."""
    size = _figure(entry, CONTEXTS)
    top = entry.get("top_provider")
    inner = _figure(top, CONTEXTS) if isinstance(top, Mapping) else None
    return min(size, inner) if size and inner else size


def takes_of(entry: Mapping[str, Any]) -> frozenset[MediumKind] | None:
    """What an entry says that its model sees; None where it says nothing of it."""
    architecture = entry.get("architecture")
    told = architecture.get("input_modalities") if isinstance(architecture, Mapping) else None
    able = entry.get("capabilities")
    if told is None and isinstance(able, list):
        told = able
    if told is None and isinstance(able, Mapping):
        told = [name for name, value in able.items() if _is_yes(value)]
        if not SAYS_SIGHT.intersection(able):
            told = None
    tags = entry.get("tags")
    if told is None and isinstance(tags, list) and "vision" in tags:
        # Others have tags that say nothing of it.
        told = tags
    if told is None and entry.get("type") in ("vlm", "llm"):
        told = [entry["type"]]
    if not isinstance(told, list):
        return None
    kinds: list[MediumKind] = []
    if SIGHT.intersection(map(str, told)):
        kinds.append(PICTURE)
        if FILES.intersection(map(str, told)):
            kinds.append(PDF)
    return frozenset(kinds)


def _is_yes(value: Any) -> bool:
    return value is True or (isinstance(value, Mapping) and value.get("supported") is True)


def count(entry: Mapping[str, Any], key: str) -> int | None:
    """A number of tokens that is one, whether it is written as a number or as its digits."""
    value = entry.get(key)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 12:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= LARGEST_CONTEXT else None


def _figure(entry: Mapping[str, Any], names: Sequence[str]) -> int | None:
    places = [entry, *(entry.get(place) for place in PLACES)]
    found = (count(place, name) for place in places if isinstance(place, Mapping) for name in names)
    return next((size for size in found if size), None)


def _longest_reply(entry: Mapping[str, Any]) -> int | None:
    """Anthropic's `max_tokens`, which elsewhere may be the size of the context
    (https://platform.claude.com/docs/en/api/models/list)."""
    return count(entry, "max_tokens") if "max_input_tokens" in entry else None


def _thinks(entry: Mapping[str, Any]) -> bool | None:
    """Google's `thinking` (https://ai.google.dev/api/models), left out of models that don't."""
    if "supportedGenerationMethods" in entry:
        return entry.get("thinking") is True
    return None


def _told(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value not in ("", 0)


def _name(entry: Any) -> str:
    """ "" for an entry without a name that can be called."""
    told = entry
    if isinstance(entry, Mapping):
        told = next((entry[key] for key in NAMES if isinstance(entry.get(key), str)), None)
    if not isinstance(told, str) or not 0 < len(told) <= LONGEST_NAME:
        return ""
    # A name with control characters or a line break in it would be another one on the screen.
    return told.removeprefix("models/") if one_line(told, LONGEST_NAME) == told else ""


def _chats(entry: Any, name: str) -> bool:
    if any(word in name.lower() for word in OTHER_TRADES):
        return False
    if not isinstance(entry, Mapping):
        return True
    details, methods = entry.get("details"), entry.get("supportedGenerationMethods")
    if isinstance(methods, list) and "generateContent" not in methods:
        return False
    family = str(details.get("family", "")) if isinstance(details, Mapping) else ""
    return "bert" not in family and entry.get("type") not in OTHER_TYPES


def _price(name: str, entry: Mapping[str, Any], day: Any) -> Price | None:
    """What the entry says of its price; None where it says nothing that can be read, or that it
    depends (OpenRouter's -1)."""
    metadata = entry.get("metadata")
    inner = metadata.get("pricing") if isinstance(metadata, Mapping) else None
    told = next((one for one in (entry.get("pricing"), inner) if isinstance(one, Mapping)), None)
    if told is None:
        return None
    strings = isinstance(told.get("prompt", told.get("input")), str)
    names, factor = (PER_TOKEN, PER) if strings or "prompt" in told else (PER_MILLION, Decimal(1))
    rates = dict(_rates(told, names, factor))
    request = _money(told.get("request")) or Decimal(0)
    if told.get("hourly") or "input" not in rates or "output" not in rates:
        # A rented machine is paid by the hour, whatever stands beside it.
        return None
    return Price(
        name,
        PRICES_FROM,
        day,
        input=rates["input"],
        output=rates["output"],
        cache_read=rates.get("cache_read"),
        cache_write=rates.get("cache_write"),
        cache_write_1h=rates.get("cache_write_1h"),
        reasoning=rates.get("reasoning"),
        request=request,
    )


def _rates(
    told: Mapping[str, Any], names: Mapping[str, Sequence[str]], factor: Decimal
) -> Iterator[tuple[str, Rate]]:
    for bucket, spellings in names.items():
        found = (_money(told.get(spelling)) for spelling in spellings)
        money = next((one for one in found if one is not None), None)
        if money is None or money * factor > MOST_MONEY:
            continue
        if money or bucket in ("input", "output"):
            # A cache or a thought at 0 beside a price is none that was told.
            steps = tuple(_steps(told.get("overrides"), spellings, factor))
            yield bucket, Rate(_per_million(money, factor), steps)


def _steps(
    overrides: Any, spellings: Sequence[str], factor: Decimal
) -> Iterator[tuple[int, Decimal]]:
    """What longer prompts cost, by OpenRouter's overrides; those for an hour of the day aside."""
    listed = overrides if isinstance(overrides, list) else []
    found = {
        above: money
        for one in listed
        if isinstance(one, Mapping)
        and (above := count(one, "min_prompt_tokens"))
        and "utc_start" not in one
        for spelling in spellings
        if (money := _money(one.get(spelling))) is not None and money * factor <= MOST_MONEY
    }
    for above in sorted(found):
        yield above, _per_million(found[above], factor)


def _per_million(money: Decimal, factor: Decimal) -> Decimal:
    return (money * factor).normalize() + 0


def _money(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None
