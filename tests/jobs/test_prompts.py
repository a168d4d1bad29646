"""Prompts with variables."""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path

import pytest

from chatui.domain.errors import UsageError
from chatui.jobs.prompts import Prompt, included

MODEL = "a/b"


def test_date_folder_and_model_are_filled_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prompt = Prompt(
        "{{ date }} | {{ cwd }} | {{ model }} | {{ who|upper }}", variables={"who": "me"}
    )

    assert prompt.filled(MODEL) == f"{date.today().isoformat()} | {tmp_path} | a/b | ME"


def test_a_text_without_marks_and_one_that_was_typed_stay_as_they_are() -> None:
    assert Prompt("100 % {of} it").filled(MODEL) == "100 % {of} it"
    assert Prompt("Explain {{ x }} to me", literal=True).filled(MODEL) == "Explain {{ x }} to me"


def test_files_are_included_by_their_names() -> None:
    prompt = Prompt("{% include 'tone.md' %} {{ n }}", parts={"tone.md": "Be kind to {{ n }}."},
                    variables={"n": 3})  # fmt: skip

    assert prompt.filled(MODEL) == "Be kind to 3. 3"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("one\n{{ langage }}", "p.md: there is no variable langage; did you mean language?"),
        ("{{ zzz }}", "p.md: there is no variable zzz; give it a value under [vars], or with"),
        ("one\n{% if %}", "p.md, line 2: "),
        ("{{ clipboard }}", "p.md: the clipboard is off for this profile; set clipboard = true"),
        ("{% include 'gone.md' %}", "p.md includes gone.md, which is not beside it; check"),
        ("{{ 1 / 0 }}", "p.md can't be filled in: division by zero."),
        ("{{ language + 1 }}", "p.md can't be filled in: "),
        ("{{ ''.__class__.__mro__ }}", "p.md can't be filled in: "),
        ("{% for i in range(99999) %}{{ i * language }}{% endfor %}", "p.md comes to more than"),
        ("{{ range(999999999) }}", "p.md can't be filled in: "),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "p.md can't be filled in: "),
    ],
)
def test_what_cannot_be_filled_in_is_a_sentence_with_its_place(text: str, sentence: str) -> None:
    prompt = Prompt(text, "p.md", variables={"language": "French"})

    with pytest.raises(UsageError) as caught:
        prompt.filled(MODEL)

    assert str(caught.value).startswith(sentence)


def test_faults_are_told_with_their_lines_before_anything_is_sent() -> None:
    prompt = Prompt("fine\n{{ langage }} {{ date }}\n{% include 'b.md' %}", "a.md",
                    {"b.md": "{{ model }}\n\n{% for %}"}, {"language": "French"})  # fmt: skip

    assert [fault.partition(":")[0] for fault in prompt.faults()] == [
        "a.md, line 2",
        "b.md, line 3",
    ]


def test_a_name_that_only_filling_in_would_tell_is_no_include() -> None:
    assert list(included("{% include 'a.md' %}", "p.md")) == ["a.md"]
    with pytest.raises(UsageError, match="whose name is an expression"):
        list(included("{% include name %}", "p.md"))


def test_the_clipboard_is_read_where_it_is_allowed_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "wl-paste"
    program.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/log\nprintf '漢字'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert Prompt("{{ clipboard }}!", clipboard=True).filled(MODEL) == "漢字!"
    assert Prompt("{{ model }}", clipboard=True).filled(MODEL) == "a/b"
    assert (tmp_path / "log").read_text() == "asked\n"


def test_a_machine_without_a_clipboard_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError, match="The clipboard can't be read here"):
        Prompt("{{ clipboard }}", clipboard=True).filled(MODEL)
