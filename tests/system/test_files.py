"""Files that a user asks to have written: private, whole, and never over something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatui.domain.errors import UsageError
from chatui.system.files import read_plain, write_export


def write(path: Path, text: str, *, replace: bool = False) -> None:
    write_export(path, text, replace=replace, instead="give another name")


@pytest.mark.parametrize("replace", [False, True])
def test_an_export_is_private(tmp_path: Path, replace: bool) -> None:
    path = tmp_path / "chat.md"
    write(path, "# Bread\n", replace=replace)

    assert path.read_text() == "# Bread\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "chat.md"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already: give another name"):
        write(path, "other")

    assert path.read_text() == "mine"


def test_what_is_there_is_replaced_on_request_and_is_private_then(tmp_path: Path) -> None:
    path = tmp_path / "chat.md"
    path.write_text("mine")
    path.chmod(0o644)
    write(path, "other", replace=True)

    assert path.read_text() == "other"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["chat.md"]


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("target", ["there", "missing"])
def test_no_link_is_written_through(tmp_path: Path, target: str, replace: bool) -> None:
    (tmp_path / "there").write_text("mine")
    link = tmp_path / "chat.md"
    link.symlink_to(tmp_path / target)
    with pytest.raises(UsageError, match="is a link"):
        write(link, "other", replace=replace)

    assert (tmp_path / "there").read_text() == "mine"
    assert not (tmp_path / "missing").exists()


def test_no_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is a pipe"):
        write(tmp_path / "pipe", "text", replace=True)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written: No such file"):
        write(tmp_path / "none" / "chat.md", "text")


def test_a_plain_file_is_read_whole_or_as_far_as_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert read_plain(tmp_path / "file") == b"abc"
    assert read_plain(tmp_path / "file", 2) == b"ab"


def test_a_pipe_a_folder_and_a_device_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    named = {"pipe": tmp_path / "pipe", "folder": tmp_path, "device": Path("/dev/zero")}
    for kind, path in named.items():
        with pytest.raises(OSError, match=f"it is a {kind}"):
            read_plain(path)
