"""What this process's libraries are told, and what the user's own programs get."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from chatui.system.environment import SILENT

TOLD = """
import asyncio, json, os, sys
from chatui.app import external_programs
from chatui.system.api_key import KeySource
from chatui.system.environment import silence, users_own

ask = [sys.executable, "-c", "import os; print(os.environ.get('DO_NOT_TRACK', 'unset'))"]
silence()
silence()
key = asyncio.run(KeySource("test", command=ask).read())
external_programs.run(ask)
print(json.dumps([dict(os.environ), users_own(), key]))
"""


def told(users: dict[str, str]) -> tuple[dict[str, str], dict[str, str], str, str]:
    """The environment of a silenced process, that of the user's programs, and what the command
    of a key and the editor found in it."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", TOLD], env=kept | users, capture_output=True, text=True, check=True
    )
    editor, values = done.stdout.splitlines()
    process, own, key = json.loads(values)
    return process, own, key, editor


def test_libraries_are_told_to_send_nothing_whatever_the_user_has_set() -> None:
    process, *_ = told({"HF_HUB_DISABLE_TELEMETRY": "0"})
    assert SILENT.items() <= process.items()


@pytest.mark.parametrize(
    "users", [{}, {"DO_NOT_TRACK": "0", "SSH_AUTH_SOCK": "/run/agent"}], ids=["bare", "set"]
)
def test_the_users_programs_get_the_users_environment(users: dict[str, str]) -> None:
    _, own, key, editor = told(users)

    assert users.items() <= own.items()
    assert not (SILENT.keys() - users.keys()) & own.keys()
    assert key == editor == users.get("DO_NOT_TRACK", "unset")


def test_a_collector_that_is_named_for_other_programs_gets_nothing_of_ours() -> None:
    process, *_ = told({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert process["OTEL_SDK_DISABLED"] == "true"
