"""What was removed is not to be found in any file of the data folder."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.retrieval.index.vectors import ChromaIndex
from chatui.retrieval.ingest.ingest import KEEP_VECTORS_SECONDS
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKER = "zanzibarquokka"
SECRET = f"# The secret\n\nThe password of the safe is {MARKER}.\n"


@pytest_asyncio.fixture(loop_scope="session")
async def own(shelf: Shelf, tmp_path: Path) -> AsyncIterator[Shelf]:
    """A shelf that keeps everything below `data`, with some documents beside the secret."""
    shelf.library.path = tmp_path / "data" / "library.db"
    shared, shelf.vectors = shelf.vectors, ChromaIndex(tmp_path / "data" / "vectors")
    for number in range(20):
        shelf.write(f"{number}.md", f"# Note {number}\n\nIt says {number} and more.\n")
    shelf.write("secret.md", SECRET)
    await shelf.ingest()
    yield shelf
    await shelf.vectors.close()
    shelf.vectors = shared


def holding(folder: Path) -> list[str]:
    """The files that the marker, or what its stem is, can be read in."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if MARKER[:-2].encode() in file.read_bytes().lower()]


async def test_the_text_of_a_vanished_file_is_gone_from_the_disk(
    own: Shelf, tmp_path: Path
) -> None:
    assert holding(tmp_path / "data")
    (own.folder / "secret.md").unlink()
    assert (await own.ingest()).removed == 1

    assert holding(tmp_path / "data") == []


async def test_the_text_that_a_file_held_before_is_gone_from_the_disk(
    own: Shelf, tmp_path: Path
) -> None:
    own.write("secret.md", "# The secret\n\nNothing of it is told.\n")
    assert (await own.ingest()).updated == 1

    assert holding(tmp_path / "data") == []


async def test_the_text_of_a_removed_collection_is_gone_from_the_disk(
    own: Shelf, tmp_path: Path
) -> None:
    await own.upkeep.remove(own.collection)

    assert holding(tmp_path / "data") == []


async def test_vectors_outlive_their_texts_for_a_while_only(own: Shelf) -> None:
    (own.folder / "secret.md").unlink()
    await own.ingest()
    now = time.time()

    assert await own.library.forget_unused_vectors(now - KEEP_VECTORS_SECONDS) == 0
    # What an ingest does when that time has passed.
    assert await own.library.forget_unused_vectors(now + 1) == 1
    assert (await own.upkeep.check(own.collection)).sound
