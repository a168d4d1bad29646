"""Answers that have to fit a JSON schema: told to the server, checked, repaired once."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, saying

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
ASK = ("ask", "How many?", "-m", "mine/big", "--schema", "schema.json")


@pytest.fixture(autouse=True)
def schema(home: Path) -> None:
    (home / "schema.json").write_text(json.dumps(SCHEMA))


def kinds(shell: Shell) -> list[str]:
    """The calls of the ledger."""
    with closing(sqlite3.connect(shell.data / "chats.db")) as chats:
        return [kind for (kind,) in chats.execute("SELECT kind FROM ledger ORDER BY started")]


def test_an_answer_that_does_not_fit_is_repaired_once_and_the_repair_is_booked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("There are three."), saying('{"n": 3}')) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell(*ASK)

    assert (done.code, done.out) == (0, '{"n": 3}\n')
    repair = server.exchanges[1].json
    assert "There are three." in repair["messages"][-1]["content"]
    assert "not JSON" in repair["messages"][-1]["content"]
    assert repair["response_format"]["json_schema"]["schema"] == SCHEMA
    assert kinds(shell) == ["reply", "repair"]


def test_after_a_failed_repair_the_raw_text_is_printed_and_kept(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Three."), saying("Still three."), saying("Three.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        told = shell(*ASK)
        whole = shell(*ASK, "--json")
        again = shell("ask", "--last")

    assert (told.code, told.out) == (3, "Three.\n")
    assert "The answer is not JSON" in told.err
    assert whole.code == 3
    assert (whole.json["text"], whole.json["data"]) == ("Three.", None)
    assert whole.json["error"]["kind"] == "BadResponse"
    assert again.out == "Three.\n"


def test_an_answer_that_fits_is_asked_for_once(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying('```json\n{"n": 3}\n```')) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell(*ASK, "--json")

    assert done.json["data"] == {"n": 3}
    assert len(server.exchanges) == 1


def test_a_server_without_a_mode_for_schemas_is_told_in_words(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(400, "Unknown parameter: 'response_format'.")

    with running(refuse, refuse, saying('{"n": 3}')) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell(*ASK, "--json", "-s", "Count.")

    forms = [exchange.json.get("response_format", {}).get("type") for exchange in server.exchanges]
    assert forms == ["json_schema", "json_object", None]
    told = server.exchanges[2].json["messages"][0]
    assert told["role"] == "system"
    assert told["content"].startswith("Count.")
    assert json.dumps(SCHEMA, separators=(",", ":")) in told["content"]
    assert done.json["data"] == {"n": 3}
    (line,) = [line for line in done.err.splitlines() if "refused" in line]
    assert "mine/big refused the JSON schema (Unknown parameter: 'response_format'" in line
    assert line.endswith("it is told in words, and the answer is checked against all of it.")


def test_an_answer_to_a_schema_in_words_is_checked_and_repaired(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(400, "Request contains an invalid argument.")

    with running(refuse, saying("Three."), saying('{"n": 3}')) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell(*ASK)

    assert (done.code, done.out) == (0, '{"n": 3}\n')
    assert ["response_format" in one.json for one in server.exchanges] == [True, False, False]
    assert kinds(shell) == ["reply", "repair"]


def test_a_profile_has_its_own_schema(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config.toml").write_text("[profiles.count]\nschema = 'schema.json'\n")
    monkeypatch.setenv("CHATUI_CONFIG", str(home / "config.toml"))
    with running(saying('{"n": 3}')) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big", "-p", "count", "--json")

    assert done.json["data"] == {"n": 3}


def test_a_pydantic_model_is_a_schema(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "forms_of_a_test.py").write_text(
        "from pydantic import BaseModel\n\nclass Count(BaseModel):\n    n: int\n"
    )
    with running(saying('{"n": 3}')) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big", "--schema", "forms_of_a_test:Count", "--json")

    assert done.json["data"] == {"n": 3}
    sent = server.exchanges[0].json["response_format"]["json_schema"]["schema"]
    assert sent["properties"]["n"]["type"] == "integer"


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("no_module_of_that_name:Count", "There is no module no_module_of_that_name for the"),
        ("broken_of_a_test:Count", "can't be loaded (RuntimeError: at import)"),
        ("json:nothing", "The module json has no nothing; check the schema's name."),
        ("json:JSONDecoder", "json:JSONDecoder is no type that Pydantic has a schema for."),
        (".", "is not a file; name a file."),
    ],
)
def test_what_is_no_schema_is_one_sentence_before_anything_is_asked(
    shell: Shell, home: Path, named: str, sentence: str
) -> None:
    (home / "broken_of_a_test.py").write_text("raise RuntimeError('at import')\n")

    done = shell("ask", "hi", "-m", "mine/big", "--schema", named)

    assert done.code == 2
    assert sentence in done.err


def test_ctrl_c_prints_what_had_come_as_json(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stalls(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("So far")
        process.send_signal(signal.SIGINT)
        await exchange.until_the_client_leaves()

    with running(stalls) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        command = [sys.executable, "-m", "chatui", "ask", "hi", "-m", "mine/big", "--json"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ, text=True
        )
        out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    answer = json.loads(out)
    assert answer["finish_reason"] == "interrupted"
    assert answer["error"]["kind"] == "Interrupted"
    assert "Traceback" not in err
