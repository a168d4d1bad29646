"""The embedding process: ONNX Runtime and a tokenizer, without torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from chatui.errors import EmbedderFailed
from chatui.retrieval import embedder_files as files

Kind = Literal["query", "document"]

TOKENS_PER_BATCH = 2048
"""Padding included. On two cores, 8 to 16 texts of 180 tokens at a time were the fastest."""
TEXTS_PER_BATCH = 64
CHARACTERS_PER_TOKEN = 64
"""A text is cut at this many times the token limit before it is tokenised: the tokenizer
would work through megabytes only to throw them away."""


def clean(text: str, max_tokens: int) -> str:
    """Without lone surrogates, which the tokenizer refuses, and not longer than can matter."""
    shortened = text[: max_tokens * CHARACTERS_PER_TOKEN]
    return shortened.encode("utf-8", "replace").decode("utf-8")


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices grouped by similar token count, so that little of a batch is padding."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        full = lengths[index] * (len(batch) + 1) > TOKENS_PER_BATCH
        if batch and (full or len(batch) == TEXTS_PER_BATCH):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


class OnnxEmbedder:
    """The service. Raises EmbedderFailed from its constructor when the files are damaged."""

    def __init__(self, folder: str) -> None:
        prepared = files.read(Path(folder))
        files.verify(prepared)
        self._manifest = prepared.manifest
        self._session = _open_session(prepared.folder / files.MODEL_FILE)
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        self._tokenizer = _open_tokenizer(prepared.tokenizer, prepared.manifest.max_tokens)

    def embed(
        self, texts: Sequence[str], kind: Kind, cancelled: Callable[[], bool] = lambda: False
    ) -> list[bytes]:
        """One normalised little-endian float32 vector per text, in order; fewer when the
        caller has gone."""
        manifest = self._manifest
        prompt = manifest.query_prompt if kind == "query" else manifest.document_prompt
        cleaned = [clean(prompt + text, manifest.max_tokens) for text in texts]
        encodings = self._tokenizer.encode_batch_fast(cleaned)
        vectors = [b""] * len(texts)
        for batch in batches([len(encoding.ids) for encoding in encodings]):
            if cancelled():
                return []
            rows = self._run([encodings[index] for index in batch])
            for index, row in zip(batch, rows, strict=True):
                vectors[index] = row.tobytes()
        return vectors

    def _run(self, encodings: Sequence[Any]) -> Any:
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
        (rows,) = self._session.run(None, {name: feed[name] for name in self._inputs})
        if not numpy.isfinite(rows).all():
            raise EmbedderFailed(
                f"The embedding model {self._manifest.model!r} produced vectors that are not "
                "numbers; set retrieval.embedder.runtime to sentence-transformers."
            )
        return rows.astype("<f4", copy=False)


def _open_session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
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


def _open_tokenizer(path: Path, max_tokens: int) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return tokenizer
