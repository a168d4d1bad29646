"""Completion in the shells themselves: what is typed, completed and run is what arrives."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.pty_screen import Screen

PROMPT = "ready> "
STARTS = {
    "bash": ["bash", "--noprofile", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
READY = {
    "bash": f"PS1='{PROMPT}'; bind 'set bell-style none'; eval \"$(chatui completion bash)\"",
    "zsh": f"PROMPT='{PROMPT}'; unsetopt beep; autoload -Uz compinit; compinit -u -d zcompdump;"
    ' eval "$(chatui completion zsh)"',
    "fish": f"function fish_prompt; echo -n '{PROMPT}'; end; chatui completion fish | source",
}
STAND_IN = """#!{python}
import json, os, sys
if "_CHATUI_COMPLETE" in os.environ or sys.argv[1:2] == ["completion"]:
    os.execv(sys.executable, [sys.executable, "-m", "chatui", *sys.argv[1:]])
with open({arrived!r}, "w") as file:
    json.dump(sys.argv[1:], file)
print("ARRIVED")
"""
"""chatui, as the shells find it: it completes, and else keeps what it was given."""

NAMES = [
    "a $(touch HARM)",
    "b's `touch HARM`",
    'c "quoted";touch HARM',
    "g*,h",
    "i\\slash & (x) > HARM",
    "j:8b",
    "k=v#~!",
    "l漢字 文書",
]
"""Of models, in a provider p."""


class Session:
    """A shell on a terminal, in a folder of its own."""

    def __init__(self, shell: str, folder: Path, **environ: str) -> None:
        self.arrived = folder / "arrived.json"
        program = folder / "bin" / "chatui"
        program.parent.mkdir()
        program.write_text(
            STAND_IN.format(python=sys.executable, arrived=str(self.arrived)), encoding="utf-8"
        )
        program.chmod(0o755)
        env = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
            "HOME": str(folder),
            "ZDOTDIR": str(folder),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "OLLAMA_HOST": "127.0.0.1:1",
            "CHATUI_DATA_DIR": str(folder / "data"),
            **environ,
        }
        os.chdir(folder)
        self.screen = Screen(STARTS[shell], env, (150, 40))
        self.screen.type(READY[shell] + "\n")
        self.screen.wait_for(lambda text: any(line.startswith(PROMPT) for line in text.split("\n")))
        self.clear()

    def clear(self) -> None:
        self.screen.type("clear\n")
        self.screen.wait_for(lambda text: text.strip() == PROMPT.strip())

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *given: object) -> None:
        self.screen.__exit__(None, None, None)

    @property
    def line(self) -> str:
        """What stands behind the prompt."""
        (first, *_) = (one for one in self.screen.text.split("\n") if one.startswith(PROMPT))
        return first.removeprefix(PROMPT).rstrip()

    def completed(self, begun: str) -> list[str]:
        """Types, completes and runs the line; what the program is given."""
        self.screen.type(begun)
        self.screen.wait_for(lambda _: len(self.line) >= len(begun.rstrip()) - begun.count("\\"))
        before = self.line
        self.screen.type("\t")
        self.screen.wait_for(lambda _: self.line != before)
        self.screen.type("\n")
        self.screen.wait_for_text("ARRIVED")
        found = json.loads(self.arrived.read_text(encoding="utf-8"))
        assert isinstance(found, list)
        self.clear()
        return found


def in_shells(*shells: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return pytest.mark.parametrize(
        "shell",
        [
            pytest.param(
                shell,
                marks=pytest.mark.skipif(
                    shutil.which(shell) is None, reason=f"there is no {shell}"
                ),
            )
            for shell in shells
        ],
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", f"{Path.cwd()}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_models(folder: Path, *names: str) -> Path:
    config = folder / "config.toml"
    config.write_text(
        f"[providers.p]\nbase_url = 'http://127.0.0.1:1/v1'\nmodels = {json.dumps(names)}\n",
        encoding="utf-8",
    )
    return config


@in_shells("bash", "zsh", "fish")
def test_names_arrive_as_they_are_and_run_nothing(shell: str, folder: Path) -> None:
    config = with_models(folder, *NAMES)
    with Session(shell, folder, CHATUI_CONFIG=str(config)) as session:
        for name in NAMES:
            found = session.completed(f"chatui ask why -m p/{name[0]}")
            assert found == ["ask", "why", "-m", f"p/{name}"]

    assert not (folder / "HARM").exists()


@in_shells("bash")
def test_bash_goes_on_within_quotes_and_behind_colons(shell: str, folder: Path) -> None:
    config = with_models(folder, *NAMES)
    begun = {
        "p/j:8": "p/j:8b",
        '"p/a': "p/a $(touch HARM)",
        "'p/b": "p/b's `touch HARM`",
        "p/a\\ ": "p/a $(touch HARM)",
    }
    with Session(shell, folder, CHATUI_CONFIG=str(config)) as session:
        for typed, model in begun.items():
            found = session.completed(f"true | chatui ask -m {typed}")
            assert found == ["ask", "-m", model]
        assert session.completed("chatui ask --model=p/j:8") == ["ask", "--model=p/j:8b"]

    assert not (folder / "HARM").exists()


@in_shells("bash", "zsh", "fish")
def test_a_config_that_is_broken_or_missing_says_nothing_in_the_line(
    shell: str, folder: Path
) -> None:
    config = folder / "config.toml"
    with Session(shell, folder, CHATUI_CONFIG=str(config)) as session:
        for written in (None, "[chat\n", "[chat]\nno_such_key = 1\n"):
            if written is not None:
                config.write_text(written)
            # What is typed behind the Tab is read when the completion has ended.
            session.screen.type("chatui ask -m p/a\tX\n")
            shown = session.screen.wait_for_text("ARRIVED")
            lines = [line.rstrip() for line in shown.split("\n") if line.strip()]
            assert json.loads(session.arrived.read_text()) == ["ask", "-m", "p/aX"]
            assert lines[:2] == [f"{PROMPT}chatui ask -m p/aX", "ARRIVED"]
            session.clear()
