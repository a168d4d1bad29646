"""Servers for the models' tests: a scripted one, and a real one with a tiny model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.conversation import Message, Role
from chatui.models.base import ModelInfo, ModelRequest, SamplingOptions
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.system.api_key import KeySource
from tests.llama_server import llama_running
from tests.patience import PATIENCE
from tests.scripted_server import ScriptedServer
from tests.tiny_gguf import write_tiny_gguf

KEY = "sk-test-0123456789abcdef"

ModelMaker = Callable[..., HostedModel]


def endpoint_at(base_url: str, *, name: str = "test", key: str = KEY, **fields: Any) -> Endpoint:
    """An endpoint with a key in its own environment."""
    source = KeySource(name, env="TEST_KEY" if key else "", environ={"TEST_KEY": key})
    settings = {"first_token_seconds": PATIENCE, "silence_seconds": PATIENCE, "retries": 0}
    return Endpoint(name, base_url, source, **{**settings, **fields})


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
    with llama_running(tiny_gguf) as url:
        yield url
