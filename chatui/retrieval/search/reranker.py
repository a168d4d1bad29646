"""The port to a reranker, and its implementation: a cross-encoder in a child process.

A cross-encoder reads question and passage together, which tells more than two vectors made
apart, and takes a hundred times as long: so it only orders the best candidates anew.

`Reranker.score` is the port for whoever has a question and texts to choose from, passages or
single sentences: one process serves them all, and answers one call at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from chatui.domain.errors import RerankerFailed, WorkerError
from chatui.retrieval.search.packaged_reranker import MODEL_FILE, TOKENIZER_FILE
from chatui.system.files import at_home, is_file
from chatui.text.languages import asks_in_english
from chatui.workers.environment import COMPUTING, HUB
from chatui.workers.host import Worker, WorkerSpec

ANSWER_SECONDS = 20.0
"""A search waits no longer for the scores, and then goes on without them. 30 passages take a
small model (22 million weights) about a second on two cores, one of 280 million about ten."""

LOADING_SECONDS = 20.0
"""The longest wait for a model that is still being loaded; it goes on loading meanwhile."""


class Reranker(Protocol):
    """Says how well texts answer a question."""

    def wake(self) -> None:
        """Begins to load the model, if that has not begun yet, and returns at once. A search
        calls it first, so that loading and searching overlap."""
        ...

    def reads(self, text: str) -> bool:
        """Whether the model knows the text's language, as far as is known."""
        ...

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score per text, in order; higher answers better. They compare within one
        query only. Raises RerankerFailed: a search then keeps the order that it has."""
        ...

    async def close(self) -> None: ...


class WorkerReranker:
    """Runs a cross-encoder in a child process, which the first `wake` or `score` starts.

    `model` is a folder or a name on the Hugging Face hub. A folder with `model.onnx` and
    `tokenizer.json` runs in ONNX Runtime, any other in sentence-transformers. With
    `english_only` it `reads` no other language. A model that fails is not tried again before
    the next start of chatui; `on_failure` gets the sentence that says why.
    """

    def __init__(
        self,
        model: str,
        *,
        english_only: bool = False,
        log: Path | None = None,
        on_failure: Callable[[str], None] | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        loading_seconds: float = LOADING_SECONDS,
    ) -> None:
        self._worker = Worker(
            WorkerSpec(
                service_of(model),
                "the reranking process",
                args=(model,),
                needs=(*COMPUTING, *HUB),
                log=log,
            )
        )
        self._english_only = english_only
        self._on_failure = on_failure
        self._answer_seconds = answer_seconds
        self._loading_seconds = loading_seconds
        self._loading: asyncio.Task[None] | None = None
        self._failure: str | None = None

    def wake(self) -> None:
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())

    def reads(self, text: str) -> bool:
        return not self._english_only or asks_in_english(text)

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        await self._loaded()
        if self._failure is not None:
            raise RerankerFailed(self._failure)
        try:
            scores: list[float] = await self._worker.call(
                "score", query, list(texts), timeout=self._answer_seconds
            )
        except (RerankerFailed, WorkerError) as error:
            self._give_up(error)
            raise RerankerFailed(self._failure or str(error)) from error
        return scores

    async def close(self) -> None:
        """Ends the process. A later call starts it again."""
        loading, self._loading = self._loading, None
        await self._worker.stop()
        if loading is not None:
            await asyncio.wait([loading])

    async def _load(self) -> None:
        try:
            await self._worker.start()
        except (RerankerFailed, WorkerError) as error:
            # `close` ends a start-up as well, which is no fault.
            if self._loading is not None:
                self._give_up(error)

    async def _loaded(self) -> None:
        self.wake()
        assert self._loading is not None
        done, _ = await asyncio.wait([self._loading], timeout=self._loading_seconds)
        if not done:
            raise RerankerFailed(
                "The reranker is still being loaded; passages keep their order until it is there."
            )

    def _give_up(self, error: Exception) -> None:
        self._failure = f"Passages are not reranked: {error}"
        if self._on_failure is not None:
            self._on_failure(self._failure)


def service_of(model: str) -> str:
    """The service that can run the model, as WorkerSpec names it."""
    folder = at_home(model)
    if all(is_file(folder / name) for name in (MODEL_FILE, TOKENIZER_FILE)):
        return "chatui.retrieval.search.onnx_reranker:OnnxReranker"
    return "chatui.retrieval.search.reranker_service:CrossEncoderReranker"
