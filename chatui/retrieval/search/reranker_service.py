"""The reranking process: sentence-transformers' CrossEncoder on torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatui.domain.errors import RerankerFailed
from chatui.retrieval.embedding.service import clean
from chatui.system.files import at_home, is_folder

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

TEXTS_PER_BATCH = 8
"""Between two batches a cancelled call ends."""
MOST_TOKENS = 512
"""Of question and passage together. A chunk has half as many, and most models no more."""


class CrossEncoderReranker:
    """The service. Raises RerankerFailed from its constructor when the model cannot be had."""

    def __init__(self, model: str) -> None:
        self._model = load_model(model)

    def score(
        self, query: str, texts: Sequence[str], cancelled: Callable[[], bool] = lambda: False
    ) -> list[float]:
        """One score per text, in order: the model's own scale, higher is better."""
        question = clean(query, MOST_TOKENS)
        pairs = [(question, clean(text, MOST_TOKENS)) for text in texts]
        # Texts of like length go together: the shorter ones need little padding then.
        order = sorted(range(len(pairs)), key=lambda index: len(pairs[index][1]))
        scores = [0.0] * len(pairs)
        for start in range(0, len(order), TEXTS_PER_BATCH):
            if cancelled():
                return []
            batch = order[start : start + TEXTS_PER_BATCH]
            found = self._model.predict([pairs[index] for index in batch], show_progress_bar=False)
            for index, score in zip(batch, found, strict=True):
                scores[index] = float(score)
        return scores


def load_model(name: str) -> CrossEncoder:
    """The cross-encoder on the CPU; HF_ENDPOINT and HF_HUB_OFFLINE are honoured. Raises
    RerankerFailed when it cannot be had, or tells classes apart instead of scoring pairs."""
    import torch
    from sentence_transformers import CrossEncoder

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    folder = at_home(name)
    local = is_folder(folder)
    try:
        model: CrossEncoder = CrossEncoder(
            str(folder) if local else name, device="cpu", local_files_only=local
        )
    # The hub client, transformers and torch raise some thirty kinds of errors here.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RerankerFailed(
            f"the model {name!r} cannot be loaded ({reason}); check the name in "
            "retrieval.reranker.model and the network, put the model's folder there, or set "
            'it to "".'
        ) from error
    if model.num_labels != 1:
        raise RerankerFailed(
            f"the model {name!r} sorts pairs into {model.num_labels} classes and is no reranker; "
            "name a cross-encoder with one score in retrieval.reranker.model."
        )
    limit = model.max_seq_length
    model.max_seq_length = MOST_TOKENS if limit is None else min(int(limit), MOST_TOKENS)
    model.eval()
    return model
