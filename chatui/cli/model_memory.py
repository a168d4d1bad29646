"""How `chatui models` tells of a model file: what is in it, and whether memory holds it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatui.domain.errors import BadModelFile
from chatui.text.figures import size_text

if TYPE_CHECKING:
    from chatui.bootstrap.local_models import MemoryReport
    from chatui.config.schema import Config
    from chatui.models.base import ModelInfo
    from chatui.models.files.model_files import ModelFile


def file_object(file: ModelFile, report: MemoryReport) -> dict[str, Any]:
    header = report.header
    return {
        "path": str(file.path),
        "origin": file.origin,
        "title": header.name or None,
        "architecture": header.architecture,
        "parameters": header.parameters,
        "quantisation": header.quantisation,
        "tensor_bytes": dict(header.tensor_bytes),
        "layers": header.layers,
        "vocabulary": header.vocabulary,
        "tokenizer": header.tokenizer or None,
        "chat_template": bool(header.chat_template),
        "trained_context": header.context_length or None,
        "projector": str(report.projector) if report.projector else None,
    }


def memory_object(report: MemoryReport) -> dict[str, Any]:
    """Sizes are in bytes. `exact` is False where the cache of the architecture is estimated."""
    need = report.need
    return {
        "context": need.context,
        "weights": need.weights,
        "kv_cache_per_token": report.per_token,
        "kv_cache": need.cache,
        "compute": need.compute,
        "process": need.process,
        "projector": need.projector,
        "total": need.total,
        "free": report.free.free,
        "machine": report.free.total,
        "limited": report.free.limited,
        "exact": need.exact,
        "fits": report.verdict.fits,
        "largest_context": report.verdict.context,
        "verdict": report.verdict.sentence,
    }


def memory_lines(file: ModelFile, report: MemoryReport) -> list[tuple[str, str]]:
    """What it is, what it takes, and the verdict, as label and text."""
    header, need = report.header, report.need
    about = "" if need.exact else "≈ "
    trained = f" of {header.context_length:,}" if header.context_length else ""
    how = "chosen" if report.chosen else "asked for"
    group = ", the limit of this container" if report.free.limited else ""
    eyes = []
    if report.projector:
        eyes = [("sees with", f"{report.projector}, ≈ {size_text(need.projector)}")]
    return [
        ("file", str(file.path)),
        ("from", file.origin),
        ("parameters", count_text(header.parameters)),
        ("quantisation", header.quantisation),
        ("architecture", f"{header.architecture}, {header.layers} layers"),
        ("chat template", "in the file" if header.chat_template else "none in the file"),
        ("weights", size_text(need.weights)),
        ("KV cache", f"{about}{per_token_text(report.per_token)} a token"),
        ("", f"{about}{size_text(need.cache)} at {need.context:,} tokens, {how}{trained}"),
        ("computing", f"≈ {size_text(need.compute + need.process)}"),
        *eyes,
        (
            "memory",
            f"≈ {size_text(need.total)} of {size_text(report.free.free)} free"
            f" ({size_text(report.free.total)} in all{group})",
        ),
        ("verdict", report.verdict.sentence),
    ]


def with_file(info: ModelInfo, file: ModelFile | None, config: Config) -> ModelInfo:
    """What is listed of a model, with what its file says, and whether a projector lies beside it.
    Reads the files."""
    from chatui.bootstrap.local_models import projector
    from chatui.models.files.gguf_header import read_header
    from chatui.models.sighted import NOTHING, PICTURES

    if file is None:
        return info
    eyes = projector(config, file)
    try:
        header = read_header(file.path)
    except BadModelFile:
        return replace(info, description=f"damaged · {file.description}")
    parts = [header.quantisation, file.description, "sees pictures" if eyes else ""]
    return replace(
        info,
        takes=PICTURES if eyes else NOTHING,
        context_size=info.context_size or header.context_length or None,
        description=" · ".join(part for part in parts if part),
    )


def count_text(count: int) -> str:
    """Parameters as models are called by them: 596 M, 8.2 B."""
    return f"{count / 1e9:.1f} B" if count >= 999_500_000 else f"{count / 1e6:.3g} M"


def per_token_text(size: int) -> str:
    return size_text(size) if size >= 9_950 else f"{size / 1e3:.1f} kB"
