"""The clipboard, by the programs that desktops and tmux have for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from base64 import b64decode

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


def copy_in_tmux(text: str) -> None:
    """Puts the text into tmux's own buffer and, as tmux is set up, on the terminal's clipboard. By
    default it heeds no sequence of a program's for that. Blocks, at most SECONDS; does nothing
    where tmux can't."""
    # `-w` is for the clipboard; before 3.2 there is the buffer alone.
    for command in (("tmux", "load-buffer", "-w", "-"), ("tmux", "load-buffer", "-")):
        try:
            done = subprocess.run(
                command, input=text.encode(), capture_output=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return
        if done.returncode == 0:
            return


PICTURE_PROGRAMS = (
    ("wl-paste", "--no-newline", "--type", "image/png"),
    ("xclip", "-selection", "clipboard", "-target", "image/png", "-out"),
    ("pngpaste", "-"),
)
WINDOWS = "powershell.exe"
"""As Linux within Windows has it."""
WINDOWS_SECONDS = 15.0
WINDOWS_SCRIPT = (
    "Add-Type -AssemblyName System.Windows.Forms, System.Drawing; "
    "$picture = [Windows.Forms.Clipboard]::GetImage(); "
    "if ($picture) { $bytes = New-Object IO.MemoryStream; "
    "$picture.Save($bytes, [Drawing.Imaging.ImageFormat]::Png); "
    "[Convert]::ToBase64String($bytes.ToArray()) }"
)
MOST_BYTES = 64 << 20
INSTALL = {"darwin": "install pngpaste", "linux": "install wl-clipboard or xclip"}


def picture() -> bytes | None:
    """The picture there, as PNG; None where there is none. Blocks, at most SECONDS for each
    program. Raises UsageError where no program is there that could give it."""
    asked = False
    for program in PICTURE_PROGRAMS:
        if shutil.which(program[0]) is not None:
            asked = True
            found = _output(program, SECONDS)
            if found.startswith(b"\x89PNG"):
                return found
    if shutil.which(WINDOWS) is not None:
        asked = True
        command = (WINDOWS, "-NoProfile", "-NonInteractive", "-Sta", "-Command", WINDOWS_SCRIPT)
        try:
            found = b64decode(_output(command, WINDOWS_SECONDS).strip(), validate=True)
        except ValueError:
            found = b""
        if found:
            return found
    if not asked:
        hint = INSTALL.get(sys.platform, "use a file")
        raise UsageError(f"Pictures on the clipboard can't be read here; {hint}.")
    return None


def _output(program: tuple[str, ...], seconds: float) -> bytes:
    """What the program says, b"" where it fails or says too much."""
    try:
        done = subprocess.run(
            program, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 and len(done.stdout) <= MOST_BYTES else b""
