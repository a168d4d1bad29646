from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chatui.app import external_programs
from chatui.domain.errors import UsageError


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs: an editor that appends a line to what it is given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    editor = folder / "append"
    editor.write_text('#!/bin/sh\nfor last; do :; done\necho added >> "$last"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    return folder


def test_visual_wins_over_editor(programs: Path) -> None:
    environ = {"VISUAL": "append -x", "EDITOR": "vi", "PATH": str(programs)}
    assert external_programs.editor_command(environ) == [str(programs / "append"), "-x"]


def test_an_editor_that_is_not_there_is_named(programs: Path) -> None:
    with pytest.raises(UsageError, match="nosuch"):
        external_programs.editor_command({"EDITOR": "nosuch", "PATH": str(programs)})


def test_no_editor_at_all_says_what_to_do(programs: Path) -> None:
    with pytest.raises(UsageError, match=r"\$EDITOR"):
        external_programs.editor_command({"PATH": str(programs)})


@pytest.mark.parametrize(
    ("editor", "arguments"),
    [
        ("vim", ["vim", "+7", "--", "a.md"]),
        ("nano", ["nano", "+7", "--", "a.md"]),
        ("code", ["code", "--goto", "a.md:7"]),
        ("hx", ["hx", "a.md:7"]),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(editor: str, arguments: list[str]) -> None:
    assert external_programs.at_line([editor], Path("a.md"), 7) == arguments


@pytest.mark.parametrize(
    ("viewer", "arguments"),
    [
        ("evince", ["--page-index=7", "a.pdf"]),
        ("okular", ["-p", "7", "a.pdf"]),
        ("zathura", ["-P", "7", "a.pdf"]),
        ("mupdf", ["a.pdf", "7"]),
        ("qpdfview", ["--unique", "a.pdf#7"]),
    ],
)
def test_each_viewer_is_told_the_page_in_its_own_way(
    tmp_path: Path, viewer: str, arguments: list[str]
) -> None:
    program(tmp_path / viewer)
    command = external_programs.page_command(Path("a.pdf"), 7, {"PATH": str(tmp_path)})
    assert command == [str(tmp_path / viewer), *arguments]


def test_the_users_own_viewer_wins(tmp_path: Path) -> None:
    program(tmp_path / "evince")
    program(tmp_path / "zathura")
    program(tmp_path / "xdg-mime", "echo org.pwmt.zathura.desktop")
    command = external_programs.page_command(Path("a.pdf"), 7, {"PATH": str(tmp_path)})
    assert command[0] == str(tmp_path / "zathura")


def test_without_a_viewer_that_knows_pages_the_file_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "xdg-open")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    command = external_programs.page_command(Path("a.pdf"), 7, {"PATH": str(tmp_path)})
    assert command == [str(tmp_path / "xdg-open"), "a.pdf"]


def program(path: Path, script: str = "true") -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_text_comes_back_as_the_editor_left_it(programs: Path) -> None:
    assert external_programs.edit("first\n", [str(programs / "append")]) == "first\nadded"


def test_an_editor_that_fails_loses_nothing_silently() -> None:
    with pytest.raises(UsageError, match="ended with an error"):
        external_programs.run(["/bin/sh", "-c", "exit 3"])
