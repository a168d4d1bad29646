"""The one-time preparation of an embedding model, in a child process of its own.

sentence-transformers loads the model, torch exports it, and the export must give the same
vectors as the original. It is tried with int8 weights, then with float32 weights; a model
that passes neither way runs in sentence-transformers, where it needs no export.
"""

from __future__ import annotations

import traceback
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatui.errors import EmbedderFailed
from chatui.retrieval import embedder_files as files
from chatui.retrieval.embedder_files import Manifest, PreparedModel, WantedRuntime
from chatui.retrieval.embedder_source import (
    content_digest,
    fast_tokenizer,
    load_model,
    prompts_of,
    token_limit,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

STEPS = 4
FLOAT_FILE = "float.onnx"
INT8_AGREEMENT = 0.98
"""Least mean cosine between the int8 export and the original (measured for the bundled
model: 0.989 on these samples, 0.995 on prose, with the original's ranking of passages)."""
FLOAT_AGREEMENT = 0.9999
WORST_SAMPLE = 0.92
"""Least cosine of any one sample."""

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


class EmbedderPreparation:
    """The service. `prepare` yields `{"step", "steps", "text"}` and at last `{"folder"}`."""

    def __init__(self, model: str, cache: str, runtime: WantedRuntime) -> None:
        self._name = model
        self._cache = Path(cache)
        self._wanted = runtime

    def prepare(self) -> Iterator[dict[str, Any]]:
        """Raises EmbedderFailed when the model cannot be loaded, or does not export and
        nothing but an export is wanted."""
        if files.is_locked(self._cache):
            yield _progress(1, "waiting for another process that prepares a model")
        with files.lock(self._cache):
            prepared = files.find(self._cache, self._name, self._wanted)
            if prepared is None:
                yield _progress(1, "loading the model")
                model = load_model(self._name)
                staged = yield from self._stage(model, files.stage(self._cache))
                prepared = files.publish(self._cache, staged, self._wanted, self._name)
        yield {"folder": str(prepared.folder)}

    def _stage(
        self, model: SentenceTransformer, folder: Path
    ) -> Generator[dict[str, Any], None, PreparedModel]:
        fast_tokenizer(model).save(str(folder / files.TOKENIZER_FILE))
        plain = self._manifest(model, folder)
        if self._wanted == "sentence-transformers":
            return files.write_manifest(folder, plain)
        yield _progress(2, "exporting the model")
        exported = _export(model, folder)
        for step, precision in enumerate(("int8", "fp32") if exported else (), start=3):
            yield _progress(step, f"checking the export with {precision} weights")
            staged = _attempt(model, plain, folder, precision)
            if staged is not None:
                (folder / FLOAT_FILE).unlink()
                return staged
        if self._wanted == "onnx":
            raise EmbedderFailed(
                f"The embedding model {self._name!r} does not export to ONNX; set "
                "retrieval.embedder.runtime to auto or sentence-transformers."
            )
        for name in (FLOAT_FILE, files.MODEL_FILE):
            (folder / name).unlink(missing_ok=True)
        return files.write_manifest(folder, plain)

    def _manifest(self, model: SentenceTransformer, folder: Path) -> Manifest:
        prompts = prompts_of(model)
        dimensions = model.get_embedding_dimension()
        if not dimensions:
            raise EmbedderFailed(
                f"The model {self._name!r} makes no vectors of texts; name a text embedding "
                "model in retrieval.embedder.model."
            )
        return Manifest(
            model=self._name,
            fingerprint=f"{content_digest(model)}-torch",
            runtime="sentence-transformers",
            dimensions=dimensions,
            max_tokens=token_limit(model),
            pad_id=getattr(model.tokenizer, "pad_token_id", None) or 0,
            query_prompt=prompts.query,
            document_prompt=prompts.document,
            files={files.TOKENIZER_FILE: files.checksum(folder / files.TOKENIZER_FILE)},
        )


def _export(model: SentenceTransformer, folder: Path) -> bool:
    from chatui.retrieval.embedder_export import export_onnx

    try:
        export_onnx(model, folder / FLOAT_FILE)
    # Tracing runs the model's own code: anything may be raised, and there is another way.
    except Exception:  # noqa: BLE001
        traceback.print_exc()
        return False
    return True


def _attempt(
    model: SentenceTransformer, plain: Manifest, folder: Path, precision: str
) -> PreparedModel | None:
    try:
        staged = _convert(plain, folder, precision)
        return staged if _agrees(model, staged, precision) else None
    # What ONNX Runtime cannot convert or run may still run in sentence-transformers.
    except Exception:  # noqa: BLE001
        traceback.print_exc()
        return None


def _convert(plain: Manifest, folder: Path, precision: str) -> PreparedModel:
    from chatui.retrieval.embedder_export import optimise, quantise

    source, final = folder / FLOAT_FILE, folder / files.MODEL_FILE
    if precision == "int8":
        small = folder / "int8.onnx"
        quantise(source, small)
        optimise(small, final)
        small.unlink()
    else:
        optimise(source, final)
    content = plain.fingerprint.removesuffix("-torch")
    return files.write_manifest(
        folder,
        replace(
            plain,
            fingerprint=f"{content}-{precision}-{files.RECIPE}",
            runtime="onnx",
            files={**plain.files, files.MODEL_FILE: files.checksum(final)},
        ),
    )


def _agrees(model: SentenceTransformer, staged: PreparedModel, precision: str) -> bool:
    """Runs the samples through the very service that will embed, and through the original."""
    import numpy

    from chatui.retrieval.embedder_service import OnnxEmbedder

    service = OnnxEmbedder(str(staged.folder))
    vectors = service.embed(SAMPLES, "query") + service.embed(SAMPLES, "document")
    found = numpy.array([numpy.frombuffer(vector, "<f4") for vector in vectors])
    original = numpy.concatenate(
        [
            model.encode_query(list(SAMPLES), normalize_embeddings=True),
            model.encode_document(list(SAMPLES), normalize_embeddings=True),
        ]
    )
    if found.shape != original.shape:
        return False
    cosines = (found * original).sum(axis=1)
    wanted = INT8_AGREEMENT if precision == "int8" else FLOAT_AGREEMENT
    return bool(cosines.mean() >= wanted and cosines.min() >= WORST_SAMPLE)


def _progress(step: int, text: str) -> dict[str, Any]:
    return {"step": step, "steps": STEPS, "text": text}
