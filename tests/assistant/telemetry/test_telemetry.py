"""Records on their way to a collector: nobody waits, and a collector's faults pass."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from chatui.assistant.telemetry.telemetry import MOST_WAITING, Telemetry
from chatui.system.api_key import KeySource
from tests.otlp_receiver import TRACES, receiving
from tests.patience import PATIENCE, until


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr("chatui.assistant.telemetry.telemetry.START_SECONDS", PATIENCE)
    monkeypatch.setattr("chatui.assistant.telemetry.telemetry.SEND_SECONDS", PATIENCE)
    monkeypatch.setattr("chatui.assistant.telemetry.telemetry.CLOSING_SECONDS", PATIENCE)


def turn(name: str) -> dict[str, Any]:
    return {
        "kind": "turn",
        "time": "2026-03-01T12:00:00+00:00",
        "seconds": 1.0,
        "outcome": "complete",
        "profile": name,
        "run": "",
        "work": name,
    }


def telemetry(endpoint: str, warnings: list[str] | None = None) -> Telemetry:
    told = None if warnings is None else warnings.append
    return Telemetry(endpoint, KeySource("test"), "Authorization: Bearer {key}", None, told)


async def test_what_a_collector_could_not_take_just_then_goes_with_the_next() -> None:
    answers = iter([503])
    warnings: list[str] = []
    with receiving(lambda _: (next(answers, 200), b"")) as collector:
        sender = telemetry(collector.endpoint, warnings)
        sender.send(turn("first"))
        await until(lambda: len(warnings) == 1)
        sender.send(turn("second"))
        await sender.close()

    assert [one.name for one in collector.spans] == ["invoke_agent first", "invoke_agent second"]
    assert len(warnings) == 1


async def test_a_collector_that_comes_up_later_gets_what_waited() -> None:
    with receiving() as collector:
        endpoint, port = collector.endpoint, collector.port
    warnings: list[str] = []
    sender = telemetry(endpoint, warnings)
    sender.send(turn("early"))
    await until(lambda: len(warnings) == 1)
    with receiving(port=port) as collector:
        sender.send(turn("late"))
        await sender.close()

    assert {one.name for one in collector.spans} == {"invoke_agent early", "invoke_agent late"}


async def test_sending_waits_for_nothing_and_keeps_so_many_at_most() -> None:
    over = threading.Event()

    def stall(_: str) -> tuple[int, bytes]:
        over.wait()
        return 200, b""

    with receiving(stall) as collector:
        sender = telemetry(collector.endpoint)
        sender.send(turn("first"))
        await until(lambda: bool(collector.asked))
        for number in range(MOST_WAITING + 50):
            sender.send(turn(str(number)))
        over.set()
        await until(lambda: len(collector.spans) == MOST_WAITING + 1)
        await sender.close()

    names = [one.name for one in collector.spans]
    assert names[0] == "invoke_agent first"
    assert names[1:] == [f"invoke_agent {number}" for number in range(50, MOST_WAITING + 50)]


async def test_a_child_that_died_is_started_again() -> None:
    with receiving() as collector:
        sender = telemetry(collector.endpoint)
        sender.send(turn("first"))
        await until(lambda: bool(collector.spans))
        pid = sender.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: sender.pid is None)
        sender.send(turn("second"))
        await sender.close()
        assert sender.pid is None

    assert [one.name for one in collector.spans] == ["invoke_agent first", "invoke_agent second"]


async def test_a_request_is_never_too_large_for_a_collector() -> None:
    with receiving() as collector:
        sender = telemetry(collector.endpoint)
        text = "x" * (1 << 20)
        for number in range(12):
            sender.send(turn(f"{number} {text}"))
        await sender.close()
        sizes = [int(one["content-length"]) for one in collector.headers]

    assert len(collector.spans) == 12
    assert max(sizes) <= 4 << 20
    assert collector.asked.count(TRACES) > 2


async def test_the_child_gets_no_key_but_with_what_it_sends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLLECTORS_KEY", "hc-secret")
    with receiving() as collector:
        key = KeySource("test", env="COLLECTORS_KEY")
        sender = Telemetry(collector.endpoint, key, "Authorization: Basic {key}")
        sender.send(turn("first"))
        await until(lambda: bool(collector.spans))
        of_child = Path(f"/proc/{sender.pid}")
        for told in ("environ", "cmdline"):
            assert b"hc-secret" not in (of_child / told).read_bytes()
        await sender.close()

    assert collector.headers[0]["authorization"] == "Basic hc-secret"


async def test_a_key_that_is_not_there_is_told() -> None:
    warnings: list[str] = []
    with receiving() as collector:
        key = KeySource("the telemetry collector", env="NO_SUCH_KEY")
        sender = Telemetry(collector.endpoint, key, "x: {key}", None, warnings.append)
        sender.send(turn("first"))
        await sender.close()

    assert collector.asked == []
    assert "set NO_SUCH_KEY" in warnings[0]
