"""What a reading process does: one file becomes a title and its chunks, as plain values.

It runs apart because PDFium may crash or hang on a damaged file, and because the limit on
its memory must not hit anything else.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.reader import read


class ReadingService:
    def __init__(self, tokenizer_file: str, max_tokens: int, chunk_tokens: int) -> None:
        self._chunker = Chunker(Path(tokenizer_file), max_tokens, chunk_tokens)

    def read(self, path: str, known_sha256: str) -> dict[str, Any]:
        """`{"outcome", "reason", "sha256", "title", "chunks"}`.

        `outcome` is "read", "empty", "skipped", "unchanged" when the file still has the
        known hash, or "unopened". `chunks` are the fields of Chunk. Raises ReadFailed for a
        file that is damaged or protected.
        """
        try:
            data = read_regular(path)
        except OSError as error:
            return _answer("unopened", "", f"it could not be opened: {error.strerror}")
        if data is None:
            return _answer("skipped", "", "not a regular file")
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 == known_sha256:
            return _answer("unchanged", sha256)
        try:
            document = read(Path(path).name, data)
        except Unreadable as why:
            return _answer("empty" if why.empty else "skipped", sha256, why.reason)
        del data
        chunks = [asdict(chunk) for chunk in self._chunker.chunks(document)]
        return {**_answer("read", sha256), "title": document.title, "chunks": chunks}


def read_regular(path: str) -> bytes | None:
    """The file's bytes; None for a pipe, a socket or a device, which may stand where a file
    was a moment ago: opening one must not wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _answer(outcome: str, sha256: str, reason: str = "") -> dict[str, Any]:
    return {"outcome": outcome, "reason": reason, "sha256": sha256, "title": "", "chunks": []}
