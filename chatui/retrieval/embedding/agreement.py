"""Whether an exported model gives the vectors of the original. Runs in a child process only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chatui.retrieval.embedding.prepared import Precision, PreparedModel

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

AGREEMENT: dict[Precision, tuple[float, float]] = {
    "int8": (0.98, 0.92),
    "bf16": (0.999, 0.99),
    "fp32": (0.9999, 0.999),
}
"""Least cosine to the original: in the mean and of any one sample. Measured for the bundled
model with int8: 0.99 in the mean. What that does to hit@5, benchmarks/embedding_precision.py
tells."""

SAMPLES = (
    "",
    "a",
    "How do I change the theme?",
    "WHO wrote the first draft of the treaty, and when was it signed?",
    "  leading and trailing space \n",
    "Naïve café — “quoted” text… with accents and 100 % of the signs.",
    "数据库里的消息存放在哪里？",
    "Где хранится история сообщений?",
    "def area(radius: float) -> float:\n    return 3.14159 * radius ** 2\n",
    "| name | value |\n|---|---|\n| retries | 2 |\n| timeout | 600 s |",
    "The committee met on 14 March 1998. It agreed that the bridge should be closed to heavy "
    "vehicles until the northern pier had been examined, and asked for a report by June.",
    "Total revenue rose 4.2% to $1,204 million, while operating expenses fell for the third "
    "quarter in a row; the board proposed a dividend of 35 cents per share.",
    "Water boils at a lower temperature on a mountain because the pressure of the air is "
    "lower there. " * 6,
    "A long text is cut at the limit of the model and must be cut at the same place. " * 60,
)


def original_vectors(model: SentenceTransformer) -> Any:
    """Of the samples as questions, then as documents: one row each."""
    import numpy

    return numpy.concatenate(
        [
            model.encode_query(list(SAMPLES), normalize_embeddings=True),
            model.encode_document(list(SAMPLES), normalize_embeddings=True),
        ]
    )


def agrees(original: Any, staged: PreparedModel) -> bool:
    """Runs the samples through the very service that will embed."""
    from chatui.retrieval.embedding.service import OnnxEmbedder

    service = OnnxEmbedder(str(staged.folder), threads=1)
    # One by one, and all at once: no padding, and much of it.
    found = [service.embed([text], "query")[0] for text in SAMPLES]
    found += service.embed_batch(SAMPLES, "document")
    return is_close(original, found, staged.manifest.precision)


def is_close(original: Any, found: Sequence[bytes], precision: Precision) -> bool:
    """`original` and `found` are of the samples as questions, then as documents."""
    import numpy

    vectors = numpy.array([numpy.frombuffer(vector, "<f4") for vector in found])
    if vectors.shape != original.shape:
        return False
    cosines = (vectors * original).sum(axis=1)
    least_mean, least = AGREEMENT[precision]
    return bool(cosines.mean() >= least_mean and cosines.min() >= least)
