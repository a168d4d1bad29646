"""`chatui compare`, and `chatui ask` with several models, with servers behind real sockets."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.patience import PATIENCE, until_true
from tests.scripted_server import Exchange, ScriptedServer, saying

USAGE = {"prompt_tokens": 1200, "completion_tokens": 30, "total_tokens": 1230}
ONE, TWO = "one/big", "two/big"
PRICES = f'[prices."{ONE}"]\ninput = 1\noutput = 10\n[prices."{TWO}"]\ninput = 1\noutput = 10\n'


async def failing(exchange: Exchange) -> None:
    await exchange.error(400, "This request is odd.")


@dataclass(frozen=True)
class Pair:
    one: ScriptedServer
    two: ScriptedServer


@pytest.fixture
def pair(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Two servers, each a provider with prices of its own."""
    (home / "config.toml").write_text(PRICES)
    monkeypatch.setenv("CHATUI_CONFIG", str(home / "config.toml"))
    with ExitStack() as stack:
        one = stack.enter_context(running(saying("The fox jumps.", usage=USAGE)))
        two = stack.enter_context(running(saying("The fox sleeps.")))
        for name, server in (("ONE", one), ("TWO", two)):
            monkeypatch.setenv(f"CHATUI_PROVIDERS__{name}__BASE_URL", server.base_url)
            monkeypatch.setenv(f"CHATUI_PROVIDERS__{name}__RETRIES", "0")
        yield Pair(one, two)


def test_one_document_has_the_answers_in_the_order_of_the_models(shell: Shell, pair: Pair) -> None:
    done = shell("compare", "-m", TWO, "-m", ONE, "What now?", "--json")

    assert done.code == 0
    found = done.json
    assert set(found) == {"conversation", "question", "answers"}
    assert found["question"] == "What now?"
    assert [answer["model"] for answer in found["answers"]] == [TWO, ONE]
    second = found["answers"][1]
    assert (second["text"], second["conversation"]) == ("The fox jumps.", found["conversation"])
    # 1,200 × 1 + 30 × 10, per million
    assert float(second["cost"]["amount"]) == 0.0015
    assert second["usage"]["estimated"] is False
    assert second["ttft_ms"] > 0


def test_a_failed_model_has_its_error_in_the_place_of_an_answer(shell: Shell, pair: Pair) -> None:
    pair.one.script(failing)

    done = shell("compare", "-m", ONE, "-m", TWO, "What now?", "--json")

    assert done.code == 1
    assert done.json["answers"][0]["model"] == ONE
    assert "odd" in done.json["answers"][0]["error"]
    assert done.json["answers"][1]["text"] == "The fox sleeps."
    assert ONE in done.err


def test_what_is_printed_names_each_model_and_ends_with_a_table(shell: Shell, pair: Pair) -> None:
    done = shell("compare", "-m", ONE, "-m", TWO, "What now?")

    lines = done.out.splitlines()
    assert lines[lines.index(f"── {ONE}") + 1] == "The fox jumps."
    assert lines[lines.index(f"── {TWO}") + 1] == "The fox sleeps."
    head, first, second = lines[-3:]
    assert head.split() == [
        *("Model", "First", "token", "Speed", "p95", "gap", "Stall"),
        *("In", "Out", "Cost"),
    ]
    assert first.split()[0] == ONE
    assert first.split()[-3:] == ["1,200", "30", "$0.0015"]
    assert "≈" not in first
    assert "≈ $" in second


def test_differences_are_marked_word_by_word(shell: Shell, pair: Pair) -> None:
    done = shell("compare", "-m", ONE, "-m", TWO, "What now?", "--diff")

    lines = done.out.splitlines()
    at = lines.index(f"── {TWO} against {ONE}")
    assert lines[at + 1] == "The fox [-jumps-]{+sleeps+}."


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 2, "2 to 4 models"),
        (("-m", ONE), 2, "2 to 4 models"),
        (("-m", ONE, "-m", ONE), 2, "named twice"),
        (("-m", ONE, "-m", "nonesuch"), 2, "nonesuch"),
        (("-m", ONE, "-m", TWO, "-c", "--cid", "abc"), 2, "not both"),
        (("-m", ONE, "-m", TWO, "--max-cost", "0.0000001"), 4, "0.0000001 USD"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_printed(
    shell: Shell, pair: Pair, options: tuple[str, ...], code: int, words: str
) -> None:
    done = shell("compare", "What now?", *options)

    assert (done.code, done.out) == (code, "")
    assert words in done.err
    asked = [*pair.one.exchanges, *pair.two.exchanges]
    assert [exchange.path for exchange in asked if exchange.method == "POST"] == []


def test_when_all_fail_the_models_have_failed(shell: Shell, pair: Pair) -> None:
    pair.one.script(failing)
    pair.two.script(failing)

    done = shell("compare", "-m", ONE, "-m", TWO, "What now?")

    assert done.code == 3
    assert ONE in done.err
    assert TWO in done.err


def test_both_are_sent_the_same_passages_notes_and_turns_to_the_byte(
    library: Shell, pair: Pair
) -> None:
    library("notes", "add", "I live in Leipzig.")
    library("ask", "Hello, I am Anna.", "-m", ONE, "--no-rag")

    library("compare", "What is the notice period of the lease?", "-m", ONE, "-m", TWO, "-c")

    one, two = (server.exchanges[-1].json["messages"] for server in (pair.one, pair.two))
    assert one == two
    assert "Leipzig" in one[0]["content"]
    assert [message["content"] for message in one[1:3]] == ["Hello, I am Anna.", "The fox jumps."]
    assert "three months" in one[-1]["content"]


def test_the_conversation_goes_on_with_the_first_models_answer(shell: Shell, pair: Pair) -> None:
    shell("compare", "What now?", "-m", TWO, "-m", ONE)
    shell("ask", "And then?", "-m", ONE, "-c")

    contents = [message["content"] for message in pair.one.exchanges[-1].json["messages"]]
    assert contents[1:] == ["What now?", "The fox sleeps.", "And then?"]


def test_ask_with_several_models_sends_them_the_same_and_prints_a_list(
    library: Shell, pair: Pair
) -> None:
    done = library("ask", "What is the notice period?", "-m", ONE, "-m", TWO, "--json")

    assert [answer["model"] for answer in done.json] == [ONE, TWO]
    one, two = (server.exchanges[-1].json["messages"] for server in (pair.one, pair.two))
    assert one == two
    assert "three months" in one[-1]["content"]


def test_a_dry_run_shows_each_model_the_same_prompt_and_asks_none(
    library: Shell, pair: Pair
) -> None:
    done = library("ask", "Notice period?", "-m", ONE, "-m", TWO, "--dry-run", "--json")

    first, second = done.json
    assert (first["model"], second["model"]) == (ONE, TWO)
    assert first["messages"] == second["messages"]
    assert pair.one.exchanges == pair.two.exchanges == []


def test_an_answer_must_fit_the_schema(shell: Shell, pair: Pair, home: Path) -> None:
    (home / "schema.json").write_text('{"type": "object"}')
    pair.one.script(saying('{"n": 1}'))

    done = shell("compare", "n?", "-m", ONE, "-m", TWO, "--schema", "schema.json", "--json")

    assert done.code == 1
    assert done.json["answers"][0]["data"] == {"n": 1}
    assert "JSON" in done.json["answers"][1]["error"]


def test_a_budget_that_all_answers_together_have_nearly_used_up_is_told(
    shell: Shell, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATUI_BUDGET__DAY", "0.0035")
    pair.two.script(saying("The fox sleeps.", usage=USAGE))

    done = shell("compare", "What now?", "-m", ONE, "-m", TWO, "--max-cost", "1")

    assert done.code == 0
    # Each costs 0.0015, less than half.
    (warning,) = [line for line in done.err.splitlines() if "budget" in line]
    assert "85%" in warning
    assert "today" in warning


def test_an_interrupt_prints_and_keeps_what_had_come_of_all(shell: Shell, pair: Pair) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.head()
        while not exchange.client_left.is_set():
            await exchange.text("on ")
            await asyncio.sleep(0.02)

    pair.one.script(endless)
    pair.two.script(endless)
    command = [sys.executable, "-m", "chatui", "compare", "Go on", "-m", ONE, "-m", TWO, "--json"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        chats = shell.data / "chats.db"
        until_true(lambda: process.poll() is not None or replies_begun(chats) == 2)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 130
    answers = json.loads(out)["answers"]
    assert [answer["finish_reason"] for answer in answers] == ["interrupted"] * 2
    assert all(answer["text"].startswith("on on ") for answer in answers)
    rows = shell("cost", answers[0]["conversation"], "--json").json["calls"]
    assert [row["outcome"] for row in rows] == ["interrupted"] * 2


def replies_begun(chats: Path) -> int:
    """How many replies have come so far that a part of them is on the disk."""
    if not chats.exists():
        return 0
    query = "SELECT count(*) FROM messages WHERE role = 'assistant' AND content <> ''"
    with closing(sqlite3.connect(chats)) as connection, suppress(sqlite3.OperationalError):
        return int(connection.execute(query).fetchone()[0])
    return 0
