"""What is on the clipboard, by the programs that desktops have for it."""

from __future__ import annotations

import shutil
import subprocess
import sys

from chatui.domain.errors import UsageError

SECONDS = 2.0
PROGRAMS = (
    ("wl-paste", "--no-newline"),
    ("xclip", "-selection", "clipboard", "-out"),
    ("xsel", "--clipboard", "--output"),
    ("pbpaste",),
)


def paste() -> str:
    """The text there. Blocks, at most SECONDS for each program. Raises UsageError where no
    program gives it."""
    for program in PROGRAMS:
        if shutil.which(program[0]) is None:
            continue
        try:
            found = subprocess.run(program, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if found.returncode == 0:
            return found.stdout.decode(errors="replace")
    hint = "" if sys.platform == "darwin" else "; install wl-clipboard, xclip or xsel"
    raise UsageError(f"The clipboard can't be read here{hint}.")
