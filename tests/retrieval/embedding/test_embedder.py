"""The bundled model as the rest of chatui uses it: prepared, in its own process."""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from chatui.retrieval.embedding.embedder import WorkerEmbedder
from tests.conftest import MODEL
from tests.patience import patiently, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEAN = """
import json, sys
from chatui.retrieval.embedding.service import OnnxEmbedder
from tests.patience import patiently
OnnxEmbedder(sys.argv[1]).embed(["a question"], "query")
print(json.dumps(sorted(sys.modules)))
"""


def numbers(vector: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(vector) // 4}f", vector)


def cosine(first: bytes, second: bytes) -> float:
    return sum(a * b for a, b in zip(numbers(first), numbers(second), strict=True))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(embedder_cache: Path) -> AsyncIterator[WorkerEmbedder]:
    """One process for this module."""
    made = WorkerEmbedder(MODEL, embedder_cache)
    yield made
    await made.close()


async def test_a_vector_has_the_promised_form(model: WorkerEmbedder) -> None:
    vector = await model.embed_query("Where are my chats kept?")
    assert len(vector) == 4 * await model.dimensions() == 4 * 384
    assert cosine(vector, vector) == pytest.approx(1, abs=1e-5)


async def test_what_is_alike_in_meaning_is_near(model: WorkerEmbedder) -> None:
    question = await model.embed_query("How do I make the letters bigger?")
    near, far = await model.embed_documents(
        ["The font size can be raised in the settings.", "The treaty was signed in 1648."]
    )
    assert cosine(question, near) > cosine(question, far) + 0.2


async def test_texts_of_any_length_come_back_in_their_order(model: WorkerEmbedder) -> None:
    texts = [f"Item {n} of the list. " * (1 + (n * 7) % 9) for n in range(150)]
    together = await model.embed_documents(texts)
    assert len(together) == len(texts)
    for index in (0, 1, 63, 64, 100, 149):
        (alone,) = await model.embed_documents([texts[index]])
        cosines = [cosine(alone, vector) for vector in together]
        # Other texts in a batch move an int8 vector by a trifle, never to another text's place.
        assert cosines.index(max(cosines)) == index
        assert cosines[index] > 0.98


async def test_no_texts_give_no_vectors(model: WorkerEmbedder) -> None:
    assert await model.embed_documents([]) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\x00",
        "lone \ud800 surrogate",
        "🗂" * 500,
        "x" * 300_000,
        " " * 300_000,
        "\u202etext\u202c",
        "<|endoftext|>[CLS][SEP][MASK]",
        "\x1b]0;title\x07",
        "数" * 2000,
    ],
    ids=lambda text: repr(text[:8]),
)
async def test_hostile_text_is_embedded_like_any_other(model: WorkerEmbedder, text: str) -> None:
    vector = await model.embed_query(text)
    assert cosine(vector, vector) == pytest.approx(1, abs=1e-4)


async def at_work(model: WorkerEmbedder) -> None:
    """Waits until its process computes."""
    assert model._worker is not None
    child = psutil.Process(model._worker.pid)
    start = child.cpu_times().user
    await until(lambda: child.cpu_times().user > start + 0.1)


async def test_a_cancelled_embedding_leaves_the_embedder_usable(model: WorkerEmbedder) -> None:
    await model.start()
    task = asyncio.create_task(model.embed_documents(["many words " * 20] * 2000))
    await at_work(model)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await patiently(model.embed_query("still there?"))


async def test_a_question_need_not_wait_for_a_whole_ingest(model: WorkerEmbedder) -> None:
    await model.start()
    ingest = asyncio.create_task(model.embed_documents(["many words " * 20] * 1000))
    await at_work(model)
    await model.embed_query("a question in between")
    assert not ingest.done()
    ingest.cancel()
    await asyncio.wait([ingest])


async def test_a_closed_embedder_starts_again(embedder_cache: Path) -> None:
    embedder = WorkerEmbedder(MODEL, embedder_cache)
    first = await embedder.embed_query("the same text")
    await embedder.close()
    await embedder.close()
    assert await embedder.embed_query("the same text") == first
    await embedder.close()


async def test_the_tokenizer_for_the_chunker_is_the_models_own(model: WorkerEmbedder) -> None:
    path, limit = await model.tokenizer_file()
    assert limit == 256
    assert "##ing" in json.loads(path.read_text())["model"]["vocab"]


async def test_embedding_needs_no_torch(model: WorkerEmbedder) -> None:
    path, _ = await model.tokenizer_file()
    command = [sys.executable, "-c", LEAN, str(path.parent)]
    printed = await asyncio.to_thread(subprocess.check_output, command)
    loaded = {name.partition(".")[0] for name in json.loads(printed)}
    assert {"onnxruntime", "tokenizers"} <= loaded
    assert not loaded & {"torch", "transformers", "sentence_transformers", "onnx", "chromadb"}
