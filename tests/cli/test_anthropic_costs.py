"""What a conversation with Claude is booked at, with a server that keeps prompts by the rules of
https://platform.claude.com/docs/en/build-with-claude/prompt-caching, beside a sum made by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import EVENTS, Exchange

LEAST = 4096
"""Tokens that Claude Haiku 4.5 keeps at least."""
LOOK_BACK = 20
"""Blocks before a mark in which an earlier one is looked for."""
MILLION = Decimal(1_000_000)
SYSTEM = "s" * 4 * 18_000
QUESTION = "q" * (4 * 200 - 1)
REPLY = "r" * 4 * 200


def blocks(body: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Who says each block, its text, and the lifetime of the mark behind it: "" for none."""
    said: list[tuple[str, Any]] = [("system", body.get("system", []))]
    said += [(one["role"], one["content"]) for one in body["messages"]]
    for role, content in said:
        parts: list[Any] = [{"text": content}] if isinstance(content, str) else content
        for part in parts:
            mark = part.get("cache_control")
            yield role, part["text"], mark.get("ttl", "5m") if mark else ""


class KeepingServer:
    """Counts four characters as a token, and bills as it is published."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.json
        self.bodies.append(body)
        usage = self.usage(body)
        start = {"model": body["model"], "usage": {**usage, "output_tokens": 1}}
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": start},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}},
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": REPLY},
            },
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn"},
                "usage": {"output_tokens": len(REPLY) // 4},
            },
            {"type": "message_stop"},
        ]
        await exchange.head(200, EVENTS)
        for event in events:
            data = json.dumps(event)
            await exchange.raw(f"event: {event['type']}\ndata: {data}\n\n".encode())
        await exchange.end()

    def usage(self, body: dict[str, Any]) -> dict[str, Any]:
        tokens, ends, read, written = 0, [], 0, 0
        digest, lifetime = hashlib.sha256(), "5m"
        found: list[tuple[int, str]] = []
        for at, (role, text, mark) in enumerate(blocks(body)):
            digest.update(f"{role}:{text}".encode())
            tokens += len(text) // 4
            found.append((tokens, digest.hexdigest()))
            if mark:
                ends.append(at)
                lifetime = mark
        assert len(ends) <= 4
        for end in ends:
            near = found[max(0, end + 1 - LOOK_BACK) : end + 1]
            read = max([read, *(size for size, name in near if name in self.kept)])
        kept = [found[end] for end in ends if found[end][0] >= LEAST]
        if kept:
            written = max(size for size, _ in kept) - read
            self.kept |= {name for _, name in kept}
        return {
            "input_tokens": tokens - read - written,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
            "cache_creation": {
                "ephemeral_5m_input_tokens": written if lifetime == "5m" else 0,
                "ephemeral_1h_input_tokens": written if lifetime == "1h" else 0,
            },
        }


# Haiku 4.5: 1 to read, 0.1 from the cache, 1.25 to write for five minutes and 2 for an hour, 5 for
# what it says, per million. 18,000 tokens stand before the first of five turns of 400.
READ = 18_000 + 18_400 + 18_800 + 19_200
WRITTEN = 18_000 + 4 * 400
UNKEPT = 18_200 + 18_600 + 19_000 + 19_400 + 19_800
BY_HAND = {
    "5m": READ * Decimal("0.1") + WRITTEN * Decimal("1.25") + 1000 + 1000 * 5,
    "1h": READ * Decimal("0.1") + WRITTEN * Decimal(2) + 1000 + 1000 * 5,
    "off": Decimal(UNKEPT + 1000 * 5),
}


@pytest.mark.parametrize("kept", ["5m", "1h", "off"])
def test_five_turns_of_a_long_conversation_cost_what_a_sum_by_hand_says(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    keeping = KeepingServer()
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")
    monkeypatch.setenv("CHATUI_PROVIDERS__ANTHROPIC__API", "messages")
    monkeypatch.setenv("CHATUI_PROVIDERS__ANTHROPIC__PROMPT_CACHE", kept)
    # Nothing but what is counted here stands in the prompts.
    monkeypatch.setenv("CHATUI_RETRIEVAL__ENABLED", "false")
    amounts = []
    with running(keeping) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__ANTHROPIC__BASE_URL", server.base_url)
        for turn in range(5):
            more = ["-c"] if turn else []
            told = ["-m", "anthropic/claude-haiku-4-5", "--json", f"{turn}{QUESTION}"]
            amounts.append(Decimal(shell("ask", *more, "-s", SYSTEM, *told).json["cost"]["amount"]))
        booked = shell("cost", "--json").json["total"]["costs"][0]["amount"]

    assert abs(sum(amounts) - BY_HAND[kept] / MILLION) < Decimal("1e-9")
    assert abs(Decimal(booked) - BY_HAND[kept] / MILLION) < Decimal("1e-9")
    assert len(keeping.bodies) == 5


def test_a_dry_run_has_the_prompt_counted_where_that_is_asked_for(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def counting(exchange: Exchange) -> None:
        assert exchange.path == "/v1/messages/count_tokens"
        assert exchange.headers["x-api-key"] == "sk-ant-test-0123456789"
        assert exchange.json == {
            "model": "claude-haiku-4-5",
            "system": [
                {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
            ],
            "messages": [{"role": "user", "content": "Why?"}],
        }
        await exchange.answer(200, {"input_tokens": 2095})

    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")
    monkeypatch.setenv("CHATUI_PROVIDERS__ANTHROPIC__API", "messages")
    monkeypatch.setenv("CHATUI_RETRIEVAL__ENABLED", "false")
    asked = ["ask", "--dry-run", "-s", "Be brief.", "-m", "anthropic/claude-haiku-4-5", "--json"]
    with running(counting) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__ANTHROPIC__BASE_URL", server.base_url)
        told = shell(*asked, "--count", "Why?").json
        shell(*asked, "Why?")

    assert told["usage"] == {"input": 2095, "estimated": False}
    assert Decimal(told["cost"]["amount"]) == Decimal("0.002095")
    assert len(server.exchanges) == 1, "a dry run alone sends nothing"


def test_a_provider_that_counts_nothing_leaves_the_estimate(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", "http://127.0.0.1:1/v1")
    done = shell("ask", "--dry-run", "--count", "-m", "mine/m", "Why?")
    assert "nobody to count" in done.err
