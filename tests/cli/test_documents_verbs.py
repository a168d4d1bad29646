"""`chatui ingest`, `search` and `collections`, over the real library, Chroma and embedder."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.patience import PATIENCE


def test_ingest_reports_in_the_contracts_shape(shell: Shell, documents: Path) -> None:
    done = shell("ingest", str(documents), "--json")

    report = done.json
    assert done.code == 0
    assert report["files"] == {
        "seen": 2, "added": 2, "updated": 0, "unchanged": 0, "removed": 0, "moved": 0,
        "reread": 0,
        "skipped": [], "failed": [], "empty": [], "partial": [],
        "recognised": [], "unseen": 0,
    }  # fmt: skip
    assert report["chunks"]["added"] == report["chunks"]["total"] == report["embedded"]
    assert report["collection"] == "default"


def test_a_second_run_embeds_nothing(library: Shell, ingested: Path) -> None:
    report = library("ingest", str(ingested / "docs"), "--json").json

    assert (report["files"]["unchanged"], report["embedded"]) == (2, 0)


def test_a_watch_prints_a_line_for_every_change_until_it_is_interrupted(
    library: Shell, ingested: Path, home: Path
) -> None:
    folder = shutil.copytree(ingested / "docs", home / "watched")
    command = [sys.executable, "-m", "chatui", "ingest", str(folder), "--watch", "--json"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        # What a shell starts in the background ignores the signal, and so do its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert process.stdout is not None
    with process.stdout as output:
        try:
            first = json.loads(output.readline())
            (folder / "lease.txt").write_text("The notice period of the lease is six months.\n")
            second = json.loads(output.readline())
            process.send_signal(signal.SIGINT)
            code = process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()

    assert (first["files"]["seen"], second["files"]["updated"]) == (2, 1)
    assert code == 130
    found = library("search", "six months", "-k", "1", "--json").json["results"]
    assert "six months" in found[0]["text"]


def test_a_vanished_file_is_removed_unless_told_otherwise(shell: Shell, documents: Path) -> None:
    shell("ingest", str(documents))
    (documents / "lease.txt").unlink()

    kept = shell("ingest", str(documents), "--no-prune", "--json").json
    pruned = shell("ingest", str(documents), "--json").json

    assert (kept["files"]["removed"], pruned["files"]["removed"]) == (0, 1)


def test_one_bad_file_is_listed_and_the_rest_is_read(shell: Shell, documents: Path) -> None:
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing of a PDF follows")

    done = shell("ingest", str(documents), "--json")

    assert done.code == 1
    assert [item["source"] for item in done.json["files"]["failed"]] == ["broken.pdf"]
    assert done.json["files"]["added"] == 2


def test_a_folder_of_binaries_is_skipped_with_reasons(shell: Shell, home: Path) -> None:
    folder = home / "binaries"
    folder.mkdir()
    (folder / "a.bin").write_bytes(bytes(range(256)) * 8)

    done = shell("ingest", str(folder), "--json")

    (skipped,) = done.json["files"]["skipped"]
    assert done.code == 0
    assert skipped["source"] == "a.bin"
    assert skipped["reason"]


def test_a_path_that_does_not_exist_is_one_sentence(shell: Shell) -> None:
    done = shell("ingest", "no/such/folder")

    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "no/such/folder" in done.err


def test_a_search_finds_the_passage_with_its_place(library: Shell, ingested: Path) -> None:
    done = library("search", "Which key opens the help?", "-k", "1", "--json")

    (first,) = done.json["results"]
    path = ingested / "docs" / "keys.md"
    text = path.read_text()
    assert (first["source"], first["path"]) == ("keys.md", str(path))
    assert first["text"] == text[first["char_start"] : first["char_end"]]
    assert "F1" in first["text"]
    assert first["rank"] == 1
    assert first["ranks"].keys() == {"dense", "lexical"}


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_mode_finds_the_lease(library: Shell, mode: str) -> None:
    found = library("search", "notice period", "--mode", mode, "--json").json["results"]

    assert found[0]["source"] == "lease.txt"


def test_many_queries_are_answered_line_by_line(library: Shell, home: Path) -> None:
    queries = home / "queries.jsonl"
    queries.write_text('{"id": "a", "query": "help"}\n\n{"id": 7, "query": "lease"}\n')

    lines = library("search", "--queries", str(queries), "-k", "1").lines

    assert [line["id"] for line in lines] == ["a", 7]
    assert [line["results"][0]["source"] for line in lines] == ["keys.md", "lease.txt"]


@pytest.mark.parametrize("line", ["nonsense", '{"id": 1}', "[]", '"text"'])
def test_a_bad_line_of_queries_is_named(shell: Shell, home: Path, line: str) -> None:
    queries = home / "queries.jsonl"
    queries.write_text(f'{{"id": 1, "query": "x"}}\n{line}\n')

    done = shell("search", "--queries", str(queries))

    assert done.code == 2
    assert "line 2" in done.err


def test_an_empty_query_is_refused(shell: Shell) -> None:
    assert shell("search", "  ").code == 2


def test_an_unknown_collection_is_named(library: Shell) -> None:
    done = library("search", "help", "--collection", "nothere")

    assert done.code == 2
    assert "nothere" in done.err


def test_collections_are_listed_shown_and_removed(library: Shell) -> None:
    listed = library("collections", "--json").json
    shown = library("collections", "show", "default", "--json").json
    removed = library("collections", "remove", "default", "--yes")

    assert [(one["name"], one["files"]) for one in listed] == [("default", 2)]
    assert [file["source"] for file in shown["files"]] == ["keys.md", "lease.txt"]
    assert removed.code == 0
    assert library("collections", "--json").json == []


def test_a_sound_index_is_found_sound(library: Shell) -> None:
    done = library("collections", "check", "--json")

    (check,) = done.json
    assert (done.code, check["sound"], check["lost"]) == (0, True, [])
    assert check["checked"] == check["chunks"]


def test_a_lost_index_is_rebuilt_from_the_library(library: Shell) -> None:
    shutil.rmtree(library.data / "vectors")
    damaged = library("collections", "check", "--json")

    rebuilt = library("collections", "rebuild", "--json")

    assert damaged.code == 1
    assert rebuilt.json == [{"collection": "default", "indexed": damaged.json[0]["chunks"]}]
    assert library("collections", "check").code == 0


def test_a_collection_of_another_embedding_model_is_marked(library: Shell) -> None:
    fresh = library("collections", "list", "--json").json
    with closing(sqlite3.connect(library.data / "library.db")) as db, db:
        db.execute("UPDATE collections SET fingerprint = 'another'")

    assert fresh[0]["model_changed"] is False
    assert library("collections", "list", "--json").json[0]["model_changed"] is True
    assert "embedded with another model" in library("collections", "list").out
    assert "embedded with another model" in library("collections", "show").out
