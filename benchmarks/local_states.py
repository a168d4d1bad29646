"""Two conversations that take turns in one local model: the time to the first token of the one
that comes back, with what was read of it kept and without. Random weights in the shape of
Qwen2.5-0.5B, as Q8_0.

    python benchmarks/local_states.py [--rounds 2] [--words 200]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.random_model import Q8_0, write_random_model
from chatui.domain.conversation import Message, Role
from chatui.models.base import Finished, ModelInfo, ModelRequest, SamplingOptions, TextDelta
from chatui.models.files.model_files import ModelFile
from chatui.models.local.host import LocalHost
from chatui.models.local.local import LocalModel
from chatui.models.local.settings import LocalSettings
from chatui.models.local.threads import cores

CONTEXT = 8192


async def first_token(model: LocalModel, *texts: str) -> tuple[float, str, int]:
    """Seconds, the reply and the tokens that were read from the cache."""
    roles = (Role.USER, Role.ASSISTANT)
    messages = tuple(Message(roles[n % 2], text) for n, text in enumerate(texts))
    options = SamplingOptions(max_output_tokens=8, temperature=0.0)
    start, first, reply, cached = time.perf_counter(), 0.0, "", 0
    async for event in model.stream(ModelRequest(messages, options=options)):
        if isinstance(event, TextDelta):
            first = first or time.perf_counter() - start
            reply += event.text
        elif isinstance(event, Finished) and event.usage is not None:
            cached = event.usage.cache_read
    return first, reply, cached


async def measure(path: Path, saved_bytes: int, rounds: int, words: int) -> tuple[float, int]:
    """Seconds to the first token of a conversation that comes back, and what was cached of it."""
    settings = LocalSettings(
        context=CONTEXT,
        first_context=CONTEXT,
        threads=max(1, cores() - 1),
        batch_threads=cores(),
        saved_bytes=saved_bytes,
    )
    host = LocalHost(lambda _file: settings)
    file = ModelFile("local/random", path, "a temporary folder")
    model = LocalModel(ModelInfo(file.name, local=True), file, host)
    waits, cached = [], 0
    for number in range(rounds):
        question = f"{number} " + "tea " * words
        _, reply, _ = await first_token(model, question)
        await first_token(model, f"{number} " + "rain " * words)
        wait, _, cached = await first_token(model, question, reply, "And then?")
        waits.append(wait)
    await model.close()
    return median(waits), cached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--words", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.gguf"
        write_random_model(path, Q8_0)
        kept, cached = asyncio.run(measure(path, 512 << 20, arguments.rounds, arguments.words))
        anew, _ = asyncio.run(measure(path, 0, arguments.rounds, arguments.words))
    print(
        f"first token of a conversation that comes back, {cached:,} tokens of it kept: "
        f"{kept:.2f} s; read again {anew:.2f} s: {anew / kept:.1f}x"
    )


if __name__ == "__main__":
    main()
