"""The embedding process: ONNX Runtime and a tokenizer, without torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding import pace as paces
from chatui.retrieval.embedding import prepared as files
from chatui.retrieval.embedding.met_words import MetWords
from chatui.retrieval.embedding.pace import Pace
from chatui.retrieval.embedding.source import BUNDLED_NAMES
from chatui.workers.bounds import watched
from chatui.workers.foreign_tokenizer import open_tokenizer

Kind = Literal["query", "document"]

TEXTS_PER_BATCH = 64
QUESTION_THREADS = 4
"""More don't make one short text any faster. Half of the processors are left to the other model of
a pair and to the words, which are looked for meanwhile: on two, a second thread took the smaller
model from 1.8 to 2.4 ms for a question, and the larger one from 5.0 to 4.7."""
CHARACTERS_PER_TOKEN = 64
"""A text is cut at this many times the token limit before it is tokenised: the tokenizer
would work through megabytes only to throw them away."""
TOKENIZING_SECONDS = 60.0
TOKENIZING_MB = 1024
"""For the texts of a call, which have some ten thousand characters."""


def clean(text: str, max_tokens: int) -> str:
    """Without lone surrogates, which the tokenizer refuses, and not longer than can matter."""
    shortened = text[: max_tokens * CHARACTERS_PER_TOKEN]
    return shortened.encode("utf-8", "replace").decode("utf-8")


def batches(lengths: Sequence[int], most_tokens: int) -> Iterator[list[int]]:
    """Indices grouped by similar token count, so that little of a batch is padding. A batch
    has `most_tokens`, padding included, unless it is a single text."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        full = lengths[index] * (len(batch) + 1) > most_tokens
        if batch and (full or len(batch) == TEXTS_PER_BATCH):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


class OnnxEmbedder:
    """The service. `threads` 0 leaves their number to what was measured. Raises EmbedderFailed
    from its constructor when the files are damaged."""

    def __init__(self, folder: str, threads: int = 0) -> None:
        prepared = files.read(Path(folder))
        files.verify(prepared)
        self._folder = prepared.folder
        self._manifest = prepared.manifest
        self._threads = threads
        wide = min(threads or max(1, paces.processors() // 2), QUESTION_THREADS)
        self._wide = _open_session(self._folder / files.MODEL_FILE, wide)
        self._inputs = [entry.name for entry in self._wide.get_inputs()]
        self._tokenizer = open_tokenizer(prepared.tokenizer, self._fault)
        self._tokenizer.enable_truncation(prepared.manifest.max_tokens)
        self._lanes: tuple[Pace, ThreadPoolExecutor] | None = None

    def embed(
        self, texts: Sequence[str], kind: Kind, cancelled: Callable[[], bool] = lambda: False
    ) -> list[bytes]:
        """One normalised little-endian float32 vector per text, in order; fewer when the
        caller has gone."""
        encodings = self._encode(texts, kind)
        if len(encodings) == 1:
            return [self._run(self._wide, encodings)[0].tobytes()]
        return self._embed_many(encodings, *self._side_by_side(), cancelled)

    def embed_batch(self, texts: Sequence[str], kind: Kind) -> list[bytes]:
        """All texts in a single run, however much of it is padding."""
        return [row.tobytes() for row in self._run(self._wide, self._encode(texts, kind))]

    def met(
        self, question: str, texts: Sequence[str], cancelled: Callable[[], bool] = lambda: False
    ) -> list[float]:
        """How well each text meets the question's words, as `MetWords` has it; fewer when the
        caller has gone."""
        return [] if cancelled() else self._met_words.met(question, texts)

    def met_each(
        self, question: str, texts: Sequence[str], cancelled: Callable[[], bool] = lambda: False
    ) -> list[list[float]]:
        """The same for each of the question's words by itself."""
        return [] if cancelled() else self._met_words.met_each(question, texts)

    @cached_property
    def _met_words(self) -> MetWords:
        return MetWords(self._pieces, self._embed_words)

    def _pieces(self, text: str) -> list[str]:
        (found,) = self._tokenized([clean(text, self._manifest.max_tokens)])
        bare = (piece.strip("\u2581") for piece in found.tokens)
        return [piece for piece in bare if any(map(str.isalnum, piece))]

    def _embed_words(self, words: list[str]) -> tuple[list[str], list[bytes]]:
        encodings = self._tokenized([clean(word, self._manifest.max_tokens) for word in words])
        pairs = [pair for pair in zip(words, encodings, strict=True) if pair[1].ids]
        found = [encoding for _, encoding in pairs]
        return [word for word, _ in pairs], self._embed_many(found, *self._side_by_side())

    def _tokenized(self, texts: list[str]) -> list[Any]:
        """Without the marks of beginning and end."""
        with self._bounded():
            return list(self._tokenizer.encode_batch(texts, add_special_tokens=False))

    def find_pace(self) -> None:
        """Measures how the model runs fastest here, unless that is known."""
        self._side_by_side()

    def embed_at(self, pace: Pace, texts: Sequence[str]) -> list[bytes]:
        """As documents, at a pace to be tried."""
        with ThreadPoolExecutor(pace.threads) as pool:
            return self._embed_many(self._encode(texts, "document"), pace, pool)

    @cached_property
    def _narrow(self) -> Any:
        """A session of one thread, which many threads may run at a time."""
        return _open_session(self._folder / files.MODEL_FILE, 1)

    def _encode(self, texts: Sequence[str], kind: Kind) -> list[Any]:
        manifest = self._manifest
        prompt = manifest.query_prompt if kind == "query" else manifest.document_prompt
        cleaned = [clean(prompt + text, manifest.max_tokens) for text in texts]
        with self._bounded():
            # The one for a single text lets no other thread run.
            encodings: list[Any] = self._tokenizer.encode_batch_fast(cleaned)
        return encodings

    def _bounded(self) -> AbstractContextManager[object]:
        """What comes with chatui is known to take its time and no more; watching it takes a third
        of a millisecond of a question."""
        if self._manifest.model in BUNDLED_NAMES:
            return nullcontext()
        return watched(TOKENIZING_SECONDS, TOKENIZING_MB, self._fault)

    def _fault(self, reason: str) -> EmbedderFailed:
        return EmbedderFailed(
            f"The tokenizer of {self._manifest.model!r} can't be used: {reason}; name another "
            "model in retrieval.embedder.model."
        )

    def _embed_many(
        self,
        encodings: Sequence[Any],
        pace: Pace,
        pool: ThreadPoolExecutor,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[bytes]:
        session = self._narrow

        def run(batch: list[int]) -> Any:
            if cancelled():
                return None
            return self._run(session, [encodings[index] for index in batch])

        # The longest first: no thread is left alone with them in the end.
        order = list(batches([len(encoding.ids) for encoding in encodings], pace.batch))[::-1]
        vectors = [b""] * len(encodings)
        for batch, rows in zip(order, pool.map(run, order), strict=True):
            if rows is None:
                return []
            for index, row in zip(batch, rows, strict=True):
                vectors[index] = row.tobytes()
        return vectors

    def _side_by_side(self) -> tuple[Pace, ThreadPoolExecutor]:
        """Each batch has a thread to itself. Threads that share one would wait for each other
        at every step of the model."""
        if self._lanes is None:
            pace = paces.read_pace(self._folder)
            if pace is None:
                texts = paces.sample_texts(paces.processors())
                pace = paces.measure(lambda tried: self.embed_at(tried, texts))
                paces.write_pace(self._folder, pace)
            if self._threads:
                pace = replace(pace, threads=self._threads)
            self._lanes = pace, ThreadPoolExecutor(pace.threads)
        return self._lanes

    def _run(self, session: Any, encodings: Sequence[Any]) -> Any:
        import numpy

        width = max(1, *(len(encoding.ids) for encoding in encodings))
        ids = numpy.full((len(encodings), width), self._manifest.pad_id, dtype=numpy.int64)
        mask = numpy.zeros_like(ids)
        types = numpy.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            count = len(encoding.ids)
            ids[row, :count] = encoding.ids
            mask[row, :count] = 1
            types[row, :count] = encoding.type_ids
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        (rows,) = session.run(None, {name: feed[name] for name in self._inputs})
        if not numpy.isfinite(rows).all():
            raise EmbedderFailed(
                f"The embedding model {self._manifest.model!r} produced vectors that are not "
                "numbers; set retrieval.embedder.runtime to sentence-transformers."
            )
        return rows.astype("<f4", copy=False)


def _open_session(model: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # The file was optimised when it was prepared.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # Spinning threads between two batches would take the processor from everybody else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    # ONNX Runtime's own errors share no base class but Exception.
    except Exception as error:
        raise EmbedderFailed(
            f"The prepared embedding model in {model.parent} cannot be opened ({error}); "
            "delete that folder and try again."
        ) from error
