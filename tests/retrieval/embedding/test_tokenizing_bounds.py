from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatui.retrieval.embedding import service
from chatui.retrieval.embedding.service import OnnxEmbedder
from tests.conftest import prepared_model


@pytest.mark.parametrize(
    ("model", "is_watched"), [("all-MiniLM-L6-v2", False), ("somebody/else", True)]
)
async def test_the_tokenizer_of_a_model_that_does_not_come_with_chatui_is_watched(
    embedder_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    is_watched: bool,
) -> None:
    original = await prepared_model(embedder_cache)
    folder = tmp_path / original.name
    folder.mkdir()
    for file in original.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"model": model}))
    begun: list[float] = []

    @contextmanager
    def watched(seconds: float, megabytes: int, error: Callable[[str], object]) -> Iterator[None]:
        begun.append(seconds)
        yield

    embedder = OnnxEmbedder(str(folder))
    monkeypatch.setattr(service, "watched", watched)
    embedder.embed(["a question"], "query")

    assert bool(begun) == is_watched
