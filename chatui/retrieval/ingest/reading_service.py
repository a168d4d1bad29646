"""What a reading process does: one file becomes a title and its chunks, as plain values.

It runs apart because PDFium may crash or hang on a damaged file, and because the limit on
its memory must not hit anything else.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.chunking.document import Chunk, Unreadable
from chatui.retrieval.chunking.structure import batches
from chatui.retrieval.ingest.saved_pages import saved_beside
from chatui.retrieval.readers.reader import read
from chatui.workers.bounds import limit_further_memory, watched

CHUNKS_PER_ANSWER = 200
CHUNK_FIELDS = attrgetter(*(field.name for field in fields(Chunk)))


class ReadingService:
    """`memory_mb` is what reading a file may take, beside the tokenizer."""

    def __init__(
        self, tokenizer_file: str, max_tokens: int, chunk_tokens: int, memory_mb: int
    ) -> None:
        self._chunker = Chunker(Path(tokenizer_file), max_tokens, chunk_tokens)
        self._memory_mb = memory_mb
        # Native code crashes where it gets no memory: the watchdog is to be there before.
        limit_further_memory(2 * memory_mb)

    def read(self, path: str, known_sha256: str) -> Iterator[dict[str, Any]]:
        """What `_read` yields."""
        with watched(None, self._memory_mb, MemoryError):
            yield from self._read(path, known_sha256)

    def _read(self, path: str, known_sha256: str) -> Iterator[dict[str, Any]]:
        """`{"chunks"}` any number of times, and at last `{"outcome", "reason", "sha256",
        "title", "lacks"}`.

        `outcome` is "read", "empty", "skipped", "unchanged" when the file still has the
        known hash, or "unopened". `chunks` and `lacks` are the fields of Chunk and of Lack, each
        in their order. Raises
        ReadFailed for a file that is damaged or protected.
        """
        try:
            data = read_regular(path)
        except OSError as error:
            yield _answer("unopened", "", f"it could not be opened: {error.strerror}")
            return
        if data is None:
            yield _answer("skipped", "", "not a regular file")
            return
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 == known_sha256:
            yield _answer("unchanged", sha256)
            return
        try:
            document = read(Path(path).name, data, functools.partial(saved_beside, Path(path)))
        except Unreadable as why:
            yield _answer("empty" if why.empty else "skipped", sha256, why.reason)
            return
        del data
        for chunks in batches(self._chunker.each_chunk(document), CHUNKS_PER_ANSWER):
            yield {"chunks": [CHUNK_FIELDS(chunk) for chunk in chunks]}
        lacks = [(lack.reason, lack.pages) for lack in document.lacks]
        yield {**_answer("read", sha256), "title": document.title, "lacks": lacks}


def read_regular(path: str) -> bytes | None:
    """The file's bytes; None for a pipe, a socket or a device, which may stand where a file
    was a moment ago: opening one must not wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _answer(outcome: str, sha256: str, reason: str = "") -> dict[str, Any]:
    return {"outcome": outcome, "reason": reason, "sha256": sha256, "title": "", "lacks": []}
