"""Answers that were cut off at their limit: said so, and gone on with without a seam."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, Script, saying
from tests.smollm2 import NAME, put_into

USAGE = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}


def cut_off(text: str) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(text)
        await exchange.finish("length")
        await exchange.usage(**USAGE)
        await exchange.done()

    return script


def test_an_answer_is_gone_on_with_as_one_turn_and_both_calls_are_booked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(cut_off("It begins and"), saying("It begins and ends.", usage=USAGE)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        first = shell("ask", "Tell me.", "-m", "mine/m", "--no-rag")
        done = shell("ask", "-c", "-m", "mine/m", "--no-rag", "--json")

    assert first.out == "It begins and\n"
    assert "cut off at its limit; `chatui ask -c` goes on" in first.err
    assert done.json["text"] == "It begins and ends."
    assert done.json["finish_reason"] == "stop"
    assert (done.json["usage"]["input"], done.json["usage"]["output"]) == (80, 4)
    sent = server.exchanges[1].json["messages"]
    assert [one["role"] for one in sent[-3:]] == ["user", "assistant", "user"]
    assert sent[-2]["content"] == "It begins and"
    with closing(sqlite3.connect(shell.data / "chats.db")) as chats:
        assert chats.execute("SELECT count(*) FROM turns").fetchone() == (1,)
        assert chats.execute("SELECT count(*) FROM ledger").fetchone() == (2,)


def test_what_ended_by_itself_is_left_alone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The question is empty" in shell("ask", "-c").err
    with running(saying("All of it.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "Tell me.", "-m", "mine/m")
        done = shell("ask", "-c", "-m", "mine/m")

    assert done.code == 2
    assert "The answer ended by itself" in done.err
    assert len(server.exchanges) == 1


def test_a_call_that_is_refused_leaves_the_answer_as_it_was(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(401, "No.")

    with running(cut_off("Half"), refuse, saying(" and half.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "Tell me.", "-m", "mine/m")
        failed = shell("ask", "-c", "-m", "mine/m")
        done = shell("ask", "-c", "-m", "mine/m")

    assert failed.code == 3
    assert done.out == "Half and half.\n"


def test_a_local_model_goes_on_as_if_it_had_not_been_cut_off(shell: Shell, smollm2: Path) -> None:
    put_into(shell.data / "models", smollm2)
    asked = ("-m", NAME, "--no-rag", "-o", "temperature", "0", "-o", "repeat_penalty", "1")

    whole = shell("ask", "Name the seasons.", *asked, "-o", "max_output_tokens", "40", "--json")
    shell("ask", "Name the seasons.", *asked, "-o", "max_output_tokens", "17")
    joined = shell("ask", "-c", *asked, "-o", "max_output_tokens", "23", "--json")

    assert joined.json["text"] == whole.json["text"]
