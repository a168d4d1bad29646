"""The embedding process for a model that does not export, or for bfloat16:
sentence-transformers itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatui.retrieval.embedding.pace import processors
from chatui.retrieval.embedding.prepared import Precision
from chatui.retrieval.embedding.service import Kind, clean
from chatui.retrieval.embedding.source import load_model, token_limit

TEXTS_PER_BATCH = 16


class TorchEmbedder:
    """The service; answers the same call as `OnnxEmbedder`."""

    def __init__(self, model: str, precision: Precision = "fp32", threads: int = 0) -> None:
        import torch

        torch.set_num_threads(threads or processors())
        self._model = load_model(model)
        if precision == "bf16":
            self._model = self._model.bfloat16()
        self._max_tokens = token_limit(self._model)

    def embed(
        self, texts: Sequence[str], kind: Kind, cancelled: Callable[[], bool] = lambda: False
    ) -> list[bytes]:
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        cleaned = [clean(text, self._max_tokens) for text in texts]
        order = sorted(range(len(texts)), key=lambda index: len(cleaned[index]))
        vectors = [b""] * len(texts)
        for start in range(0, len(order), TEXTS_PER_BATCH):
            if cancelled():
                return []
            batch = order[start : start + TEXTS_PER_BATCH]
            rows = encode(
                [cleaned[index] for index in batch],
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            for index, row in zip(batch, rows, strict=True):
                vectors[index] = row.astype("<f4").tobytes()
        return vectors
