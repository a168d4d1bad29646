from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from chatui import __version__
from chatui.cli.entry import root
from tests.cli.conftest import Shell


def test_the_version_is_printed(shell: Shell) -> None:
    assert shell("--version").out == f"chatui {__version__}\n"


@pytest.mark.parametrize(
    "verb", ["ask", "collections", "config", "doctor", "ingest", "models", "search", "sessions",
             "tokens"],
)  # fmt: skip
def test_every_verb_explains_itself(shell: Shell, verb: str) -> None:
    done = shell(verb, "-h")

    assert done.code == 0
    assert done.out.startswith(f"Usage: chatui {verb}")


def test_a_mistyped_verb_gets_the_nearest_one(shell: Shell) -> None:
    done = shell("serch", "x")

    assert (done.code, done.err) == (2, "chatui: there is no command serch; did you mean search?\n")


def test_the_chat_needs_a_terminal(shell: Shell) -> None:
    done = shell()

    assert done.code == 2
    assert "terminal" in done.err


def test_a_broken_config_is_one_sentence(shell: Shell, home: Path) -> None:
    config = home / "config.toml"
    config.write_text("[chat]\nmodl = 1\n")

    done = shell("config", "check", "--config", str(config))

    assert done.code == 2
    assert "did you mean chat.model?" in done.err
    assert done.err.count("\n") == 1


def test_the_options_for_files_count_before_and_behind_the_verb(shell: Shell, home: Path) -> None:
    before = shell("--config", "a.toml", "config", "path").out
    behind = shell("--config", "a.toml", "config", "path", "--config", "b.toml").out

    assert before == f"{home}/a.toml\n"
    assert behind == f"{home}/b.toml\n"


def verbs(command: click.Command = root, *words: str) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Each verb, those of groups too, with its options."""
    if not isinstance(command, click.Group):
        yield words, {name for option in command.params for name in option.opts}
        return
    within = click.Context(command)
    for name in command.list_commands(within):
        one = command.get_command(within, name)
        assert one is not None
        yield from verbs(one, *words, name)


def test_every_verb_takes_the_options_for_files() -> None:
    taken = dict(verbs())

    assert {("completion",), ("sessions", "list"), ("models", "pull")} <= set(taken)
    wanted = {"--config", "--data-dir", "--debug"}
    assert {words: wanted - options for words, options in taken.items() if wanted - options} == {}


@pytest.mark.parametrize("group", sorted({words[0] for words, _ in verbs() if len(words) > 1}))
def test_every_group_takes_the_options_for_files_before_its_verb(shell: Shell, group: str) -> None:
    verb = next(words[1] for words, _ in verbs() if words[0] == group)

    done = shell(group, "--config", "a.toml", "--data-dir=b", "--debug", verb, "-h")

    assert done.code == 0
    assert done.out.startswith(f"Usage: chatui {group} {verb} ")


def test_the_options_for_files_count_before_a_groups_verb_too(shell: Shell, home: Path) -> None:
    before = shell("config", "--config", "a.toml", "path").out
    behind = shell("config", "--config=a.toml", "path", "--config", "b.toml").out

    assert before == f"{home}/a.toml\n"
    assert behind == f"{home}/b.toml\n"


def test_a_fault_of_ours_is_a_sentence_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the words of sk-planted")

    monkeypatch.setattr("chatui.config.load.load_config", broken)
    done = shell("config", "check")

    log = shell.data / "state" / "chatui.log"
    assert done.code == 1
    assert done.err == (
        "chatui: Something went wrong inside chatui (RuntimeError); your chats are safe in "
        f"{shell.data / 'chats.db'}; {log} has the place in the code, and none of your text.\n"
    )
    assert "fault in chatui config check" in log.read_text()
    assert "in test_a_fault_of_ours_is_a_sentence_too.<locals>.broken" in log.read_text()
    assert "planted" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_doctor_finds_nothing_wrong_in_a_clean_home(shell: Shell) -> None:
    done = shell("doctor", "--json")

    wrong = [finding for finding in done.json if finding["state"] == "wrong"]
    assert [finding["what"] for finding in wrong if finding["what"] != "terminal"] == []


def test_doctor_names_a_broken_config(shell: Shell, home: Path) -> None:
    config = home / "config.toml"
    config.write_text("[chat]\nmodl = 1\n")

    done = shell("doctor", "--config", str(config))

    assert done.code == 1
    assert "chat.model" in done.out
