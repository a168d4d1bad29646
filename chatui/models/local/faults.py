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


_VECTORS = re.compile(
    r"mismatch between text model \(n_embd = (\d+)\) and mmproj \(n_embd = (-?\d+)\)"
)
_PROJECTOR_KIND = re.compile(r"unknown projector type: *([^\s]*)")


def projector_fault(name: str, path: Path, log: Iterable[str]) -> str:
    """A sentence of what llama.cpp said last when it could not load the projector of a model."""
    said = " ".join(log)
    if found := _VECTORS.search(said):
        return (
            f"{path} is the projector of another model: it makes vectors of {found[2]} numbers, "
            f'and {name} reads {found[1]}; name the right one as mmproj in [models."{name}"].'
        )
    if found := _PROJECTOR_KIND.search(said):
        return (
            f"{path} can't be used: llama.cpp does not know its kind of projector, {found[1]}; "
            "install a newer llama-cpp-python."
        )
    if _MEMORY.search(said):
        return f"There is not enough memory to load {path}, which {name} sees with; free some."
    return (
        f"{path} can't be used as the projector of {name}: it is damaged, or lacks what llama.cpp "
        "wants of it; pull it again, and see chatui.log."
    )


def blind_death(name: str, projector: str, said: str) -> str:
    """A sentence for a child that has ended while it looked at a picture."""
    if "signal 9" in said:
        return death(name, False, said)
    return (
        f"llama.cpp gave up while {name} looked at a picture: its projector {projector} is "
        "damaged, belongs to another model, or had too little memory; see chatui.log."
    )


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
