"""`chatui ask` with a model in a file, end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.smollm2 import put_into
from tests.tiny_gguf import CHATML, CHATML_MARKS, WORDS, write_tiny_gguf

LIMIT = ("-o", "max_output_tokens", "12", "-o", "temperature", "0")


@pytest.fixture
def with_model(shell: Shell) -> Shell:
    folder = shell.data / "models"
    folder.mkdir(parents=True, exist_ok=True)
    write_tiny_gguf(folder / "tiny.gguf", context=4096, template=CHATML, marks=CHATML_MARKS)
    return shell


def test_a_file_answers_and_costs_nothing(with_model: Shell) -> None:
    answer = with_model("ask", "-m", "local/tiny", "--no-rag", "hello", "--json", *LIMIT).json

    assert set(answer["text"].split()) <= set(WORDS)
    assert answer["usage"]["output"] == 12
    assert not answer["usage"]["estimated"]
    assert float(answer["cost"]["amount"]) == 0
    assert answer["cost"]["price_source"] == "local"


def test_auto_takes_the_file_before_the_built_in_model(with_model: Shell) -> None:
    answer = with_model("ask", "--no-rag", "hello", "--json", *LIMIT).json
    assert answer["model"] == "local/tiny"


def test_a_schema_is_kept_to(with_model: Shell) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    (with_model.home / "schema.json").write_text(json.dumps(schema))
    answer = with_model(
        "ask", "-m", "tiny", "--no-rag", "hello", "--schema", "schema.json", "--json"
    ).json
    assert isinstance(answer["data"]["ok"], bool)


def test_what_it_cannot_be_held_to_is_told_and_checked_and_repaired_once(
    with_model: Shell,
) -> None:
    # Two that are not the same, of one value: nothing can fit.
    schema = {"type": "array", "items": {"enum": ["a"]}, "minItems": 2, "uniqueItems": True}
    (with_model.home / "schema.json").write_text(json.dumps(schema | {"maxItems": 2}))
    asked = ("ask", "-m", "tiny", "--no-rag", "--schema", "schema.json", "hello", "--json")

    failed = with_model(*asked)

    assert failed.code == 3
    assert failed.json["text"].replace(" ", "") == '["a","a"]'
    assert "asked for twice" in failed.json["error"]["message"]
    assert failed.err.count("checked for uniqueItems at the end") == 1


def test_an_answer_that_fits_what_it_cannot_be_held_to_needs_no_repair(with_model: Shell) -> None:
    schema = {"type": "array", "items": {"enum": ["a"]}, "maxItems": 1, "uniqueItems": True}
    (with_model.home / "schema.json").write_text(json.dumps(schema))
    answer = with_model("ask", "-m", "tiny", "--no-rag", "--schema", "schema.json", "hi", "--json")

    assert answer.json["data"] in (["a"], [])
    # The schema in words is a part of the prompt.
    assert answer.json["usage"]["input"] > len(json.dumps(schema))


def test_a_damaged_file_is_a_sentence_and_the_question_is_kept(with_model: Shell) -> None:
    path = with_model.data / "models" / "tiny.gguf"
    path.write_bytes(path.read_bytes()[:100_000])

    failed = with_model("ask", "-m", "local/tiny", "--no-rag", "hello")
    assert failed.code == 3
    assert "cut off" in failed.err
    assert "Traceback" not in failed.err

    write_tiny_gguf(path, context=4096, template=CHATML, marks=CHATML_MARKS)
    answered = with_model("ask", "-c", "-m", "local/tiny", "--no-rag", "again", "--json", *LIMIT)
    assert answered.json["text"]
    shown = with_model("sessions", "show", answered.json["conversation"])
    assert "hello" in shown.out


def test_a_model_that_was_trained_answers_what_it_was_asked(shell: Shell, smollm2: Path) -> None:
    name = put_into(shell.data / "models", smollm2)

    asked = ("ask", "-m", name, "--no-rag", "-s", "Answer in English.", *LIMIT)
    told = shell(*asked, "What is the capital of France?")

    assert "Paris" in told.out
