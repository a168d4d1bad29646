"""A Chroma server and an embedding endpoint, both real, for tests of set-ups that use both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.llama_server import llama_running
from tests.retrieval.chroma_server import chroma_running
from tests.tiny_gguf import write_tiny_gguf


@contextmanager
def servers_running(folder: Path) -> Iterator[tuple[str, str]]:
    """The URLs of both, which run until the block is left."""
    model = write_tiny_gguf(folder / "tiny.gguf", pooled=True)
    with (
        chroma_running(folder / "chroma") as chroma,
        llama_running(model, "--embedding", "true") as llama,
    ):
        yield chroma, llama
