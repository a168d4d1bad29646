"""Servers for the models' tests: a scripted one, and a real one with a tiny model."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatui.conversation import Message, Role
from chatui.keys import KeySource
from chatui.models.base import ModelInfo, ModelRequest, SamplingOptions
from chatui.models.connection import Connection
from chatui.models.endpoint import Endpoint
from chatui.models.hosted import HostedModel
from tests.scripted_server import ScriptedServer
from tests.tiny_gguf import write_tiny_gguf

KEY = "sk-test-0123456789abcdef"
START_SECONDS = 60.0

ModelMaker = Callable[..., HostedModel]


def endpoint_at(base_url: str, *, name: str = "test", key: str = KEY, **fields: Any) -> Endpoint:
    """An endpoint with short patience and a key in its own environment."""
    source = KeySource(name, env="TEST_KEY" if key else "", environ={"TEST_KEY": key})
    settings = {"first_token_seconds": 10.0, "silence_seconds": 10.0, "retries": 0, **fields}
    return Endpoint(name, base_url, source, **settings)


def ask(text: str = "Say hello.", **options: Any) -> ModelRequest:
    return ModelRequest((Message(Role.USER, text),), options=SamplingOptions(**options))


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as running:
        yield running


@pytest.fixture
async def make_model() -> AsyncIterator[ModelMaker]:
    """Makes models whose connections are closed when the test ends."""
    connections: list[Connection] = []

    def make(base_url: str, model: str = "tiny", **fields: Any) -> HostedModel:
        connection = Connection(endpoint_at(base_url, **fields))
        connections.append(connection)
        return HostedModel(ModelInfo(f"{connection.endpoint.name}/{model}"), connection)

    yield make
    for connection in connections:
        await connection.close()


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(scope="session")
def llama_url(tiny_gguf: Path) -> Iterator[str]:
    """The base URL of a real llama.cpp server with the tiny model, context 512."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(tiny_gguf)]
    command += ["--model_alias", "tiny", "--n_ctx", "512", "--n_threads", "1"]
    log = tiny_gguf.with_name("server.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        end = time.monotonic() + START_SECONDS
        while not _accepts(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        # Nothing to save, and a server that still generates heeds no softer signal.
        process.kill()
        process.wait()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
