"""Hooks: real commands that are told of events, and never in the way."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from chatui.assistant.hooks import ENTRY_POINTS, Hook, Hooks
from chatui.bootstrap.logs import open_hooks
from chatui.config.load import load_config
from chatui.domain.errors import ConfigError

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


async def test_a_plug_in_of_an_installed_package_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "plug-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: plug\nVersion: 1\n")
    (package / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nkeep = plug_of_a_test:keep\n")
    (tmp_path / "plug_of_a_test.py").write_text("seen = []\nkeep = seen.append\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    warnings: list[str] = []
    hooks = Hooks(
        [Hook(("reply",), plugin="keep"), Hook(("reply",), plugin="gone")], None, warnings.append
    )

    hooks.fire("reply", {"n": 1})
    await hooks.close()

    import plug_of_a_test  # type: ignore[import-not-found]

    assert plug_of_a_test.seen == [{"event": "reply", "n": 1}]
    assert len(warnings) == 1
    assert "no installed package has gone" in warnings[0]


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
