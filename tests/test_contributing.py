"""The pages for contributors name what is there, and what they tell to do works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent
PAGES = (REPO / "CONTRIBUTING.md", *sorted((REPO / "contributing").glob("*.md")))
BLOCK = re.compile(r"^(````?)(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./-]+\.(?:py|md|toml))`( \(new\))?")
PLACE = re.compile(
    r"`((?:chatui|tests|docs|benchmarks|contributing|pictures)/[\w./-]*)`(?! \(new\))"
)


@dataclass(frozen=True, slots=True)
class Step:
    """A block of code for a file: the one that the text above it named last."""

    path: str
    language: str
    text: str


def steps(page: str) -> Iterator[Step]:
    path, at = "", 0
    for block in BLOCK.finditer(page):
        path = [path, *(name for name, _ in FILE.findall(page[at : block.start()]))][-1]
        at = block.end()
        if block[2] in {"python", "diff"}:
            yield Step(path, block[2], block[3])


def side(diff: str, marks: str) -> str:
    """The lines of a diff that have one of these marks, without it."""
    return "".join(f"{line[1:]}\n" for line in diff.splitlines() if (line or " ")[0] in marks)


def carry_out(page: str, before: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The files as they are behind the steps of a page, by path: Python is a new file or stands at
    the end of one, a diff changes one that is there."""
    files = dict(before)
    for step in steps(page):
        place = folder / step.path
        text = files.get(step.path, place.read_text("utf-8") if place.is_file() else "")
        if step.language == "python":
            files[step.path] = f"{text}\n\n{step.text}" if text else step.text
        else:
            old, new = side(step.text, " -"), side(step.text, " +")
            assert f"\n{old}" in f"\n{text}", f"{step.path} has no such lines:\n{old}"
            files[step.path] = f"\n{text}".replace(f"\n{old}", f"\n{new}", 1)[1:]
    return files


def written_tests() -> Iterator[str]:
    """The names of all tests that the pages tell to write, as pytest takes them."""
    for page in PAGES:
        for step in steps(page.read_text("utf-8")):
            found = re.findall(r"^(?:async )?def (test_\w+)", step.text, re.MULTILINE)
            yield from (f"{step.path}::{name}" for name in found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_and_folders_that_a_page_names_are_there(page: Path) -> None:
    named = set(PLACE.findall(BLOCK.sub("", page.read_text("utf-8"))))

    assert [place for place in sorted(named) if not (REPO / place).exists()] == []


def test_what_the_pages_tell_to_write_passes_its_tests(tmp_path: Path) -> None:
    for name in ("chatui", "tests", "docs", "benchmarks"):
        # With what is compiled, which is the same there.
        shutil.copytree(REPO / name, tmp_path / name)
    for name in ("config.toml", "pyproject.toml", "constraints.txt"):
        shutil.copy(REPO / name, tmp_path)
    files: dict[str, str] = {}
    for page in PAGES:
        files = carry_out(page.read_text("utf-8"), files, tmp_path)
    for path, text in files.items():
        (tmp_path / path).write_text(text, "utf-8")
    wanted = list(written_tests())

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--snapshot-update", *wanted,
         "tests/test_packaging.py", "tests/config/test_config.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert len(wanted) >= 10
    assert done.returncode == 0, done.stdout[-4000:]
