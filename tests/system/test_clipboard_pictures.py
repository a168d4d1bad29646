"""Pictures on the clipboard, by programs that stand in for those of desktops."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from chatui.domain.errors import UsageError
from chatui.system import clipboard

PNG = b"\x89PNG\r\n\x1a\nrest"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the only programs that there are."""
    (tmp_path / "png").write_bytes(PNG)
    (tmp_path / "base64").write_bytes(b64encode(PNG) + b"\r\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str, does: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("name", ["wl-paste", "xclip", "pngpaste"])
def test_the_program_that_is_there_gives_it(programs: Path, name: str) -> None:
    program(programs, name, f"/bin/cat {programs}/png")
    assert clipboard.picture() == PNG


def test_windows_gives_it_in_letters(programs: Path) -> None:
    program(programs, "powershell.exe", f"/bin/cat {programs}/base64")
    assert clipboard.picture() == PNG


@pytest.mark.parametrize("does", ["exit 1", "echo text", "true"])
def test_a_clipboard_without_one_has_none(programs: Path, does: str) -> None:
    program(programs, "wl-paste", does)
    assert clipboard.picture() is None


def test_one_that_hangs_is_given_up(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "SECONDS", 0.2)
    program(programs, "wl-paste", "exec /bin/sleep 600")
    program(programs, "xclip", f"/bin/cat {programs}/png")
    assert clipboard.picture() == PNG


def test_without_any_program_it_is_said_what_to_install(programs: Path) -> None:
    with pytest.raises(UsageError, match="can't be read here; install"):
        clipboard.picture()
