"""The settings of models that run on this machine, in a process of chatui's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from chatui.config_types import Section

CacheType = Literal["f16", "q8_0", "q4_0"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Local(Section):
    """0 leaves `context_size` and `threads` to chatui. A context shorter than 512 holds no
    conversation."""

    folders: tuple[str, ...] = ()
    """Folders with GGUF files, beside the models folder."""
    stores: bool = True
    """Whether the files of Ollama, LM Studio, llama.cpp and the Hugging Face cache are used."""
    context_size: Annotated[int, Ge(0)] = 0
    loaded: Annotated[int, Ge(1), Le(16)] = 1
    idle_minutes: Annotated[float, Gt(0), Le(10_000)] = 15.0
    threads: Annotated[int, Ge(0), Le(512)] = 0
    batch_size: Annotated[int, Ge(32), Le(8192)] = 512
    flash_attn: Literal["auto", "on", "off"] = "auto"
    type_k: CacheType = "f16"
    type_v: CacheType = "f16"
    prompt_cache_mb: Annotated[int, Ge(0)] = 512
    gpu_layers: Annotated[int, Ge(-1)] = -1
    chat_formats: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if 0 < self.context_size < 512:
            raise ValueError("context_size is 0, or at least 512 tokens")
