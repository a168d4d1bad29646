"""Lists of models as servers send them: every form, and what is told of sizes and prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.prices.price import Rate
from chatui.domain.usage import Usage
from chatui.models.base import ModelInfo
from chatui.models.hosted.model_list import PRICES_FROM, models_of, next_page


def listed(answer: object, *, local: bool = False) -> list[ModelInfo]:
    found = models_of("p", answer, local=local)
    assert found is not None
    return found


def names(answer: object) -> list[str]:
    return [info.model for info in listed(answer)]


@pytest.mark.parametrize(
    "answer",
    [
        {"object": "list", "data": [{"id": "a"}, {"id": "b"}]},
        [{"id": "a"}, {"id": "b"}],
        ["a", "b"],
        {"models": [{"name": "models/a"}, {"name": "models/b"}]},
        {"models": [{"name": "a"}, {"model": "b"}]},
        {"data": None, "models": [{"id": "a"}, {"id": "b"}]},
        {"data": [], "models": [{"id": "a"}, {"id": "b"}]},
        {"data": [{"id": "a"}, None, 7, "x", {"id": 3}, {}, {"id": "a"}, {"id": ""}, {"id": "b"}]},
    ],
)
def test_every_form_of_a_list_gives_its_models_once(answer: object) -> None:
    assert names(answer) == ["a", "b"]


@pytest.mark.parametrize("answer", [{"data": None}, {"data": []}, [], {"models": []}])
def test_an_empty_list_is_a_list(answer: object) -> None:
    assert listed(answer) == []


@pytest.mark.parametrize("answer", [None, "text", 7, {}, {"error": "x"}, {"data": "a"}, [1, 2]])
def test_another_thing_is_none(answer: object) -> None:
    assert models_of("p", answer) is None


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\nb", "x" * 301, "\x00"])
def test_a_name_that_would_be_another_one_on_the_screen_is_left_out(name: str) -> None:
    assert names([{"id": name}, {"id": "good"}]) == ["good"]


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "text-embedding-3-small"},
        {"id": "flux", "type": "image"},
        {"id": "m2", "type": "embedding"},
        {"name": "models/aqa", "supportedGenerationMethods": ["generateAnswer"]},
    ],
)
def test_what_does_not_chat_is_left_out(entry: object) -> None:
    assert names([entry, {"id": "chat", "type": "chat"}]) == ["chat"]


@pytest.mark.parametrize(
    ("entry", "size"),
    [
        # vLLM; Groq; Mistral; Together; Google; DeepInfra; llama.cpp; LM Studio
        ({"max_model_len": 32768}, 32768),
        ({"context_window": 131072, "max_completion_tokens": 8192}, 131072),
        ({"max_context_length": 32768}, 32768),
        ({"context_length": 2048}, 2048),
        ({"inputTokenLimit": 1048576}, 1048576),
        ({"metadata": {"context_length": 40960, "max_tokens": 4096}}, 40960),
        ({"meta": {"n_ctx": 4096, "n_ctx_train": 32768}}, 4096),
        ({"max_context_length": 131072, "loaded_context_length": 4096}, 4096),
        # OpenRouter's best provider has less than the model.
        ({"context_length": 131072, "top_provider": {"context_length": 65536}}, 65536),
        ({"context_length": "8192"}, 8192),
        ({"context_length": 8192.0}, 8192),
    ],
)
def test_the_size_of_the_context_is_read_under_every_name(
    entry: dict[str, object], size: int
) -> None:
    assert listed([{"id": "a", **entry}])[0].context_size == size


@pytest.mark.parametrize("told", [0, -1, None, "many", True, 2**40, 1.5, [8192], "٣"])
def test_a_size_that_is_none_is_unknown(told: object) -> None:
    info = listed([{"id": "a", "context_length": told}])[0]
    assert (info.context_size, info.context_from) == (None, "")


OPENROUTER = {
    "id": "anthropic/claude-x",
    "context_length": 200000,
    "top_provider": {"context_length": 200000, "max_completion_tokens": 64000},
    "pricing": {
        "prompt": "0.000003",
        "completion": "0.000015",
        "request": "0.01",
        "image": "0.0048",
        "input_cache_read": "0.0000003",
        "input_cache_write": "0.00000375",
        "internal_reasoning": "0",
    },
}
"""Of https://openrouter.ai/docs/api-reference/list-available-models."""


def test_openrouters_prices_are_those_of_a_call() -> None:
    info = listed({"data": [OPENROUTER]})[0]
    assert info.max_output == 64000
    assert info.price is not None
    usage = Usage(input=1000, cache_read=2000, cache_write=300, output=400, reasoning=100)
    wanted = (
        Decimal("0.01")
        + 1000 * Decimal("0.000003")
        + 2000 * Decimal("0.0000003")
        + 300 * Decimal("0.00000375")
        + 400 * Decimal("0.000015")
    )
    cost = info.price.cost(usage)
    assert (cost.amount, cost.currency, cost.source) == (wanted, "USD", PRICES_FROM)


def test_longer_prompts_and_writes_for_an_hour_cost_what_openrouter_says_of_them() -> None:
    overrides = [
        {"min_prompt_tokens": 200000, "prompt": "0.000006", "input_cache_write_1h": "0.000012"},
        # By the hour of the day: the usual price holds.
        {"utc_start": 1630, "utc_end": 30, "min_prompt_tokens": 1, "completion": "0"},
    ]
    pricing = {
        "prompt": "0.000003",
        "completion": "0.000015",
        "input_cache_write": "0.00000375",
        "input_cache_write_1h": "0.000006",
        "overrides": overrides,
    }
    price = listed({"data": [{"id": "anthropic/claude-x", "pricing": pricing}]})[0].price
    assert price is not None
    assert price.input == Rate(Decimal(3), ((200_000, Decimal(6)),))
    assert price.cache_write_1h == Rate(Decimal(6), ((200_000, Decimal(12)),))
    assert (price.output, price.cache_write) == (Rate(Decimal(15)), Rate(Decimal("3.75")))


@pytest.mark.parametrize(
    "overrides", [None, {}, [None], [{"min_prompt_tokens": "x"}], [{"prompt": "NaN"}]]
)
def test_overrides_that_say_nothing_leave_the_price(overrides: object) -> None:
    pricing = {"prompt": "0.000003", "completion": "0.000015", "overrides": overrides}
    price = listed({"data": [{"id": "anthropic/claude-x", "pricing": pricing}]})[0].price
    assert price is not None
    assert price.input == Rate(Decimal(3))


@pytest.mark.parametrize(
    ("entry", "input_", "output"),
    [
        # Together and DeepInfra say it for a million tokens, Vercel for one.
        ({"pricing": {"hourly": 0, "input": 0.3, "output": 0.6, "base": 0}}, "0.3", "0.6"),
        ({"metadata": {"pricing": {"input_tokens": 0.1, "output_tokens": 0.15}}}, "0.1", "0.15"),
        ({"pricing": {"input": "0.00000015", "output": "0.0000006"}}, "0.15", "0.6"),
        ({"pricing": {"prompt": "0", "completion": "0"}}, "0", "0"),
        ({"pricing": {"prompt": 0.000002, "completion": 0.000008}}, "2", "8"),
    ],
)
def test_prices_are_read_in_the_unit_of_who_tells_them(
    entry: dict[str, object], input_: str, output: str
) -> None:
    price = listed([{"id": "a", **entry}])[0].price
    assert price is not None
    assert price.input is not None
    assert price.output is not None
    assert (price.input.base, price.output.base) == (Decimal(input_), Decimal(output))


@pytest.mark.parametrize(
    "pricing",
    [
        {"prompt": "-1", "completion": "-1"},
        {"hourly": 1.5, "input": 0, "output": 0},
        {"prompt": "0.000001"},
        {"prompt": "free", "completion": "free"},
        {"prompt": "NaN", "completion": "Infinity"},
        {"prompt": "1e9", "completion": "1e9"},
        "cheap",
    ],
)
def test_a_price_that_is_none_is_unknown(pricing: object) -> None:
    assert listed([{"id": "a", "pricing": pricing}])[0].price is None


def test_a_local_server_has_no_prices() -> None:
    assert listed({"data": [OPENROUTER]}, local=True)[0].price is None


@pytest.mark.parametrize(
    ("answer", "page"),
    [
        ({"data": [], "has_more": True, "last_id": "x"}, {"after": "x", "after_id": "x"}),
        ({"data": [], "has_more": False, "last_id": "x"}, None),
        ({"models": [], "nextPageToken": "t"}, {"pageToken": "t"}),
        ({"data": [], "next_cursor": "c"}, {"cursor": "c"}),
        ({"data": [], "next_page": 2}, {"page": "2"}),
        ({"results": [], "next": "https://h/v1/models?page=2"}, "https://h/v1/models?page=2"),
        ({"data": [], "next": None, "next_page": ""}, None),
        ([], None),
    ],
)
def test_the_next_page_is_asked_for_as_the_list_says(answer: object, page: object) -> None:
    assert next_page(answer) == page


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "models", "id", "name", "pricing", "prompt", "input", "metadata",
                 "top_provider", "context_length", "next", "last_id", "has_more", "details"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values)
def test_no_answer_breaks_the_reader(answer: object) -> None:
    for info in models_of("p", answer) or []:
        assert info.model
    next_page(answer)
