"""The request log, and `chatui logs`."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chatui.cli.logs import GrowingLog, before
from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, saying

SECRET = "the moon is made of basalt"
USAGE = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}


def entries(shell: Shell) -> list[dict[str, Any]]:
    path = shell.data / "state" / "requests.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "config.toml"
    path.write_text('[prices."mine/big"]\ninput = 2\noutput = 8\n')
    monkeypatch.setenv("CHATUI_CONFIG", str(path))
    return path


def test_a_reply_is_one_line_with_figures_and_no_text(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Hel", "lo", usage=USAGE)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answer = shell("ask", SECRET, "-m", "mine/big", "-p", "concise", "--json").json

    [line] = entries(shell)
    assert (line["kind"], line["model"], line["profile"]) == ("reply", "mine/big", "concise")
    assert (line["conversation"], line["turn"]) == (answer["conversation"], answer["turn"])
    assert line["usage"] == answer["usage"] | {"output": 2, "input": 40}
    assert line["cost"]["amount"] == answer["cost"]["amount"] == "0.000096"
    assert line["ttft_ms"] == answer["ttft_ms"]
    assert line["gap_ms"]["mean"] >= 0
    assert (line["outcome"], line["finish_reason"]) == ("complete", "stop")
    assert line["characters"]["text"] == 5
    assert SECRET not in json.dumps(line)
    assert "Hello" not in json.dumps(line)
    path = shell.data / "state" / "requests.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_texts_are_written_where_that_is_asked_for_and_no_key_ever(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("CHATUI_LOGS__CONTENT", "true")
    with running(saying("Hello")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        shell("ask", SECRET, "-m", "openai/gpt-5-mini")

    [line] = entries(shell)
    assert line["content"]["messages"][-1]["content"].endswith(SECRET)
    assert line["content"]["text"] == "Hello"
    assert "sk-secret" not in json.dumps(line)


def test_refused_and_repaired_calls_are_lines_too(
    shell: Shell, config: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(401, "No.")

    (home / "schema.json").write_text('{"type": "object"}')
    with running(refuse, saying("words"), saying("{}")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "one", "-m", "mine/big")
        shell("ask", "two", "-m", "mine/big", "--schema", "schema.json")

    found = [(line["kind"], line["outcome"]) for line in entries(shell)]
    assert found[0] == ("reply", "AuthenticationFailed")
    assert sorted(found[1:]) == [("repair", "complete"), ("reply", "complete")]
    assert entries(shell)[0]["usage"]["output"] == 0


def test_turns_of_a_conversation_share_the_fingerprint_of_what_stays(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("one"), saying("two"), saying("three")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "a", "-m", "mine/big", "--no-rag")
        shell("ask", "b", "-m", "mine/big", "--no-rag", "-c")
        shell("ask", "c", "-m", "mine/big", "--no-rag", "-s", "Other.")

    first, second, third = (line["prefix"] for line in entries(shell))
    assert first["first"] == second["first"] != third["first"]
    assert first["history"] != second["history"]


def test_logs_shows_the_last_calls_and_finds_them(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(401, "No.")

    assert shell("logs").out == "No calls yet.\n"
    with running(saying("Hello"), refuse) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "a", "-m", "mine/big")
        shell("ask", "a", "-m", "mine/small")

    table = shell("logs").out.splitlines()
    assert "mine/big" in table[1]
    assert table[1].endswith("complete")
    assert "mine/small" in table[2]
    assert table[2].endswith("AuthenticationFailed")
    assert [one["model"] for one in shell("logs", "--json", "-n", "1").lines] == ["mine/small"]
    assert [one["model"] for one in shell("logs", "--json", "--model", "BIG").lines] == ["mine/big"]
    failed = shell("logs", "--json", "--outcome", "authenticationfailed").lines
    assert [one["model"] for one in failed] == ["mine/small"]


def test_a_log_that_is_full_becomes_the_one_before(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shell.data / "state" / "requests.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"model": "old/m"}\nno line\n["nor this"]\n' + " " * (1 << 20) + "\n")
    monkeypatch.setenv("CHATUI_LOGS__MAX_MB", "1")
    with running(saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        shell("ask", "a", "-m", "mine/big")

    assert len(entries(shell)) == 1
    assert [one["model"] for one in shell("logs", "--json").lines] == ["old/m", "mine/big"]


def test_without_the_log_nothing_is_written_and_that_is_said(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATUI_LOGS__REQUESTS", "false")
    with running(saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        assert shell("ask", "a", "-m", "mine/big").code == 0

    assert not (shell.data / "state" / "requests.jsonl").exists()
    assert "logs.requests = false" in shell("logs").err


def test_a_log_that_cannot_be_written_fails_no_reply(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shell.data / "state" / "requests.jsonl").mkdir(parents=True)
    with running(saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "a", "-m", "mine/big")

    assert (done.code, done.out) == (0, "Hello\n")


def test_following_prints_the_calls_that_come_also_when_the_log_makes_room(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shell.data / "state" / "requests.jsonl"
    with running(saying("Hello")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        command = [sys.executable, "-u", "-m", "chatui", "logs", "-f", "--json"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ, text=True
        ) as following:
            assert following.stdout is not None
            for model in ("mine/big", "mine/small"):
                shell("ask", "a", "-m", model)
                assert json.loads(following.stdout.readline())["model"] == model
                path.replace(before(path))
            following.send_signal(signal.SIGINT)
            _, err = following.communicate()

    assert following.returncode == 130
    assert err.strip() == ""


def lines_of(log: GrowingLog) -> list[bytes]:
    return list(log.more())


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_a_log_that_makes_room_while_it_is_read_loses_and_repeats_no_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    add(path, "1\n")
    with GrowingLog(path) as log, path.open("a") as slow_writer:
        assert lines_of(log) == [b"1"]
        add(path, "2\n")
        path.replace(before(path))
        slow_writer.write("3\n")
        slow_writer.flush()
        # Longer than what was read of the one before.
        add(path, "4\n5\n6\n7\n")
        assert lines_of(log) == [b"2", b"3", b"4", b"5", b"6", b"7"]
        assert lines_of(log) == []


def test_a_log_that_made_room_twice_since_it_was_read_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    add(path, "1\n")
    with GrowingLog(path) as log:
        assert lines_of(log) == [b"1"]
        for number in (2, 3):
            path.replace(before(path))
            add(path, f"{number}\n")
        assert lines_of(log) == [b"2", b"3"]


def test_half_a_line_is_waited_for_and_an_emptied_log_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with GrowingLog(path) as log:
        assert lines_of(log) == []
        add(path, "one\nha")
        assert lines_of(log) == [b"one"]
        add(path, "lf\n")
        assert lines_of(log) == [b"half"]
        path.write_text("new\n")
        assert lines_of(log) == [b"new"]
        path.unlink()
        assert lines_of(log) == []
        add(path, "again\n")
        assert lines_of(log) == [b"again"]


def test_what_is_no_plain_file_has_no_lines_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero"), tmp_path / "nowhere"):
        with GrowingLog(path) as log:
            assert lines_of(log) == []


def test_a_line_without_end_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.cli.logs.LONGEST_LINE", 1000)
    monkeypatch.setattr("chatui.cli.logs.PIECE", 100)
    path = tmp_path / "log"
    add(path, "x" * 5000 + "\nnext\n")
    with GrowingLog(path) as log:
        *_, last = lines_of(log)
    assert last == b"next"
