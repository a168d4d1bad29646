"""The models that can be pulled by a short name: `data/curated_models.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST = Path(__file__).parents[2] / "data" / "curated_models.toml"
FIRST = "smollm2-360m"
"""What the chat offers where there is no model yet: the one that is there soonest."""
CONTEXT = 4096
"""Tokens of context that the memory is told for, before there is a file to read."""
BESIDE = 150_000_000
"""Bytes of the process, the vocabulary and what is calculated in, by `memory_need` about 100 to
200 MB for models of these sizes."""


@dataclass(frozen=True, slots=True)
class CuratedModel:
    """`bytes` and `sha256` are the file's, `cache_per_token` is in bytes, `parameters` is for
    people ("0.6 B")."""

    name: str
    title: str
    note: str
    repo: str
    file: str
    parameters: str
    quantisation: str
    licence: str
    bytes: int
    cache_per_token: int
    sha256: str

    @property
    def source(self) -> str:
        return f"hf:{self.repo}:{self.file}"

    @property
    def memory(self) -> int:
        """About how many bytes it takes with CONTEXT tokens; `chatui models show` reads the
        file, once it is there, and says it exactly."""
        return self.bytes + CONTEXT * self.cache_per_token + BESIDE


@cache
def curated_models() -> dict[str, CuratedModel]:
    """By their short names, smallest first. Reads a small file, once."""
    rows = tomllib.loads(LIST.read_text(encoding="utf-8"))["models"]
    return {row["name"]: CuratedModel(**row) for row in rows}
