"""Providers' usage reports, read into the four disjoint buckets of Usage.

They all answer in one protocol and all mean something else by it:
- OpenAI, vLLM, llama.cpp, OpenRouter: `prompt_tokens` includes what came from or went to the
  cache, which `prompt_tokens_details` (`input_tokens_details` in newer forms) breaks out.
- DeepSeek: `prompt_cache_hit_tokens`, a part of `prompt_tokens`.
- Anthropic's own form: `input_tokens` leaves the cached tokens out, and so do gateways that
  pass its counts on; `total_tokens` tells where it is given.
- xAI, Gemini: reasoning lies outside `completion_tokens` and shows in `total_tokens`;
  Perplexity's lies outside both.
- Qwen: `cache_creation_input_tokens` inside `prompt_tokens_details`.
- Gemini's own form: `promptTokenCount` and its like, thoughts outside the candidates.
- Ollama's own form: `prompt_eval_count`, `eval_count`; llama.cpp's server: `timings`.
- Groq and Moonshot put the report into `x_groq` or into the choice (`report_of`).
Whatever is missing, null, not a number or beyond all counts is as if it was not reported; nothing
here raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chatui.domain.usage import Usage, UsageParts

Report = Mapping[str, Any]

XAI_TICKS_PER_USD = 10**10
MOST_TOKENS = 10**12
"""Of one count. The ledger adds up whole numbers of 64 bits: one report must not use them up."""
MOST_MONEY = 10**6
"""USD that a call is believed to cost."""


def read_usage(report: object, timings: object = None) -> Usage | None:
    """The tokens of a call from the provider's `usage` object, or from llama.cpp's
    `timings`, which stands in where a stream has no usage. None when neither tells.

    A report given several times while a reply streams is cumulative: the last one counts.
    """
    if isinstance(report, Mapping):
        for form in FORMS:
            usage = form(report)
            # No call has an empty prompt: all zeros is a server that doesn't count.
            if usage is not None and usage.total > 0:
                return replace(usage, parts=_parts(report))
    return _timings_form(timings) if isinstance(timings, Mapping) else None


def report_of(chunk: Report) -> object:
    """The usage report of one chunk of a stream, wherever the provider puts it."""
    if isinstance(chunk.get("usage"), Mapping):
        return chunk["usage"]
    choices = chunk.get("choices")
    places = [chunk.get("x_groq"), *(choices if isinstance(choices, list) else ())]
    found = (place.get("usage") for place in places if isinstance(place, Mapping))
    return next((usage for usage in found if isinstance(usage, Mapping)), None)


def read_cost(report: object) -> Decimal | None:
    """The provider's own figure for the call in USD; None when it sends none.

    OpenRouter's `cost` is in credits, which are dollars; with the user's own key there
    (`is_byok`) the model's maker bills `upstream_inference_cost` as well. Perplexity puts
    `total_cost` inside `cost`; xAI counts ticks; DeepInfra calls it `estimated_cost`.
    """
    if not isinstance(report, Mapping):
        return None
    if (
        ticks := _money(report.get("cost_in_usd_ticks"), MOST_MONEY * XAI_TICKS_PER_USD)
    ) is not None:
        return ticks / XAI_TICKS_PER_USD
    cost = report.get("cost", report.get("estimated_cost"))
    amount = _money(cost.get("total_cost") if isinstance(cost, Mapping) else cost)
    if amount is not None and report.get("is_byok") is True:
        upstream = _money(_details(report, "cost_details").get("upstream_inference_cost"))
        return amount + upstream if upstream is not None else None
    return amount


def _openai_form(report: Report) -> Usage | None:
    prompt = _tokens(report, "prompt_tokens")
    output = _tokens(report, "completion_tokens")
    if prompt is None and output is None:
        return None
    prompt, output = prompt or 0, output or 0
    total = _tokens(report, "total_tokens") or 0
    read, written = _cached(report)
    if read + written > prompt or (read + written and total == prompt + read + written + output):
        # A gateway that passes Anthropic's counts on: the cached part lies outside.
        prompt += read + written
    # A total above the sum is reasoning that the provider bills but left out of the output.
    hidden = max(0, total - prompt - output)
    reasoning = max(
        hidden, _first((_details(report, "completion_tokens_details"), "reasoning_tokens"))
    )
    beside = _tokens(report, "reasoning_tokens") or 0
    if beside > output + hidden:
        # Perplexity: neither in the output nor in the total. What it cites is billed as well.
        hidden += beside + _first((report, "citation_tokens"))
    return _usage(prompt, read, written, output + hidden, max(reasoning, beside))


def _cached(report: Report) -> tuple[int, int]:
    """The tokens read from the cache and those written to it."""
    inside = _details(report, "prompt_tokens_details")
    read = _most(
        (inside, "cached_tokens"),
        (report, "prompt_cache_hit_tokens"),
        (report, "cache_read_input_tokens"),
        (report, "cached_tokens"),
        (report, "num_cached_tokens"),
    )
    written = _most(
        (inside, "cache_write_tokens"),
        (inside, "cache_creation_input_tokens"),
        (_details(inside, "cache_creation"), "cache_creation_input_tokens"),
        (report, "cache_creation_input_tokens"),
    )
    return read, written


def _anthropic_form(report: Report) -> Usage | None:
    if _tokens(report, "input_tokens") is None or "input_tokens_details" in report:
        return None
    read = _first((report, "cache_read_input_tokens"))
    written = _first((report, "cache_creation_input_tokens"))
    prompt = _first((report, "input_tokens")) + read + written
    thoughts = _first((_details(report, "output_tokens_details"), "thinking_tokens"))
    return _usage(prompt, read, written, _first((report, "output_tokens")), thoughts)


def _responses_form(report: Report) -> Usage | None:
    prompt = _tokens(report, "input_tokens")
    if prompt is None:
        return None
    inside = _details(report, "input_tokens_details")
    reasoning = _first((_details(report, "output_tokens_details"), "reasoning_tokens"))
    read, written = _first((inside, "cached_tokens")), _first((inside, "cache_write_tokens"))
    return _usage(prompt, read, written, _first((report, "output_tokens")), reasoning)


def _gemini_form(report: Report) -> Usage | None:
    prompt = _tokens(report, "promptTokenCount")
    if prompt is None:
        return None
    prompt += _first((report, "toolUsePromptTokenCount"))
    thoughts = _first((report, "thoughtsTokenCount"))
    output = _first((report, "candidatesTokenCount")) + thoughts
    return _usage(prompt, _first((report, "cachedContentTokenCount")), 0, output, thoughts)


def _ollama_form(report: Report) -> Usage | None:
    """A prompt that was in the cache as a whole had no count before 0.4: it is not known then."""
    prompt, output = _tokens(report, "prompt_eval_count"), _tokens(report, "eval_count")
    if prompt is None:
        return None
    return _usage(prompt, _first((report, "prompt_eval_cached_count")), 0, output or 0, 0)


def _timings_form(timings: Report) -> Usage | None:
    """`prompt_n` counts the tokens that were computed; `cache_n` those already in memory."""
    computed, output = _tokens(timings, "prompt_n"), _tokens(timings, "predicted_n")
    if computed is None or output is None:
        return None
    cached = _first((timings, "cache_n"))
    return _usage(computed + cached, cached, 0, output, 0)


def _parts(report: Report) -> UsageParts:
    """What is billed at a rate of its own: Anthropic's writes for an hour, audio as OpenAI and
    Gemini report it, Perplexity's citations, and searches."""
    prompt = {
        **_details(report, "input_tokens_details"),
        **_details(report, "prompt_tokens_details"),
    }
    output = {
        **_details(report, "output_tokens_details"),
        **_details(report, "completion_tokens_details"),
    }
    read = _details(prompt, "cached_tokens_details")
    heard = _first((prompt, "audio_tokens"), *_audio(report, "promptTokensDetails"))
    heard_before = _first((read, "audio_tokens"), *_audio(report, "cacheTokensDetails"))
    return UsageParts(
        cache_write_1h=_first(
            (_details(report, "cache_creation"), "ephemeral_1h_input_tokens"),
            (_details(prompt, "cache_creation"), "ephemeral_1h_input_tokens"),
        ),
        audio_input=max(0, heard - heard_before),
        audio_read=heard_before,
        audio_output=_first((output, "audio_tokens"), *_audio(report, "candidatesTokensDetails")),
        citations=_first((report, "citation_tokens")),
        searches=_first(
            (report, "num_search_queries"),
            (_details(report, "server_tool_use"), "web_search_requests"),
        ),
    )


def _audio(report: Report, key: str) -> list[tuple[Report, str]]:
    """Gemini lists the tokens of a prompt or an answer by what they are of."""
    listed = report.get(key)
    return [
        (one, "tokenCount")
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, Mapping) and one.get("modality") == "AUDIO"
    ]


FORMS = (_openai_form, _anthropic_form, _responses_form, _gemini_form, _ollama_form)


def _usage(prompt: int, read: int, written: int, output: int, reasoning: int) -> Usage:
    """Buckets from a prompt that includes its cached parts. Parts never exceed the whole."""
    read = min(read, prompt)
    written = min(written, prompt - read)
    return Usage(
        input=prompt - read - written,
        cache_read=read,
        cache_write=written,
        output=output,
        reasoning=min(reasoning, output),
    )


def _tokens(report: Report, key: str) -> int | None:
    value = report.get(key)
    # bool is an int in Python; a count is not.
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value) if 0 <= value <= MOST_TOKENS else None
    return None


def _first(*places: tuple[Report, str]) -> int:
    """The first count that is there, 0 when none is."""
    found = (_tokens(report, key) for report, key in places)
    return next((count for count in found if count is not None), 0)


def _most(*places: tuple[Report, str]) -> int:
    """The largest count: some gateways fill in one spelling and leave the other at 0."""
    return max(_tokens(report, key) or 0 for report, key in places)


def _details(report: Report, key: str) -> Report:
    inside = report.get(key)
    return inside if isinstance(inside, Mapping) else {}


def _money(value: object, most: int = MOST_MONEY) -> Decimal | None:
    """Floats by their shortest decimal form, which is what the JSON text said."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    amount = Decimal(str(value))
    return amount if amount.is_finite() and 0 <= amount <= most else None
