from __future__ import annotations

from pathlib import Path

import pytest

from chatui.app.commands.documents import paths_in
from chatui.app.file_names import file_names, paths_to_read
from chatui.domain.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("src/deep/module.py", "src/main.py", "readme.md", ".secret", "node_modules/x.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_nothing_typed_lists_the_folder_without_hidden_files(folder: Path) -> None:
    assert file_names("", folder) == ["node_modules/", "src/", "readme.md"]


def test_a_name_is_found_anywhere_below_but_not_among_dependencies(folder: Path) -> None:
    assert file_names("modu", folder) == ["node_modules/", "src/deep/module.py"]


def test_a_path_lists_its_folder(folder: Path) -> None:
    assert file_names("src/", folder) == ["src/deep/", "src/main.py"]
    assert file_names("src/ma", folder) == ["src/main.py"]


def test_an_absolute_path_is_completed(folder: Path) -> None:
    assert file_names(f"{folder}/read", Path("/")) == [f"{folder}/readme.md"]


def test_a_dot_shows_hidden_files(folder: Path) -> None:
    assert file_names(".se", folder)[0] == ".secret"


def test_a_folder_that_is_not_there_completes_to_nothing(folder: Path) -> None:
    assert file_names("nosuch/", folder) == []


def test_a_folder_to_read_is_offered_as_it_is_before_what_is_in_it(folder: Path) -> None:
    assert paths_to_read("src/", folder) == ["src/", "src/deep/", "src/main.py"]
    assert paths_to_read("src", folder) == ["src"]


def test_what_is_to_be_read_is_not_looked_for_deep_below(folder: Path) -> None:
    assert paths_to_read("modu", folder) == ["node_modules/"]


def test_a_path_with_blanks_is_completed(folder: Path) -> None:
    (folder / "my papers").mkdir()
    (folder / "my papers" / "one two.md").touch()
    assert paths_to_read("my pa", folder) == ["my papers/"]
    assert paths_to_read("my papers/one t", folder) == ["my papers/one two.md"]


@pytest.mark.parametrize(
    "typed", ["~nobody-of-that-name/", "~nobody-of-that-name", f"{'x' * 300}", f"{'x' * 300}/y"]
)
def test_what_can_be_no_file_completes_to_nothing(folder: Path, typed: str) -> None:
    assert file_names(typed, folder) == []
    assert paths_to_read(typed, folder) == []


@pytest.mark.parametrize("typed", ["~nobody-of-that-name/x", "x" * 300])
def test_what_can_be_no_file_is_told_to_be_none(typed: str) -> None:
    with pytest.raises(UsageError, match="no file or folder"):
        paths_in(typed)
