"""What a reading process does: one file becomes a title and its chunks, as plain values.

It runs apart because PDFium may crash or hang on a damaged file, and because the limit on
its memory must not hit anything else.
"""

from __future__ import annotations

import gc
import hashlib
import os
import stat
from collections.abc import Generator, Iterator
from dataclasses import fields
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.chunking.document import Chunk, Document, Unreadable
from chatui.retrieval.chunking.structure import batches
from chatui.retrieval.ingest.saved_pages import saved_beside
from chatui.retrieval.readers.ocr import Recogniser
from chatui.retrieval.readers.reader import reading
from chatui.retrieval.readers.sight import Reading, Sight
from chatui.workers.bounds import limit_further_memory, watched

CHUNKS_PER_ANSWER = 200
COLLECTED_AT = 200_000
"""Things that are made before those are looked for that nobody needs; some 20 MB."""
CHUNK_FIELDS = attrgetter(*(field.name for field in fields(Chunk)))


class ReadingService:
    """A chunk has up to `most` characters or, with a tokenizer's file, up to `most` of its tokens
    and no more than `max_tokens`. `memory_mb` is what reading a file may take beside that,
    `recognising_mb` what is added where text in pictures is recognised; None where it is not."""

    def __init__(
        self,
        most: int,
        memory_mb: int,
        recognising_mb: int | None,
        tokenizer_file: str,
        max_tokens: int,
    ) -> None:
        self._chunker = (
            Chunker.by_tokens(Path(tokenizer_file), max_tokens, most)
            if tokenizer_file
            else Chunker(most)
        )
        self._memory_mb = memory_mb
        self._recognising_mb = recognising_mb
        self._sight = Sight()
        # A document's parts hold each other in no circles, and looking for some at every 700 parts
        # takes half of the time that a large one takes.
        gc.freeze()
        gc.set_threshold(COLLECTED_AT, 20, 100)
        # Native code crashes where it gets no memory: the watchdog is to be there before.
        limit_further_memory(2 * memory_mb + (recognising_mb or 0))

    def read(self, path: str, known_sha256: str, threads: int) -> Iterator[dict[str, Any]]:
        """What `_read` yields; `threads` are those of a page whose text is recognised, for all
        pages from the first one on."""
        with watched(None, self._memory_mb, MemoryError) as allowance:
            if self._recognising_mb is not None:
                recogniser = self._sight.recogniser or Recogniser(threads)
                most = self._memory_mb + self._recognising_mb
                recogniser.on_use = partial(allowance.raise_to, most)
                self._sight = Sight(recogniser)
            yield from self._read(path, known_sha256, self._sight)

    def _read(self, path: str, known_sha256: str, sight: Sight) -> Iterator[dict[str, Any]]:
        """`{"looked_at", "to_look_at"}`, pages whose text is recognised, and `{"chunks"}` any
        number of times, and at last `{"outcome", "reason", "sha256", "title", "lacks", "blind"}`.

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
            beside = partial(saved_beside, Path(path))
            document = yield from _told(reading(Path(path).name, data, sight, beside))
        except Unreadable as why:
            outcome = "empty" if why.empty else "skipped"
            yield {**_answer(outcome, sha256, why.reason), "blind": why.blind}
            return
        del data
        for chunks in batches(self._chunker.each_chunk(document), CHUNKS_PER_ANSWER):
            yield {"chunks": [CHUNK_FIELDS(chunk) for chunk in chunks]}
        lacks = [(lack.reason, lack.pages) for lack in document.lacks]
        read = {"title": document.title, "lacks": lacks, "blind": document.blind}
        yield {**_answer("read", sha256), **read}


def _told(steps: Reading) -> Generator[dict[str, Any], None, Document]:
    while True:
        try:
            seen = next(steps)
        except StopIteration as end:
            document: Document = end.value
            return document
        yield {"looked_at": seen.done, "to_look_at": seen.total}


def read_regular(path: str) -> bytes | None:
    """The file's bytes; None for a pipe, a socket or a device, which may stand where a file
    was a moment ago: opening one must not wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _answer(outcome: str, sha256: str, reason: str = "") -> dict[str, Any]:
    told = {"outcome": outcome, "reason": reason, "sha256": sha256}
    return {**told, "title": "", "lacks": [], "blind": False}
