"""chatui for a user who may not do everything: root, as tests often run, is refused nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.patience import PATIENCE

WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Root then has what the mode of its own files gives it."""


def as_ordinary_user(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs chatui in the present home. Skips the test where root can't give up its rights."""
    command = [sys.executable, "-m", "chatui", *arguments]
    if os.geteuid() == 0:
        if shutil.which(WITHOUT_RIGHTS[0]) is None:
            pytest.skip("root can't give up its rights here")
        command = [*WITHOUT_RIGHTS, *command]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=False,
    )
