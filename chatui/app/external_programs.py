"""Other programs: the user's editor, at a line, and whatever shows a PDF."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from chatui.domain.errors import UsageError
from chatui.system.environment import users_own

FALLBACKS = ("nano", "vim", "vi")
WAITING = {"code": "--wait", "codium": "--wait", "subl": "--wait", "zed": "--wait"}
"""Editors with windows of their own return at once unless they are told to wait."""
ENDS_OPTIONS = frozenset(("vim", "vi", "nvim", "view", "nano", "pico", "emacs", "emacsclient"))
"""Editors that know `--`. A path is absolute all the same, which none takes for an option."""


def editor_command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The user's editor as an argument list. Raises UsageError when there is none."""
    wanted = environ.get("VISUAL") or environ.get("EDITOR") or ""
    command = shlex.split(wanted) if wanted else []
    for name in [command[0]] if command else FALLBACKS:
        found = shutil.which(name, path=environ.get("PATH"))
        if found:
            return [found, *command[1:]]
    if command:
        raise UsageError(f"The editor {command[0]} is not there: set $EDITOR to one that is.")
    raise UsageError("There is no editor: set $EDITOR to one.")


def at_line(command: list[str], path: Path, line: int) -> list[str]:
    """The command that opens the file at a 1-based line, in the manner of the editor."""
    name = Path(command[0]).name
    if name in {"code", "codium", "cursor", "windsurf"}:
        return [*command, "--goto", f"{path}:{line}"]
    if name in {"subl", "zed", "hx", "helix", "micro"}:
        return [*command, f"{path}:{line}"]
    if name in {"kate", "kwrite"}:
        return [*command, "-l", str(line), str(path)]
    if name in {"idea", "pycharm", "webstorm", "clion", "goland"}:
        return [*command, "--line", str(line), str(path)]
    if name in ENDS_OPTIONS:
        return [*command, f"+{line}", "--", str(path)]
    return [*command, f"+{line}", str(path)]


PAGE_VIEWERS: Mapping[str, tuple[str, ...]] = {
    "evince": ("--page-index={page}", "{path}"),
    "papers": ("--page-index={page}", "{path}"),
    "atril": ("--page-index={page}", "{path}"),
    "xreader": ("--page-index={page}", "{path}"),
    "okular": ("-p", "{page}", "{path}"),
    "zathura": ("-P", "{page}", "{path}"),
    "sioyek": ("--page", "{page}", "{path}"),
    "qpdfview": ("--unique", "{path}#{page}"),
    "mupdf": ("{path}", "{page}"),
    "xpdf": ("{path}", "{page}"),
}
"""How viewers are told a page, counted from 1; in order of preference."""

SKIM = Path("/Applications/Skim.app")


def page_command(path: Path, page: int, environ: Mapping[str, str] = os.environ) -> list[str]:
    """What shows a PDF at a page: the user's default viewer if it can be told one, else the
    first that can, else whatever opens the file. Raises UsageError when nothing does."""
    if sys.platform == "darwin" and SKIM.exists():
        return ["open", f"skim://{quote(str(path))}#page={page}"]
    search = environ.get("PATH")
    default = _default_viewer(search)
    for name in sorted(PAGE_VIEWERS, key=lambda name: name not in default):
        found = shutil.which(name, path=search)
        if found:
            shown = [part.format(path=path, page=page) for part in PAGE_VIEWERS[name]]
            return [found, *shown]
    return viewer_command(path)


def _default_viewer(search: str | None) -> str:
    """The name of the desktop file that opens PDFs, in small letters; "" when nobody knows."""
    asked = shutil.which("xdg-mime", path=search)
    if asked is None:
        return ""
    command = [asked, "query", "default", "application/pdf"]
    try:
        done = subprocess.run(command, env=users_own(), capture_output=True, timeout=2, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").lower()


def viewer_command(path: Path) -> list[str]:
    """What shows a file that is no text. Raises UsageError when nothing does."""
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    found = shutil.which(opener)
    if found is None:
        raise UsageError(f"{opener} is not there to show {path}: open the file yourself.")
    return [found, str(path)]


def run(command: list[str]) -> None:
    """Runs an editor in the foreground and waits for it. Raises UsageError when it can't."""
    try:
        done = subprocess.run(command, env=users_own(), check=False)
    except OSError as error:
        raise UsageError(f"{command[0]} could not be started: {error.strerror}.") from error
    if done.returncode != 0:
        raise UsageError(f"{Path(command[0]).name} ended with an error ({done.returncode}).")


def show(command: list[str]) -> None:
    """Starts a viewer with a window of its own and does not wait for it."""
    try:
        subprocess.Popen(
            command,
            env=users_own(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(f"{command[0]} could not be started: {error.strerror}.") from error


def edit(text: str, command: list[str]) -> str:
    """The text as the user left it in the editor, without the line end that editors add."""
    waiting = WAITING.get(Path(command[0]).name)
    extra = [waiting] if waiting and waiting not in command else []
    with tempfile.TemporaryDirectory(prefix="chatui-") as folder:
        path = Path(folder) / "prompt.md"
        path.write_text(text, encoding="utf-8")
        run([*command, *extra, str(path)])
        return path.read_text(encoding="utf-8", errors="replace").removesuffix("\n")
