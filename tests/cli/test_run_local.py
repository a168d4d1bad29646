"""The worked example of the manual on a real model of this machine, with the sheets that it has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatui.text.citations.marks import without_marks
from tests.cli.conftest import Shell
from tests.patience import PATIENCE
from tests.smollm2 import put_into

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "article"
SHORTER = {"max_output_tokens = 120": "max_output_tokens = 24", "\nk = 3\n": "\nk = 1\n"}
"""A model without a graphics card reads a prompt for many seconds."""


@pytest.fixture
def chain(tmp_path: Path) -> str:
    """The example with parts of a line, from one passage each: what they say is not looked at."""
    written = (EXAMPLE / "article.toml").read_text()
    for long, short in SHORTER.items():
        assert long in written
        written = written.replace(long, short)
    path = tmp_path / "article.toml"
    path.write_text(written)
    return str(path)


@pytest.fixture
def ready(shell: Shell, smollm2: Path) -> Shell:
    put_into(shell.data / "models", smollm2)
    assert shell("ingest", str(EXAMPLE / "sheets"), "--collection", "sheets").code == 0
    return shell


def said(step: dict[str, str]) -> str:
    """An answer as it goes on to others: the numbers of its citations stay with it."""
    return without_marks(step["text"]).strip()


def exported(shell: Shell, conversation: str) -> list[str]:
    told = shell("sessions", "export", conversation, "--format", "json").json
    return [message["content"] for message in told["messages"]]


def test_each_part_is_written_from_those_before_it_and_from_the_sheets(
    ready: Shell, chain: str
) -> None:
    foreseen = ready("run", chain, "--dry-run", "--json").json
    told = ready("run", chain, "--json")

    # The figures of the sheet are in the prompt of the part that is about them.
    assert "1.94 kg" in foreseen["steps"][1]["messages"][-1]["content"]
    assert "⟨opening⟩" in foreseen["steps"][1]["messages"][-1]["content"]
    assert told.code == 0
    opening, middle, ending = map(said, told.json["steps"])
    questions = exported(ready, told.json["conversation"])[::2]
    assert opening
    assert opening in questions[1]
    assert opening in questions[2]
    assert middle in questions[2]
    for part in (opening, middle, ending):
        assert part in told.json["output"]
    assert told.json["cost"]["amount"] == "0"
    assert all(one["usage"]["output"] > 0 for one in told.json["steps"])


def test_a_run_that_was_killed_goes_on_with_what_was_written(ready: Shell, chain: str) -> None:
    command = [sys.executable, "-m", "chatui", "run", chain]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("opening: local/"):
            break
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    process.stderr.close()
    (left,) = ready("run", "--json").json["runs"]

    told = ready("run", "--resume", left["run"], "--json")

    assert told.code == 0
    assert told.json["steps"][0]["state"] == "kept"
    assert said(told.json["steps"][0]) in told.json["output"]
    assert told.json["steps"][2]["state"] == "complete"
