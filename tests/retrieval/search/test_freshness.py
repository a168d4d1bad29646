"""Services that stay open see what another process puts in and takes out."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from chatui.retrieval.index.vectors import ChromaIndex
from chatui.retrieval.search.retriever import Retriever
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def chatui(data: Path, embedders: Path, *arguments: str) -> None:
    """Runs one command to its end, in a process of its own."""
    (data / "cache").mkdir(parents=True, exist_ok=True)
    if not (data / "cache" / "embedders").exists():
        (data / "cache" / "embedders").symlink_to(embedders)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chatui", "--data-dir", str(data), *arguments,
        stdout=asyncio.subprocess.DEVNULL,
        # As the shelf's own embedder.
        env={**os.environ, "CHATUI_RETRIEVAL__EMBEDDER__MULTILINGUAL": "false"},
    )  # fmt: skip
    assert await process.wait() == 0


async def test_an_open_search_sees_what_another_process_does(
    shelf: Shelf, tmp_path: Path, embedder_cache: Path
) -> None:
    data = tmp_path / "data"
    shelf.library.path = data / "library.db"
    index = ChromaIndex(data / "vectors")
    retriever = Retriever(shelf.library, shelf.embedder, index)
    data.mkdir()
    assert await retriever.is_empty("default")

    async def found() -> list[str]:
        passages = await retriever.search("kettle", collection="default", k=5, mode="dense")
        return sorted(passage.source for passage in passages)

    shelf.write("a.md", "# The kettle\n\nIt holds two litres.\n")
    await chatui(data, embedder_cache, "ingest", str(shelf.folder))
    assert await found() == ["a.md"]

    shelf.write("b.md", "# The lid\n\nIt fits the kettle.\n")
    await chatui(data, embedder_cache, "ingest", str(shelf.folder))
    assert await found() == ["a.md", "b.md"]

    (shelf.folder / "a.md").unlink()
    await chatui(data, embedder_cache, "ingest", str(shelf.folder))
    assert await found() == ["b.md"]

    await chatui(data, embedder_cache, "collections", "remove", "default", "--yes")
    assert await retriever.is_empty("default")
    await index.close()
