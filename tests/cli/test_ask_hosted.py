"""`chatui ask` with a hosted model behind a real socket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import EVENTS, Exchange, saying

USAGE = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42,
         "prompt_tokens_details": {"cached_tokens": 30}}  # fmt: skip


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A price in another currency, for the provider that the environment adds."""
    path = home / "config.toml"
    path.write_text('[prices."mine/big"]\ninput = 2\noutput = 8\ncache_read = 1\ncurrency = "CNY"')
    monkeypatch.setenv("CHATUI_CONFIG", str(path))
    return path


def test_an_answer_is_streamed_and_booked_to_the_last_digit(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hel", "lo", usage=USAGE)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answer = shell("ask", "hi", "-m", "mine/big", "--json").json

    assert answer["text"] == "Hello"
    assert answer["usage"] == {
        "input": 10, "cache_read": 30, "cache_write": 0, "output": 2, "reasoning": 0,
        "estimated": False,
    }  # fmt: skip
    # 10 × 2 + 30 × 1 + 2 × 8, per million
    assert float(answer["cost"]["amount"]) == 0.000066
    assert (answer["cost"]["currency"], answer["cost"]["price_source"]) == ("CNY", "config")
    assert answer["finish_reason"] == "stop"


def test_a_server_without_usage_gives_an_estimate(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hello there")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answer = shell("ask", "hi", "-m", "mine/big", "--json").json

    assert answer["usage"]["estimated"] is True
    assert answer["usage"]["output"] == 2
    assert answer["cost"]["amount"] is None


def test_the_schema_goes_along_and_the_answer_comes_parsed(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    (home / "schema.json").write_text(json.dumps(schema))
    with running(saying('{"n": ', "3}")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answer = shell("ask", "hi", "-m", "mine/big", "--schema", "schema.json", "--json").json

    assert answer["data"] == {"n": 3}
    assert server.exchanges[0].json["response_format"]["json_schema"]["schema"] == schema


@pytest.mark.parametrize(("text", "words"), [("hello", "not JSON"), ('{"n": "x"}', "does not fit")])
def test_an_answer_that_does_not_fit_the_schema_ends_with_code_3(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    (home / "schema.json").write_text(json.dumps(schema))
    with running(saying(text)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big", "--schema", "schema.json", "--json")

    assert done.code == 3
    assert words in done.err


def test_a_refused_key_is_code_3_and_shows_no_key(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(401, "Incorrect API key provided: sk-secret.")

    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with running(refuse) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "openai/gpt-5-mini")

    assert done.code == 3
    assert "OPENAI_API_KEY" in done.err
    assert "sk-secret" not in done.err


def test_no_documents_and_no_memory_leave_only_the_question(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("one"), saying("two")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "first", "-m", "mine/big", "--no-rag", "-s", "")
        shell("ask", "second", "-m", "mine/big", "--no-rag", "--no-memory", "-c", "-s", "")

    assert server.exchanges[1].json["messages"] == [{"role": "user", "content": "second"}]


def test_a_budget_that_is_nearly_used_up_is_told_on_stderr(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 10 × 2 + 30 × 1 + 100 × 8, per million
    usage = {**USAGE, "completion_tokens": 100, "total_tokens": 140}
    with running(saying("Hello", usage=usage)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        monkeypatch.setenv("CHATUI_BUDGET__CURRENCY", "CNY")
        monkeypatch.setenv("CHATUI_BUDGET__MONTH", "0.001")
        done = shell("ask", "hi", "-m", "mine/big")
        refused = shell("ask", "hi", "-m", "mine/big")

    assert (done.code, done.out) == (0, "Hello\n")
    assert (
        done.err == "chatui: 85% of the budget of ¥0.0010 for this month is spent; ¥0.0002 left.\n"
    )
    assert refused.code == 4
    assert "for this month leaves" in refused.err


def test_what_is_left_of_the_limits_and_the_pace_of_the_answer_are_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head(
            headers={
                **EVENTS,
                "x-ratelimit-limit-tokens": "200000",
                "x-ratelimit-remaining-tokens": "1200",
                "x-ratelimit-reset-tokens": "6m0s",
            }
        )
        for word in ("One ", "two ", "three"):
            await exchange.text(word)
        await exchange.finish()
        await exchange.usage(
            prompt_tokens=10,
            completion_tokens=503,
            completion_tokens_details={"reasoning_tokens": 500},
        )
        await exchange.done()

    with running(script) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answer = shell("ask", "hi", "-m", "mine/big", "--json").json

    assert answer["limits"] == [
        {"what": "tokens", "left": 1200, "most": 200_000, "resets_s": 360.0}
    ]
    gaps = answer["between_tokens_ms"]
    assert gaps["mean"] >= 0
    assert gaps["p95"] <= gaps["longest"]
    # Two gaps between three tokens: the 500 that nobody saw are none of them.
    after_first = answer["seconds"] - answer["ttft_ms"] / 1000
    assert answer["tokens_per_second"] <= 2 / after_first * 1.5
