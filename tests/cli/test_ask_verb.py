"""`chatui ask` over the built-in model and over a real server with a tiny model."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.conftest import Shell


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    stdin = SimpleNamespace(
        closed=False, isatty=lambda: False, buffer=io.BytesIO(text.encode("utf-8"))
    )
    monkeypatch.setattr("sys.stdin", stdin)


def test_the_built_in_model_answers_from_the_documents_and_cites_them(library: Shell) -> None:
    answer = library("ask", "Which key opens the help screen?", "--json").json

    assert "Press F1 to open the help screen." in answer["text"]
    assert answer["model"] == "builtin/extract"
    assert [cited["source"] for cited in answer["citations"]] == ["keys.md"]
    assert answer["citations"][0]["n"] == 1
    assert (answer["cost"]["amount"], answer["cost"]["price_source"]) == ("0", "local")
    assert answer["usage"].keys() == {
        "input", "cache_read", "cache_write", "output", "reasoning", "estimated",
    }  # fmt: skip
    assert answer["memory"].keys() == {
        "strategy", "context_tokens", "cap", "dropped_turns", "summary_tokens", "recalled",
        "cut_tokens", "notes",
    }  # fmt: skip


def test_an_answer_goes_to_stdout_and_its_sources_to_stderr(library: Shell) -> None:
    done = library("ask", "Which key opens the help screen?")

    assert done.code == 0
    assert "Press F1 to open the help screen." in done.out
    assert re.search(r"^\[1\] .*keys\.md:\d+$", done.err, re.MULTILINE)


def test_streamed_or_whole_the_answer_is_the_same(library: Shell) -> None:
    question = "What is the notice period of the lease?"

    assert library("ask", question).out == library("ask", question, "--no-stream").out


def test_without_documents_it_says_what_to_do(shell: Shell) -> None:
    assert "ingest" in shell("ask", "What is in my documents?").out


def test_what_is_piped_in_comes_before_the_prompt(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe(monkeypatch, "the text\n")

    sent = shell("ask", "Summarise", "--dry-run", "--json").json

    assert sent["messages"][-1]["content"] == "the text\n\nSummarise"


def test_a_dry_run_sends_and_stores_nothing(shell: Shell) -> None:
    done = shell("ask", "hello", "--dry-run", "-s", "Be brief.")

    assert "Be brief." in done.out
    assert "hello" in done.out
    assert shell("sessions", "list", "--all", "--json").json == []


def test_an_attached_file_goes_along(shell: Shell, home: Path) -> None:
    (home / "a.py").write_text("print(1)")

    sent = shell("ask", "What is this?", "-f", "a.py", "--dry-run", "--json").json

    assert "print(1)" in sent["messages"][-1]["content"]


def test_the_conversation_goes_on_with_c(library: Shell) -> None:
    first = library("ask", "What is the notice period?", "--json").json
    second = library("ask", "Which key opens the help?", "-c", "--json").json
    third = library("ask", "And the models?", "--cid", first["conversation"][:6], "--json").json

    assert first["conversation"] == second["conversation"] == third["conversation"]
    (listed,) = library("sessions", "list", "--all", "--json").json
    assert listed["turns"] == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("ask",), 2, "empty"),
        (("ask", "  "), 2, "empty"),
        (("ask", "hi", "-f", "nothere.txt"), 2, "nothere.txt"),
        (("ask", "hi", "-m", "no-such-model"), 2, "no-such-model"),
        (("ask", "hi", "--cid", "ffff"), 2, "ffff"),
        (("ask", "hi", "-p", "nobody"), 2, "nobody"),
        (("ask", "hi", "-c", "--cid", "a"), 2, "not both"),
        (("ask", "hi", "--max-cost", "cheap"), 2, "cheap"),
        (("ask", "hi", "--schema", "nothere.json"), 2, "nothere.json"),
        (("ask", "hi", "-m", "openai/gpt-5-mini"), 3, "OPENAI_API_KEY"),
        (("ask", "hi", "-m", "ollama/qwen3"), 3, "ollama"),
    ],
)
def test_bad_input_is_one_sentence_with_its_exit_code(
    shell: Shell, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = shell(*arguments)

    assert done.code == code
    assert words in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


def test_a_question_survives_a_model_that_fails(shell: Shell) -> None:
    shell("ask", "remember me", "-m", "ollama/qwen3")

    (listed,) = shell("sessions", "list", "--all", "--json").json
    assert listed["preview"] == "remember me"


def test_a_budget_refuses_with_exit_code_4(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "never-sent")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")

    done = shell("ask", "hi", "-m", "openai/gpt-5-mini", "--max-cost", "0.0000001")

    assert done.code == 4
    assert "0.0000001" in done.err


def test_several_models_answer_as_branches_of_one_conversation(library: Shell) -> None:
    answers = library(
        "ask", "What is the notice period?", "-m", "builtin/extract", "-m", "extract", "--json"
    ).json

    assert [answer["model"] for answer in answers] == ["builtin/extract", "builtin/extract"]
    assert answers[0]["conversation"] == answers[1]["conversation"]
    (listed,) = library("sessions", "list", "--all", "--json").json
    assert listed["turns"] == 1


def test_one_failing_model_leaves_the_others_running(library: Shell) -> None:
    done = library("ask", "Notice period?", "-m", "extract", "-m", "ollama/nothere", "--json")

    assert done.code == 1
    assert [answer["model"] for answer in done.json] == ["builtin/extract"]
    assert "ollama/nothere" in done.err


def test_the_built_in_model_says_that_it_can_fill_no_schema(library: Shell, home: Path) -> None:
    (home / "schema.json").write_text(json.dumps({"type": "object"}))

    done = library("ask", "Notice period?", "--schema", "schema.json", "--json")

    assert done.code == 3
    assert "schema" in done.err
