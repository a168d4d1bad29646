"""What a model of a file takes of memory with the settings, beside what is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.local_models import fitting, loading, most_context
from chatui.models.free_memory import FreeMemory, free_memory
from chatui.models.gguf_header import GgufHeader, read_header
from chatui.models.memory_need import (
    MemoryNeed,
    Verdict,
    cache_per_token,
    fits,
    memory_need,
)

if TYPE_CHECKING:
    from chatui.config import Config
    from chatui.models.model_files import ModelFile


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


def memory_report(config: Config, file: ModelFile, context: int = 0) -> MemoryReport:
    """With that context, otherwise with the one that would be chosen. Reads files: call it in a
    thread. Raises BadModelFile."""
    header, free = read_header(file.path), free_memory()
    # Where nothing fits, what is wanted is shown.
    wanted = context or fitting(config, header, free.free) or most_context(config, header)
    how = loading(config, wanted)
    return MemoryReport(
        header,
        memory_need(header, how),
        cache_per_token(header, how),
        free,
        fits(header, how, free.free),
        not context,
    )
