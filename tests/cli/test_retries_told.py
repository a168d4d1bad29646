"""What `ask` tells of a provider that is asked again."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, saying


async def busy(exchange: Exchange) -> None:
    await exchange.error(429, "Slow down", {"retry-after-ms": "10"})


def test_a_retry_is_told_on_stderr(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(busy, saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big")

    assert done.out == "Hello\n"
    assert (
        "mine limits how often it is asked (Slow down); asking again in 1 s, attempt 2 of 3."
        in done.err
    )


def test_the_json_has_the_retries(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(busy, saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answer = shell("ask", "hi", "-m", "mine/big", "--json").json

    assert answer["retries"] == [
        {
            "reason": "mine limits how often it is asked (Slow down)",
            "wait_s": 0.01,
            "attempt": 2,
        }
    ]


def test_an_answer_at_once_has_no_retries(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        assert shell("ask", "hi", "-m", "mine/big", "--json").json["retries"] == []


def test_of_several_models_each_retry_is_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(busy, saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big", "-m", "builtin/extract")

    assert "Hello" in done.out
    assert "asking again in 1 s, attempt 2 of 3" in done.err
