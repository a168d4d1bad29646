"""Models in files, run by real processes, for the tests of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chatui.domain.conversation import Message, Role
from chatui.models.base import ModelInfo, ModelRequest, SamplingOptions
from chatui.models.files.model_files import ModelFile
from chatui.models.local.host import LocalHost
from chatui.models.local.local import LocalModel
from chatui.models.local.settings import LocalSettings

LocalMaker = Callable[[Path], LocalModel]


def file_of(path: Path) -> ModelFile:
    return ModelFile(f"local/{path.stem}", path, "the models folder")


@asynccontextmanager
async def hosting(
    settings: LocalSettings | None = None, **options: Any
) -> AsyncIterator[tuple[LocalHost, LocalMaker]]:
    """A host, and what makes the model of a file; its processes are ended afterwards."""
    used = settings or LocalSettings(context=32_768)
    host = LocalHost(lambda _file: used, **options)
    made: list[LocalModel] = []

    def model(path: Path) -> LocalModel:
        file = file_of(path)
        made.append(LocalModel(ModelInfo(file.name, local=True), file, host))
        return made[-1]

    try:
        yield host, model
    finally:
        for one in made:
            await one.close()


def chat(*texts: str, system: str = "", **options: Any) -> ModelRequest:
    """A request with these texts, the user's and the model's by turns. Greedy unless told."""
    roles = (Role.USER, Role.ASSISTANT)
    messages = [Message(roles[n % 2], text) for n, text in enumerate(texts)]
    if system:
        messages.insert(0, Message(Role.SYSTEM, system))
    wanted = {"temperature": 0.0, "max_output_tokens": 12, **options}
    return ModelRequest(tuple(messages), options=SamplingOptions(**wanted))


def words(count: int, word: str = "pebble") -> str:
    return " ".join([word] * count)


async def said(model: LocalModel, request: ModelRequest) -> Sequence[Any]:
    return [event async for event in model.stream(request)]
