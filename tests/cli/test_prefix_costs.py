"""What a conversation with GPT and DeepSeek is booked at, with servers that keep prompts by the
rules that these publish, beside sums made by hand."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.models.hosted.named_events import sending
from tests.scripted_server import Exchange, ScriptedServer, saying

MILLION = Decimal(1_000_000)
SYSTEM = "s" * 4 * 18_000
QUESTION = "q" * (4 * 200 - 1)
REPLY = "r" * 4 * 200


def begun_alike(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


class PrefixServer:
    """Counts four characters as a token, and keeps every prompt unasked: of its longest beginning
    that came before it reads whole steps (https://developers.openai.com/api/docs/guides/prompt-caching,
    https://api-docs.deepseek.com/guides/kv_cache). `least` above all prompts keeps none."""

    def __init__(self, step: int, least: int) -> None:
        self.step, self.least = step, least
        self.prompts: list[str] = []

    async def __call__(self, exchange: Exchange) -> None:
        prompt = "".join(one["content"] for one in exchange.json["messages"])
        shared = max((begun_alike(prompt, one) // 4 for one in self.prompts), default=0)
        read = shared - shared % self.step if shared >= self.least else 0
        self.prompts.append(prompt)
        tokens = len(prompt) // 4
        usage: dict[str, object] = {
            "prompt_tokens": tokens,
            "completion_tokens": len(REPLY) // 4,
            "total_tokens": tokens + len(REPLY) // 4,
        }
        if self.step == 64:
            usage |= {"prompt_cache_hit_tokens": read, "prompt_cache_miss_tokens": tokens - read}
        else:
            usage["prompt_tokens_details"] = {"cached_tokens": read}
        await saying(REPLY, usage=usage)(exchange)


class MarkServer:
    """Keeps what stands before marks, and finds it at a mark alone; writes at the last four and
    reads at the last 80."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.json
        self.bodies.append(body)
        tokens, digest, marks = 0, hashlib.sha256(), []
        for item in body["input"]:
            parts = item["content"]
            for part in [{"text": parts}] if isinstance(parts, str) else parts:
                digest.update(f"{item['role']}:{part['text']}".encode())
                tokens += len(part["text"]) // 4
                if "prompt_cache_breakpoint" in part:
                    marks.append((tokens, digest.hexdigest()))
        read = max((size for size, name in marks[-80:] if name in self.kept), default=0)
        written = max((size for size, _ in marks[-4:]), default=read) - read
        self.kept |= {name for _, name in marks[-4:]}
        usage = {
            "input_tokens": tokens,
            "input_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
            "output_tokens": len(REPLY) // 4,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens + len(REPLY) // 4,
        }
        done = {"object": "response", "status": "completed", "model": body["model"], "usage": usage}
        await sending(
            {"type": "response.output_text.delta", "delta": REPLY},
            {"type": "response.completed", "response": done},
        )(exchange)


def five_turns(
    shell: Shell, patch: pytest.MonkeyPatch, server: ScriptedServer, model: str
) -> tuple[Decimal, Decimal]:
    """What five turns were told to cost, and what the ledger has of them."""
    provider = model.partition("/")[0].upper()
    patch.setenv(f"{provider}_API_KEY", "sk-test-0123456789")
    patch.setenv(f"CHATUI_PROVIDERS__{provider}__BASE_URL", server.base_url)
    # Nothing but what is counted here stands in the prompts.
    patch.setenv("CHATUI_RETRIEVAL__ENABLED", "false")
    told = Decimal(0)
    for turn in range(5):
        more = ["-c"] if turn else []
        asked = ["-s", SYSTEM, "-m", model, "--json", f"{turn}{QUESTION}"]
        told += Decimal(shell("ask", *more, *asked).json["cost"]["amount"])
    booked = shell("cost", "--json").json["total"]["costs"][0]["amount"]
    return told, Decimal(booked)


# 18,000 tokens stand before the first of five turns of 400: prompts of 18,200, 18,600 … 19,800.
PROMPTS = 18_200 + 18_600 + 19_000 + 19_400 + 19_800
BY_128 = 18_176 + 18_560 + 18_944 + 19_328
BY_64 = 18_176 + 18_560 + 18_944 + 19_392
SAID = 5 * 200
FIVE_TURNS = {
    # GPT-4o: 2.5 to read, 1.25 from the cache, 10 for what it says, per million.
    ("openai/gpt-4o", 128, 1024): (PROMPTS - BY_128) * Decimal("2.5")
    + BY_128 * Decimal("1.25")
    + SAID * 10,
    ("openai/gpt-4o", 128, 10**9): PROMPTS * Decimal("2.5") + SAID * 10,
    # DeepSeek V3.1 Terminus: 0.27, 0.13 and 0.95.
    ("deepseek/deepseek-v3.1-terminus", 64, 64): (PROMPTS - BY_64) * Decimal("0.27")
    + BY_64 * Decimal("0.13")
    + SAID * Decimal("0.95"),
    ("deepseek/deepseek-v3.1-terminus", 64, 10**9): PROMPTS * Decimal("0.27")
    + SAID * Decimal("0.95"),
}


@pytest.mark.parametrize(("model", "step", "least"), FIVE_TURNS)
def test_five_turns_where_prompts_are_kept_unasked_cost_what_a_sum_by_hand_says(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, model: str, step: int, least: int
) -> None:
    keeping = PrefixServer(step, least)
    with running(keeping) as server:
        told, booked = five_turns(shell, monkeypatch, server, model)

    wanted = FIVE_TURNS[model, step, least] / MILLION
    assert abs(told - wanted) < Decimal("1e-9")
    assert abs(booked - wanted) < Decimal("1e-9")
    assert len(keeping.prompts) == 5


# GPT-6 Luna: 0.1 to read, 0.01 from the cache, 0.125 to write, 0.5 for what it says. The last mark
# is behind the last question before this one: its answer is read once as it is, and then written.
READ = 18_000 + 18_200 + 18_600 + 19_000
WRITTEN = 18_000 + 200 + 3 * 400
MARKED = {
    "5m": READ * Decimal("0.01")
    + WRITTEN * Decimal("0.125")
    + (PROMPTS - READ - WRITTEN) * Decimal("0.1")
    + SAID * Decimal("0.5"),
    "off": PROMPTS * Decimal("0.1") + SAID * Decimal("0.5"),
}


@pytest.mark.parametrize("kept", MARKED)
def test_five_turns_where_prompts_are_kept_by_marks_cost_what_a_sum_by_hand_says(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    keeping = MarkServer()
    monkeypatch.setenv("CHATUI_PROVIDERS__OPENAI__API", "responses")
    monkeypatch.setenv("CHATUI_PROVIDERS__OPENAI__PROMPT_CACHE", kept)
    with running(keeping) as server:
        told, booked = five_turns(shell, monkeypatch, server, "openai/gpt-6-luna")

    assert abs(told - MARKED[kept] / MILLION) < Decimal("1e-9")
    assert abs(booked - MARKED[kept] / MILLION) < Decimal("1e-9")
    assert len({body["prompt_cache_key"] for body in keeping.bodies}) == 1
    assert json.dumps(keeping.bodies[-1]).count("breakpoint") == (5 if kept == "5m" else 0)
