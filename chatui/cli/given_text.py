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
PIPED_IN = "What was piped in"
PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How documents begin that are archives, and those of old office programs."""
BY_NAME = "name the file with `-f FILE`"
ELSEWHERE = "only text is taken here, and `chatui ask -f FILE` asks about the file"
"""What to do with a document, for a verb that takes files and for others."""


def read_stdin(*, takes_files: bool = False) -> str:
    """What was piped in, or "" when the terminal is there instead; `takes_files` says whether the
    verb has `-f`. Raises UsageError for what is no text."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    return _text(sys.stdin.buffer.read(), PIPED_IN, BY_NAME if takes_files else ELSEWHERE)


def read_files(names: Sequence[str], run: Invocation) -> AttachedFiles:
    """The files as they were named, each once, and what can be cited of them; in any format that an
    ingest reads. A shell's `<(command)` is one as well. Raises
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
        text, held = _document(name, data, run)
        if len(data if text is None else text.encode("utf-8", "surrogatepass")) > FILE_LIMIT:
            if text is None and data.startswith(PACKED):
                # Its table of contents stands at its end, which is not read here.
                raise UsageError(f"{_shown(name)} is a document, or an archive: {BY_NAME}.")
            raise _too_large(_shown(name))
        if text is None:
            text = strip_controls(_text(data, _shown(name), BY_NAME))
            if not _comes_by_pipe(name):
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
        if not _comes_by_pipe(name):
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
    if _comes_by_pipe(name):
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


def _comes_by_pipe(name: str) -> bool:
    """Whether what is read under the name has no place that a reader could open."""
    return name == STDIN or name.startswith(OWN_DESCRIPTORS)


def _shown(name: str) -> str:
    return PIPED_IN if name == STDIN else name


def _text(data: bytes, name: str, remedy: str) -> str:
    """The text of the bytes. Raises UsageError that says what they are instead, and the remedy
    where that is a document."""
    from chatui.assistant.attachments import text_of

    text = text_of(data)
    if text is not None:
        return text
    raise UsageError(_no_text(data, name, remedy))


def _no_text(data: bytes, name: str, remedy: str) -> str:
    """What they are, in a sentence."""
    from chatui.domain.errors import ReadFailed
    from chatui.retrieval.chunking.document import Unreadable
    from chatui.retrieval.readers.kinds import FileKind, kind_of

    documents = {
        FileKind.DOCX: "a Word document",
        FileKind.EPUB: "a book (EPUB)",
        FileKind.OPEN_SLIDES: "a presentation",
        FileKind.OPEN_TEXT: "an OpenDocument text",
        FileKind.PDF: "a PDF",
        FileKind.PICTURE: "a picture",
        FileKind.PPTX: "a presentation",
        FileKind.SAVED_PAGE: "a saved page",
        FileKind.SPREADSHEET: "a spreadsheet",
    }
    try:
        kind = kind_of("", data)
    except Unreadable as error:
        return f"{name} is no text but {error}."
    except ReadFailed as error:
        return f"{name} can't be read: {error}."
    if kind in documents:
        return f"{name} is {documents[kind]}: {remedy}."
    return f"{name} is no text, and no document that can be read."
