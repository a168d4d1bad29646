"""The one-time preparation of an embedding model, in a child process of its own.

sentence-transformers loads the model, torch exports it, and the export must give the same
vectors as the original. With int8 and with float32 weights it is timed on this machine, and the
faster is taken. A model that passes neither way runs in sentence-transformers, which needs no
export.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding import prepared as files
from chatui.retrieval.embedding import runtime as choice
from chatui.retrieval.embedding.agreement import agrees, original_vectors
from chatui.retrieval.embedding.prepared import (
    Manifest,
    Precision,
    PreparedModel,
    Wanted,
    WantedPrecision,
    WantedRuntime,
)
from chatui.retrieval.embedding.source import (
    UNIVERSAL,
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

Export = Callable[["SentenceTransformer", Path], None]


class EmbedderPreparation:
    """The service. `prepare` yields `{"step", "steps", "text"}` and at last `{"folder"}`."""

    def __init__(
        self,
        model: str,
        cache: str,
        runtime: WantedRuntime = "auto",
        precision: WantedPrecision = "auto",
    ) -> None:
        self._wanted = Wanted(model, runtime, precision)
        self._cache = Path(cache)

    def prepare(self) -> Iterator[dict[str, Any]]:
        """Raises EmbedderFailed when the model cannot be loaded, or cannot be had in the way
        that is wanted."""
        choice.check(self._wanted)
        if files.is_locked(self._cache):
            yield _progress(1, "waiting for another process that prepares a model")
        with files.lock(self._cache):
            prepared = files.find(self._cache, self._wanted)
            if prepared is None:
                yield _progress(1, "loading the model")
                folder = files.stage(self._cache)
                if self._wanted.model == UNIVERSAL:
                    staged = yield from self._stage_universal(folder)
                else:
                    model = load_model(self._wanted.model)
                    staged = yield from self._stage(model, folder)
                prepared = files.publish(self._cache, staged, self._wanted)
                shutil.rmtree(folder, ignore_errors=True)
        yield {"folder": str(prepared.folder)}

    def _stage_universal(self, folder: Path) -> Generator[dict[str, Any], None, PreparedModel]:
        from chatui.retrieval.embedding import universal

        yield _progress(2, "exporting the model")
        precision: Precision = "fp32" if self._wanted.precision == "fp32" else "int8"
        made = folder / precision
        made.mkdir()
        staged = universal.stage(made, precision)
        yield _progress(3, "measuring how fast it runs")
        return choice.fastest_export([staged])

    def _stage(
        self, model: SentenceTransformer, folder: Path
    ) -> Generator[dict[str, Any], None, PreparedModel]:
        plain = self._manifest(model)
        wanted = choice.precisions(self._wanted)
        if wanted:
            yield _progress(2, "exporting the model")
            candidates = self._export(model, plain, folder, wanted)
            yield _progress(3, "measuring how fast it runs")
            if candidates:
                return choice.fastest_export(candidates)
        if self._wanted.runtime == "onnx" or self._wanted.precision == "int8":
            raise EmbedderFailed(
                f"The embedding model {self._wanted.model!r} does not export to ONNX; set "
                "retrieval.embedder.runtime and precision to auto, or runtime to "
                "sentence-transformers."
            )
        yield _progress(4, "setting up sentence-transformers")
        precision = choice.torch_precision(model, self._wanted)
        if precision == "bf16":
            plain = replace(plain, fingerprint=f"{plain.fingerprint}-bf16", precision=precision)
        return _write(model, folder / "torch", plain)

    def _export(
        self,
        model: SentenceTransformer,
        plain: Manifest,
        folder: Path,
        wanted: Sequence[Precision],
    ) -> list[PreparedModel]:
        """The exports that agree with the original: of the fused graph, if any does."""
        from chatui.retrieval.embedding.export import export_any, export_fused

        original = original_vectors(model)
        for export in (export_fused, export_any):
            if not _tried(export, model, folder / FLOAT_FILE):
                continue
            made = [_attempt(model, original, plain, folder, precision) for precision in wanted]
            if agreeing := [prepared for prepared in made if prepared is not None]:
                return agreeing
        return []

    def _manifest(self, model: SentenceTransformer) -> Manifest:
        prompts = prompts_of(model)
        dimensions = model.get_embedding_dimension()
        name = self._wanted.model
        if not dimensions:
            raise EmbedderFailed(
                f"The model {name!r} makes no vectors of texts; name a text embedding "
                "model in retrieval.embedder.model."
            )
        return Manifest(
            model=name,
            fingerprint=f"{content_digest(model)}-torch",
            runtime="sentence-transformers",
            precision="fp32",
            dimensions=dimensions,
            max_tokens=token_limit(model),
            pad_id=getattr(model.tokenizer, "pad_token_id", None) or 0,
            query_prompt=prompts.query,
            document_prompt=prompts.document,
            files={},
        )


def _tried(export: Export, model: SentenceTransformer, path: Path) -> bool:
    try:
        export(model, path)
    # Tracing runs the model's own code: anything may be raised, and there is another way.
    except Exception:
        logging.getLogger(__name__).warning("A model can't be exported", exc_info=True)
        return False
    return True


def _attempt(
    model: SentenceTransformer,
    original: Any,
    plain: Manifest,
    folder: Path,
    precision: Precision,
) -> PreparedModel | None:
    try:
        staged = _convert(model, plain, folder, precision)
        return staged if agrees(original, staged) else None
    # What ONNX Runtime cannot convert or run may still run in sentence-transformers.
    except Exception:
        logging.getLogger(__name__).warning("An export doesn't run", exc_info=True)
        return None


def _convert(
    model: SentenceTransformer, plain: Manifest, folder: Path, precision: Precision
) -> PreparedModel:
    from chatui.retrieval.embedding.onnx_files import optimise, quantise

    source, target = folder / FLOAT_FILE, folder / precision
    target.mkdir(exist_ok=True)
    if precision == "int8":
        small = folder / "int8.onnx"
        quantise(source, small)
        source = small
    optimise(source, target / files.MODEL_FILE)
    content = plain.fingerprint.removesuffix("-torch")
    exported = replace(
        plain,
        fingerprint=f"{content}-{precision}-{files.RECIPE}",
        runtime="onnx",
        precision=precision,
    )
    return _write(model, target, exported, files.MODEL_FILE)


def _write(
    model: SentenceTransformer, folder: Path, manifest: Manifest, *names: str
) -> PreparedModel:
    """Puts tokenizer and manifest beside what is in the folder already (`names`)."""
    folder.mkdir(exist_ok=True)
    fast_tokenizer(model).save(str(folder / files.TOKENIZER_FILE))
    sums = {name: files.checksum(folder / name) for name in (*names, files.TOKENIZER_FILE)}
    return files.write_manifest(folder, replace(manifest, files=sums))


def _progress(step: int, text: str) -> dict[str, Any]:
    return {"step": step, "steps": STEPS, "text": text}
