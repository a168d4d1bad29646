"""What several rooms need: one prepared embedding model for the whole suite."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from chatui.retrieval.embedder import WorkerEmbedder

# A busy machine must not fail a property.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

MODEL = "all-MiniLM-L6-v2"


@pytest.fixture(scope="session")
def embedder_cache() -> Path:
    """Where prepared models are kept from one run to the next: preparing one takes long."""
    given = os.environ.get("CHATUI_TEST_EMBEDDERS")
    return Path(given) if given else Path(sys.prefix) / "cache" / "chatui-embedders"


@pytest.fixture
async def embedder(embedder_cache: Path) -> AsyncIterator[WorkerEmbedder]:
    """The real bundled model in its own process."""
    made = WorkerEmbedder(MODEL, embedder_cache)
    yield made
    await made.close()
