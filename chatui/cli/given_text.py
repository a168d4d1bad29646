"""What a command is given to read: text that is piped in, and the files behind -f."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.domain.errors import UsageError
from chatui.system.files import is_there
from chatui.text.safety import strip_controls

if TYPE_CHECKING:
    from chatui.assistant.attachments import AttachedFiles
    from chatui.assistant.showing import ShowableFile
    from chatui.cli.invocation import Invocation
    from chatui.domain.passage import Passage

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


def read_files(names: Sequence[str], run: Invocation | None = None) -> AttachedFiles:
    """The files as they were named, each once, and what can be cited of them; in any format that an
    ingest reads where `run` has its settings. A shell's `<(command)` is one as well. Raises
    UsageError."""
    from chatui.assistant.attachments import (
        FILE_LIMIT,
        TOTAL_LIMIT,
        AttachedFiles,
        passages_of_text,
        size,
    )

    files: list[tuple[str, str]] = []
    passages: list[Passage] = []
    for name in dict.fromkeys(names):
        data = _bytes(name)
        text, held = (None, ()) if run is None else _document(name, data, run)
        if len(data if text is None else text.encode("utf-8", "surrogatepass")) > FILE_LIMIT:
            raise _too_large(name)
        if text is None:
            text = strip_controls(_text(data, name))
            if name != STDIN and not name.startswith(OWN_DESCRIPTORS):
                held = passages_of_text(text, Path(name).absolute(), name)
        files.append(("stdin" if name == STDIN else name, text))
        passages += held
    if sum(len(text) for _, text in files) > TOTAL_LIMIT:
        raise UsageError(
            f"The files are larger than {size(TOTAL_LIMIT)} together: attach fewer, or read them "
            "in with `chatui ingest`."
        )
    return AttachedFiles(tuple(files), tuple(passages))


def files_to_show(names: Sequence[str]) -> list[ShowableFile]:
    """The pictures and PDFs among the files, each once. Raises UsageError for a picture that can't
    be decoded."""
    from chatui.assistant.media_files import kind_at
    from chatui.assistant.showing import ShowableFile

    found = []
    for name in dict.fromkeys(names):
        if name != STDIN and not name.startswith(OWN_DESCRIPTORS):
            path = Path(name).absolute()
            if (kind := kind_at(path, name)) is not None:
                found.append(ShowableFile(name, path, kind))
    return found


def piped_to_show() -> ShowableFile | None:
    """The picture or PDF that is piped in; None for a text, which is left where it is. Raises
    UsageError."""
    from chatui.assistant.attachments import size
    from chatui.assistant.media_files import HEAD, MOST_MB, kind_of
    from chatui.assistant.showing import ShowableFile

    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return None
    source = sys.stdin.buffer
    # Whoever gives no look ahead gives a text.
    head = source.peek(HEAD)[:HEAD] if isinstance(source, BufferedReader) else b""
    kind = kind_of("stdin", head) if head else None
    if kind is None:
        return None
    most = MOST_MB[kind] << 20
    data = source.read(most + 1)
    if len(data) > most:
        raise UsageError(f"What was piped in is larger than {size(most)}; make it smaller.")
    return ShowableFile("stdin", Path("stdin"), kind, data)


def _document(name: str, data: bytes, run: Invocation) -> tuple[str | None, tuple[Passage, ...]]:
    """The text that a reader finds in a file, and its passages; None for one that is text itself,
    and for what has no path to be read from."""
    from chatui.assistant.attachments import is_marked_up, joined, text_of

    path = Path(name)
    plain = text_of(data)
    if name == STDIN or name.startswith(OWN_DESCRIPTORS):
        return None, ()
    if plain is not None and not is_marked_up(path, data):
        return None, ()
    from chatui.bootstrap.documents import reading_limits
    from chatui.retrieval.sources import FileReader

    reader = FileReader(reading_limits(run.config()), run.paths.log)
    held = asyncio.run(reader.read(path.absolute(), name))
    text = joined(held)
    if not text.strip():
        raise UsageError(f"{name} holds no text to attach.")
    return text, held


def _bytes(name: str) -> bytes:
    """The file, up to a byte more than a text may have."""
    from chatui.assistant.attachments import FILE_LIMIT

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
    return data


def _too_large(name: str) -> UsageError:
    from chatui.assistant.attachments import FILE_LIMIT, size

    return UsageError(
        f"{name} is larger than {size(FILE_LIMIT)}: `chatui ingest` reads in what is long."
    )


def _text(data: bytes, name: str) -> str:
    from chatui.assistant.attachments import text_of

    text = text_of(data)
    if text is None:
        raise UsageError(f"{name} is no text, which alone can be asked about.")
    return text
