"""What several rooms need: one prepared embedding model for the whole suite."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.source import UNIVERSAL
from tests.patience import PATIENCE
from tests.properties import IN_THE_SUITE
from tests.smollm2 import fetched

# A busy machine must not fail a property: none has a deadline. The suite tries the same examples
# each time; `make fuzz` tries others and many more, and keeps those that failed.
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
settings.register_profile(
    "suite", deadline=None, derandomize=True, max_examples=IN_THE_SUITE, suppress_health_check=QUIET
)
settings.register_profile(
    "fuzz",
    deadline=None,
    max_examples=int(os.environ.get("CHATUI_FUZZ_EXAMPLES", "1000")),
    suppress_health_check=QUIET,
    print_blob=True,
)
settings.load_profile(os.environ.get("CHATUI_PROPERTIES", "suite"))

# Python looks through all objects again and again, and ten thousand tests are many: nothing of what
# is imported goes before the end. What a test leaves is looked through more seldom.
gc.disable()
NEW_OBJECTS, YOUNG, OLD = 50_000, 10, 10
"""How many before the collector looks, and how often before it looks at older ones."""

MODEL = "all-MiniLM-L6-v2"
LONGEST_BYTES_NAME = 60


WAITED_FOR_A_USER = (
    "models.catalog.PROBE_SECONDS",
    "models.catalog.ASK_SECONDS",
    "models.catalog.LIST_SECONDS",
    "retrieval.embedding.patience.SHORT_SECONDS",
    "retrieval.embedding.patience.LONG_SECONDS",
    "assistant.background.CLOSING_SECONDS",
    "cli.question.BACKGROUND_SECONDS",
)


@pytest.fixture(autouse=True)
def what_comes_has_time_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user waits fractions of a second to hear whether a server is there, and some seconds for
    what a reply or an end can do without; on a busy machine those of the tests take longer."""
    for name in WAITED_FOR_A_USER:
        monkeypatch.setattr(f"chatui.{name}", PATIENCE)


@pytest.fixture(autouse=True)
def work_that_is_stopped_by_its_own_time_has_time_on_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last resort for code that hears of nothing ends its process, which is here that of the
    tests. A busy machine takes many times as long on the clock as the code has worked."""
    monkeypatch.setattr("chatui.workers.bounds.LAST_RESORT", 1000)


@pytest.fixture(scope="session")
def embedder_cache() -> Path:
    """A cache with the bundled models in it, prepared once and kept from one run to the next:
    no test has to wait for that, which takes a minute on a busy machine."""
    given = os.environ.get("CHATUI_TEST_EMBEDDERS")
    cache = Path(given) if given else Path(sys.prefix) / "cache" / "chatui-embedders"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, prepare(cache)).result()
    return cache


async def prepare(cache: Path) -> None:
    for model in (MODEL, UNIVERSAL):
        made = WorkerEmbedder(model, cache)
        await made.fingerprint()
        await made.close()


async def prepared_model(cache: Path) -> Path:
    """The folder of the bundled model in that cache."""
    made = WorkerEmbedder(MODEL, cache)
    tokenizer, _ = await made.tokenizer_file()
    await made.close()
    return tokenizer.parent


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The file of a real model that answers in seconds; `tests.smollm2.put_into` links it into a
    models folder."""
    return fetched()


@pytest.fixture
async def embedder(embedder_cache: Path) -> AsyncIterator[WorkerEmbedder]:
    """The real bundled model in its own process."""
    made = WorkerEmbedder(MODEL, embedder_cache)
    yield made
    await made.close()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNG, OLD)
    gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A file's bytes are no name: those of a zip hold the time when it was made, and the processes
    that share the tests have to call them the same."""
    return argname if isinstance(val, bytes) and len(val) > LONGEST_BYTES_NAME else None
