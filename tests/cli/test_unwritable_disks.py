"""Old chats on a disk that is full, or that may only be read."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.disks import Disk, on_disk

DISKS: tuple[Disk, ...] = ("read-only", "full")
WHY = {"read-only": "Read-only file system", "full": "is full: free some space"}
CHAT = {
    "title": "Moving",
    "created": "2026-01-02T03:04:05+00:00",
    "messages": [
        {"id": "m1", "role": "user", "content": "When do I have to give notice?"},
        {"id": "m2", "role": "assistant", "content": "Three months ahead.", "model": "a/b"},
    ],
}


@pytest.fixture
def disk_folder(shell: Shell, home: Path) -> Path:
    """A data folder with one conversation and nothing else."""
    (home / "chat.json").write_text(json.dumps(CHAT))
    shell("sessions", "import", "chat.json")
    folder = home / "disk"
    folder.mkdir()
    shutil.copy(shell.data / "chats.db", folder)
    return folder


@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize(
    "verb",
    [
        ["sessions", "list"],
        ["sessions", "show", "{cid}"],
        ["sessions", "export", "{cid}", "--format", "json"],
        ["sessions", "search", "notice"],
        ["stats"],
        ["notes", "list"],
        ["cost", "{cid}"],
    ],
    ids=lambda verb: " ".join(verb[:2]),
)
def test_old_chats_can_be_read(disk_folder: Path, disk: Disk, verb: list[str]) -> None:
    with closing(sqlite3.connect(disk_folder / "chats.db")) as db:
        (cid,) = db.execute("SELECT id FROM conversations").fetchone()
    done = on_disk(
        disk, disk_folder, "--data-dir", str(disk_folder), *(each.format(cid=cid) for each in verb)
    )

    assert done.returncode == 0
    assert WHY[disk] in done.stderr
    if verb[0] == "sessions":
        assert "oving" in done.stdout or "notice" in done.stdout


@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize("verb", [["sessions", "rename", "{cid}", "x"], ["ask", "hello"]])
def test_what_is_new_is_refused_in_a_sentence(
    disk_folder: Path, disk: Disk, verb: list[str]
) -> None:
    with closing(sqlite3.connect(disk_folder / "chats.db")) as db:
        (cid,) = db.execute("SELECT id FROM conversations").fetchone()
    done = on_disk(
        disk, disk_folder, "--data-dir", str(disk_folder), *(each.format(cid=cid) for each in verb)
    )

    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("chatui: ")
    assert WHY[disk] in last


@pytest.mark.parametrize("disk", DISKS)
def test_what_only_the_log_has_is_read_as_well(disk_folder: Path, home: Path, disk: Disk) -> None:
    killed = home / "killed"
    killed.mkdir()
    with closing(sqlite3.connect(disk_folder / "chats.db")) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("UPDATE conversations SET title = 'In the log'")
        db.commit()
        for ending in ("", "-wal"):
            shutil.copy(disk_folder / f"chats.db{ending}", killed)
    done = on_disk(disk, killed, "--data-dir", str(killed), "sessions", "list")

    assert "In the log" in done.stdout
