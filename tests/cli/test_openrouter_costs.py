"""What a conversation through OpenRouter is booked at, with a server that keeps prompts by the
rules of https://openrouter.ai/docs/guides/best-practices/prompt-caching, beside sums by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import EVENTS, Exchange

MILLION = Decimal(1_000_000)
SYSTEM = "s" * 4 * 18_000
QUESTION = "q" * (4 * 200 - 1)
REPLY = "r" * 4 * 200
KEY = "sk-or-test-0123456789"
CLAUDE = "anthropic/claude-haiku-4.5"
GEMINI = "google/gemini-2.5-flash"


def parts(body: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Who says each part, its text, and whether a mark stands behind it."""
    for message in body["messages"]:
        content = message["content"]
        for part in [{"text": content}] if isinstance(content, str) else content:
            yield message["role"], part["text"], "cache_control" in part


@dataclass
class Rates:
    """For a token, in USD for a million."""

    read: Decimal
    cached: Decimal
    written: Decimal
    said: Decimal


RATES = {
    CLAUDE: Rates(Decimal(1), Decimal("0.1"), Decimal("1.25"), Decimal(5)),
    # Writing costs what reading does, and five minutes of storage at $1 for a million and hour.
    GEMINI: Rates(
        Decimal("0.3"), Decimal("0.03"), Decimal("0.3") + Decimal(1) / 12, Decimal("2.5")
    ),
}


@dataclass
class KeepingServer:
    """Counts four characters as a token, and bills as it is published: all marks of Claude's count,
    and the last one of Gemini's. `tells` its own cost."""

    tells: bool = True
    kept: set[str] = field(default_factory=set)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.json
        self.bodies.append(body)
        usage = self.usage(body)
        choice = {"index": 0, "delta": {"role": "assistant", "content": REPLY}}
        head = {"id": "gen-1", "provider": "Somebody", "model": body["model"]}
        end = {"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}
        await exchange.head(200, EVENTS)
        for event in ({**head, "choices": [choice]}, {**head, "choices": [end], "usage": usage}):
            await exchange.raw(f"data: {json.dumps(event)}\n\n".encode())
        await exchange.done()

    def usage(self, body: dict[str, Any]) -> dict[str, Any]:
        tokens = read = 0
        ends: list[tuple[int, str]] = []
        digest = hashlib.sha256()
        for role, text, marked in parts(body):
            digest.update(f"{role}:{text}".encode())
            tokens += len(text) // 4
            if digest.hexdigest() in self.kept:
                read = tokens
            if marked and tokens >= 4096:
                ends.append((tokens, digest.hexdigest()))
        ends = ends[-1:] if body["model"] == GEMINI else ends
        written = max([0, *(size - read for size, _ in ends)])
        self.kept |= {name for _, name in ends}
        rates, said = RATES[body["model"]], len(REPLY) // 4
        cost = (tokens - read - written) * rates.read + read * rates.cached
        cost += written * rates.written + said * rates.said
        return {
            "prompt_tokens": tokens,
            "completion_tokens": said,
            "total_tokens": tokens + said,
            "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
            **({"cost": float(cost / MILLION), "is_byok": False} if self.tells else {}),
        }


# 18,000 tokens stand before the first of five turns of 400. Claude keeps what stands before the
# question; Gemini the system prompt, so that no turn writes what was written before.
UNKEPT = 18_200 + 18_600 + 19_000 + 19_400 + 19_800
BY_HAND = {
    (CLAUDE, "5m"): (18_000 + 18_400 + 18_800 + 19_200) * Decimal("0.1")
    + (18_000 + 4 * 400) * Decimal("1.25")
    + 1000
    + 1000 * 5,
    (CLAUDE, "off"): Decimal(UNKEPT + 1000 * 5),
    (GEMINI, "5m"): 18_000 * (Decimal("0.3") + Decimal(1) / 12)
    + 4 * 18_000 * Decimal("0.03")
    + (UNKEPT - 5 * 18_000) * Decimal("0.3")
    + 1000 * Decimal("2.5"),
    (GEMINI, "off"): UNKEPT * Decimal("0.3") + 1000 * Decimal("2.5"),
}


def five_turns(shell: Shell, model: str) -> tuple[Decimal, Decimal]:
    """What the turns cost by what each said, and by the ledger."""
    amounts = []
    for turn in range(5):
        more = ["-c"] if turn else []
        told = ["-m", f"openrouter/{model}", "--json", f"{turn}{QUESTION}"]
        amounts.append(Decimal(shell("ask", *more, "-s", SYSTEM, *told).json["cost"]["amount"]))
    return sum(amounts, Decimal(0)), Decimal(
        shell("cost", "--json").json["total"]["costs"][0]["amount"]
    )


@pytest.fixture(autouse=True)
def through_openrouter(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    # Behind the shell, which takes every key away.
    assert shell.home
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.setenv("CHATUI_PROVIDERS__OPENROUTER__API", "openrouter")
    # Nothing but what is counted here stands in the prompts.
    monkeypatch.setenv("CHATUI_RETRIEVAL__ENABLED", "false")


@pytest.mark.parametrize(("model", "kept"), BY_HAND)
def test_five_turns_of_a_long_conversation_cost_what_a_sum_by_hand_says(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, model: str, kept: str
) -> None:
    keeping = KeepingServer()
    monkeypatch.setenv("CHATUI_PROVIDERS__OPENROUTER__PROMPT_CACHE", kept)
    with running(keeping) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__OPENROUTER__BASE_URL", server.base_url)
        said, booked = five_turns(shell, model)

    assert len(keeping.bodies) == 5
    assert abs(said - BY_HAND[model, kept] / MILLION) < Decimal("1e-9")
    assert abs(booked - BY_HAND[model, kept] / MILLION) < Decimal("1e-9")


def test_a_gateway_that_tells_no_cost_is_booked_by_the_list(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(KeepingServer(tells=False)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__OPENROUTER__BASE_URL", server.base_url)
        said, booked = five_turns(shell, CLAUDE)

    assert abs(said - BY_HAND[CLAUDE, "5m"] / MILLION) < Decimal("1e-9")
    assert abs(booked - BY_HAND[CLAUDE, "5m"] / MILLION) < Decimal("1e-9")


def test_what_is_configured_of_routing_and_reasoning_is_sent(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = shell.home / "config.toml"
    config.write_text(
        "[providers.openrouter]\n"
        'provider = { order = ["anthropic"], allow_fallbacks = false, sort = "price", '
        'data_collection = "deny", max_price = { prompt = 1, completion = 5.5 } }\n'
        "reasoning = { max_tokens = 2000, exclude = true }\n"
    )
    monkeypatch.setenv("CHATUI_CONFIG", str(config))
    keeping = KeepingServer()
    with running(keeping) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__OPENROUTER__BASE_URL", server.base_url)
        shell("ask", "-m", f"openrouter/{CLAUDE}", "Why?")

    assert keeping.bodies[0]["provider"] == {
        "order": ["anthropic"],
        "allow_fallbacks": False,
        "data_collection": "deny",
        "sort": "price",
        "max_price": {"prompt": 1, "completion": 5.5},
    }
    assert keeping.bodies[0]["reasoning"] == {"max_tokens": 2000, "exclude": True}
