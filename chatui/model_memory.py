"""What a model of a file takes of memory with the settings, beside what is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.models.free_memory import FreeMemory, free_memory
from chatui.models.gguf_header import GgufHeader, read_header
from chatui.models.memory_need import (
    Loading,
    MemoryNeed,
    Verdict,
    cache_per_token,
    fits,
    largest_context,
    memory_need,
)

if TYPE_CHECKING:
    from chatui.config_local import Local
    from chatui.models.model_files import ModelFile

USUAL_CONTEXT = 32_768
"""The largest context that is chosen unasked, in tokens: a processor takes minutes to read that
much."""


@dataclass(frozen=True, slots=True)
class MemoryReport:
    """`per_token` is in bytes, of keys and values. `chosen` is False where the user named the
    context."""

    header: GgufHeader
    need: MemoryNeed
    per_token: int
    free: FreeMemory
    verdict: Verdict
    chosen: bool


def memory_report(local: Local, file: ModelFile, context: int = 0) -> MemoryReport:
    """With that context, otherwise with the one that would be chosen. Reads files: call it in a
    thread. Raises BadModelFile."""
    header, free = read_header(file.path), free_memory()
    how = loading(local, context or usual_context(local, header))
    if not context:
        # What is chosen is as much as fits; where nothing does, the wish is shown.
        room = largest_context(header, how, free.free, how.context)
        how = loading(local, room or how.context)
    return MemoryReport(
        header,
        memory_need(header, how),
        cache_per_token(header, how),
        free,
        fits(header, how, free.free),
        not context,
    )


def loading(local: Local, context: int) -> Loading:
    """As `models.local_llama` loads it."""
    return Loading(
        context,
        local.type_k,
        local.type_v,
        batch=local.batch_size,
        flash=local.flash_attn != "off",
        # A turn that is tried again goes back behind any window.
        full_window=True,
    )


def usual_context(local: Local, header: GgufHeader) -> int:
    """Tokens that are wanted, whatever memory there is."""
    wanted = local.context_size or USUAL_CONTEXT
    return min(wanted, header.context_length) if header.context_length else wanted
