"""What a command is given to read: text that is piped in, and the files behind -f."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.domain.errors import UsageError
from chatui.system.files import is_there
from chatui.text.safety import strip_controls

if TYPE_CHECKING:
    from chatui.assistant.attachments import Attachment

OWN_DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")
"""Where a shell puts the output of a `<(command)`."""
STDIN = "-"
"""As a file: what is piped in, or typed until Ctrl+D."""


def read_stdin() -> str:
    """What was piped in, or "" when the terminal is there instead. Raises UsageError for what is
    no text."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    return _text(sys.stdin.buffer.read(), "What was piped in")


def read_files(names: Sequence[str]) -> list[Attachment]:
    """The files as they were named, each once. A shell's `<(command)` is one as well. Raises
    UsageError."""
    from chatui.assistant.attachments import TOTAL_LIMIT, size

    read = [("stdin" if name == STDIN else name, _file(name)) for name in dict.fromkeys(names)]
    if sum(len(text) for _, text in read) > TOTAL_LIMIT:
        raise UsageError(
            f"The files are larger than {size(TOTAL_LIMIT)} together: attach fewer, or read them "
            "in with `chatui ingest`."
        )
    return read


def _file(name: str) -> str:
    from chatui.assistant.attachments import FILE_LIMIT, size

    path = Path(name)
    if name == STDIN:
        data = b"" if sys.stdin is None else sys.stdin.buffer.read(FILE_LIMIT + 1)
    elif not name or not is_there(path):
        raise UsageError(f"There is no file {name or 'without a name'}; check the path.")
    elif path.is_dir():
        raise UsageError(f"{name} is a folder: `chatui ingest {name}` reads it in.")
    elif not name.startswith(OWN_DESCRIPTORS) and not path.is_file():
        # The other end of a named pipe may never come.
        raise UsageError(f"{name} is not an ordinary file and can't be read.")
    else:
        try:
            with path.open("rb") as file:
                data = file.read(FILE_LIMIT + 1)
        except OSError as error:
            raise UsageError(f"{name} can't be read: {error.strerror or error}.") from error
    if len(data) > FILE_LIMIT:
        raise UsageError(
            f"{name} is larger than {size(FILE_LIMIT)}: `chatui ingest` reads in what is long."
        )
    return strip_controls(_text(data, name))


def _text(data: bytes, name: str) -> str:
    from chatui.assistant.attachments import text_of

    text = text_of(data)
    if text is None:
        raise UsageError(f"{name} is no text, which alone can be asked about.")
    return text
