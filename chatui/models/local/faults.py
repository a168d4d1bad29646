"""What is said when a model's file can't be used, or its process has ended. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_ARCHITECTURE = re.compile(r"unknown model architecture: '([^']*)'")
_MEMORY = re.compile(r"failed to allocate|unable to allocate|out of memory|bad_alloc", re.I)
_CACHE_TYPE = re.compile(r"V cache quantization|K cache type|V cache type", re.I)
_DAMAGED = re.compile(r"corrupted|not within the file bounds|not found|failed to read|must be in")


def load_fault(name: str, path: Path, log: Iterable[str]) -> str:
    """A sentence of what llama.cpp said last when it could not load the file."""
    said = " ".join(log)
    if found := _ARCHITECTURE.search(said):
        return (
            f"{name} can't be run: llama.cpp does not know its architecture {found[1]}; choose "
            "another model, or install a newer llama-cpp-python."
        )
    if "invalid magic" in said or "failed to read magic" in said:
        return f"{path} is no GGUF file; delete it and pull the model again."
    if _MEMORY.search(said):
        return f"There is not enough memory to load {name}; free some, or choose a smaller model."
    if "failed to open" in said:
        return f"{path} can't be opened; see whether it is still there and may be read."
    if _DAMAGED.search(said):
        return f"{path} is damaged or incomplete; delete it and pull the model again."
    return f"llama.cpp can't load {path}; see chatui.log for the reason."


def context_fault(name: str, size: int, log: Iterable[str]) -> str:
    """A sentence of why no context of `size` tokens could be opened."""
    said = " ".join(log)
    if _CACHE_TYPE.search(said):
        return (
            f"{name} can't keep its context with these settings; set local.type_k and local.type_v "
            'to "f16", or local.flash_attn to "on".'
        )
    if _MEMORY.search(said):
        return (
            f"There is not enough memory for a context of {size:,} tokens of {name}; set "
            "local.context_size lower, or free some."
        )
    return f"llama.cpp can't open a context of {size:,} tokens of {name}; see chatui.log."


def death(name: str, while_loading: bool, said: str) -> str:
    """A sentence for a child that has ended; `said` is what is known of how."""
    if "signal 9" in said:
        # The kernel's way when memory runs out; anybody else's kill looks the same.
        return (
            f"The process of {name} was killed, as it happens when memory runs out; ask again, "
            "or set local.context_size lower."
        )
    if while_loading:
        return (
            f"llama.cpp gave up while it loaded {name}: its file is damaged, or of a kind that "
            "this version can't run; see chatui.log."
        )
    return f"The process of {name} ended in the middle of its work; ask again, and see chatui.log."
