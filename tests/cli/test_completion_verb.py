"""What the shells are offered to complete with; `tests/terminal` has the shells themselves."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatui.cli.entry import run
from chatui.memory.store.store import ChatStore
from tests.cli.conftest import Shell, settle_in

BASH = """
eval "$(chatui completion bash)"
COMP_LINE='{words}'; COMP_POINT=${{#COMP_LINE}}; _chatui_completion chatui
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def bash_offers(home: Path, words: str) -> list[str]:
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    script = ["bash", "--norc", "-c", BASH.format(words=words)]
    done = subprocess.run(script, env=environ, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()[: None if done.stdout.strip() else 0]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("chatui com", ["compare", "completion"]),
        ("chatui ask -p tr", ["translate"]),
        ("chatui -m builtin/e", ["builtin/extract"]),
        ("chatui ask --no-r", ["--no-rag"]),
        ("chatui completion z", ["zsh"]),
        ("chatui ask -m nowhere/", [""]),
    ],
)
def test_bash_completes_commands_options_and_names(
    shell: Shell, home: Path, words: str, offered: list[str]
) -> None:
    assert bash_offers(home, words) == [word for word in offered if word]


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory, embedder_cache: Path) -> Path:
    """A library with three of them, made once."""
    home = tmp_path_factory.mktemp("collections")
    (home / "a.md").write_text("# A\n\nOne.\n")
    with pytest.MonkeyPatch.context() as patch:
        settle_in(home, embedder_cache, patch)
        for name in ("notes", "novels", "recipes"):
            assert run(["ingest", str(home / "a.md"), "--collection", name]) == 0
    return home / "data" / "library.db"


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("verb", ["", "ask", "search", "ingest", "eval"])
def test_bash_completes_the_names_of_collections(
    shell: Shell, home: Path, collections: Path, verb: str
) -> None:
    assert bash_offers(home, f"chatui {verb} --collection no") == []
    shutil.copy(collections, shell.data)

    assert bash_offers(home, f"chatui {verb} --collection no") == ["notes", "novels"]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_own_script(shell: Shell, name: str) -> None:
    done = shell("completion", name)

    assert (done.code, done.err) == (0, "")
    assert f"_CHATUI_COMPLETE={name}_complete" in done.out


def test_a_broken_config_completes_nothing_and_says_nothing(shell: Shell, home: Path) -> None:
    (home / "config.toml").write_text("[chat\n")
    os.environ["CHATUI_CONFIG"] = str(home / "config.toml")
    try:
        assert bash_offers(home, "chatui ask -p tr") == []
    finally:
        del os.environ["CHATUI_CONFIG"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_the_ids_of_chats_are_offered_however_much_was_asked_once(shell: Shell, home: Path) -> None:
    async def fill() -> str:
        store = await ChatStore.open(shell.data / "chats.db")
        chat = await store.create("A chat")
        for _ in range(60):
            await store.create("An ask", ask=True)
        await store.close()
        return chat.id

    chat = asyncio.run(fill())

    assert chat in bash_offers(home, "chatui ask --cid ")
