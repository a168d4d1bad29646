from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatui.cli.entry import run
from chatui.config.schema import default_providers

MANUAL_PAGE = Path(__file__).parents[2] / "docs" / "first-steps.md"


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


def settle_in(home: Path, embedder_cache: Path, patch: pytest.MonkeyPatch) -> None:
    """Makes `home` a clean home without keys, whose embedding model is prepared already, and where
    chatui's manual has one page: all of them take seconds to read, and a question to the built-in
    model waits for that."""
    patch.setattr("chatui.retrieval.manual.manual_pages", lambda: [MANUAL_PAGE])
    keys = ",".join(provider.api_key_env for provider in default_providers().values())
    for name in (*keys.split(","), "OPENAI_BASE_URL", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        patch.delenv(name, raising=False)
    patch.setenv("HOME", str(home))
    patch.setenv("CHATUI_DATA_DIR", str(home / "data"))
    # Nothing listens on port 1, so no Ollama of this machine answers.
    patch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    patch.setattr("sys.stdin", None)
    patch.chdir(home)
    cache = home / "data" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    if not (cache / "embedders").exists():
        embedder_cache.mkdir(parents=True, exist_ok=True)
        (cache / "embedders").symlink_to(embedder_cache)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder_cache: Path) -> Path:
    settle_in(tmp_path, embedder_cache, monkeypatch)
    return tmp_path


@pytest.fixture
def shell(home: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(home, capsys)


def write_documents(folder: Path) -> Path:
    folder.mkdir()
    (folder / "keys.md").write_text(
        "# Keys\n\n## Help\n\nPress F1 to open the help screen.\n\n"
        "## Models\n\nPress Ctrl+L to choose another model.\n"
    )
    (folder / "lease.txt").write_text("The notice period of the lease is three months.\n")
    return folder


@pytest.fixture
def documents(home: Path) -> Path:
    """A folder of two documents that a test may change."""
    return write_documents(home / "docs")


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory, embedder_cache: Path) -> Path:
    """A home in which two documents were ingested, made once; `library` hands out copies."""
    home = tmp_path_factory.mktemp("ingested")
    with pytest.MonkeyPatch.context() as patch:
        settle_in(home, embedder_cache, patch)
        assert run(["ingest", str(write_documents(home / "docs"))]) == 0
    return home


@pytest.fixture
def library(shell: Shell, ingested: Path) -> Shell:
    """A shell in a home of its own, over a copy of the ingested documents."""
    shutil.rmtree(shell.data)
    shutil.copytree(ingested / "data", shell.data, symlinks=True)
    return shell
