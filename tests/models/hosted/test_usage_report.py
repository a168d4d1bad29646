"""Providers' usage reports, in the forms that they really send."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.usage import Usage
from chatui.models.hosted.usage_report import read_cost, read_usage, report_of

FORMS: dict[str, tuple[dict[str, Any], Usage]] = {
    "OpenAI with a cache and reasoning": (
        {
            "prompt_tokens": 2006,
            "completion_tokens": 300,
            "total_tokens": 2306,
            "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0},
        },
        Usage(input=86, cache_read=1920, output=300, reasoning=128),
    ),
    "OpenAI with a cache write": (
        {
            "prompt_tokens": 3438,
            "completion_tokens": 5,
            "total_tokens": 3443,
            "prompt_tokens_details": {"cached_tokens": 3423, "cache_write_tokens": 12},
        },
        Usage(input=3, cache_read=3423, cache_write=12, output=5),
    ),
    "OpenRouter": (
        {
            "prompt_tokens": 194,
            "completion_tokens": 2,
            "total_tokens": 196,
            "cost": 0.95,
            "cost_details": {"upstream_inference_cost": 19},
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 100},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
        Usage(input=94, cache_write=100, output=2),
    ),
    "DeepSeek": (
        {
            "prompt_tokens": 1000,
            "completion_tokens": 40,
            "total_tokens": 1040,
            "prompt_cache_hit_tokens": 896,
            "prompt_cache_miss_tokens": 104,
        },
        Usage(input=104, cache_read=896, output=40),
    ),
    "vLLM": (
        {
            "prompt_tokens": 20,
            "completion_tokens": 3,
            "total_tokens": 23,
            "prompt_tokens_details": None,
            "completion_tokens_details": None,
        },
        Usage(input=20, output=3),
    ),
    "Anthropic's own form": (
        {
            "input_tokens": 4,
            "cache_read_input_tokens": 1000,
            "cache_creation_input_tokens": 50,
            "output_tokens": 9,
        },
        Usage(input=4, cache_read=1000, cache_write=50, output=9),
    ),
    "Anthropic through a gateway that leaves the cache outside": (
        {
            "prompt_tokens": 4,
            "completion_tokens": 9,
            "total_tokens": 13,
            "cache_read_input_tokens": 1000,
            "cache_creation_input_tokens": 50,
        },
        Usage(input=4, cache_read=1000, cache_write=50, output=9),
    ),
    "OpenAI's newer form": (
        {
            "input_tokens": 100,
            "output_tokens": 30,
            "total_tokens": 130,
            "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 6},
            "output_tokens_details": {"reasoning_tokens": 20},
        },
        Usage(input=30, cache_read=64, cache_write=6, output=30, reasoning=20),
    ),
    "xAI, with reasoning beside the completion": (
        {
            "prompt_tokens": 32,
            "completion_tokens": 9,
            "total_tokens": 135,
            "completion_tokens_details": {"reasoning_tokens": 94},
        },
        Usage(input=32, output=103, reasoning=94),
    ),
    "Gemini, with reasoning in the total alone": (
        {"prompt_tokens": 21, "completion_tokens": 0, "total_tokens": 81},
        Usage(input=21, output=60, reasoning=60),
    ),
    "Ollama's own form": (
        {"prompt_eval_count": 26, "eval_count": 298, "eval_duration": 4_709_213_000},
        Usage(input=26, output=298),
    ),
    "the reply alone": ({"completion_tokens": 7}, Usage(output=7)),
    "floats": ({"prompt_tokens": 5.0, "completion_tokens": 7.0}, Usage(input=5, output=7)),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_report_is_read_into_four_disjoint_buckets(form: str) -> None:
    report, usage = FORMS[form]
    assert read_usage(report) == usage


@pytest.mark.parametrize(
    "report",
    [
        None,
        {},
        [],
        "12",
        7,
        {"prompt_tokens": None, "completion_tokens": None},
        {"prompt_tokens": "12", "completion_tokens": True},
        {"prompt_tokens": -3, "completion_tokens": float("nan")},
        {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    ],
)
def test_what_is_not_a_report_is_none(report: object) -> None:
    assert read_usage(report) is None


def test_llama_cpp_timings_stand_in_for_a_missing_report() -> None:
    timings = {"prompt_n": 12, "cache_n": 100, "predicted_n": 34, "predicted_ms": 81.5}
    assert read_usage(None, timings) == Usage(input=12, cache_read=100, output=34)
    assert read_usage({"prompt_tokens": 1, "completion_tokens": 2}, timings) == Usage(1, output=2)
    assert read_usage(None, {"prompt_n": 12}) is None
    assert read_usage({}, "soon") is None


def test_parts_never_exceed_their_whole() -> None:
    report = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "completion_tokens_details": {"reasoning_tokens": 50},
    }
    assert read_usage(report) == Usage(input=10, output=5, reasoning=5)


COUNT = st.one_of(
    st.integers(-5, 10**7), st.none(), st.booleans(), st.floats(), st.text(max_size=3), st.just([])
)
OTHER_KEYS = ["reasoning_tokens", "citation_tokens", "num_cached_tokens", "promptTokenCount"]
KEYS = st.sampled_from(
    [key for report, _ in FORMS.values() for key in report if not key.endswith("details")]
    + [*OTHER_KEYS, "candidatesTokenCount", "thoughtsTokenCount", "cachedContentTokenCount"]
)
DETAIL_KEYS = st.sampled_from(
    ["cached_tokens", "cache_write_tokens", "cache_creation_input_tokens", "reasoning_tokens"]
)
DETAILS = st.one_of(COUNT, st.dictionaries(DETAIL_KEYS, COUNT))
REPORTS = st.builds(
    lambda flat, nested: flat | nested,
    st.dictionaries(KEYS, COUNT),
    st.dictionaries(
        st.sampled_from(["prompt_tokens_details", "completion_tokens_details"]), DETAILS
    ),
)


@given(REPORTS)
def test_no_report_breaks_the_buckets(report: dict[str, Any]) -> None:
    usage = read_usage(report)
    read_cost(report)
    if usage is not None:
        buckets = (usage.input, usage.cache_read, usage.cache_write, usage.output)
        assert min(buckets) >= 0
        assert 0 <= usage.reasoning <= usage.output
        assert usage.total > 0
        assert not usage.estimated


@pytest.mark.parametrize(
    "chunk",
    [
        {},
        {"usage": None, "choices": None, "x_groq": None},
        {"usage": [1], "choices": [None, 3, {"usage": 7}], "x_groq": "id"},
        {"choices": {"usage": {"prompt_tokens": 1}}},
    ],
)
def test_a_chunk_without_a_report_has_none(chunk: dict[str, Any]) -> None:
    assert report_of(chunk) is None


@pytest.mark.parametrize(
    ("report", "cost"),
    [
        ({"cost": 0.00014}, Decimal("0.00014")),
        ({"cost": 0}, Decimal(0)),
        ({"cost": 0.1, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.2}},
         Decimal("0.3")),
        ({"cost": 0.1, "is_byok": True}, None),
        ({"cost": {"input_tokens_cost": 0.001, "total_cost": 0.006}}, Decimal("0.006")),
        ({"cost_in_usd_ticks": 37_756_000}, Decimal("0.0037756")),
        ({"cost": -1}, None),
        ({"cost": float("inf")}, None),
        ({"cost": "0.1"}, None),
        ({"cost": True}, None),
        ({"prompt_tokens": 3}, None),
        (None, None),
    ],
)  # fmt: skip
def test_a_providers_own_cost_is_exact_or_none(report: object, cost: Decimal | None) -> None:
    assert read_cost(report) == cost
