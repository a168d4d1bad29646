"""The port to the embedding model, and its implementation in child processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding import prepared as files
from chatui.retrieval.embedding.prepared import (
    PreparedModel,
    Wanted,
    WantedPrecision,
    WantedRuntime,
)
from chatui.retrieval.embedding.query_vectors import QueryVectors
from chatui.retrieval.embedding.source import BUNDLED_NAMES
from chatui.workers.environment import COMPUTING, HUB
from chatui.workers.host import Worker, WorkerSpec

TEXTS_PER_CALL = 64
"""A question waits for at most one such call while documents are being embedded."""


class Embedder(Protocol):
    """Turns texts into vectors.

    A vector is `dimensions` little-endian float32 numbers as bytes, of length 1, so that
    the dot product of two is their cosine similarity. Any text is accepted; one beyond the
    model's token limit is cut there. Raises EmbedderFailed or WorkerError.
    """

    async def fingerprint(self) -> str:
        """Names weights, pooling and runtime: vectors of two fingerprints do not compare."""
        ...

    async def dimensions(self) -> int: ...

    async def embed_documents(self, texts: Sequence[str]) -> list[bytes]:
        """One vector per text, in order."""
        ...

    async def embed_query(self, text: str) -> bytes: ...

    async def tokenizer_file(self) -> tuple[Path, int]:
        """The model's tokenizer.json and its token limit, special tokens included."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Preparation:
    """Progress of the one-time preparation: `text` says what is being done."""

    step: int
    steps: int
    text: str


class WorkerEmbedder:
    """Runs a model in a child process; the first use of a model prepares it (10–30 s).

    `model` is a name on the Hugging Face hub or a folder; all-MiniLM-L6-v2 comes with
    chatui. `precision` and `threads` are measured unless given (`threads` 0 is not given).
    `cache` keeps prepared models. `on_progress` is called on the event loop while
    a model is being prepared, and never otherwise.
    """

    def __init__(
        self,
        model: str,
        cache: Path,
        *,
        runtime: WantedRuntime = "auto",
        precision: WantedPrecision = "auto",
        threads: int = 0,
        log: Path | None = None,
        on_progress: Callable[[Preparation], None] | None = None,
    ) -> None:
        self._model = model
        self._cache = cache
        self._wanted = Wanted(model, runtime, precision)
        self._threads = threads
        self._log = log
        self._on_progress = on_progress
        self._preparing: asyncio.Task[PreparedModel] | None = None
        self._worker: Worker | None = None
        self._starting = asyncio.Lock()
        self._queries = QueryVectors(self._embed_query)

    async def start(self) -> None:
        """Prepares the model if need be and starts its process, ahead of the first text."""
        await self._running()

    async def fingerprint(self) -> str:
        return (await self._prepared()).manifest.fingerprint

    async def fingerprint_at_hand(self) -> str | None:
        """The fingerprint if the model is prepared already; never prepares it."""
        found = await asyncio.to_thread(files.find, self._cache, self._wanted)
        return found.manifest.fingerprint if found else None

    async def dimensions(self) -> int:
        return (await self._prepared()).manifest.dimensions

    async def tokenizer_file(self) -> tuple[Path, int]:
        prepared = await self._prepared()
        return prepared.tokenizer, prepared.manifest.max_tokens

    async def embed_query(self, text: str) -> bytes:
        return await self._queries.of(text)

    async def _embed_query(self, text: str) -> bytes:
        worker = await self._running()
        vectors: list[bytes] = await worker.call("embed", [text], "query")
        return vectors[0]

    async def embed_documents(self, texts: Sequence[str]) -> list[bytes]:
        worker = await self._running()
        # Texts of like length go together: the shorter ones need little padding then.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = [b""] * len(texts)
        for start in range(0, len(order), TEXTS_PER_CALL):
            part = order[start : start + TEXTS_PER_CALL]
            embedded = await worker.call("embed", [texts[index] for index in part], "document")
            for index, vector in zip(part, embedded, strict=True):
                vectors[index] = vector
        return vectors

    async def met(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text meets the question's words, which may be of another language: cosines
        of single words, each with its nearest. Raises EmbedderFailed, WorkerError."""
        worker = await self._running()
        found: list[float] = await worker.call("met", question, list(texts))
        return found

    async def met_each(self, question: str, texts: Sequence[str]) -> list[list[float]]:
        """The same for each of the question's words by itself."""
        worker = await self._running()
        found: list[list[float]] = await worker.call("met_each", question, list(texts))
        return found

    async def close(self) -> None:
        """Ends the process; a preparation under way is given up. A later call starts anew."""
        preparing, self._preparing = self._preparing, None
        if preparing is not None:
            preparing.cancel()
            await asyncio.wait([preparing])
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop()

    async def _running(self) -> Worker:
        async with self._starting:
            if self._worker is None:
                self._worker = await self._start_worker()
        return self._worker

    async def _start_worker(self) -> Worker:
        prepared = await self._prepared()
        worker = self._make_worker(prepared)
        try:
            await worker.start()
        except EmbedderFailed:
            if prepared.manifest.runtime != "onnx":
                raise
            # The cached files are damaged: make them again, once.
            await asyncio.to_thread(files.forget, self._cache, prepared, self._wanted)
            self._preparing = None
            worker = self._make_worker(await self._prepared())
            await worker.start()
        return worker

    def _make_worker(self, prepared: PreparedModel) -> Worker:
        title, threads = "the embedding process", self._threads
        if prepared.manifest.runtime == "onnx":
            service = "chatui.retrieval.embedding.service:OnnxEmbedder"
            spec = self._spec(service, title, str(prepared.folder), threads)
            return Worker(replace(spec, needs=COMPUTING))
        service, precision = (
            "chatui.retrieval.embedding.sentence_transformer:TorchEmbedder",
            prepared.manifest.precision,
        )
        return Worker(self._spec(service, title, self._model, precision, threads))

    def _spec(self, service: str, title: str, *args: str | int) -> WorkerSpec:
        """Of a process that loads the model from where it is published."""
        return WorkerSpec(
            service,
            title,
            args=args,
            # What comes with chatui is fetched from nobody.
            needs=COMPUTING if self._model in BUNDLED_NAMES else (*COMPUTING, *HUB),
            log=self._log,
        )

    async def _prepared(self) -> PreparedModel:
        """Shielded: a caller that gives up does not undo the work for those who wait too."""
        if self._preparing is None or _failed(self._preparing):
            self._preparing = asyncio.create_task(self._prepare())
        return await asyncio.shield(self._preparing)

    async def _prepare(self) -> PreparedModel:
        found = await asyncio.to_thread(files.find, self._cache, self._wanted)
        if found is not None:
            return found
        service = "chatui.retrieval.embedding.prepare:EmbedderPreparation"
        title = "the preparation of the embedding model"
        wanted = self._wanted
        asked = (wanted.model, str(self._cache), wanted.runtime, wanted.precision)
        worker = Worker(self._spec(service, title, *asked))
        try:
            async with aclosing(worker.stream("prepare")) as events:
                async for event in events:
                    if "folder" in event:
                        return await asyncio.to_thread(files.read, Path(event["folder"]))
                    if self._on_progress is not None:
                        self._on_progress(Preparation(**event))
        finally:
            await worker.stop()
        raise EmbedderFailed(f"The embedding model {self._model!r} was not prepared; try again.")


def _failed(task: asyncio.Task[PreparedModel]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
