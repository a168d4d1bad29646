"""The reranking process for a model in ONNX: ONNX Runtime and a tokenizer, without torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import isfinite
from pathlib import Path
from typing import Any

from chatui.domain.errors import RerankerFailed
from chatui.retrieval.embedding.service import clean
from chatui.retrieval.search import packaged_reranker
from chatui.retrieval.search.packaged_reranker import MODEL_FILE, TOKENIZER_FILE
from chatui.system.files import at_home
from chatui.workers.bounds import watched
from chatui.workers.foreign_tokenizer import open_tokenizer

MOST_TOKENS = 512
"""Of question and passage together: these models know no more places."""
MOST_QUESTION_TOKENS = 128
INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
TOKENIZING_SECONDS = 20.0
TOKENIZING_MB = 512


class OnnxReranker:
    """The service. The folder has `model.onnx`, which gives one number for a pair of texts, and
    `tokenizer.json`. Raises RerankerFailed from its constructor when they can't be used."""

    def __init__(self, folder: str) -> None:
        self._folder = at_home(folder)
        if self._folder == packaged_reranker.packaged_folder():
            packaged_reranker.check(self._folder)
        self._tokenizer = open_tokenizer(self._folder / TOKENIZER_FILE, self._tokenizer_fault)
        self._session = _open_session(self._folder / MODEL_FILE)
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        if not INPUTS.issuperset(self._inputs):
            raise self._fault(f"its inputs are {', '.join(self._inputs)}")
        self._lanes = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
        # A model of something else shows here, before anybody waits for it.
        self.score("", [""])

    def score(
        self, query: str, texts: Sequence[str], cancelled: Callable[[], bool] = lambda: False
    ) -> list[float]:
        """One score per text, in order: the model's own scale, higher is better."""
        pairs = self._encoded(query, texts)

        def run(index: int) -> float:
            return 0.0 if cancelled() else self._score(pairs[index])

        # Each pair alone and unpadded, on a thread of its own; the longest first, so that none is
        # left alone with them in the end.
        order = sorted(range(len(pairs)), key=lambda index: -len(pairs[index].ids))
        found = dict(zip(order, self._lanes.map(run, order), strict=True))
        return [] if cancelled() else [found[index] for index in range(len(pairs))]

    def _encoded(self, query: str, texts: Sequence[str]) -> list[Any]:
        with watched(TOKENIZING_SECONDS, TOKENIZING_MB, self._tokenizer_fault):
            question = clean(query, MOST_QUESTION_TOKENS)
            self._tokenizer.no_truncation()
            ends = self._tokenizer.encode(question, add_special_tokens=False).offsets
            if len(ends) > MOST_QUESTION_TOKENS:
                question = question[: ends[MOST_QUESTION_TOKENS - 1][1]]
            self._tokenizer.enable_truncation(MOST_TOKENS, strategy="longest_first")
            pairs = [(question, clean(text, MOST_TOKENS)) for text in texts]
            encoded: list[Any] = self._tokenizer.encode_batch_fast(pairs)
        return encoded

    def _score(self, pair: Any) -> float:
        import numpy

        feed = {
            "input_ids": pair.ids,
            "attention_mask": pair.attention_mask,
            "token_type_ids": pair.type_ids,
        }
        arrays = {name: numpy.array([feed[name]], numpy.int64) for name in self._inputs}
        try:
            outputs = self._session.run(None, arrays)
        # ONNX Runtime's own errors share no base class but Exception.
        except Exception as error:
            raise self._fault(f"it can't be run: {(str(error).splitlines() or [''])[0]}") from error
        if len(outputs) != 1 or outputs[0].size != 1:
            raise self._fault("it doesn't give one number for a pair of texts")
        score = float(outputs[0].reshape(-1)[0])
        if not isfinite(score):
            raise self._fault("its scores are not numbers")
        return score

    def _tokenizer_fault(self, reason: str) -> RerankerFailed:
        return self._fault(f"its tokenizer can't be used: {reason}")

    def _fault(self, reason: str) -> RerankerFailed:
        return RerankerFailed(
            f"the model in {self._folder} is no reranker ({reason}); name another one in "
            'retrieval.reranker.model, or set it to "".'
        )


def _open_session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # The highest level whose result does not depend on the processor.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    # ONNX Runtime's own errors share no base class but Exception.
    except Exception as error:
        raise RerankerFailed(
            f"{model} cannot be opened ({(str(error).splitlines() or [''])[0]}); name another "
            'model in retrieval.reranker.model, or set it to "".'
        ) from error
