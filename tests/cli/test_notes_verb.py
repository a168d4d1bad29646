"""`chatui notes`: what it keeps, prints and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell


def test_a_note_is_kept_and_listed(shell: Shell) -> None:
    assert shell("notes", "add", "I live in Leeds.").out == "Kept as note 1.\n"

    listed = shell("notes", "--json").json

    assert listed["on"] is True
    assert [(note["number"], note["text"], note["state"]) for note in listed["notes"]] == [
        (1, "I live in Leeds.", "kept")
    ]


def test_what_was_forgotten_is_printed_once_more(shell: Shell) -> None:
    shell("notes", "add", "I live in Leeds.")

    assert "I live in Leeds." in shell("notes", "forget", "1").out
    assert shell("notes").out == "No notes yet.\n"


def test_a_note_is_edited(shell: Shell) -> None:
    shell("notes", "add", "I live in Leeds.")
    shell("notes", "edit", "1", "I live in York.")

    assert "I live in York." in shell("notes", "list").out


def test_the_switch_is_told_and_keeps_the_notes(shell: Shell) -> None:
    shell("notes", "add", "I live in Leeds.")
    shell("notes", "off")

    listed = shell("notes", "list")

    assert "I live in Leeds." in listed.out
    assert "Notes are off" in listed.err
    shell("notes", "on")
    assert shell("notes").err == ""


def test_the_config_turns_them_off(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATUI_MEMORY__NOTES", "false")

    assert shell("notes", "list", "--json").json["on"] is False
    assert "keeps them off" in shell("notes", "on").err


def test_an_export_is_markdown_or_json_for_the_user_alone(shell: Shell, home: Path) -> None:
    shell("notes", "add", "Ich wohne in 北京.")

    assert "- Ich wohne in 北京. (1, " in shell("notes", "export").out
    shell("notes", "export", "--format", "json", "-o", "notes.json")
    written = home / "notes.json"
    assert json.loads(written.read_text())["notes"][0]["text"] == "Ich wohne in 北京."
    assert written.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "arguments", [("add", " "), ("edit", "1", ""), ("forget", "9"), ("accept", "9"), ("add",)]
)
def test_what_makes_no_sense_is_a_sentence_and_changes_nothing(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    shell("notes", "add", "one")

    outcome = shell("notes", *arguments)

    assert outcome.code == 2
    assert outcome.err.startswith("chatui: ")
    assert [note["text"] for note in shell("notes", "--json").json["notes"]] == ["one"]


def test_the_built_in_model_proposes_nothing_and_says_so(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATUI_MEMORY__NOTE_MODEL", "builtin/extract")

    outcome = shell("ask", "hello")

    assert outcome.code == 2
    assert "memory.note_model can't be" in outcome.err
