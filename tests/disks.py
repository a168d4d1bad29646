"""Programs on a disk that can't be written, by mounts that only they see."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from tests.patience import PATIENCE

Disk = Literal["read-only", "full"]

_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"'
_FULL = """
    disk=$(mktemp -d) && mount -t tmpfs -o size=6m none "$disk" && cp -a "$1/." "$disk" &&
    { dd if=/dev/zero of="$disk/filler" bs=4k 2>/dev/null; mount --bind "$disk" "$1"; }
"""


@functools.cache
def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    mount = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


def on_disk(
    disk: Disk, folder: Path, *arguments: str, seconds: float = PATIENCE
) -> subprocess.CompletedProcess[str]:
    """Runs chatui with `folder` as the whole of such a disk. Skips the test where nothing can be
    mounted."""
    if not can_mount():
        pytest.skip("no mounts here")
    prepare = _READ_ONLY if disk == "read-only" else _FULL
    script = f'{prepare.strip()} && shift && exec "$@"'
    command = [sys.executable, "-m", "chatui", *arguments]
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(folder), *command],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
    )
