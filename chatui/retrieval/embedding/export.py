"""Turns a sentence-transformers model into one ONNX file. Runs in a child process only."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "sentence_embedding"
EXAMPLE = ["An example of two lengths.", "Short."]


class NotExportable(Exception):
    """The model needs more than token ids: it has to run in sentence-transformers itself."""


class SentenceEncoder(torch.nn.Module):
    """All modules of the model (transformer, pooling, …), then normalisation to length 1."""

    def __init__(self, model: SentenceTransformer, inputs: tuple[str, ...]) -> None:
        super().__init__()
        self.model = model
        self.inputs = inputs

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        features = self.model(dict(zip(self.inputs, tensors, strict=True)))
        return torch.nn.functional.normalize(features[OUTPUT], p=2.0, dim=1)


def export_fused(model: SentenceTransformer, path: Path) -> None:
    """Writes a transformer whose attention, embedding and normalisation are one operator each,
    in a tenth of the time of `export_any`; it then runs a third faster. Batch and token count
    stay free. What tracing makes a constant shows when the vectors are compared.

    Raises NotExportable, or whatever torch and ONNX Runtime find wrong with the model.
    """
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    transformer = getattr(model[0], "auto_model", None)
    heads = getattr(getattr(transformer, "config", None), "num_attention_heads", 0)
    if transformer is None or not heads:
        raise NotExportable("it is no transformer with attention heads")
    kept = transformer.config._attn_implementation
    # The plain form is the one that ONNX Runtime recognises and fuses.
    transformer.set_attn_implementation("eager")
    try:
        _trace(model, path)
    finally:
        transformer.set_attn_implementation(kept)
    fused = optimize_model(
        str(path),
        model_type="bert",
        num_heads=heads,
        hidden_size=transformer.config.hidden_size,
        optimization_options=FusionOptions("bert"),
        opt_level=0,
    )
    fused.save_model_to_file(str(path))


def _trace(model: SentenceTransformer, path: Path) -> None:
    inputs, tensors = _example(model)
    free = {name: {0: "batch", 1: "tokens"} for name in inputs}
    axes = {**free, OUTPUT: {0: "batch"}}
    _export(model, inputs, tensors, path, dynamo=False, dynamic_axes=axes, opset_version=17)


def export_any(model: SentenceTransformer, path: Path) -> None:
    """Writes any model that torch can export; batch and token count stay free.

    Raises NotExportable, or whatever torch finds wrong with the model.
    """
    inputs, tensors = _example(model)
    free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens")}
    shapes = (tuple(free for _ in inputs),)
    _export(
        model,
        inputs,
        tensors,
        path,
        dynamo=True,
        dynamic_shapes=shapes,
        external_data=False,
        verbose=False,
    )


def _export(
    model: SentenceTransformer,
    inputs: tuple[str, ...],
    tensors: tuple[torch.Tensor, ...],
    path: Path,
    **options: Any,
) -> None:
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            SentenceEncoder(model, inputs).eval(),
            tensors,
            str(path),
            input_names=list(inputs),
            output_names=[OUTPUT],
            **options,
        )


def _example(model: SentenceTransformer) -> tuple[tuple[str, ...], tuple[torch.Tensor, ...]]:
    features = model.preprocess(EXAMPLE)
    tensors = {name: value for name, value in features.items() if isinstance(value, torch.Tensor)}
    inputs = tuple(name for name in INPUTS if name in tensors)
    if set(tensors) - set(inputs) or "input_ids" not in tensors:
        raise NotExportable(f"its inputs are {', '.join(sorted(tensors))}")
    return inputs, tuple(tensors[name] for name in inputs)
