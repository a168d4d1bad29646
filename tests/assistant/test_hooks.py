"""Hooks: real commands that are told of events, and never in the way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from chatui.assistant.hook_plugins import ENTRY_POINTS
from chatui.assistant.hooks import Hook, Hooks
from chatui.bootstrap.logs import open_hooks
from chatui.config.load import load_config
from chatui.domain.errors import ConfigError
from tests.patience import PATIENCE, until

WRITES = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"


def writer(path: Path) -> tuple[str, ...]:
    return (sys.executable, "-c", WRITES, str(path))


def told(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_a_command_gets_each_event_that_it_waits_for_in_order(tmp_path: Path) -> None:
    hooks = Hooks([Hook(("reply", "error"), writer(tmp_path / "log"))])

    for number in range(3):
        hooks.fire("reply", {"n": number})
    hooks.fire("ingest", {"n": 3})
    hooks.fire("error", {"n": 4})
    await hooks.close()

    events = [(one["event"], one["n"]) for one in told(tmp_path / "log")]
    assert events == [("reply", 0), ("reply", 1), ("reply", 2), ("error", 4)]


async def test_texts_are_told_only_where_that_is_asked_for(tmp_path: Path) -> None:
    figures = Hook(("reply",), writer(tmp_path / "figures"))
    all_of_it = Hook(("reply",), writer(tmp_path / "all"), content=True)
    hooks = Hooks([figures, all_of_it])

    hooks.fire("reply", {"turn": "t"}, {"text": "漢字 \ud800"})
    await hooks.close()

    assert told(tmp_path / "figures") == [{"event": "reply", "turn": "t"}]
    assert told(tmp_path / "all") == [{"event": "reply", "turn": "t", "text": "漢字 ?"}]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("/nowhere/at/all",), "No such file or directory"),
        ((sys.executable, "-c", "import sys; sys.exit('out of ink')"), "out of ink"),
        ((sys.executable, "-c", "raise SystemExit(7)"), "its exit code is 7"),
        ((sys.executable, "-c", "import time; time.sleep(600)"), "took more than 0.2 seconds"),
        (("a\0b",), "null byte"),
    ],
)
async def test_a_failure_is_one_warning_and_the_others_go_on(
    tmp_path: Path, command: tuple[str, ...], reason: str
) -> None:
    warnings: list[str] = []
    broken = Hook(("reply",), command, seconds=0.2 if "sleep" in command[-1] else 60)
    hooks = Hooks([broken, Hook(("reply",), writer(tmp_path / "log"))], None, warnings.append)

    hooks.fire("reply", {"n": 0})
    hooks.fire("reply", {"n": 1})
    await hooks.close()

    assert len(warnings) == 1
    assert reason in warnings[0]
    assert len(told(tmp_path / "log")) == 2


def alive(pid: Path) -> bool:
    """Whether the process runs whose number is in the file, or will be."""
    number = pid.read_text().strip() if pid.exists() else ""
    stat = Path(f"/proc/{number}/stat")
    return bool(number) and stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started(
    tmp_path: Path,
) -> None:
    pid = tmp_path / "pid"
    warnings: list[str] = []
    script = f"trap '' TERM; sleep 600 & echo $! > {pid}; wait"
    hooks = Hooks([Hook(("reply",), ("sh", "-c", script), seconds=0.5)], None, warnings.append)

    hooks.fire("reply", {}, {})
    await until(lambda: bool(warnings))
    await until(lambda: not alive(pid))
    await hooks.close()

    assert "took more than 0.5 seconds, and was ended" in warnings[0]


@pytest.mark.parametrize(("code", "told_of"), [(0, []), (3, ["no ink"])])
async def test_what_a_command_leaves_running_with_its_pipes_is_not_waited_for(
    tmp_path: Path, code: int, told_of: list[str]
) -> None:
    pid = tmp_path / "pid"
    warnings: list[str] = []
    # Its stdin is kept as well, with what nobody reads.
    script = f"sleep 600 <&0 & echo $! > {pid}; echo no ink >&2; exit {code}"
    hook = Hook(("reply",), ("sh", "-c", script), seconds=600, content=True)
    hooks = Hooks([hook, Hook(("reply",), writer(tmp_path / "log"))], None, warnings.append)

    hooks.fire("reply", {}, {"text": "x" * 1_000_000})
    await until((tmp_path / "log").exists)
    await hooks.close()

    assert alive(pid)
    os.kill(int(pid.read_text()), signal.SIGKILL)
    assert len(warnings) == len(told_of)
    assert all(words in warning for words, warning in zip(told_of, warnings, strict=True))


FLOODS = """
import os, sys
done = 0
while True:
    done += os.write(2, b"words " * 10_000)
    open(sys.argv[1], "w").write(str(done))
"""


async def test_a_command_that_says_very_much_holds_up_itself_and_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.workers.command.PAUSE_SECONDS", PATIENCE)
    warnings: list[str] = []
    flood = (sys.executable, "-c", FLOODS, str(tmp_path / "done"))
    hooks = Hooks([Hook(("reply",), flood, seconds=2)], None, warnings.append)

    hooks.fire("reply", {})
    await until(lambda: bool(warnings))
    await hooks.close()

    assert "took more than 2 seconds" in warnings[0]
    # What is taken at once, and what a pipe holds. A busy machine may not have let it begin.
    done = tmp_path / "done"
    assert not done.exists() or int(done.read_text() or 0) < 2_000_000


async def test_closing_ends_a_command_that_still_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.assistant.hooks.CLOSING_SECONDS", 0.1)
    pid = tmp_path / "pid"
    hooks = Hooks([Hook(("reply",), ("sh", "-c", f"echo $$ > {pid}; sleep 600"), seconds=600)])
    hooks.fire("reply", {})
    await until(lambda: alive(pid))
    await hooks.close()
    await until(lambda: not alive(pid))


async def test_a_command_that_reads_nothing_breaks_nothing() -> None:
    warnings: list[str] = []
    hooks = Hooks([Hook(("reply",), ("true",), content=True)], None, warnings.append)

    hooks.fire("reply", {}, {"text": "x" * 1_000_000})
    await hooks.close()

    assert warnings == []


async def test_firing_waits_for_nothing(tmp_path: Path) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    hooks = Hooks([Hook(("reply",), ("sh", "-c", f"read line < {go}"), seconds=600)])

    hooks.fire("reply", {})
    await asyncio.sleep(0)
    await asyncio.to_thread(go.write_text, "on\n")
    await hooks.close()


async def test_a_command_gets_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    path = tmp_path / "config.toml"
    path.write_text(f'[[hooks]]\non = "reply"\ncommand = ["sh", "-c", "env > {tmp_path}/env"]\n')
    hooks = open_hooks(load_config(path, {}))

    hooks.fire("reply", {})
    await hooks.close()

    assert "sk-secret" not in (tmp_path / "env").read_text()
    assert f"HOME={os.environ['HOME']}" in (tmp_path / "env").read_text().splitlines()


PLUGIN = """
import json, os, sys, time

def keep(event):
    with open({log!r}, "a") as file:
        file.write(json.dumps(event) + chr(10))

def loud(event):
    print("this is no JSON")
    os.write(1, b"nor is this")
    keep(event)

def angry(event):
    raise ValueError("I won't")

def leaving(event):
    sys.exit(3)

def gone(event):
    os._exit(4)

def slow(event):
    time.sleep(600)

def busy(event):
    while True:
        pass

def secretive(event):
    keep(event | {{"key": os.environ.get("OPENAI_API_KEY"), "hook": os.environ.get("CHATUI_HOOK")}})
"""
NAMES = ("keep", "loud", "angry", "leaving", "gone", "slow", "busy", "secretive")


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has a package with plug-ins installed; the file that they write to."""
    package = tmp_path / "packages" / "plug-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: plug\nVersion: 1\n")
    points = "\n".join(f"{name} = plug_of_a_test:{name}" for name in NAMES)
    broken = "broken = plug_of_a_test:nothing\nmissing = no_such_module:keep"
    (package / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\n{points}\n{broken}\n")
    log = tmp_path / "plugged"
    (package.parent / "plug_of_a_test.py").write_text(PLUGIN.format(log=str(log)))
    monkeypatch.setenv("PYTHONPATH", str(package.parent), prepend=os.pathsep)
    return log


async def test_a_plug_in_of_an_installed_package_is_called(plugged: Path) -> None:
    warnings: list[str] = []
    hooks = Hooks(
        [Hook(("reply",), plugin="keep"), Hook(("reply",), plugin="unknown")], None, warnings.append
    )

    hooks.fire("reply", {"n": 1})
    await hooks.close()

    assert told(plugged) == [{"event": "reply", "n": 1}]
    assert len(warnings) == 1
    assert "no installed package has unknown" in warnings[0]


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        ("angry", "ValueError: I won't"),
        ("leaving", "SystemExit: 3"),
        ("gone", "it ended its process"),
        ("slow", "took more than 0.5 seconds, and was ended"),
        ("busy", "took more than 0.5 seconds, and was ended"),
        ("broken", "has no attribute 'nothing'"),
        ("missing", "No module named 'no_such_module'"),
    ],
)
async def test_a_plug_in_that_misbehaves_is_one_warning_and_the_others_go_on(
    plugged: Path, plugin: str, reason: str
) -> None:
    warnings: list[str] = []
    seconds = 0.5 if plugin in {"slow", "busy"} else 60
    bad = Hook(("reply",), plugin=plugin, seconds=seconds)
    hooks = Hooks([bad, Hook(("reply",), plugin="keep", seconds=60)], None, warnings.append)

    for number in range(2):
        hooks.fire("reply", {"n": number})
    await until(lambda: plugged.exists() and len(told(plugged)) == 2)
    await hooks.close()

    assert [one["n"] for one in told(plugged)] == [0, 1]
    assert len(warnings) == 1
    assert reason in warnings[0]


async def test_what_a_plug_in_prints_is_nowhere_but_in_the_log(
    plugged: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hooks = Hooks([Hook(("reply",), plugin="loud", seconds=60)], log=tmp_path / "chatui.log")
    hooks.fire("reply", {})
    await until(plugged.exists)
    await hooks.close()

    assert capfd.readouterr() == ("", "")
    assert "this is no JSON" in (tmp_path / "chatui.log").read_text()


async def test_a_plug_in_gets_no_key_and_knows_where_it_is(
    plugged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    config = tmp_path / "config.toml"
    config.write_text('[[hooks]]\non = "reply"\nplugin = "secretive"\n')
    hooks = open_hooks(load_config(config, {}))
    hooks.fire("reply", {})
    await until(plugged.exists)
    await hooks.close()

    assert told(plugged) == [{"event": "reply", "key": None, "hook": "1"}]


def test_chatui_within_a_hook_runs_no_hooks(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[[hooks]]\non = "reply"\ncommand = ["chatui", "ask", "again"]\n')
    config = load_config(path, {})
    assert open_hooks(config, environ={}).hooks
    assert not open_hooks(config, environ={"CHATUI_HOOK": "1"}).hooks


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('on = "reply"', "name a command or a plugin"),
        ('on = "replies"\ncommand = ["x"]', "hooks.0.on"),
        ('on = "reply"\ncommand = ["x"]\nplugin = "y"', "name a command or a plugin"),
        ('on = "reply"\ncomand = ["x"]', "did you mean hooks.0.command"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(tmp_path: Path, table: str, sentence: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[[hooks]]\n{table}\n")

    with pytest.raises(ConfigError, match=r"line [123]: ") as caught:
        load_config(path, {})
    assert sentence in str(caught.value)
