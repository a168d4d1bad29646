from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatui.cli.entry import run


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Shell:
    """Runs chatui's command line in this process, in a home of its own."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.data = home / "data"
        self._capture = capture

    def __call__(self, *arguments: str) -> Outcome:
        self._capture.readouterr()
        code = run(arguments)
        out, err = self._capture.readouterr()
        return Outcome(code, out, err)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder_cache: Path) -> Path:
    """A clean home without keys, whose embedding model is prepared already."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY", "OPENROUTER_API_KEY",
                 "OPENAI_BASE_URL", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CHATUI_DATA_DIR", str(tmp_path / "data"))
    # Nothing listens on port 1, so no Ollama of this machine answers.
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    monkeypatch.setattr("sys.stdin", None)
    cache = tmp_path / "data" / "cache"
    cache.mkdir(parents=True)
    (cache / "embedders").symlink_to(embedder_cache)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shell(home: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(home, capsys)


@pytest.fixture
def documents(home: Path) -> Path:
    folder = home / "docs"
    folder.mkdir()
    (folder / "keys.md").write_text(
        "# Keys\n\n## Help\n\nPress F1 to open the help screen.\n\n"
        "## Models\n\nPress Ctrl+L to choose another model.\n"
    )
    (folder / "lease.txt").write_text("The notice period of the lease is three months.\n")
    return folder
