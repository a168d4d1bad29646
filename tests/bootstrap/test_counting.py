"""The counter as the product composes it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from chatui.bootstrap.services import open_services
from chatui.config.paths import resolve
from chatui.config.schema import Config
from chatui.cost.tokens.tokens import TokenCount
from tests.tiny_gguf import write_tiny_gguf


async def test_a_model_of_the_config_is_counted_with_the_file_named_there(tmp_path: Path) -> None:
    file = write_tiny_gguf(tmp_path / "any.gguf")
    config = Config(tokenizers={"mine/*": str(file)})

    async with await open_services(config, resolve(data_dir=tmp_path, environ={})) as services:
        counted = await asyncio.to_thread(services.tokens.count, "hi", "mine/model")

    assert counted == TokenCount(5, exact=True)
    # Its child has ended with the services: nothing counts with it any more.
    assert not services.tokens.count("hi again", "mine/model").exact


async def test_a_tokenizer_that_fails_is_told_on_the_event_loop(tmp_path: Path) -> None:
    told: list[tuple[str, bool]] = []
    here = threading.get_ident()

    def on_warning(sentence: str) -> None:
        told.append((sentence, threading.get_ident() == here))

    config = Config(tokenizers={"mine/*": str(tmp_path / "missing.gguf")})
    paths = resolve(data_dir=tmp_path, environ={})
    async with await open_services(config, paths, on_warning=on_warning) as services:
        counted = await asyncio.to_thread(services.tokens.count, "hello", "mine/model")
        await asyncio.sleep(0)

    assert not counted.exact
    assert [on_loop for _, on_loop in told] == [True]
    assert "missing.gguf can't be used" in told[0][0]
