"""`chatui eval` on a real collection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell


def questions(home: Path, *lines: dict[str, Any] | str) -> str:
    path = home / "questions.jsonl"
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )
    return str(path)


ANSWERED = {"question": "How long is the notice period of the lease?", "source": "lease.txt"}
NOWHERE = {"question": "What is the boiling point of mercury?", "none": True}


def test_every_leg_and_the_refusals_are_measured(library: Shell, home: Path) -> None:
    done = library("eval", questions(home, ANSWERED, "", NOWHERE), "--json")

    report = done.json
    assert done.code == 0
    assert list(report["modes"]) == ["dense", "MiniLM", "multilingual", "lexical", "hybrid"]
    assert report["modes"]["hybrid"] == {
        "hit@1": 1.0, "hit@3": 1.0, "hit@5": 1.0, "hit@8": 1.0, "mrr": 1.0,
        "hit@5_within_3000": 1.0,
    }  # fmt: skip
    assert report["refusals"] == {"unanswerable": 1, "refused": 1, "answerable": 1, "missed": 0}
    assert [found["line"] for found in report["results"]] == [1, 3]
    assert report["results"][0]["ranks"] == {
        "dense": 1, "MiniLM": 1, "multilingual": 1, "lexical": 1, "hybrid": 1,
    }  # fmt: skip


def test_the_figures_are_told_by_language_and_by_kind_of_file(library: Shell, home: Path) -> None:
    german = {"question": "Wie lange ist die Kündigungsfrist?", "source": "lease.txt"}
    marked = {"question": "F1", "source": "keys.md", "language": "key"}
    asked = questions(home, ANSWERED, german, marked, NOWHERE)
    report = library("eval", asked, "--json").json

    counts = {name: group["questions"] for name, group in report["languages"].items()}
    assert counts == {"en": 2, "de": 1, "key": 1}
    assert {name: group["questions"] for name, group in report["kinds"].items()} == {
        "txt": 2,
        "md": 1,
    }
    assert report["languages"]["en"]["modes"]["lexical"]["hit@1"] == 1.0
    assert report["languages"]["en"]["refusals"]["unanswerable"] == 1

    shown = library("eval", asked).out
    assert "hit@5 by language" in shown
    assert "hit@5 by kind of file" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_table_fits_a_narrow_terminal_and_has_no_colours_in_a_pipe(
    library: Shell, home: Path
) -> None:
    done = library("eval", questions(home, ANSWERED, NOWHERE))

    assert max(map(len, done.out.splitlines())) <= 80
    assert "\x1b" not in done.out
    assert "hybrid 100.0%" in " ".join(done.out.split())
    assert "1/1 (100.0%) are refused" in done.out


def test_one_leg_can_be_measured_alone(library: Shell, home: Path) -> None:
    report = library("eval", questions(home, ANSWERED), "--mode", "lexical", "--json").json
    assert list(report["modes"]) == ["lexical"]


def test_a_table_is_measured_and_files_that_are_not_there_are_told(
    library: Shell, home: Path
) -> None:
    table = home / "questions.csv"
    table.write_text(
        "question,source,none\nHow long is the notice period of the lease?,lease.txt,\n\n"
        "Who signs?,deeds/nowhere.pdf,\nWhat is the boiling point of mercury?,,yes\n"
    )

    done = library("eval", str(table), "--mode", "lexical", "--json")

    assert done.json["modes"]["lexical"]["hit@1"] == 0.5
    assert "1 question is about files of which default has no passage" in done.err
    assert "deeds/nowhere.pdf" in done.err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_in_the_encoding_that_a_spreadsheet_saved(
    library: Shell, home: Path, encoding: str, end: str
) -> None:
    rows = ["question;source", "Wie lange ist die Kündigungsfrist der Wohnung?;lease.txt", ""]
    table = home / "fragen.csv"
    table.write_bytes(end.join(rows).encode(encoding))

    done = library("eval", str(table), "--mode", "lexical", "--json")

    assert done.code == 0, done.err
    (result,) = done.json["results"]
    assert result["question"] == "Wie lange ist die Kündigungsfrist der Wohnung?"


def test_questions_in_chinese_are_read_from_an_old_encoding(library: Shell, home: Path) -> None:
    table = home / "wenti.tsv"
    asked = ["这份租约的通知期是多长时间？", "房租每个月的哪一天支付？", "押金什么时候退还给租客？"]
    table.write_bytes("\n".join(["question\tsource", *(f"{one}\tlease.txt" for one in asked)])
                      .encode("gbk"))  # fmt: skip

    done = library("eval", str(table), "--mode", "lexical", "--json")

    assert [one["question"] for one in done.json["results"]] == asked


def test_a_table_without_a_column_of_questions_is_told(library: Shell, home: Path) -> None:
    table = home / "fragen.csv"
    table.write_text("Frage;source\nWie lange?;lease.txt\n")

    done = library("eval", str(table))

    assert done.code == 2
    assert 'line 1: its first row names no column "question": Frage;source' in done.err


def test_a_wrong_line_is_named(library: Shell, home: Path) -> None:
    done = library("eval", questions(home, ANSWERED, '{"question": "q"}'))

    assert done.code == 2
    assert "questions.jsonl, line 2: it says nowhere where the answer stands" in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.jsonl"], "missing.jsonl cannot be read"),
        (["empty.jsonl"], "empty.jsonl holds no questions"),
        (["good.jsonl", "--collection", "nope"], "There is no collection 'nope'"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    library: Shell, home: Path, arguments: list[str], sentence: str
) -> None:
    (home / "empty.jsonl").write_text("\n")
    (home / "good.jsonl").write_text(json.dumps(ANSWERED))
    done = library("eval", *arguments)

    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
