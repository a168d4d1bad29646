"""Reads files in a pool of child processes; a file that breaks one costs that file only."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chatui.domain.errors import ReadFailed, WorkerDied, WorkerError, WorkerTimeout
from chatui.retrieval.chunking.document import Chunk, Lack
from chatui.retrieval.library.records import Outcome
from chatui.retrieval.readers.ocr import MEMORY_MB as RECOGNISING_MB
from chatui.workers.host import Worker, WorkerSpec

MOST_JOBS = 4
READING = 14
"""Counts up when reading or chunking changes, so that files are read again."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one file may take: of time, of memory, of chunk size. `chunk_tokens` above 0 measures
    chunks by the tokens of the embedding model, and not by their characters."""

    seconds_per_file: float = 120.0
    memory_mb_per_file: int = 512
    max_file_mb: int = 200
    passage_characters: int = 1200
    chunk_tokens: int = 0
    ocr: Literal["on", "off", "missing"] = "off"
    """Whether text in pictures is recognised, or can't be for want of what does it."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What came of a file: read, unchanged (it has the known hash), empty, skipped, failed.

    `reason` is a clause ("it is protected by a password"). A failure that is not `lasting`
    may be over the next time, although the file is the same. A file with `lacks` was read in
    part; `blind` tells that it has pictures that nobody looked at.
    """

    outcome: Outcome | Literal["unchanged"]
    reason: str = ""
    sha256: str = ""
    title: str = ""
    chunks: tuple[Chunk, ...] = ()
    lasting: bool = True
    lacks: tuple[Lack, ...] = ()
    blind: bool = False

    @property
    def recognised(self) -> bool:
        """Whether text in it was recognised in a picture."""
        return any(chunk.ocr for chunk in self.chunks)


OnPages = Callable[[int, int], None]
"""Told how many pictures of pages have been looked at, and how many there are."""


class ReadingPool:
    """Up to `jobs` processes, each started by its first file. 0 is one per processor, at
    most four. `tokenizer`, a file and the most tokens that its model takes, is there where the
    limits count tokens."""

    def __init__(
        self,
        limits: ReadingLimits,
        jobs: int,
        log: Path | None = None,
        tokenizer: tuple[Path, int] | None = None,
    ) -> None:
        self.jobs = jobs or min(MOST_JOBS, os.cpu_count() or 1)
        self._limits = limits
        tokenizer_file, max_tokens = tokenizer or ("", 0)
        spec = WorkerSpec(
            "chatui.retrieval.ingest.reading_service:ReadingService",
            "the reading process",
            args=(
                limits.chunk_tokens if tokenizer else limits.passage_characters,
                limits.memory_mb_per_file,
                RECOGNISING_MB if limits.ocr == "on" else None,
                str(tokenizer_file),
                max_tokens,
            ),
            # One thread each: the pool is what keeps the processors busy, and the memory
            # limit counts what every thread reserves.
            env={
                "TOKENIZERS_PARALLELISM": "false",
                "MALLOC_ARENA_MAX": "2",
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            },
            log=log,
        )
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        self._workers = [Worker(spec) for _ in range(self.jobs)]
        for worker in reversed(self._workers):
            self._idle.put_nowait(worker)

    async def read(
        self,
        path: Path,
        known_sha256: str,
        *,
        readers: int = MOST_JOBS,
        on_pages: OnPages = lambda done, total: None,
    ) -> ReadFile:
        """`readers` are those at work side by side, among which the processors are shared. Every
        page whose text is recognised has the time of a file."""
        worker = await self._idle.get()
        seconds = self._limits.seconds_per_file
        threads = max(1, (os.cpu_count() or 1) // max(1, readers))
        chunks: list[Chunk] = []
        shared: dict[str, str] = {}
        answer: dict[str, Any] = {}
        try:
            await worker.start()  # which is not to count towards the file's time
            reading = worker.stream(
                "read", str(path), known_sha256, threads, timeout=seconds, renews=_is_page
            )
            async with aclosing(reading) as answers:
                async for answer in answers:
                    if _is_page(answer):
                        on_pages(answer["looked_at"], answer["to_look_at"])
                    chunks += [_chunk(values, shared) for values in answer.pop("chunks", ())]
        except ReadFailed as error:
            return ReadFile("failed", str(error))
        except WorkerError as error:
            return self._failure(error)
        finally:
            self._idle.put_nowait(worker)
        if answer["outcome"] == "unopened":
            return ReadFile("failed", answer["reason"], lasting=False)
        lacks = tuple(Lack(reason, tuple(pages)) for reason, pages in answer.pop("lacks"))
        return ReadFile(**answer, chunks=tuple(chunks), lacks=lacks)

    def _failure(self, error: WorkerError) -> ReadFile:
        """What becomes of a file that the reading process did not survive or answer."""
        if isinstance(error, WorkerTimeout):
            limit = f"{self._limits.seconds_per_file:g} seconds"
            return ReadFile("failed", f"reading it took more than {limit}")
        if isinstance(error, WorkerDied):
            reason = "the reading process crashed on it"
        elif "MemoryError" in str(error):
            told = re.search(r"more than (\d+) MB", str(error))
            most = told[1] if told else self._limits.memory_mb_per_file
            reason = f"reading it takes more than {most} MB of memory"
        else:
            reason = "the reading process failed on it; see chatui.log"
        return ReadFile("failed", reason, lasting=False)

    async def close(self) -> None:
        await asyncio.gather(*(worker.stop() for worker in self._workers))


def _is_page(answer: dict[str, Any]) -> bool:
    return "looked_at" in answer


def _chunk(values: Sequence[Any], shared: dict[str, str]) -> Chunk:
    """A chunk out of its fields. `shared` holds the prefixes and headings, of which many chunks
    of a file have the same."""
    text, prefix, heading, *rest = values
    return Chunk(
        text, shared.setdefault(prefix, prefix), shared.setdefault(heading, heading), *rest
    )
