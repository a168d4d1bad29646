"""What a user names for a file and is none: every verb that opens a path ends with its sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.ordinary_user import as_ordinary_user

VERBS = {
    "config": ["--config", "{}", "config", "show"],
    "import": ["sessions", "import", "{}"],
    "message queries": ["sessions", "search", "--queries", "{}"],
    "queries": ["search", "--queries", "{}"],
    "questions": ["eval", "{}"],
    "schema": ["ask", "--schema", "{}", "hi"],
    "attachment": ["ask", "-f", "{}", "hi"],
    "prices": ["models", "refresh", "--from", "{}"],
    "documents": ["ingest", "{}"],
    "chain": ["run", "{}"],
    "batch": ["ask", "--batch", "{}"],
    "grammar": ["ask", "-o", "grammar", "{}", "hi"],
}
MAY_BE_MADE = {
    "mentioned file": ["ask", "What is in #{}?"],
    "limit": ["ask", "--only", "{}", "hi"],
    "data folder": ["--data-dir", "{}", "collections", "list"],
    "statistics": ["stats", "--csv", "{}"],
}
"""Where there need not be such a file."""


def pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return str(folder / "pipe")


def folder_without_rights(folder: Path) -> str:
    (folder / "file").write_text("x")
    return str(folder / "file" / "inside")


NAMES: dict[str, Callable[[Path], str]] = {
    "a pipe": pipe,
    "an endless device": lambda folder: "/dev/zero",
    "a name of 255 bytes": lambda folder: str(folder / ("x" * 255)),
    "a name that is too long": lambda folder: str(folder / ("x" * 300)),
    "a name that is no UTF-8": lambda folder: os.fsdecode(os.fsencode(folder) + b"/bad\xff\xfe"),
    "a file in a folder's place": folder_without_rights,
    "the home of somebody who is not there": lambda folder: "~nobody-of-that-name/file.toml",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS.keys())
def test_what_is_no_file_ends_with_a_sentence(
    shell: Shell, home: Path, verb: list[str], name: Callable[[Path], str]
) -> None:
    named = name(home)
    done = shell(*(each.format(named) for each in verb))

    if verb[0] == "--config" and done.code == 0:
        # A config that is not there is none.
        return
    assert "wrong inside" not in done.err
    if done.code == 0:
        # An ingest passes over what is no file, and says so.
        assert "skipped: " in done.err
        return
    assert done.err.splitlines()[-1].startswith("chatui: ")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("verb", MAY_BE_MADE.values(), ids=MAY_BE_MADE.keys())
def test_no_name_is_a_fault_where_there_need_not_be_a_file(
    shell: Shell, home: Path, verb: list[str], name: Callable[[Path], str]
) -> None:
    named = name(home)
    done = shell(*(each.format(named) for each in verb))

    assert "wrong inside" not in done.err
    assert not (home / "~nobody-of-that-name").exists()


DATABASES = {
    "chats.db": ["sessions", "list"],
    "library.db": ["collections", "list"],
}


@pytest.mark.parametrize("verb", DATABASES.items(), ids=DATABASES.keys())
def test_a_pipe_in_the_place_of_a_database_ends_with_a_sentence(
    shell: Shell, verb: tuple[str, list[str]]
) -> None:
    os.mkfifo(shell.data / verb[0])
    done = shell(*verb[1])

    assert done.code == 1
    assert "a pipe" in done.err


def test_a_file_that_grows_while_it_is_read_is_told(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "chat.json"
    file.write_text('{"title": "T", "messages": []}')
    read = os.fstat

    def fstat(descriptor: int) -> os.stat_result:
        found = read(descriptor)
        # Another program adds to it between the two looks.
        with file.open("a") as writer:
            writer.write(" ")
        return found

    monkeypatch.setattr("chatui.system.files.os.fstat", fstat)
    done = shell("sessions", "import", "chat.json")
    monkeypatch.undo()

    assert done.code == 2
    assert "changed while it was read" in done.err


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS.keys())
def test_a_refused_permission_ends_with_a_sentence(home: Path, verb: list[str]) -> None:
    file = home / "secret"
    file.write_text("x")
    file.chmod(0)
    done = as_ordinary_user(*(each.format(file) for each in verb))

    assert "wrong inside" not in done.stderr
    assert "Traceback" not in done.stderr
    assert re.search("ermission denied|is not readable", done.stdout + done.stderr)


@pytest.mark.parametrize("mode", [0o500, 0o000])
@pytest.mark.parametrize("verb", [["sessions", "list"], ["ask", "hi"], ["doctor"], ["ingest", "."]])
def test_a_data_folder_that_is_refused_ends_with_a_sentence(
    home: Path, verb: list[str], mode: int
) -> None:
    data = home / "refused"
    data.mkdir()
    data.chmod(mode)
    done = as_ordinary_user("--data-dir", str(data), *verb)
    data.chmod(0o700)

    assert done.returncode in (1, 2)
    assert "wrong inside" not in done.stderr
    assert "Traceback" not in done.stderr
    told = "ermission|cannot be written|is not readable"
    assert re.search(told, done.stdout + done.stderr)
