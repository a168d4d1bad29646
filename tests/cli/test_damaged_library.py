"""A library or an index that can't be used: a chat goes on, and doctor mends it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.memory.store.damage import cut, overwritten, root_zeroed

PAGE = 4096
Damage = Callable[[Path], object]


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


LIBRARIES: dict[str, Damage] = {
    "a wrong magic": overwritten(0, b"no magic at all."),
    "cut in half": cut(0.5),
    "the first page zeroed": overwritten(0, bytes(PAGE)),
    "the root of the chunks zeroed": root_zeroed("chunks"),
    "the root of the collections zeroed": root_zeroed("collections"),
    "of another program": lambda path: path.write_bytes(b"%PDF-1.7 " * 1000),
    "a pipe": a_pipe,
    "a folder": a_folder,
}


@pytest.mark.parametrize("damage", LIBRARIES.values(), ids=LIBRARIES.keys())
def test_a_question_is_answered_without_the_library_and_a_line_says_so(
    library: Shell, damage: Damage
) -> None:
    damage(library.data / "library.db")
    done = library("ask", "Which key opens the help screen?")

    assert done.code == 0
    (line,) = done.err.splitlines()
    assert str(library.data / "library.db") in line
    assert line.endswith("Until then answers come without documents.")


def a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


def every_file_of_noise(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\xa5" * 5000)


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def a_folder_for_a_lock(folder: Path) -> None:
    a_folder(folder / "lock")


VECTORS: dict[str, Damage] = {
    "a file": a_file,
    "every file of noise": every_file_of_noise,
    "gone": shutil.rmtree,
    "empty": emptied,
    "the lock is a folder": a_folder_for_a_lock,
}


@pytest.mark.parametrize("damage", VECTORS.values(), ids=VECTORS.keys())
def test_a_question_is_answered_by_words_without_the_vectors_and_a_line_says_so(
    library: Shell, damage: Damage
) -> None:
    damage(library.data / "vectors")
    done = library("ask", "Which key opens the help screen?")

    assert done.code == 0
    assert "F1" in done.out
    assert done.err.count("documents are searched by words alone") == 1


MENDABLE = ("a wrong magic", "the first page zeroed", "the root of the chunks zeroed")


@pytest.mark.parametrize("damage", MENDABLE)
def test_doctor_finds_and_mends_a_damaged_library(
    library: Shell, ingested: Path, damage: str
) -> None:
    LIBRARIES[damage](library.data / "library.db")
    found = library("doctor")
    mended = library("doctor", "--fix")
    library("ingest", str(ingested / "docs"))
    library("collections", "rebuild")
    checked = library("collections", "check")

    assert found.code == 1
    assert "`chatui doctor --fix`" in found.out
    assert "kept as library.db.damaged" in mended.out
    assert checked.code == 0
    assert "keys.md" in library("search", "help screen").out
