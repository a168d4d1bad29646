from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.hub_server import TINY, Hub, gguf, tiny_hub
from tests.patience import PATIENCE, until_true
from tests.tiny_gguf import write_tiny_gguf

DATA = gguf(300_000)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with tiny_hub(monkeypatch, DATA) as hub:
        yield hub


def test_without_a_name_the_list_is_shown_with_size_and_licence(shell: Shell) -> None:
    outcome = shell("models", "pull")
    row = next(line for line in outcome.out.splitlines() if line.startswith("qwen3-0.6b "))

    assert outcome.code == 0
    assert "639 MB" in row
    assert "1.3 GB" in row  # of memory
    assert "Q8_0" in row
    assert "Apache-2.0" in row
    assert "hf:OWNER/REPO:FILE" in outcome.err


def test_the_list_says_which_are_here(shell: Shell) -> None:
    models = shell.data / "models"
    models.mkdir()
    (models / "Qwen3-0.6B-Q8_0.gguf").touch()
    present = {row["name"]: row["present"] for row in shell("models", "pull", "--json").json}

    assert [name for name, here in present.items() if here] == ["qwen3-0.6b"]
    assert "✓ here" in shell("models", "pull").out


def test_a_pulled_file_is_a_model(shell: Shell, hub: Hub) -> None:
    whole = write_tiny_gguf(shell.home / "tiny.gguf").read_bytes()
    hub.repos["owner/tiny-GGUF"]["tiny-Q8_0.gguf"] = whole
    outcome = shell("models", "pull", TINY)

    assert outcome.code == 0
    assert "local/tiny-Q8_0 is here" in outcome.out
    assert "Fetching tiny-Q8_0.gguf (475 kB)" in outcome.err
    assert (shell.data / "models" / "tiny-Q8_0.gguf").read_bytes() == whole
    assert "local/tiny-Q8_0" in shell("models").out


def test_the_outcome_as_json_is_one_document(shell: Shell, hub: Hub) -> None:
    first = shell("models", "pull", TINY, "--json").json
    again = shell("models", "pull", TINY, "--json").json

    assert first["model"] == "local/tiny-Q8_0"
    assert first["source"] == TINY
    assert (first["size"], first["fetched"], first["checked"]) == (300_000, 300_000, True)
    assert first["files"][0]["path"] == str(shell.data / "models" / "tiny-Q8_0.gguf")
    assert (again["fetched"], again["resumed"]) == (0, 0)


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("qwen3-06b", 2, "did you mean qwen3-0.6b?"),
        ("hf:owner", 2, "names no file on the hub"),
        ("hf:owner/gone-GGUF", 2, "no repository owner/gone-GGUF"),
        ("hf:owner/secret-GGUF", 3, "is gated"),
    ],
)
def test_what_went_wrong_is_one_sentence_and_a_code(
    shell: Shell, hub: Hub, name: str, code: int, sentence: str
) -> None:
    hub.gated.add("owner/secret-GGUF")
    outcome = shell("models", "pull", name)

    assert (outcome.code, outcome.out) == (code, "")
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_damaged_file_is_a_failure(shell: Shell, hub: Hub) -> None:
    hub.etags["tiny-Q8_0.gguf"] = "b" * 64
    outcome = shell("models", "pull", TINY)

    assert outcome.code == 1
    assert "came damaged" in outcome.err


def test_ctrl_c_keeps_the_part_and_says_how_to_go_on(home: Path, hub: Hub) -> None:
    hub.stall, hub.cuts = threading.Event(), [100_000]
    part = home / "data" / "models" / ".parts"
    with subprocess.Popen(
        [sys.executable, "-m", "chatui", "models", "pull", TINY],
        stderr=subprocess.PIPE,
        env=dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
    ) as program:
        until_true(lambda: [p.stat().st_size for p in part.glob("*.part")] == [100_000])
        program.send_signal(signal.SIGINT)
        _, told = program.communicate(timeout=PATIENCE)
    hub.stall.set()
    hub.requests.clear()

    assert program.returncode == 130
    assert f"Stopped. What has come is kept: chatui models pull {TINY} goes on" in told
    assert "Traceback" not in told
    assert [p.stat().st_size for p in part.glob("*.part")] == [100_000]
