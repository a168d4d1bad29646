"""The one-time preparation, with real models through sentence-transformers and torch."""

from __future__ import annotations

import asyncio
import json
import shutil
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chatui.domain.errors import EmbedderFailed
from chatui.retrieval.embedding import prepared as files
from chatui.retrieval.embedding.embedder import Preparation, WorkerEmbedder
from chatui.workers.host import Worker, WorkerSpec
from tests.conftest import MODEL
from tests.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXTS = [
    "What is the capital of France?",
    "The second paragraph is longer, and says more about the way in which it was written.",
    "A text that goes beyond the limit of the model. " * 40,
    "",
    "数据库",
]


class EmptyHub(ThreadingHTTPServer):
    """A hub without models; keeps what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), NotFound)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class NotFound(BaseHTTPRequestHandler):
    server: EmptyHub

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps quiet."""


@pytest.fixture(scope="module")
def hub() -> Iterator[EmptyHub]:
    with EmptyHub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workshop(
    hub: EmptyHub, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Worker]:
    env = {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(tmp_path_factory.mktemp("hub")),
    }
    made = Worker(WorkerSpec("tests.retrieval.embedder_workshop:Workshop", "the workshop", env=env))
    yield made
    await made.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def models(workshop: Worker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the small models."""
    folder = tmp_path_factory.mktemp("models")
    await workshop.call("make_models", str(folder))
    return folder


def least_cosine(first: list[bytes], second: list[bytes]) -> float:
    def cosine(a: bytes, b: bytes) -> float:
        pairs = zip(struct.iter_unpack("<f", a), struct.iter_unpack("<f", b), strict=True)
        return float(sum(x * y for (x,), (y,) in pairs))

    return min(cosine(a, b) for a, b in zip(first, second, strict=True))


async def test_a_model_of_ones_own_is_exported_only_so_far_as_it_agrees_with_its_original(
    workshop: Worker, models: Path, tmp_path: Path
) -> None:
    name = str(models / "tiny")
    events = await workshop.call("prepare", name, str(tmp_path), "auto")
    steps = [event["step"] for event in events[:-1]]
    assert steps == sorted(steps) != []
    embedder = WorkerEmbedder(name, tmp_path)
    assert events[-1] == {"folder": str(tmp_path / await embedder.fingerprint())}
    # Random weights hardly survive int8: then the next best is what agrees.
    assert (await embedder.fingerprint()).endswith(
        (f"-fp32-{files.RECIPE}", f"-int8-{files.RECIPE}")
    )
    assert await embedder.dimensions() == 16
    documents = await embedder.embed_documents(TEXTS)
    assert least_cosine(documents, await workshop.call("original", name, TEXTS, "document")) > 0.9
    queries = [await embedder.embed_query(text) for text in TEXTS]
    assert least_cosine(queries, await workshop.call("original", name, TEXTS, "query")) > 0.9
    # Its prompts are put in front, so a question is not embedded as a document is.
    assert least_cosine(queries[:1], documents[:1]) < 0.999
    await embedder.close()


GROWS = {"type": "Replace", "pattern": {"String": "e"}, "content": "e" * 10_000}
GIVES_UP = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated"}


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"normalizer": GROWS}, "its normalizer makes a text up to 10,000 times as long"),
        ({"pre_tokenizer": {**GIVES_UP, "invert": False}}, "it fails on plain text"),
    ],
    ids=["grows", "gives up"],
)
async def test_a_model_whose_tokenizer_takes_without_an_end_is_refused(
    workshop: Worker, models: Path, tmp_path: Path, parts: dict[str, object], reason: str
) -> None:
    folder = shutil.copytree(models / "tiny", tmp_path / "model")
    # Of a class of its own transformers would make the parts anew.
    changed = {
        "tokenizer.json": parts,
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"},
    }
    for name, values in changed.items():
        for path in folder.rglob(name):
            path.write_text(json.dumps(json.loads(path.read_text()) | values))
    with pytest.raises(EmbedderFailed, match=f"The tokenizer of .* can't be used: {reason}"):
        await workshop.call("prepare", str(folder), str(tmp_path / "cache"), "auto")


def publish_rotten(cache: Path, name: str) -> None:
    """A prepared model whose weights have changed on the disk, but not in size."""
    with files.lock(cache):
        folder = files.stage(cache)
        (folder / files.MODEL_FILE).write_bytes(b"rotten weights")
        sums = {files.MODEL_FILE: (len(b"rotten weights"), 1)}
        manifest = files.Manifest(name, "rotten-int8", "onnx", "int8", 16, 8, 0, "", "", sums)
        files.publish(cache, files.write_manifest(folder, manifest), files.Wanted(name))


async def test_a_rotten_model_is_prepared_again_once_and_runs_as_it_is_when_it_does_not_export(
    workshop: Worker, models: Path, tmp_path: Path
) -> None:
    name = str(models / "static")
    publish_rotten(tmp_path, name)
    seen: list[Preparation] = []
    begun = asyncio.Event()

    def keep(progress: Preparation) -> None:
        seen.append(progress)
        begun.set()

    first = WorkerEmbedder(name, tmp_path, on_progress=keep)
    second = WorkerEmbedder(name, tmp_path, on_progress=seen.append)
    assert await first.fingerprint() == "rotten-int8"
    starting = asyncio.create_task(first.start())
    await begun.wait()
    # A second process that comes while the first prepares waits for it, and takes its work.
    assert (await second.fingerprint()).endswith("-torch")
    await starting
    assert await first.fingerprint() == await second.fingerprint()
    assert [progress.text for progress in seen].count("loading the model") == 1
    documents = await first.embed_documents(TEXTS)
    original = await workshop.call("original", name, TEXTS, "document")
    assert least_cosine(documents[:3], original[:3]) > 0.9999
    assert (await first.tokenizer_file())[0].parent.name == await first.fingerprint()
    await first.close()
    await second.close()


async def test_nothing_but_an_export_may_be_asked_for(
    workshop: Worker, models: Path, tmp_path: Path
) -> None:
    with pytest.raises(EmbedderFailed, match="does not export to ONNX; set"):
        await workshop.call("prepare", str(models / "static"), str(tmp_path), "onnx")
    assert files.find(tmp_path, files.Wanted(str(models / "static"), "onnx")) is None


async def test_a_precision_that_the_runtime_does_not_have_is_refused(
    workshop: Worker, models: Path, tmp_path: Path
) -> None:
    wanted = {"onnx": "bf16", "sentence-transformers": "int8"}
    for runtime, precision in wanted.items():
        with pytest.raises(EmbedderFailed, match=f"does not calculate in {precision}; set"):
            await workshop.call("prepare", str(models / "tiny"), str(tmp_path), runtime, precision)


async def test_a_precision_may_be_asked_for(workshop: Worker, tmp_path: Path, models: Path) -> None:
    name = str(models / "tiny")
    await workshop.call("prepare", name, str(tmp_path), "auto", "fp32")
    found = files.find(tmp_path, files.Wanted(name, precision="fp32"))
    assert found is not None
    assert found.manifest.precision == "fp32"
    assert files.find(tmp_path, files.Wanted(name)) is None


async def test_the_original_may_be_asked_for(
    workshop: Worker, models: Path, tmp_path: Path
) -> None:
    name = str(models / "tiny")
    await workshop.call("prepare", name, str(tmp_path), "sentence-transformers")
    found = files.find(tmp_path, files.Wanted(name, "sentence-transformers"))
    assert found is not None
    assert found.manifest.runtime == "sentence-transformers"
    # Behind it stands the precision that this processor is quickest in.
    assert "-torch" in found.manifest.fingerprint


async def test_the_bundled_model_agrees_with_its_original(
    workshop: Worker, embedder_cache: Path
) -> None:
    embedder = WorkerEmbedder(MODEL, embedder_cache)
    assert (await embedder.fingerprint()).endswith(
        (f"-int8-{files.RECIPE}", f"-fp32-{files.RECIPE}")
    )
    found = await embedder.embed_documents(TEXTS)
    assert least_cosine(found, await workshop.call("original", MODEL, TEXTS, "document")) > 0.96
    await embedder.close()


async def test_an_unknown_model_is_one_plain_sentence_and_the_hub_is_the_one_that_is_set(
    workshop: Worker, hub: EmptyHub, tmp_path: Path
) -> None:
    with pytest.raises(EmbedderFailed, match="'acme/no-such-model' cannot be loaded") as caught:
        await workshop.call("prepare", "acme/no-such-model", str(tmp_path), "auto")
    assert "\n" not in str(caught.value)
    assert any("acme/no-such-model" in path for path in hub.asked)


async def test_a_preparation_that_is_given_up_leaves_no_process(
    models: Path, tmp_path: Path
) -> None:
    begun = asyncio.Event()
    name = str(models / "tiny")
    embedder = WorkerEmbedder(name, tmp_path, on_progress=lambda _: begun.set())
    waiting = asyncio.create_task(embedder.fingerprint())
    await begun.wait()
    await embedder.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with files.lock(tmp_path):
        assert files.find(tmp_path, files.Wanted(name)) is None


async def test_a_preparation_says_that_it_waits_for_another_process(
    models: Path, tmp_path: Path
) -> None:
    told: asyncio.Queue[Preparation] = asyncio.Queue()
    embedder = WorkerEmbedder(str(models / "tiny"), tmp_path, on_progress=told.put_nowait)
    async with asyncio.timeout(PATIENCE):
        with files.lock(tmp_path):
            waiting = asyncio.create_task(embedder.fingerprint())
            assert (await told.get()).text == "waiting for another process that prepares a model"
        assert (await told.get()).text == "loading the model"
    await embedder.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_model_without_prompts_of_its_own_gets_those_of_its_family(
    workshop: Worker, models: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(models / "static", tmp_path / "multilingual-e5-small")
    events = await workshop.call("prepare", str(folder), str(tmp_path / "cache"), "auto")
    manifest = files.read(Path(events[-1]["folder"])).manifest

    assert (manifest.query_prompt, manifest.document_prompt) == ("query: ", "passage: ")


async def test_a_model_keeps_the_prompts_that_it_has(
    workshop: Worker, models: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(models / "tiny", tmp_path / "nomic-embed-text-v1")
    events = await workshop.call("prepare", str(folder), str(tmp_path / "cache"), "auto")

    assert files.read(Path(events[-1]["folder"])).manifest.query_prompt == "query: "
