"""What a conversation with Gemini is booked at, with a server that keeps prompts by the rules of
https://ai.google.dev/gemini-api/docs/caching, beside a sum made by hand."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import EVENTS, Exchange

LEAST = 2048
"""Tokens that Gemini 2.5 Flash keeps at least."""
MILLION = Decimal(1_000_000)
SYSTEM = "s" * 4 * 18_000
QUESTION = "q" * (4 * 200 - 1)
REPLY = "r" * 4 * 180
THOUGHTS = 20
KEY = "AIza-test-0123456789"


class KeepingServer:
    """Counts four characters as a token, and bills as it is published."""

    def __init__(self, *, keeps: bool) -> None:
        self.keeps = keeps
        self.kept: set[str] = set()
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, exchange: Exchange) -> None:
        assert exchange.path == "/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
        assert exchange.headers["x-goog-api-key"] == KEY
        self.bodies.append(exchange.json)
        usage = self.usage(exchange.json)
        end = {
            "content": {"parts": [{"text": REPLY}], "role": "model"},
            "finishReason": "STOP",
            "index": 0,
        }
        thought = {"content": {"parts": [{"text": "Hm.", "thought": True}], "role": "model"}}
        await exchange.head(200, EVENTS)
        for candidate in (thought, end):
            event = {"candidates": [candidate], "usageMetadata": usage}
            await exchange.raw(f"data: {json.dumps(event)}\r\n\r\n".encode())
        await exchange.end()

    def usage(self, body: dict[str, Any]) -> dict[str, int]:
        said = [("system", body["systemInstruction"]), *((c["role"], c) for c in body["contents"])]
        tokens = read = 0
        digest = hashlib.sha256()
        beginnings: list[str] = []
        for role, content in said:
            text = "".join(part["text"] for part in content["parts"])
            digest.update(f"{role}:{text}".encode())
            tokens += len(text) // 4
            beginnings.append(digest.hexdigest())
            if tokens >= LEAST and digest.hexdigest() in self.kept:
                read = tokens
        if self.keeps:
            self.kept |= set(beginnings)
        return {
            "promptTokenCount": tokens,
            "cachedContentTokenCount": read,
            "candidatesTokenCount": len(REPLY) // 4,
            "thoughtsTokenCount": THOUGHTS,
            "totalTokenCount": tokens + len(REPLY) // 4 + THOUGHTS,
        }


# 2.5 Flash: 0.3 to read, 0.03 from the cache, 2.5 for what it says and thinks, per million. 18,000
# tokens stand before the first of five turns; each adds a question of 200 and an answer of 180.
PROMPTS = (18_200, 18_580, 18_960, 19_340, 19_720)
SAID = 5 * (180 + THOUGHTS) * Decimal("2.5")
BY_HAND = {
    True: (18_200 + 4 * 380) * Decimal("0.3") + sum(PROMPTS[:4]) * Decimal("0.03") + SAID,
    False: sum(PROMPTS) * Decimal("0.3") + SAID,
}


@pytest.mark.parametrize("keeps", [True, False])
def test_five_turns_of_a_long_conversation_cost_what_a_sum_by_hand_says(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    keeping = KeepingServer(keeps=keeps)
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    monkeypatch.setenv("CHATUI_PROVIDERS__GOOGLE__API", "gemini")
    # Nothing but what is counted here stands in the prompts.
    monkeypatch.setenv("CHATUI_RETRIEVAL__ENABLED", "false")
    amounts = []
    with running(keeping) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__GOOGLE__BASE_URL", server.base_url)
        for turn in range(5):
            more = ["-c"] if turn else []
            told = ["-m", "google/gemini-2.5-flash", "--json", f"{turn}{QUESTION}"]
            amounts.append(Decimal(shell("ask", *more, "-s", SYSTEM, *told).json["cost"]["amount"]))
        booked = shell("cost", "--json").json["total"]["costs"][0]["amount"]

    assert len(keeping.bodies) == 5
    assert abs(sum(amounts) - BY_HAND[keeps] / MILLION) < Decimal("1e-9")
    assert abs(Decimal(booked) - BY_HAND[keeps] / MILLION) < Decimal("1e-9")


def test_a_dry_run_has_the_prompt_counted_where_that_is_asked_for(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def counting(exchange: Exchange) -> None:
        assert exchange.path == "/v1/models/gemini-2.5-flash:countTokens"
        assert exchange.headers["x-goog-api-key"] == KEY
        assert exchange.json == {
            "generateContentRequest": {
                "model": "models/gemini-2.5-flash",
                "systemInstruction": {"parts": [{"text": "Be brief."}]},
                "contents": [{"role": "user", "parts": [{"text": "Why?"}]}],
            }
        }
        await exchange.answer(200, {"totalTokens": 1000})

    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("CHATUI_PROVIDERS__GOOGLE__API", "gemini")
    monkeypatch.setenv("CHATUI_RETRIEVAL__ENABLED", "false")
    with running(counting) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__GOOGLE__BASE_URL", server.base_url)
        asked = ["-s", "Be brief.", "-m", "google/gemini-2.5-flash", "--json", "--count", "Why?"]
        told = shell("ask", "--dry-run", *asked).json

    assert told["usage"] == {"input": 1000, "estimated": False}
    assert Decimal(told["cost"]["amount"]) == Decimal("0.0003")
