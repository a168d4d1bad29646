"""`chatui ask --schema` with a model in a file, from flag to answer."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Shell
from tests.tiny_gguf import write_tiny_gguf

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 20}, "ok": {"type": "boolean"}},
    "required": ["name", "ok"],
    "additionalProperties": False,
}


@pytest.fixture
def tiny(shell: Shell) -> str:
    folder = shell.data / "models"
    folder.mkdir(parents=True, exist_ok=True)
    write_tiny_gguf(folder / "tiny.gguf")
    (shell.home / "schema.json").write_text(json.dumps(SCHEMA))
    return "local/tiny"


def test_a_local_model_fills_a_schema(shell: Shell, tiny: str) -> None:
    done = shell(
        "ask", "hi", "-m", tiny, "--no-rag", "--schema", "schema.json", "--json", "-o", "seed", "3"
    )
    assert done.code == 0, done.err
    assert done.json["data"] == json.loads(done.json["text"])
    assert set(done.json["data"]) == {"name", "ok"}
