"""Which runtime and precision a model gets, by the settings and by measuring."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding import pace as paces
from chatui.retrieval.embedding.agreement import SAMPLES, is_close, original_vectors
from chatui.retrieval.embedding.prepared import Precision, PreparedModel, Wanted

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from chatui.retrieval.embedding.sentence_transformer import TorchEmbedder
    from chatui.retrieval.embedding.service import OnnxEmbedder

FLOAT_ADVANTAGE = 1.1
"""How much faster float32 must be to be taken over int8, which needs a quarter of the memory
and opens in half the time."""


def check(wanted: Wanted) -> None:
    """Raises EmbedderFailed for settings that contradict each other or the machine."""
    if wanted.precision == "bf16" and wanted.runtime == "onnx":
        raise EmbedderFailed(
            "ONNX Runtime does not calculate in bf16; set retrieval.embedder.runtime to auto, or "
            "retrieval.embedder.precision to another one."
        )
    if wanted.precision == "bf16" and not paces.has_bfloat16():
        raise EmbedderFailed(
            "This processor does not calculate in bf16 (it has neither avx512_bf16 nor "
            "amx_bf16); set retrieval.embedder.precision to auto."
        )
    if wanted.precision == "int8" and wanted.runtime == "sentence-transformers":
        raise EmbedderFailed(
            "sentence-transformers does not calculate in int8; set retrieval.embedder.runtime "
            "to auto, or retrieval.embedder.precision to another one."
        )


def precisions(wanted: Wanted) -> tuple[Precision, ...]:
    """Those to export the model with; none when it is to run in sentence-transformers."""
    if wanted.runtime == "sentence-transformers" or wanted.precision == "bf16":
        return ()
    return ("int8", "fp32") if wanted.precision == "auto" else (wanted.precision,)


def fastest_export(candidates: Sequence[PreparedModel]) -> PreparedModel:
    """The faster of int8 and float32, which both agree with the original. What else makes it
    fast is measured too, and kept beside it."""
    from chatui.retrieval.embedding.service import OnnxEmbedder

    services = {one.manifest.precision: OnnxEmbedder(str(one.folder)) for one in candidates}
    best = next(iter(services))
    if len(services) > 1:
        best = min(services, key=_costs(services).__getitem__)
    services[best].find_pace()
    return next(one for one in candidates if one.manifest.precision == best)


def _costs(services: Mapping[Precision, OnnxEmbedder]) -> dict[Precision, float]:
    pace = paces.default_pace()
    texts = paces.sample_texts(pace.threads)
    taken = paces.fastest(lambda precision: services[precision].embed_at(pace, texts), [*services])
    return {
        precision: seconds * (FLOAT_ADVANTAGE if precision == "fp32" else 1)
        for precision, seconds in taken.items()
    }


def torch_precision(model: SentenceTransformer, wanted: Wanted) -> Precision:
    """bfloat16 when it is wanted, or when it is faster here and agrees with float32."""
    if wanted.precision != "auto":
        return "bf16" if wanted.precision == "bf16" else "fp32"
    if not paces.has_bfloat16():
        return "fp32"
    from chatui.retrieval.embedding.sentence_transformer import TorchEmbedder

    short = TorchEmbedder(wanted.model, "bf16")
    original = original_vectors(model)
    found = short.embed(SAMPLES, "query") + short.embed(SAMPLES, "document")
    if not is_close(original, found, "bf16"):
        return "fp32"
    texts = paces.sample_texts(1)
    plain_seconds = _seconds(TorchEmbedder(wanted.model), texts)
    return "bf16" if _seconds(short, texts) < plain_seconds else "fp32"


def _seconds(service: TorchEmbedder, texts: Sequence[str]) -> float:
    service.embed(texts[:2], "document")
    start = time.perf_counter()
    service.embed(texts, "document")
    return time.perf_counter() - start
